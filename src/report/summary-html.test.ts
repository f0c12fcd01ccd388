import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  criticalExposure,
  finding,
  firstRun,
  host,
  hugeNetwork,
  officeDrift,
  quietRun,
} from '../../test/fixtures/summaries.ts';
import { plant } from '../../test/hostile-strings.ts';
import type { ExposureSummary } from '../findings/summary.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { summaryHtml } from './summary-html.ts';

const MOST_BYTES = 5_000_000;

/** Every list longer than any bound, every string as long as it can be and made of what escapes longest. */
function worstCase(): ExposureSummary {
  const office = officeDrift();
  const address = (index: number) =>
    `2001:db8:ffff:ffff:ffff:ffff:${(index >> 8).toString(16)}:${(index % 256).toString(16)}`;
  const findings = Array.from({ length: 100 }, (_each, number) => {
    const one = finding({
      rule: `r${number}`,
      title: 't',
      severity: 'critical',
      score: 99,
      host: address(1),
      hosts: Array.from({ length: 100 }, (_, index) => address(index)),
      port: '65535/tcp',
      fact: 'f',
      text: 't',
      unusual: 'u',
      impact: 'i',
      actions: Array.from({ length: 50 }, () => 'a'),
      references: Array.from({ length: 50 }, () => 'r'),
    });
    const [observation] = one.observations;
    const [evidence] = observation?.evidence ?? [];
    if (observation === undefined || evidence === undefined) throw new TypeError('made with both');
    const many = { ...observation, evidence: Array.from({ length: 8 }, () => evidence) };
    return {
      ...one,
      observations: Array.from({ length: 8 }, () => many),
      confidence: { value: 0.5, lowered: Array.from({ length: 50 }, () => ({ reason: 'r', factor: 0.9 })) },
    };
  });
  const lines = Array.from({ length: 1_000 }, () => 'line');
  const parts = lines.slice(0, 20).map((text) => ({ kind: 'category' as const, points: 5, text }));
  const fullRisk = { level: 'critical' as const, score: 100, parts };
  const told = { rule: 'r', title: 't', severity: 'critical' as const, hosts: 12_345, ofHosts: 123_456 };
  return {
    ...office,
    findings,
    hosts: Array.from({ length: 1_200 }, (_, index) => ({
      ...host(
        address(index),
        Array.from({ length: 5 }, () => 'name'),
        65_535,
        index % 2 === 0 ? findings.slice(0, 3) : [],
      ),
      risk: fullRisk,
    })),
    subnets: Array.from({ length: 100 }, (_, index) => ({
      network: `2001:db8:ffff:${index}::/64`,
      risk: fullRisk,
      hosts: 123_456,
      openPorts: 123_456_789,
      hostsByRisk: { low: 123_456, medium: 123_456, high: 123_456, critical: 123_456 },
      findings: Array.from({ length: 3 }, () => told),
      concentrated: Array.from({ length: 3 }, () => told),
      worstTenth: { hosts: 12_345, points: 123_456, ofPoints: 1_234_567 },
    })),
    changes: Array.from({ length: 1_000 }, (_, index) => ({
      kind: 'port-opened',
      host: address(index) as IpAddress,
      text: 'change',
      comparable: false,
    })),
    confidence: { value: 0.5, lowered: lines.map((reason) => ({ reason, factor: 0.9 })) },
    impact: lines,
    actions: lines,
    blindSpots: lines,
    figures: {
      ...office.figures,
      services: lines.map((name) => ({ name, hosts: 1 })),
      trend: lines.map((run) => ({
        run,
        start: office.run.start,
        openPorts: 123_456_789,
        hostsUp: 123_456_789,
      })),
    },
  };
}

describe('the size of the report', () => {
  test.each([
    { why: '65,536 hosts, all of them kept', summary: hugeNetwork(65_536, 65_536) },
    { why: 'ten thousand findings that are not grouped', summary: manyFindings(10_000) },
    {
      why: 'every list full of the longest strings that escape worst',
      // The number keeps equal changes apart, so that they do not become one.
      summary: plant(worstCase(), numbered('"'.repeat(2_500))),
    },
  ])('stays under 5 MB: $why', ({ summary }) => {
    expect(Buffer.byteLength(summaryHtml(summary))).toBeLessThan(MOST_BYTES);
  });
});

