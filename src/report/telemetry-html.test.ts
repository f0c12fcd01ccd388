import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  busyWeek,
  manyEpisodes,
  noise,
  noTelemetry,
  quietWeek,
  telemetry,
  transition,
} from '../../test/fixtures/episodes.ts';
import { at } from '../../test/fixtures/summaries.ts';
import { plant } from '../../test/hostile-strings.ts';
import { summariseEpisodes } from '../recon/flow/summarise-episodes.ts';
import type { Episode } from '../recon/model/episode.ts';
import type { ReconSummary } from '../recon/model/recon-summary.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { telemetryHtml } from './telemetry-html.ts';

const MOST_BYTES = 5_000_000;

/** Every list longer than any bound. */
function worstCase(): ReconSummary {
  const one = transition();
  const many = <T>(list: readonly T[], amount: number): readonly T[] =>
    Array.from({ length: amount }, (_, index) => list[index % list.length]).filter(
      (each) => each !== undefined,
    );
  const address = (index: number) =>
    `2001:db8:ffff:ffff:ffff:ffff:${(index % 60_000).toString(16)}:1` as IpAddress;
  const idOf = (index: number) => createHash('sha256').update(String(index)).digest('hex').slice(0, 16);
  const full = (index: number): Episode => ({
    ...one,
    id: idOf(index),
    sources: Array.from({ length: 60 }, (_, each) => address(each)),
    joinedBy: 'AS',
    role: { role: 'unknown', how: 'learned', why: 'w' },
    process: { executable: 'e', user: 'u', host: 'h' },
    authorised: { entry: 'e', contacts: 1, remainder: many(['r'], 50), remainderContacts: 3 },
    families: many(one.families, 40),
    traits: many(one.traits, 30),
    unusual: many(one.unusual, 30),
    openPorts: many(one.openPorts, 60),
    exposed: many(one.exposed, 30),
    transition: many(one.transition, 30),
    likelihood: { ...one.likelihood, terms: many(one.likelihood.terms, 60) },
    confidence: { value: 0.5, lowered: many([{ reason: 'r', factor: 0.9 }], 40) },
    records: many(one.records, 30),
    points: Array.from({ length: 400 }, (_, each) => ({
      at: at('2026-11-21T00:00:00Z'),
      source: address(each),
      destination: address(each * 7),
      port: each * 160,
      protocol: 6,
      outcome: (['answered', 'half-open', 'refused', 'silent'] as const)[each % 4] ?? 'silent',
    })),
  });
  // Those beyond the first have a line each, so their lists need not be full.
  const episodes = Array.from({ length: 230 }, (_, index) =>
    index < 24 ? full(index) : { ...one, id: idOf(index), score: 1, points: [], sources: [address(index)] },
  );
  return summariseEpisodes({
    now: at('2026-11-22T00:00:00Z'),
    window: { from: at('2026-11-01T00:00:00Z'), to: at('2026-11-22T00:00:00Z') },
    telemetry: telemetry({ sensors: Array.from({ length: 500 }, (_, index) => `s${index}`) }),
    episodes: [...episodes, ...noise(400)],
    blindSpots: many(['b'], 200),
  });
}

describe('the size of the report', () => {
  test.each([
    { why: 'a thousand episodes', make: () => manyEpisodes(1_000) },
    {
      why: 'every list full of the longest strings that escape worst',
      make: () => {
        let count = 0;
        return plant(worstCase(), () => `${(count += 1)}${'"'.repeat(500)}`);
      },
    },
  ])('stays under 5 MB: $why', ({ make }) => {
    expect(Buffer.byteLength(telemetryHtml(make()))).toBeLessThan(MOST_BYTES);
  });
});

describe('telemetryHtml', () => {
  test('the policy allows the style sheet by its hash, and nothing else', () => {
    const page = telemetryHtml(busyWeek());
    const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? '';
    const policy = /Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1] ?? '';
    expect(policy).toContain(`sha256-${createHash('sha256').update(style).digest('base64')}`);
    expect(page).not.toMatch(/ style=|<script|javascript:| on[a-z]+=/);
  });

  test.each([
    {
      why: 'a busy week',
      make: busyWeek,
      says: [
        'Critical risk',
        '13 sources scan us, in 8 episodes to review.',
        'Exploit attempt',
        '1,000 contacts drawn, evenly thinned',
        '1,600 are not covered',
        'as CORP\\mara on ws-083',
        'Likelihood 271.89',
        'Authorised scan CHG-1142 weekly scan',
      ],
    },
    { why: 'a quiet week', make: quietWeek, says: ['Nobody scans us besides', 'None: nobody was seen'] },
    {
      why: 'no telemetry',
      make: noTelemetry,
      says: ['There is no telemetry to judge.', 'There were no episodes.'],
    },
  ])('$why says so', ({ make, says }) => {
    const text = telemetryHtml(make())
      .replace(/<[^>]*>/g, '')
      .replace(/\s+/g, ' ');
    for (const sentence of says) expect(text).toContain(sentence);
  });

  test('every episode with points has two pictures that say in words what they show', () => {
    const labels = Array.from(
      telemetryHtml(busyWeek()).matchAll(/class="plot"[^>]*aria-label="([^"]*)"/gs),
      ([, label = '']) => label.replace(/\s+/g, ' '),
    );
    expect(labels).toHaveLength(16);
    expect(labels).toContain(
      'When each port was touched, 2026-11-21 03:12 UTC, for 30 s: 995 refused, 3 half-open, 2 silent.',
    );
  });

  test('the marks of every outcome have a shape of their own', () => {
    const page = telemetryHtml(busyWeek());
    const shapes = Array.from(
      page.matchAll(/<path class="mark-([a-z-]+)" d="M6 6([^"]*)"/g),
      ([, outcome = '', shape = '']) => [outcome, shape] as const,
    );
    const byOutcome = new Map(shapes);
    expect(byOutcome.size).toBeGreaterThanOrEqual(5);
    expect(new Set(byOutcome.values()).size).toBe(byOutcome.size);
  });
});
