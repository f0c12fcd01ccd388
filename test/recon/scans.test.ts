import { describe, expect, test } from 'vitest';
import { benignTraffic } from '../../src/estate/traffic/benign.ts';
import { mixed, SCAN_KINDS, scanTraffic, type ScanKind } from '../../src/estate/traffic/scans.ts';
import type { PlantedScan } from '../../src/estate/traffic/traffic.ts';
import type { Episode } from '../../src/recon/model/episode.ts';
import { parseInstant, type Instant } from '../../src/time/instant.ts';
import { inALine, judgeTraffic } from './judge-traffic.ts';

const START = parseInstant('2026-01-05') as Instant;
const OPTIONS = { seed: 5, start: START, days: 1, hosts: 16, interval: 60 };
const OFFICE = benignTraffic('office-day', OPTIONS);

/** What is found of a scan that is hidden in a day of an office, and whatever else is raised. */
async function find(
  kind: ScanKind,
  interval = OPTIONS.interval,
): Promise<{ scan: PlantedScan; found: readonly Episode[]; others: readonly Episode[] }> {
  const traffic = mixed(scanTraffic(kind, { ...OPTIONS, interval }), OFFICE);
  const [scan] = traffic.truth.scans;
  if (scan === undefined) throw new Error('nothing planted');
  const episodes = await judgeTraffic(traffic);
  const isOfScan = ({ sources }: Episode): boolean => sources.some((source) => scan.sources.includes(source));
  return { scan, found: episodes.filter(isOfScan), others: episodes.filter((episode) => !isOfScan(episode)) };
}

/** What is wrong with what was found: nothing, when it is one episode of the right sources, shape, family and extent. */
async function shortcomings(kind: ScanKind): Promise<readonly string[]> {
  const { scan, found, others } = await find(kind);
  const wrong = others.map((episode) => `nobody's scan: ${inALine(episode)}`);
  const [episode] = found;
  if (episode === undefined || found.length > 1) wrong.push(`${found.length} episodes`);
  if (episode === undefined) return wrong;
  const { sources, shape, families, first, targets } = episode;
  const named = new Set(families.map(({ family }) => family));
  const holds: Readonly<Record<string, boolean>> = {
    sources: scan.sources.every((source) => sources.includes(source)),
    shape: scan.shapes.includes(shape),
    family: scan.families.length === 0 || scan.families.some((family) => named.has(family)),
    // Nothing before the first probe belongs to it; half of its targets at least do, and hardly anything else.
    first: first >= scan.first,
    targets: targets.contacts >= scan.contacts / 2 && targets.contacts <= scan.contacts * 1.1,
  };
  for (const [what, right] of Object.entries(holds)) if (!right) wrong.push(`${what}: ${inALine(episode)}`);
  return wrong;
}

test.each(SCAN_KINDS)(
  '%s: one episode of its sources, shape, family and extent, and nobody else is suspected',
  async (kind) => {
    expect(await shortcomings(kind)).toEqual([]);
  },
);

test.each(['request-enumeration'] as const)(
  '%s is found where no flow tells of it, in an office of which none tells either',
  async (kind) => {
    const traffic = mixed(scanTraffic(kind, OPTIONS), OFFICE);
    const records = traffic.records.filter((record) => record.kind !== 'flow');
    const [episode, ...others] = await judgeTraffic({ ...traffic, records });
    const [scan] = traffic.truth.scans;
    expect(others.map(inALine)).toEqual([]);
    expect(episode?.sources).toEqual(scan?.sources);
    expect(episode?.shape).toBe('single');
    expect(episode?.families.map(({ family }) => family)).toContain('service-enumeration');
    expect(episode?.techniques).toEqual(['application', 'tcp-connect']);
  },
);

describe.each(['slow-vertical', 'slow-horizontal'] as const)('%s', (kind) => {
  test.each([1, 5, 15, 60, 300, 900, 3600, 21_600, 86_400])(
    'is found with a probe every %i seconds',
    async (interval) => {
      const { scan, found } = await find(kind, interval);
      expect(found.map(inALine)).toHaveLength(1);
      expect(found[0]?.likelihood.contactsToAlarm).toBeLessThanOrEqual(5);
      if (scan.families.length > 0) expect(found[0]?.families.map(({ family }) => family)).toContain('slow');
    },
  );
});

test('a few targets suffice: four of a vertical scan', async () => {
  const { found } = await find('vertical-syn');
  expect(found[0]?.likelihood.contactsToAlarm).toBe(4);
});

test('successes in between buy no immunity', async () => {
  const { found } = await find('interleaved');
  expect(found[0]?.likelihood.contactsToAlarm).toBeLessThanOrEqual(40);
});

test('a scan that went on to an exploit and a connection out ranks above a mere scan', async () => {
  const [way, mere] = [await find('transition'), await find('vertical-syn')];
  const [entered] = way.found;
  expect(entered?.severity).toBe('critical');
  expect(entered?.transition.map(({ step }) => step)).toEqual([
    'discovery',
    'service-probe',
    'exploit-attempt',
    'outbound',
  ]);
  expect(entered?.transition.every(({ destination }) => destination === way.scan.entered)).toBe(true);
  expect(entered?.score).toBeGreaterThan(mere.found[0]?.score ?? 100);
});

test('of decoys it says who is real', async () => {
  const { scan, found } = await find('decoys');
  expect(found[0]?.trueSource).toBe(scan.trueSource);
});

test('order and repetition of records leave no trace', async () => {
  const traffic = mixed(scanTraffic('strobe', OPTIONS), OFFICE);
  const backwards = { ...traffic, records: [...traffic.records, ...traffic.records].toReversed() };
  expect(await judgeTraffic(backwards)).toEqual(await judgeTraffic(traffic));
});