function numbered(text: string): () => string {
  let count = 0;
  return () => `${(count += 1)}${text}`;
}

function manyFindings(count: number): ExposureSummary {
  const [first] = officeDrift().findings;
  if (first === undefined) throw new TypeError('the sample has findings');
  return { ...officeDrift(), findings: Array.from({ length: count }, () => first) };
}

describe('summaryHtml', () => {
  test('the policy allows the style sheet by its hash, and nothing else', () => {
    const page = summaryHtml(officeDrift());
    const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? '';
    const policy = /Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy).toBe(
      `default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;; img-src data:; base-uri &#39;none&#39;; form-action &#39;none&#39;`,
    );
    expect(page).not.toMatch(/ style=|<script|javascript:| on[a-z]+=/);
  });

  test.each([
    {
      why: 'quiet run',
      make: quietRun,
      says: ['Nothing to review.', 'Nothing changed that this run could see.', 'Low risk'],
    },
    {
      why: 'first run',
      make: firstRun,
      says: ['nothing. ', 'A trend needs two runs', 'There is nothing to compare with yet.'],
    },
    {
      why: 'office drift',
      make: officeDrift,
      says: [
        'High risk',
        '4 findings to review on 9 of 46 hosts up.',
        'on 6 hosts:',
        'not comparable',
        '37 hosts without findings',
        'baseline 7, learned from 14 runs',
      ],
    },
    {
      why: 'interrupted',
      make: criticalExposure,
      says: [
        'Critical risk',
        'What it did not reach is unknown, not gone.',
        'the run of 2026-11-21 03:00 UTC',
      ],
    },
    {
      why: 'a /16',
      make: () => hugeNetwork(),
      says: ['65,036 more hosts at no higher risk', 'on 2,048 hosts:', 'and 2,036 more'],
    },
    {
      why: 'two subnets',
      make: () => hugeNetwork(512),
      says: ['Subnets', '10.40.1.0/24', '256: 16 high, 8 medium, 232 low', '67 the worst host, 10.40.0.3'],
    },
    {
      why: 'how a score comes about',
      make: officeDrift,
      says: ['How 71 comes about 71 what was found = 71', 'baseline: what is normal here'],
    },
    {
      why: 'hosts that the summary left out already',
      make: () => ({ ...quietRun(), hostsLeftOut: 1_000 }),
      says: ['1,000 more hosts'],
    },
    {
      why: 'no hosts at all',
      make: () => ({
        ...quietRun(),
        hosts: [],
        figures: {
          openPorts: 0,
          hostsByRisk: { low: 0, medium: 0, high: 0, critical: 0 },
          services: [],
          trend: [],
        },
      }),
      says: ['No host answered.', 'No service was seen.'],
    },
  ])('$why says so', ({ make, says }) => {
    const text = summaryHtml(make())
      .replace(/<[^>]*>/g, '')
      .replace(/\s+/g, ' ');
    for (const sentence of says) expect(text).toContain(sentence);
  });

  test('info findings are not to review', () => {
    const [first] = officeDrift().findings;
    const summary = {
      ...quietRun(),
      findings: first === undefined ? [] : [{ ...first, severity: 'info' as const }],
    };
    expect(summaryHtml(summary)).toContain('Nothing to review.');
  });

  test.each([
    { why: 'https', reference: 'https://www.rfc-editor.org/rfc/rfc4949', link: true },
    { why: 'http', reference: 'http://example.net/', link: false },
    { why: 'a script', reference: 'javascript:alert(1)', link: false },
    { why: 'words', reference: 'CIS Control 4.8', link: false },
  ])('only https references become links: $why', ({ reference, link }) => {
    const [first] = officeDrift().findings;
    const findings = first === undefined ? [] : [{ ...first, references: [reference] }];
    expect(summaryHtml({ ...quietRun(), findings }).includes(`href="${reference}"`)).toBe(link);
  });
});
