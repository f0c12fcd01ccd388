import { describe, expect, test } from 'vitest';
import { BENIGN_KINDS, benignTraffic } from '../../src/estate/traffic/benign.ts';
import { machine, server } from '../../src/estate/traffic/made-up-network.ts';
import { after, MINUTE, SECOND } from '../../src/estate/traffic/rhythm.ts';
import { mixed } from '../../src/estate/traffic/scans.ts';
import { sceneOf, type Traffic } from '../../src/estate/traffic/traffic.ts';
import { isFullyAuthorised } from '../../src/recon/correlate/apply-ledger.ts';
import { parseInstant, type Instant } from '../../src/time/instant.ts';
import { inALine, judgeTraffic } from './judge-traffic.ts';

/** A Monday, so that seven days have a weekend. */
const START = parseInstant('2026-01-05') as Instant;

/** Small and long, large and short: what a threshold bears in a day it may not bear in a week. */
const SETTINGS = [
  { seed: 1, days: 1, hosts: 20 },
  { seed: 2, days: 2, hosts: 40 },
  { seed: 3, days: 7, hosts: 8 },
];

const ALL = BENIGN_KINDS.flatMap((kind) => SETTINGS.map((setting) => ({ kind, ...setting })));

/** What is raised of traffic in which nobody scans. Not even as background: the digest is for scans too. */
async function raised({ kind, ...setting }: (typeof ALL)[number]): Promise<readonly string[]> {
  const episodes = await judgeTraffic(benignTraffic(kind, { ...setting, start: START }));
  return episodes.filter((episode) => !isFullyAuthorised(episode)).map(inALine);
}

test.each(ALL)('$kind: $days days of $hosts hosts raise nothing', async (setting) => {
  expect(await raised(setting)).toEqual([]);
});

test('all of them in one network raise nothing', async () => {
  const traffic = mixed(
    ...BENIGN_KINDS.map((kind) => benignTraffic(kind, { seed: 1, start: START, days: 1, hosts: 16 })),
  );
  const episodes = await judgeTraffic(traffic);
  expect(episodes.filter((episode) => !isFullyAuthorised(episode)).map(inALine)).toEqual([]);
});

test('the scanner with a ticket is kept as evidence, explained by the ledger in full', async () => {
  const episodes = await judgeTraffic(
    benignTraffic('ticketed-scanner', { seed: 1, start: START, days: 2, hosts: 20 }),
  );
  expect(episodes.length).toBeGreaterThan(0);
  for (const { authorised, severity, score } of episodes) {
    expect(authorised?.entry).toBe('nightly-desks');
    expect({ severity, score }).toEqual({ severity: 'info', score: 0 });
  }
});

test('the same scanner without its ticket is found', async () => {
  const { records } = benignTraffic('ticketed-scanner', { seed: 1, start: START, days: 1, hosts: 20 });
  const episodes = await judgeTraffic({ records, truth: { scans: [], ledger: [] } });
  expect(episodes.map(({ sources }) => sources)).toEqual([['10.20.10.66']]);
  expect(episodes[0]?.severity).not.toBe('info');
});

describe('a poller that visits a rack of dead machines too', () => {
  /** Twenty-four machines, ten of them gone, every five minutes for so many rounds; then so many closed ports of one of the others. */
  const polled = (rounds: number, scanned = 0): Traffic => {
    const { tape } = sceneOf({ seed: 1, start: START, days: 1, hosts: 24 }, 1);
    const poller = machine('monitor');
    for (let round = 0; round < rounds; round += 1)
      for (let n = 0; n < 24; n += 1)
        tape.tcp(
          after(START, round * 5 * MINUTE + n * SECOND),
          poller,
          server(n),
          9100,
          n < 10 ? 'silent' : 'closed',
        );
    for (let n = 0; n < scanned; n += 1)
      tape.tcp(after(START, rounds * 5 * MINUTE + n * SECOND), poller, server(12), 2000 + n, 'refused');
    return { records: tape.records, truth: { scans: [], ledger: [] } };
  };

  test('raises nothing once its round is known', async () => {
    expect((await judgeTraffic(polled(72))).map(inALine)).toEqual([]);
  });

  test('is found where the same was touched once, and where it turns to what it never polled', async () => {
    expect(await judgeTraffic(polled(1))).toHaveLength(1);
    const [scan, ...others] = await judgeTraffic(polled(72, 12));
    expect(others).toEqual([]);
    expect(scan?.role?.role).toBe('monitoring');
    expect(scan?.likelihood.terms.map(({ term }) => term)).toContain('refused');
  });
});

/** What a sensor sees that writes application logs alone, as a proxy or a web server does. */
const withoutFlows = (traffic: Traffic): Traffic => ({
  ...traffic,
  records: traffic.records.filter(({ kind }) => kind !== 'flow'),
});

test.each(BENIGN_KINDS)('%s, of which no flow tells, raises nothing', async (kind) => {
  const traffic = benignTraffic(kind, { seed: 1, start: START, days: 2, hosts: 20 });
  expect((await judgeTraffic(withoutFlows(traffic))).map(inALine)).toEqual([]);
});
