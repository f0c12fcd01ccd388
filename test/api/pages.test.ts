import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_BASE } from '../../src/api/routes.ts';
import { bearer, openSite, type Site } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 180_000);
afterAll(() => site.close());

interface Page {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly next?: string;
  readonly total?: number;
}

async function page(path: string, parameters: Readonly<Record<string, string>>): Promise<Page> {
  const query = new URLSearchParams(parameters).toString();
  const url = `${API_BASE}${path}${path.includes('?') ? '&' : '?'}${query}`;
  const answer = await site.app.inject({ url, headers: bearer(site.tokens.admin) });
  expect({ status: answer.statusCode, body: answer.body.slice(0, 500) }).toMatchObject({ status: 200 });
  return answer.json();
}

/** Every page, one after the other; something is done between the first two. */
async function walk(path: string, limit: number, meanwhile?: () => Promise<unknown>): Promise<Page['items']> {
  const items: Page['items'][number][] = [];
  let next: string | undefined;
  for (let count = 0; count < 1_000; count += 1) {
    const one = await page(path, { limit: String(limit), ...(next === undefined ? {} : { cursor: next }) });
    expect(one.items.length).toBeLessThanOrEqual(limit);
    items.push(...one.items);
    next = one.next;
    if (next === undefined) return items;
    if (count === 0) await meanwhile?.();
  }
  throw new Error('the pages do not end');
}

const LISTS: readonly (readonly [path: string, identity: (item: Page['items'][number]) => unknown])[] = [
  ['/findings', ({ id }) => id],
  ['/findings?sort=last-seen', ({ id }) => id],
  ['/findings?sort=host&reverse=true', ({ id }) => id],
  ['/hosts', ({ address }) => address],
  ['/hosts?sort=risk', ({ address }) => address],
  ['/scans', ({ id }) => id],
  ['/scans/latest/hosts', ({ address }) => address],
  ['/diff?a=latest~3&b=latest', ({ host }) => host],
  ['/baseline/pinned/diff', ({ host }) => host],
  ['/audit', ({ seq }) => seq],
];

describe('walking all pages gives what one page gives, each once and in the same order', () => {
  test.each(LISTS)('%s', async (path, identity) => {
    const whole = (await page(path, { limit: '500' })).items.map(identity);
    expect(whole.length).toBeGreaterThan(2);
    expect((await walk(path, 2)).map(identity)).toEqual(whole);
  });

  test('the records behind an episode', async () => {
    const [episode] = (await page('/episodes', {})).items;
    const path = `/episodes/${String(episode!['id'])}/evidence`;
    const whole = (await page(path, { limit: '500' })).items;
    expect(whole.length).toBeGreaterThan(2);
    expect(await walk(path, 3)).toEqual(whole.slice(0, 500));
  });
});

describe('what happens meanwhile makes nothing come twice, and nothing be left out', () => {
  test('new records of the audit log', async () => {
    const before = (await page('/audit', { limit: '500' })).items.map(({ seq }) => seq);
    const walked = await walk('/audit', 2, () =>
      site.workspace.tokens.create(
        { name: 'meanwhile', role: 'viewer', note: '' },
        { user: 'x', face: 'cli' },
      ),
    );
    expect(walked.map(({ seq }) => seq)).toEqual(before);
  });

  test('a word on a finding of the first page', async () => {
    const before = (await page('/findings?sort=rank', { limit: '500' })).items.map(({ id }) => id);
    const walked = await walk('/findings?sort=rank', 3, async () => {
      const judged = await site.app.inject({
        method: 'POST',
        url: `${API_BASE}/findings/judgements`,
        payload: { ids: [before[0]], state: 'acknowledged', note: 'being looked at' },
        headers: bearer(site.tokens.analyst),
      });
      expect(judged.json()).toMatchObject({
        judged: [{ finding: { state: 'acknowledged' }, judgement: { by: 'token:anna' } }],
      });
    });
    expect(walked.map(({ id }) => id)).toEqual(before);
  });
});

