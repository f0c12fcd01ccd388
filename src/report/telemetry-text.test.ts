import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import {
  busyWeek,
  decoys,
  distributed,
  fastVertical,
  internalDiscovery,
  manyEpisodes,
  noTelemetry,
  quietWeek,
  sampledWeek,
  slowScan,
  transition,
  authorisedWithRemainder,
} from '../../test/fixtures/episodes.ts';
import { toFinding } from '../recon/flow/summarise-episodes.ts';
import type { Episode } from '../recon/model/episode.ts';
import { episodeText, telemetryText } from './telemetry-text.ts';

const flat = (text: string) => text.replace(/\s+/g, ' ');
const one = (episode: Episode) =>
  flat(episodeText(episode, toFinding(episode), { colour: false, full: true }));

describe('telemetryText', () => {
  test('the answer is the first thing said', () => {
    expect(telemetryText(busyWeek(), { colour: false }).split('\n').slice(0, 3)).toStrictEqual([
      'CRITICAL RISK  100/100   confidence 1.00 (good)',
      '13 sources scan us, in 8 episodes to review. Worst: 198.51.100.200 scanned 3 ports across 40 hosts',
      'of 10.20.0.0/26, then 10.20.0.27 began to connect out.',
    ]);
  });

  test.each([
    {
      why: 'noise and an authorised scan are a line each, and nothing to review',
      make: quietWeek,
      says: [
        'LOW RISK 0/100',
        'Nobody scans us besides authorised scans from 1 source and the background of the internet (3 sources).',
        'Authorised scan CHG-1142 weekly scan: 10.20.9.10 scanned 100 ports',
        '25,600 contacts, from 2026-11-14',
        '203.0.113.0/24: 3 sources tried 23/tcp, 22/tcp; 21 contacts',
      ],
      never: ['finding ', 'Do '],
    },
    {
      why: 'without telemetry it says so, and how to give some',
      make: noTelemetry,
      says: ['There is no telemetry to judge.', 'tidemark detect FILE…'],
      never: ['Nobody scans us'],
    },
    {
      why: 'sampling and unreadable lines lower the confidence and are blind spots',
      make: sampledWeek,
      says: [
        'confidence 0.65 (fair)',
        'a sensor looked at one of 100 packets (×0.80)',
        'There is no endpoint telemetry',
      ],
      never: [],
    },
    {
      why: 'many episodes: the first screen has the worst, and says how many there are',
      make: () => manyEpisodes(500),
      says: ['in 500 episodes to review', 'and 494 more: `tidemark detect --full`'],
      never: [],
    },
  ])('$why', ({ make, says, never }) => {
    const text = flat(telemetryText(make(), { colour: false }));
    for (const sentence of says) expect(text).toContain(sentence);
    for (const sentence of never) expect(text).not.toContain(sentence);
  });

  test.each([72, 80, 100, 160])('no line is wider than %i columns', (width) => {
    for (const full of [false, true])
      for (const make of [busyWeek, quietWeek, noTelemetry, sampledWeek]) {
        const lines = telemetryText(make(), { colour: false, width, full, noise: true }).split('\n');
        expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
      }
  });

  test('colour changes nothing but colour', () => {
    const coloured = telemetryText(busyWeek(), { colour: true });
    expect(coloured).toContain('\u001b[');
    expect(stripVTControlCharacters(coloured)).toBe(telemetryText(busyWeek(), { colour: false }));
  });

  test('full prints every episode with the terms of its likelihood', () => {
    const text = telemetryText(busyWeek(), { colour: false, full: true });
    expect(text).not.toContain('more:');
    expect(text.match(/likelihood \(9\.2 is needed\)/g)).toHaveLength(8);
  });
});

describe('an episode in words', () => {
  test.each([
    {
      why: 'a fast vertical scan with open ports, one of them new',
      episode: fastVertical(),
      says: [
        '198.51.100.23 scanned 1,000 ports of 10.20.0.5',
        '2026-11-21 03:12 UTC, for 30 s; 33 contacts a second, ports in random order',
        'open: 22/tcp (ssh), 80/tcp (http), 8080/tcp (http) on 10.20.0.5',
        'open since 2026-11-20 04:00 UTC, new since the baseline',
        'reached with 4 contacts',
        'Find out who opened 10.20.0.5 8080/tcp',
      ],
    },
    {
      why: 'a slow scan',
      episode: slowScan(),
      says: [
        '203.0.113.66 scanned 58 hosts for 445/tcp over 9 days and found 5 open',
        '2026-11-12 05:40 to 2026-11-21 07:15 UTC, 9 days; one contact every 3.8 h',
        'recently alive 3 -1.82 -5.46',
      ],
    },
    {
      why: 'a campaign of six sources',
      episode: distributed(),
      says: ['6 sources together scanned 6 ports across 254 hosts', 'and 42 more'],
    },
    {
      why: 'decoys with the true source',
      episode: decoys(),
      says: ['198.51.100.9 behind 9 decoys scanned 10 ports of 10.20.0.5', 'the other sources are forged'],
    },
    {
      why: 'a way in, step by step',
      episode: transition(),
      says: [
        'then 10.20.0.27 began to connect out',
        '23:50:00 discovery: 120 first contacts',
        '2026-11-22 00:02:00 exploit attempt by 198.51.100.201: Suricata 2034647',
        'Read the sessions, logins and new processes of 10.20.0.27',
      ],
    },
    {
      why: 'an authorised scan that went further than agreed',
      episode: authorisedWithRemainder(),
      says: [
        'CHG-1142 weekly scan covers 24,000 contacts; 1,600 are not covered (outside the scope: 10.9.0.0/24)',
        'went beyond the authorised scan CHG-1142 weekly scan: 1,600 of 25,600 contacts not covered',
      ],
    },
    {
      why: 'discovery from inside, with process and user',
      episode: internalDiscovery(),
      says: [
        'role workstation (learned: talks to 3 servers',
        'process C:\\Users\\mara\\Downloads\\svchost.exe, user CORP\\mara, on ws-083',
        'Ask CORP\\mara what C:\\Users\\mara\\Downloads\\svchost.exe was run for',
      ],
    },
  ])('$why', ({ episode, says }) => {
    const text = one(episode);
    for (const sentence of says) expect(text).toContain(sentence);
  });

  test('an authorised scan asks nothing of anybody', () => {
    expect(telemetryText(quietWeek(), { colour: false })).not.toContain('  Do ');
  });
});
