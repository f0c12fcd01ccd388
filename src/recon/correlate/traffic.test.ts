import { describe, expect, test } from 'vitest';
import { benignTraffic, type BenignKind } from '../../estate/traffic/benign.ts';
import { DARK_NETWORKS, OUR_NETWORKS } from '../../estate/traffic/made-up-network.ts';
import { mixed, scanTraffic, type ScanKind } from '../../estate/traffic/scans.ts';
import type { Traffic } from '../../estate/traffic/traffic.ts';
import { MONDAY, site } from '../../../test/written/source-activity.ts';
import type { Instant } from '../../time/instant.ts';
import { ActivityTable } from '../model/activity-table.ts';
import type { Site } from '../model/site.ts';
import { detectEpisodes, type Detected } from '../flow/detect-episodes.ts';
import { toFinding } from './to-finding.ts';

/** From records on, as the product does it, in memory. */
async function correlated(traffic: Traffic, more: Partial<Site> = {}): Promise<Detected> {
  const table = new ActivityTable();
  for (const [index, record] of traffic.records.entries())
    table.add(record, { sensor: 'test', file: 'made-up', line: index + 1 });
  return detectEpisodes(
    table,
    { from: 0 as Instant, to: Number.MAX_SAFE_INTEGER as Instant },
    site({ networks: OUR_NETWORKS, dark: DARK_NETWORKS, ledger: traffic.truth.ledger, ...more }),
  );
}

const scene = { seed: 7, start: MONDAY, days: 1, hosts: 10 };
const scan = (kind: ScanKind): Traffic => scanTraffic(kind, { ...scene, interval: 3_600 });

describe('scans by several', () => {
  test('decoys are one episode, and the true source is named', async () => {
    const traffic = scan('decoys');
    const { episodes } = await correlated(traffic);
    expect(episodes).toHaveLength(1);
    expect(episodes[0]).toMatchObject({
      joinedBy: 'decoys',
      trueSource: traffic.truth.scans[0]!.trueSource,
      noise: false,
    });
    expect(episodes[0]!.sources).toHaveLength(5);
  });
  test('eight sources that divide the ports of one host are one episode', async () => {
    const { episodes } = await correlated(scan('distributed'));
    expect(episodes).toHaveLength(1);
    expect(episodes[0]!.sources).toHaveLength(8);
    expect(episodes[0]!.joinedBy).toMatch(/^disjoint cover/);
  });
  test('sixty sources of one network, two probes each, are found together', async () => {
    const { episodes } = await correlated(scan('distributed-thin'));
    expect(episodes).toHaveLength(1);
    expect(episodes[0]).toMatchObject({ joinedBy: '/24', noise: false });
    expect(episodes[0]!.sources).toHaveLength(60);
  });
  test('two scanners at the same time are two episodes', async () => {
    const { episodes } = await correlated(mixed(scan('vertical-connect'), scan('decoys')));
    expect(episodes.map(({ sources }) => sources.length).toSorted((a, b) => a - b)).toEqual([1, 5]);
  });
});

test('a break-in stands above everything', async () => {
  const { episodes } = await correlated(mixed(scan('transition'), scan('vertical-syn')));
  expect(episodes[0]).toMatchObject({ severity: 'critical', depth: 'entered' });
  expect(toFinding(episodes[0]!).rule).toBe('recon.transition');
});

describe('the ledger', () => {
  test('a scan with a ticket is kept and is no alert', async () => {
    const { episodes } = await correlated(benignTraffic('ticketed-scanner', scene));
    expect(episodes.length).toBeGreaterThan(0);
    for (const episode of episodes) {
      expect(episode).toMatchObject({ severity: 'info', score: 0, noise: false });
      expect(toFinding(episode).rule).toBe('recon.authorised');
    }
  });
  test('the same without the ticket is an alert', async () => {
    const { episodes } = await correlated(benignTraffic('ticketed-scanner', scene), { ledger: [] });
    expect(episodes[0]).toMatchObject({ severity: 'medium' });
  });
  test('the same with a window that ends in the middle says what came after', async () => {
    const traffic = benignTraffic('ticketed-scanner', scene);
    const whole = (await correlated(traffic)).episodes[0]!;
    const middle = ((whole.first + whole.last) / 2) as Instant;
    const ledger = traffic.truth.ledger.map((entry) => ({
      ...entry,
      windows: [{ from: whole.first, to: middle }],
    }));
    const [episode] = (await correlated(traffic, { ledger })).episodes;
    const part = episode!.authorised!;
    expect(part.contacts).toBeGreaterThan(0);
    expect(part.remainderContacts).toBeGreaterThan(0);
    expect(part.contacts + part.remainderContacts).toBe(whole.authorised!.contacts);
    expect(part.remainder[0]).toMatch(/^after the window/);
  });
});

test.each<BenignKind>([
  'outage',
  'carrier-nat',
  'printers-and-dead-hosts',
  'monitoring',
  'crawlers',
  'segment-chatter',
  'happy-eyeballs',
  'patching',
  'peer-to-peer',
])('%s joins nobody', async (kind) => {
  expect((await correlated(benignTraffic(kind, { ...scene, hosts: 30 }))).episodes).toEqual([]);
});