describe('a filter', () => {
  test('of the list leaves what its facet counted', async () => {
    const all = (await page('/findings', { limit: '500' })) as Page & {
      readonly facets: Readonly<
        Record<string, readonly { readonly value: string; readonly count: number }[]>
      >;
    };
    for (const name of ['severity', 'state', 'half', 'rule'])
      for (const { value, count } of all.facets[name]!) {
        const some = await page('/findings', { limit: '500', [name]: value });
        expect(some.items).toHaveLength(count);
        expect(new Set(some.items.map((item) => item[name]))).toEqual(new Set([value]));
      }
  });

  test('of scans by vantage, profile and time agrees with the whole list, newest first', async () => {
    const every = (await page('/scans', { limit: '500' })).items as readonly {
      readonly [key: string]: unknown;
      readonly id: string;
      readonly start: string | null;
      readonly imported: string;
    }[];
    const began = (scan: (typeof every)[number]): string => scan.start ?? scan.imported;
    const ids = async (parameters: Readonly<Record<string, string>>) =>
      (await page('/scans', { limit: '500', ...parameters })).items.map(({ id }) => id);
    const those = (fits: (scan: (typeof every)[number]) => boolean) => every.filter(fits).map(({ id }) => id);
    const times = every.map(began);
    expect(times).toEqual(times.toSorted().toReversed());
    const middle = times[Math.floor(times.length / 2)]!;
    const { vantage, profile } = every.at(-1)!;
    expect(await ids({ from: middle })).toEqual(those((scan) => began(scan) >= middle));
    expect(await ids({ to: middle })).toEqual(those((scan) => began(scan) < middle));
    expect(await ids({ profile: String(profile) })).toEqual(those((scan) => scan['profile'] === profile));
    expect(await ids({ vantage: String(vantage) })).toEqual(those((scan) => scan['vantage'] === vantage));
    expect(await ids({ vantage: 'nowhere' })).toEqual([]);
  });

  test('of the hosts of a scan by port, network and text agrees with the whole list', async () => {
    const every = (await page('/scans/latest/hosts', { limit: '500' }))
      .items as readonly (Page['items'][number] & {
      readonly address: string;
      readonly names: readonly string[];
      readonly open: readonly { readonly port: string }[];
    })[];
    const open = every.find((host) => host.open.length > 0)!.open[0]!.port;
    const addresses = async (parameters: Readonly<Record<string, string>>) =>
      (await page('/scans/latest/hosts', { limit: '500', ...parameters })).items.map(
        ({ address }) => address,
      );
    const those = (fits: (host: (typeof every)[number]) => boolean) =>
      every.filter(fits).map(({ address }) => address);
    expect(await addresses({ port: open })).toEqual(
      those((host) => host.open.some(({ port }) => port === open)),
    );
    const { address } = every[1]!;
    expect(await addresses({ network: `${address}/32` })).toEqual([address]);
    expect(await addresses({ text: address })).toEqual(
      those((host) => host.address.includes(address) || host.names.some((name) => name.includes(address))),
    );
    expect(await addresses({ state: 'down' })).toEqual(those((host) => host['state'] === 'down'));
    expect(await addresses({ network: '2001:db8::/32' })).toEqual([]);
  });
});

test('the files of the dashboard are served, its own paths lead to it, and nothing else does', async () => {
  const root = join(site.directory, 'web');
  await mkdir(join(root, 'assets'), { recursive: true });
  await writeFile(join(root, 'index.html'), '<!doctype html><title>Tidemark</title>');
  await writeFile(join(root, 'assets', 'index-B4dF00d5.js'), 'export {};');
  await writeFile(join(site.directory, 'web-secret.txt'), 'secret');
  const app = await site.serve({}, { webRoot: root });
  const ask = (url: string) => app.inject({ url });
  const index = await ask('/');
  expect(index.body).toContain('<title>Tidemark</title>');
  expect(index.headers['cache-control']).toBe('no-cache');
  expect(index.headers['content-security-policy']).toContain("script-src 'self'");
  for (const path of ['/findings', '/hosts/10.0.0.5', '/episodes/0123456789abcdef'])
    expect({ path, body: (await ask(path)).body }).toEqual({ path, body: index.body });
  const asset = await ask('/assets/index-B4dF00d5.js');
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(asset.headers['content-type']).toMatch(/javascript/);
  for (const path of [
    '/assets/none.js',
    '/../web-secret.txt',
    '/%2e%2e/web-secret.txt',
    '/api/v1/none',
    '/api',
  ])
    expect({ path, status: (await ask(path)).statusCode }).toEqual({ path, status: 404 });
});
