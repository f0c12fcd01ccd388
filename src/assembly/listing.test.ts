import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCluster } from '../../test/clickhouse/cluster.ts';
import { startServer } from '../../test/clickhouse/server.ts';
import { loadConfig } from '../config/load.ts';
import type { FindingFilter, FindingPage } from '../findings/current.ts';
import { FINDING_SORTS } from '../findings/current.ts';
import { hostsOfFinding } from '../findings/judgement.ts';
import { compareFindings } from '../findings/ranking.ts';
import { compareSeverity, SEVERITIES } from '../findings/severity.ts';
import { compareIpAddresses, type IpAddress } from '../net/ip-address.ts';
import { contains, parsePrefix } from '../net/prefix.ts';
import { standingOf } from '../recon/model/standing.ts';
import { storeConfig, type StoreConfig } from '../store/config.ts';
import { fromMillis, type Instant } from '../time/instant.ts';
import type { HostFilter } from '../exposure/queries/host-pages.ts';
import type { ListedFinding } from './stored-findings.ts';
import { Workspace } from './workspace.ts';

const examples = resolve(import.meta.dirname, '../../examples');
const DAY = 86_400e6;
const who = { by: 'ana', note: 'CHG-7' };
const ip = (text: string): IpAddress => text as IpAddress;

/** Every way of running the store. */
const MODES: readonly {
  readonly mode: string;
  readonly start: () => Promise<{
    readonly store: Partial<StoreConfig>;
    readonly stop: () => Promise<unknown>;
  }>;
}[] = [
  { mode: 'the embedded engine', start: async () => ({ store: {}, stop: async () => undefined }) },
  {
    mode: 'a server',
    start: async () => {
      const server = await startServer();
      return { store: storeConfig.parse({ url: server.url }), stop: () => server.stop() };
    },
  },
  {
    mode: 'a cluster of three shards',
    start: async () => {
      const cluster = await startCluster(3);
      const nodes = cluster.nodes.map((node) => node.url);
      return { store: storeConfig.parse({ cluster: cluster.name, nodes }), stop: () => cluster.stop() };
    },
  },
];

