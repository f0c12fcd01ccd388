import { beforeAll, describe, expect, test } from 'vitest';
import { censusOf } from '../../exposure/model/census-of-run.ts';
import { collectRun } from '../../exposure/model/collect-run.ts';
import type { CensusHost } from '../../exposure/model/census.ts';
import type { RunId } from '../../exposure/model/scan-run.ts';
import { NmapXmlReader } from '../../exposure/parse/nmap-xml.ts';
import { makeDailyHistory, type DailyHistory } from './daily-history.ts';
import { DAILY_EVENT_KINDS, type DailyEventKind } from './plants.ts';
import { ROSTER_KEYS, rosterRole } from './roster.ts';

/** What the scan of a row must show of an event, given the last scan of the same profile before it began. */
const SHOWS: Readonly<
  Record<
    DailyEventKind,
    (after: CensusHost, before: CensusHost | undefined, ports: readonly string[]) => boolean
  >
> = {
  backdoor_port: opened,
  db_exposed: opened,
  vnc_on_server: opened,
  rdp_on_linux: opened,
  hardening_drift: opened,
  telnet_reenabled: opened,
  unusual_combo: opened,
  dev_in_prod: opened,
  mass_exposure: () => true,
  rogue_device: (_after, before) => before === undefined,
  agent_lost: (after, _before, ports) => !opened(after, undefined, ports),
  service_moved: (after, _before, ports) => !isOpen(after, ports[0]) || isOpen(after, ports[1]),
  os_change: (after, before) => after.os?.family !== before?.os?.family,
  banner_mutation: (after, before, ports) => said(after, ports[0]) !== said(before, ports[0]),
  version_downgrade: (after, before, ports) => said(after, ports[0]) !== said(before, ports[0]),
};

function isOpen(host: CensusHost | undefined, port: string | undefined): boolean {
  return host?.ports.some(({ key, state }) => key === port && state === 'open') ?? false;
}
function opened(after: CensusHost, _before: CensusHost | undefined, ports: readonly string[]): boolean {
  return ports.some((port) => isOpen(after, port));
}
function said(host: CensusHost | undefined, port: string | undefined): string {
  const found = host?.ports.find(({ key }) => key === port);
  return `${found?.product} ${found?.version}`;
}

describe('a daily history', () => {
  let history: DailyHistory;
  beforeAll(() => {
    history = makeDailyHistory({ seed: 7, hosts: 600, scans: 60, eventsPerKind: 4 });
  });
  const seen = (scan: number, number: number): CensusHost | undefined => {
    const { census, numbers } = history.scans[scan]!;
    return census.hosts[numbers.indexOf(number)];
  };

  test('the same options give the same history, another seed another', () => {
    const small = { hosts: 120, scans: 20, quietDays: 5, eventsPerKind: 1 };
    const text = (seed: number): string =>
      JSON.stringify(makeDailyHistory({ ...small, seed }), (_key, value: unknown) =>
        value instanceof Map ? [...value.keys()] : value,
      );
    expect(text(3)).toBe(text(3));
    expect(text(4)).not.toBe(text(3));
  });

  test('eleven full scans, eleven of UDP and quick ones otherwise in 75 days; fewer hosts at the weekend', () => {
    const { scans } = makeDailyHistory({ seed: 1, hosts: 100, eventsPerKind: 0 });
    const count = (profile: string): number =>
      scans.filter(({ census }) => census.profile === profile).length;
    expect([count('full'), count('quick'), count('udp')]).toEqual([11, 53, 11]);
    const weekend = scans.filter(({ day }) => day % 7 >= 5);
    const mean = (list: typeof scans): number =>
      list.reduce((sum, { census }) => sum + census.hosts.length, 0) / list.length;
    expect(mean(weekend)).toBeLessThan(0.92 * mean(scans));
    expect(mean(weekend)).toBeGreaterThan(0.7 * mean(scans));
  });

  test('every kind of machine stands somewhere, and every kind of event is planted', () => {
    const vendors = new Set(history.scans[0]!.census.hosts.map(({ vendor }) => vendor));
    expect(ROSTER_KEYS.filter((key) => rosterRole(key).count > 0)).toHaveLength(31);
    expect(vendors.size).toBeGreaterThan(15);
    expect(new Set(history.events.map(({ kind }) => kind))).toEqual(new Set(DAILY_EVENT_KINDS));
  });

  test('every row of the truth is a host of its scan, after the event began and before it ended', () => {
    const wrong = history.events.flatMap(({ day, ended, rows, hosts }) =>
      rows.filter(
        ([scan, host]) =>
          scan < day ||
          (ended !== undefined && scan >= ended) ||
          !hosts.includes(host) ||
          seen(scan, host) === undefined,
      ),
    );
    expect(wrong).toEqual([]);
    expect(history.events.filter(({ rows }) => rows.length === 0).length).toBeLessThan(6);
  });

  test.each(DAILY_EVENT_KINDS)('what a scan shows of %s', (kind) => {
    const events = history.events.filter((event) => event.kind === kind && event.rows.length > 0);
    expect(events.length).toBeGreaterThan(0);
    const hidden = events.filter(({ day, rows, ports }) => {
      const [scan, host] = rows[0]!;
      const before = history.scans
        .slice(0, day)
        .filter(({ census }) => census.profile === history.scans[scan]!.census.profile)
        .map(({ day: earlier }) => seen(earlier, host))
        .findLast((one) => one !== undefined);
      return !SHOWS[kind](seen(scan, host)!, before, ports);
    });
    expect(hidden).toEqual([]);
  });

  test('as Nmap XML, the reader of the product sees the same census', () => {
    for (const { xml, census } of history.scans.slice(0, 4)) {
      const reader = new NmapXmlReader();
      const encoder = new TextEncoder();
      const events = [...xml()].flatMap((chunk) => [...reader.push(encoder.encode(chunk))]);
      const [run] = collectRun([...events, ...reader.end()], {
        id: census.id as RunId,
        vantage: 'default',
        profile: census.profile,
        privileges: 'raw',
      });
      expect(censusOf(run!.info, run!.hosts)).toEqual(census);
    }
  });

  test.each([
    { why: 'too few hosts', options: { hosts: 99 } },
    { why: 'too many hosts', options: { hosts: 5001 } },
    { why: 'one scan', options: { scans: 1 } },
    { why: 'half a host', options: { hosts: 150.5 } },
  ])('$why is a RangeError', ({ options }) => {
    expect(() => makeDailyHistory({ seed: 1, ...options })).toThrow(RangeError);
  });
});

