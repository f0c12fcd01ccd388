import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { API_BASE } from '../../src/api/routes.ts';
import { bearer, openSite, type Site } from '../api/site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 120_000);
afterAll(() => site.close());

const page = z.object({ items: z.array(z.unknown()), next: z.string().optional() });
const record = z.object({
  seq: z.number(),
  action: z.string(),
  subject: z.string(),
  why: z.string(),
  actor: z.object({ user: z.string(), face: z.string() }),
});

const get = async (path: string, token = site.tokens.analyst): Promise<unknown> =>
  (await site.app.inject({ url: `${API_BASE}${path}`, headers: bearer(token) })).json();
const post = (path: string, payload: object, token = site.tokens.analyst) =>
  site.app.inject({ method: 'POST', url: `${API_BASE}${path}`, payload, headers: bearer(token) });
/** What was written down since a record, oldest first. */
const writtenSince = async (seq: number): Promise<readonly z.output<typeof record>[]> =>
  page
    .parse(await get('/audit?limit=500', site.tokens.admin))
    .items.map((item) => record.parse(item))
    .filter((each) => each.seq > seq)
    .toSorted((a, b) => a.seq - b.seq);
const newest = async (): Promise<number> => (await writtenSince(-1)).at(-1)?.seq ?? -1;
/** What the changes below change. */
const state = (): Promise<unknown> => Promise.all([get('/baseline'), get('/roles?limit=500')]);

interface Change {
  readonly path: string;
  readonly body: () => object;
  readonly action: string;
  readonly subject: string;
}
const CHANGES: readonly Change[] = [
  {
    path: '/baseline/learn',
    body: () => ({ note: 'because' }),
    action: 'baseline.changed',
    subject: 'learn',
  },
  {
    path: '/baseline/approve',
    body: () => ({ targets: [{ host: '10.77.10.80', port: '9000/tcp' }], note: 'because' }),
    action: 'baseline.changed',
    subject: 'approve',
  },
  {
    path: '/baseline/pin',
    body: () => ({ version: 1, note: 'because' }),
    action: 'baseline.changed',
    subject: 'pin 1',
  },
  {
    path: '/baseline/rollback',
    body: () => ({ version: 1, note: 'because' }),
    action: 'baseline.changed',
    subject: 'roll back to 1',
  },
  {
    path: '/roles/approve',
    body: () => ({ network: '10.77.10.0/24', role: 'server', note: 'because' }),
    action: 'role.changed',
    subject: '10.77.10.0/24',
  },
  {
    path: '/roles/reject',
    body: () => ({ network: '10.77.10.0/24', note: 'because' }),
    action: 'role.changed',
    subject: '10.77.10.0/24',
  },
];

describe('a change through the API', () => {
  // In this order: each finds something to change.
  test.each(CHANGES)(
    '$path is not made while it cannot be written down, and written down once when it is made',
    async ({ path, body, action, subject }) => {
      const { file } = site.loaded.config.audit;
      site.wait(1e6);
      const seq = await newest();
      const before = await state();

      renameSync(file, `${file}.away`);
      mkdirSync(file);
      const refused = await post(path, body());
      rmdirSync(file);
      renameSync(`${file}.away`, file);
      expect({ status: refused.statusCode, ...refused.json<object>() }).toMatchObject({
        code: expect.stringMatching(/^(?:audit|server)\//) as unknown,
        status: expect.toSatisfy((status: number) => status >= 500) as unknown,
      });
      expect(await state()).toEqual(before);
      expect(await writtenSince(seq)).toEqual([]);

      const made = await post(path, body());
      expect({ status: made.statusCode, body: made.body }).toMatchObject({
        status: expect.toSatisfy((status: number) => status === 200 || status === 201) as unknown,
      });
      expect(await state()).not.toEqual(before);
      const written = await writtenSince(seq);
      expect(written).toEqual([
        { seq: seq + 1, action, subject, why: 'because', actor: { user: 'token:anna', face: 'api' } },
      ]);
    },
  );

  test.each<{ path: string; body: object; role?: 'analyst' | 'admin' }>([
    { path: '/baseline/learn', body: { scans: ['none'], note: 'because' } },
    {
      path: '/baseline/approve',
      body: { targets: [{ host: '10.99.0.9' }], note: 'because' },
    },
    {
      path: '/baseline/approve',
      body: { targets: [{ host: '10.77.10.80', port: '9000/tcp' }], until: '2020-01-01', note: 'because' },
    },
    { path: '/roles/reject', body: { network: '10.99.0.0/16', note: 'because' } },
    {
      path: '/findings/judgements',
      body: { ids: ['ffffffffffffffff'], state: 'noise', scope: { kind: 'finding' }, note: 'because' },
    },
    { path: '/sinks/dead/requeue', body: { key: 'ffff' }, role: 'admin' },
    { path: '/sinks/nobody/test', body: {}, role: 'admin' },
    { path: '/tokens', body: { name: 'anna', role: 'viewer', note: 'because' }, role: 'admin' },
    {
      path: '/tokens',
      body: { name: 'late', role: 'viewer', note: 'because', until: '2020-01-01' },
      role: 'admin',
    },
    { path: '/baseline/pin', body: { version: 999, note: 'because' } },
    { path: '/baseline/rollback', body: { version: 999, note: 'because' } },
    { path: '/baseline/approve', body: { targets: [{ host: 'nonsense' }], note: 'because' } },
    {
      path: '/baseline/approve',
      body: { targets: [{ host: '10.77.10.80' }], scan: 'none', note: 'because' },
    },
    { path: '/roles/approve', body: { network: 'nonsense', role: 'server', note: 'because' } },
    { path: '/roles/reject', body: { network: '300.0.0.0/8', note: 'because' } },
    { path: '/roles/approve', body: { network: '10.77.10.0/24', role: 'king', note: 'because' } },
  ])(
    '$path with $body is refused, changes nothing and is not written down as a change',
    async ({ path, body, role = 'analyst' }) => {
      const seq = await newest();
      const before = await state();
      const { statusCode, ...answer } = await post(path, body, site.tokens[role]);
      expect({ statusCode, body: answer.body }).toMatchObject({
        statusCode: expect.toSatisfy((status: number) => status >= 400 && status < 500) as unknown,
      });
      expect(await state()).toEqual(before);
      expect(await writtenSince(seq)).toEqual([]);
    },
  );
});