describe.each(MODES)('lists on $mode', ({ start }) => {
  let directory: string;
  let stop: () => Promise<unknown>;
  let workspace: Workspace;
  let now = Math.max(Date.now() * 1e3, fromMillis(Date.UTC(2026, 10, 22))) as Instant;
  /** All there is, each worked out by itself. */
  let every: readonly ListedFinding[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'listing-'));
    const place = await start();
    ({ stop } = place);
    const { config } = loadConfig({ cwd: directory, env: { TIDEMARK_DATA_DIR: join(directory, 'data') } });
    workspace = await Workspace.open(
      { ...config, store: { ...config.store, ...place.store } },
      { clock: () => now, program: 'test' },
    );
    const lab = join(examples, 'lab');
    const scans = (await readdir(lab)).filter((name) => name.endsWith('.xml')).map((name) => join(lab, name));
    const stdin = Readable.from([]);
    for await (const _ of workspace.importScans(scans.toSorted(), { stdin }));
    for (const run of await workspace.listRuns()) {
      now = (now + 1e6) as Instant;
      await workspace.assess(run);
    }
    const telemetry = [join(examples, 'telemetry', 'nmap-sV-web.eve.json')];
    const { signal } = new AbortController();
    for await (const _ of workspace.recon.importTelemetry(telemetry, { stdin, signal }));
    await workspace.recon.detect({}, { signal });
    const found = await workspace.findings.list({ severity: 'high' });
    await workspace.findings.judge(found.slice(0, 2), { state: 'noise', scope: { kind: 'finding' } }, who);
    every = await workspace.findings.list({ unreviewed: true });
  }, 240_000);
  afterAll(async () => {
    await workspace?.close();
    await stop?.();
    await rm(directory, { recursive: true, force: true });
  });

  const idsOf = ({ items }: Pick<FindingPage, 'items'>): readonly string[] =>
    items.map(({ finding }) => finding.id);

  const words = (one: ListedFinding): string =>
    [
      one.finding.title,
      ...hostsOfFinding(one.finding),
      one.finding.subject.port ?? '',
      one.finding.rule,
      one.finding.id,
    ]
      .join('\n')
      .toLowerCase();

  test.each<{ why: string; filter: FindingFilter; fits: (one: ListedFinding) => boolean }>([
    {
      why: 'what asks for review',
      filter: {},
      fits: (one) => one.episode === undefined || standingOf(one.episode) === 'review',
    },
    { why: 'everything', filter: { unreviewed: true }, fits: () => true },
    {
      why: 'a half',
      filter: { half: 'recon', unreviewed: true },
      fits: ({ finding }) => finding.half === 'recon',
    },
    {
      why: 'states',
      filter: { states: ['noise', 'resolved'], unreviewed: true },
      fits: ({ lifecycle }) => ['noise', 'resolved'].includes(lifecycle.state),
    },
    { why: 'no state at all', filter: { states: [] }, fits: () => false },
    {
      why: 'at least',
      filter: { severity: 'medium', unreviewed: true },
      fits: ({ finding }) => compareSeverity(finding.severity, 'medium') <= 0,
    },
    {
      why: 'just one severity',
      filter: { severities: ['low'], unreviewed: true },
      fits: ({ finding }) => finding.severity === 'low',
    },
    {
      why: 'a rule',
      filter: { rules: ['drift.port-opened'] },
      fits: ({ finding }) => finding.rule === 'drift.port-opened',
    },
    {
      why: 'a host',
      filter: { host: ip('10.77.10.80') },
      fits: ({ finding }) => hostsOfFinding(finding).includes(ip('10.77.10.80')),
    },
    {
      why: 'a block',
      filter: { within: '10.77.10.64/26' },
      fits: ({ finding }) =>
        hostsOfFinding(finding).some((host) => contains(parsePrefix('10.77.10.64/26')!, host)),
    },
    {
      why: 'a block of the other family',
      filter: { within: '::/0' },
      fits: ({ finding }) => hostsOfFinding(finding).some((host) => host.includes(':')),
    },
    {
      why: 'a port',
      filter: { port: '5000/tcp' },
      fits: ({ finding }) => finding.subject.port === '5000/tcp',
    },
    {
      why: 'what came back',
      filter: { reopened: true },
      fits: ({ lifecycle }) => lifecycle.reopened.count > 0,
    },
    {
      why: 'what is not seen any more',
      filter: { present: false },
      fits: ({ lifecycle }) => !lifecycle.present,
    },
    {
      why: 'words',
      filter: { text: '10.77.10.8 OPEN' },
      fits: (one) => words(one).includes('10.77.10.8') && words(one).includes('open'),
    },
    { why: 'a word that tries to be more', filter: { text: "') OR 1=1 --" }, fits: () => false },
  ])('findings: $why', async ({ filter, fits }) => {
    const page = await workspace.findings.page({ filter, limit: 500 });
    const want = every
      .filter(
        (one) =>
          fits(one) &&
          (filter.unreviewed === true || one.episode === undefined || standingOf(one.episode) === 'review'),
      )
      .map(({ finding }) => finding)
      .toSorted(compareFindings);
    expect(idsOf(page)).toEqual(want.map(({ id }) => id));
    expect(page.total).toBe(want.length);
    expect(page.next).toBeUndefined();
  });

  test('a facet leaves its own condition out, and keeps the others', async () => {
    const { facets, total } = await workspace.findings.page({
      filter: { states: ['open'], half: 'exposure' },
    });
    const of = (fits: (one: ListedFinding) => boolean): number => every.filter(fits).length;
    expect(total).toBe(
      of(({ finding, lifecycle }) => finding.half === 'exposure' && lifecycle.state === 'open'),
    );
    expect(facets.state.resolved).toBe(
      of(({ finding, lifecycle }) => finding.half === 'exposure' && lifecycle.state === 'resolved'),
    );
    expect(facets.half.recon).toBe(
      of(
        ({ finding, lifecycle, episode }) =>
          finding.half === 'recon' && lifecycle.state === 'open' && standingOf(episode!) === 'review',
      ),
    );
    expect(Object.values(facets.severity).reduce((sum, n) => sum + n, 0)).toBe(total);
    expect(Object.values(facets.rule).reduce((sum, n) => sum + n, 0)).toBe(total);
  });

  test.each(FINDING_SORTS.flatMap((sort) => [false, true].map((reverse) => ({ sort, reverse }))))(
    'pages by $sort, reversed: $reverse, come together to the whole, nothing twice',
    async ({ sort, reverse }) => {
      const ask = { filter: { unreviewed: true }, sort, reverse };
      const whole = idsOf(await workspace.findings.page({ ...ask, limit: 500 }));
      expect(whole).toHaveLength(every.length);
      const pages: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await workspace.findings.page({ ...ask, limit: 25, cursor });
        pages.push(...idsOf(page));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(pages).toEqual(whole);
      if (reverse)
        expect(whole.toReversed()).toEqual(
          idsOf(await workspace.findings.page({ ...ask, reverse: false, limit: 500 })),
        );
    },
  );

  test.each(['', 'x', Buffer.from('["rank"]').toString('base64url')])('%s is no cursor', async (cursor) => {
    await expect(workspace.findings.page({ cursor })).rejects.toMatchObject({ code: 'page/cursor' });
  });

  test('a cursor of another order is refused', async () => {
    const { next } = await workspace.findings.page({ limit: 1 });
    await expect(workspace.findings.page({ cursor: next, sort: 'rule' })).rejects.toMatchObject({
      code: 'page/cursor',
    });
  });

  test('counts are those of the list', async () => {
    const review = every.filter((one) => one.episode === undefined || standingOf(one.episode) === 'review');
    const counts = await workspace.findings.counts();
    expect(counts.total).toBe(review.length);
    expect(counts.state.noise).toBe(2);
    const open = review.filter(({ lifecycle }) => lifecycle.state === 'open');
    for (const severity of SEVERITIES)
      expect(counts.open[severity]).toBe(open.filter(({ finding }) => finding.severity === severity).length);
  });

  test('the trend ends with what is open now, and adds up to every change of state', async () => {
    const trend = await workspace.findings.trend(400);
    expect(trend).toHaveLength(400);
    const counts = await workspace.findings.counts();
    expect(trend.at(-1)!.open).toEqual(counts.open);
    expect(trend.at(-1)!.day).toBe(Math.floor(now / DAY) * DAY);
    const sum = (key: 'fresh' | 'reopened' | 'resolved'): number =>
      trend.reduce((total, day) => total + day[key], 0);
    const review = every.filter((one) => one.episode === undefined || standingOf(one.episode) === 'review');
    const steps = review.flatMap(({ lifecycle }) => lifecycle.steps);
    expect(sum('fresh')).toBe(review.length);
    expect(sum('reopened')).toBe(steps.filter(({ reopened }) => reopened).length);
    expect(sum('resolved')).toBe(
      steps.filter(({ to, from }) => to === 'resolved' && from !== 'resolved').length,
    );
    // What lies before the first day is in its figures all the same.
    expect((await workspace.findings.trend(1)).at(-1)!.open).toEqual(counts.open);
  });

  test('hosts: each with what its open findings come to', async () => {
    const { items, total, worst } = await workspace.hosts.page({ limit: 500 });
    expect(items.map(({ address }) => address)).toEqual(
      items.map(({ address }) => address).toSorted(compareIpAddresses),
    );
    expect(total).toBe(items.length);
    expect(total).toBeGreaterThan(5);
    const review = every.filter((one) => one.episode === undefined || standingOf(one.episode) === 'review');
    for (const host of items) {
      const open = review.filter(
        ({ finding, lifecycle }) =>
          lifecycle.state === 'open' && hostsOfFinding(finding).includes(host.address),
      );
      expect(host.openFindings).toBe(open.length);
      expect(host.worst).toBe(open.map(({ finding }) => finding.severity).toSorted(compareSeverity)[0]);
      expect(host.risk > 0).toBe(open.some(({ finding }) => finding.severity !== 'info'));
    }
    expect(Object.values(worst).reduce((sum, n) => sum + n, 0)).toBe(total);
    const listed: unknown[] = [];
    for await (const { address } of workspace.listHosts()) listed.push(address);
    expect(listed).toEqual(items.map(({ address }) => address));
  });

  test.each<{ why: string; filter: HostFilter }>([
    { why: 'a port', filter: { port: '22/tcp' } },
    { why: 'a block', filter: { within: '10.77.10.64/26' } },
    { why: 'a severity', filter: { severity: 'medium' } },
    { why: 'words', filter: { text: '10.77.10.2' } },
  ])('hosts: $why', async ({ filter }) => {
    const { items } = await workspace.hosts.page({ limit: 500 });
    const { port, within, severity, text } = filter;
    const want = items.filter(
      (host) =>
        (port === undefined || host.openPorts.includes(port)) &&
        (within === undefined || contains(parsePrefix(within)!, host.address)) &&
        (severity === undefined ||
          (host.worst !== undefined && compareSeverity(host.worst, severity) <= 0)) &&
        (text === undefined || [host.address, ...host.names, host.vendor, host.os].join('\n').includes(text)),
    );
    expect(want.length).toBeGreaterThan(0);
    expect(want.length).toBeLessThan(items.length);
    const found = await workspace.hosts.page({ filter, limit: 500 });
    expect(found.items).toEqual(want);
    expect(found.total).toBe(want.length);
  });

  test.each(['address', 'risk', 'last-seen'] as const)('hosts by %s, page by page', async (sort) => {
    const whole = (await workspace.hosts.page({ sort, limit: 500 })).items;
    const pages: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await workspace.hosts.page({ sort, limit: 4, cursor });
      pages.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(pages).toEqual(whole);
    if (sort === 'risk')
      expect(whole.map(({ risk }) => risk)).toEqual(whole.map(({ risk }) => risk).toSorted((a, b) => b - a));
  });

  test('one host: its newest state, its ports over time, its findings', async () => {
    const detail = await workspace.hosts.detail(ip('10.77.10.80'));
    expect(detail.newest.host.address).toBe('10.77.10.80');
    const { runs, ports, cells } = detail.ports;
    expect(runs).toHaveLength((await workspace.hostHistory(ip('10.77.10.80'))).length);
    const ofPort = cells.filter(({ port }) => ports[port] === '5000/tcp').map(({ state }) => state);
    expect(ofPort).toContain('open');
    expect(detail.findings.total).toBe(
      every.filter(({ finding }) => hostsOfFinding(finding).includes(ip('10.77.10.80'))).length,
    );
    await expect(workspace.hosts.detail(ip('192.0.2.1'))).rejects.toMatchObject({ code: 'host/unknown' });
  });

  test('episodes: a page, by what they touched, and a picture', async () => {
    const { items, total } = await workspace.episodes.page({});
    const stand = every.filter(
      ({ episode, lifecycle }) =>
        episode !== undefined && lifecycle.present && standingOf(episode) !== 'noise',
    );
    expect(new Set(items.map(({ id }) => id))).toEqual(new Set(stand.map(({ finding }) => finding.id)));
    expect(total).toBe(items.length);
    const [one] = items;
    const { episode } = stand.find(({ finding }) => finding.id === one!.id)!;
    expect(one).toMatchObject({
      families: episode!.families.map(({ family }) => family),
      contacts: episode!.targets.contacts,
    });
    const target = episode!.points[0]!.destination;
    expect((await workspace.episodes.page({ filter: { target } })).items.map(({ id }) => id)).toContain(
      one!.id,
    );
    expect((await workspace.episodes.page({ filter: { target: ip('192.0.2.1') } })).total).toBe(0);
    expect(
      (await workspace.hosts.detail(target).catch(() => undefined))?.touchedByTotal ?? 1,
    ).toBeGreaterThan(0);
    const picture = await workspace.episodes.picture(one!.id);
    expect(picture.points).toHaveLength(episode!.points.length);
    expect(picture.contacts).toBe(episode!.targets.contacts);
    expect(picture.points.map(({ target: place }) => picture.targets[place])).toContain(target);
  });
});