describe('noise of a daily history', () => {
  test('without noise and events nothing changes but who answers', () => {
    const none = {
      miss: 0,
      limitedHosts: 0,
      congested: 0,
      versionNull: 0,
      misdetect: 0,
      osWrong: 0,
      serverPort: 0,
      laptopPort: 0,
      closedPort: 0,
      upgrade: 0,
      rolloutsPer30: 0,
      patchEvery: 1000,
      commission: 0,
      decommission: 0,
      migrate: 0,
      developerChurn: 0,
      nodePortChurn: 0,
      reboot: 0,
      dhcpChurn: 0,
    };
    const { scans } = makeDailyHistory({ seed: 5, hosts: 200, scans: 12, eventsPerKind: 0, noise: none });
    const seen = new Map<string, string>();
    const changed: string[] = [];
    for (const { census } of scans) {
      for (const { address, ports, mac, hostname } of census.hosts) {
        const key = `${census.profile} ${address}`;
        const now = JSON.stringify([mac, hostname, ports]);
        if ((seen.get(key) ?? now) !== now) changed.push(key);
        seen.set(key, now);
      }
    }
    expect(changed).toEqual([]);
  });

  // Five standard deviations of a binomial count: the seed is fixed, so this fails only when the code changes.
  test('machines are commissioned as often as documented, and ports are missed as often', () => {
    const { scans } = makeDailyHistory({ seed: 11, hosts: 1000, scans: 40, eventsPerKind: 0 });
    const numbers = new Set(scans.flatMap((scan) => scan.numbers));
    const expected = 1000 * 39 * 0.0008;
    expect(Math.abs(Math.max(...numbers) + 1 - 1000 - expected)).toBeLessThan(5 * Math.sqrt(expected));
    const quick = scans.filter(({ census }) => census.profile === 'quick');
    let looks = 0;
    let missed = 0;
    for (const [index, { census, numbers: now }] of quick.entries()) {
      const [before, after] = [quick[index - 1], quick[index + 1]];
      if (before === undefined || after === undefined) continue;
      for (const [position, number] of now.entries()) {
        const [was, will] = [before, after].map((scan) => scan.census.hosts[scan.numbers.indexOf(number)]);
        for (const { key } of was?.ports ?? []) {
          if (!will?.ports.some((port) => port.key === key)) continue;
          looks += 1;
          if (!census.hosts[position]!.ports.some((port) => port.key === key)) missed += 1;
        }
      }
    }
    // Missed by themselves, or with their subnet.
    const p = 0.003 + 0.02 * 0.2;
    expect(missed / looks).toBeGreaterThan(p / 2);
    expect(missed / looks).toBeLessThan(2 * p);
  });
});
