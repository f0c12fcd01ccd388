import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_BASE } from '../../src/api/routes.ts';
import type { ServerConfig } from '../../src/server/config.ts';
import type { PartStatus } from '../../src/server/options.ts';
import { startServer } from '../../src/server/server.ts';
import { bearer, openSite, type Site } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 180_000);
afterAll(() => site.close());

const HOST = 'localhost:80';
const ORIGIN = `http://${HOST}`;

const login = (token: string, headers: Readonly<Record<string, string>> = {}) =>
  site.app.inject({ method: 'POST', url: `${API_BASE}/session`, payload: { token }, headers });
const cookieOf = async (token: string): Promise<string> => {
  const { cookies } = await login(token);
  return `${cookies[0]!.name}=${cookies[0]!.value}`;
};
const whoAmI = (headers: Readonly<Record<string, string>>) =>
  site.app.inject({ url: `${API_BASE}/session`, headers });
const DAY = 86_400e6;

describe('logging in with a browser', () => {
  test('exchanges a token for a cookie that scripts cannot read and other sites do not send', async () => {
    const answer = await login(site.tokens.analyst);
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ name: 'anna', role: 'analyst', via: 'session' });
    expect(answer.cookies).toMatchObject([
      { name: 'tidemark', httpOnly: true, sameSite: 'Strict', path: '/', maxAge: 12 * 3_600 },
    ]);
    expect(answer.body).not.toContain(site.tokens.analyst);
    expect(answer.headers['set-cookie']).not.toContain(site.tokens.analyst);
  });

  test('the cookie is worth what the token is, until it is given back', async () => {
    const cookie = await cookieOf(site.tokens.viewer);
    expect((await whoAmI({ cookie })).json()).toMatchObject({
      name: 'victor',
      role: 'viewer',
      via: 'session',
    });
    const out = await site.app.inject({
      method: 'DELETE',
      url: `${API_BASE}/session`,
      headers: { cookie, origin: ORIGIN },
    });
    expect(out.statusCode).toBe(204);
    expect((await whoAmI({ cookie })).statusCode).toBe(401);
  });

  test('a session ends by itself, and with its token at once', async () => {
    const { token, secret } = await site.workspace.tokens.create(
      { name: 'short', role: 'viewer', note: '' },
      { user: 'test', face: 'cli' },
    );
    const cookie = await cookieOf(secret);
    expect((await whoAmI({ cookie })).statusCode).toBe(200);
    const revoked = await site.app.inject({
      method: 'DELETE',
      url: `${API_BASE}/tokens/${token.id}`,
      headers: bearer(site.tokens.admin),
    });
    expect(revoked.statusCode).toBe(204);
    expect((await whoAmI({ cookie })).statusCode).toBe(401);
    expect((await whoAmI(bearer(secret))).statusCode).toBe(401);
    const other = await cookieOf(site.tokens.viewer);
    site.wait(12 * 3_600e6);
    expect((await whoAmI({ cookie: other })).statusCode).toBe(401);
  });

  test.each(['expired', 'revoked'] as const)('an %s token begins none', async (which) => {
    const answer = await login(site.tokens[which]);
    expect(answer.statusCode).toBe(401);
    expect(answer.cookies).toEqual([]);
  });
});

describe('a page of another site', () => {
  const judge = (headers: Readonly<Record<string, string>>) =>
    site.app.inject({ method: 'POST', url: `${API_BASE}/baseline/pin`, payload: {}, headers });

  test.each([
    ['of its own origin', { origin: 'https://evil.example' }],
    ['of another port', { origin: 'http://localhost:8080' }],
    ['of another scheme', { origin: 'https://localhost:80' }],
    ['without one', { origin: 'null' }],
    ['by a link', { 'sec-fetch-site': 'cross-site' }],
    ['of a sibling', { 'sec-fetch-site': 'same-site' }],
    ['typed by nobody', { 'sec-fetch-site': 'none' }],
    ['that lies in one of two', { origin: ORIGIN, 'sec-fetch-site': 'cross-site' }],
    ['that says nothing', {}],
  ])('%s changes nothing with a cookie', async (_how, headers) => {
    const cookie = await cookieOf(site.tokens.analyst);
    const answer = await judge({ cookie, ...headers });
    expect(answer.json()).toMatchObject({ status: 403, code: 'access/cross-site' });
  });

  test.each([{ origin: ORIGIN }, { 'sec-fetch-site': 'same-origin' }])(
    'and our own page does: %j',
    async (headers) => {
      const cookie = await cookieOf(site.tokens.analyst);
      // Past the gate: what is wrong is the body.
      expect((await judge({ cookie, ...headers })).statusCode).toBe(400);
    },
  );

  test('a program with a token needs no origin', async () => {
    expect((await judge(bearer(site.tokens.analyst))).statusCode).toBe(400);
  });

  test('cannot log a browser in as somebody else, nor out', async () => {
    expect((await login(site.tokens.viewer, { origin: 'https://evil.example' })).statusCode).toBe(403);
    const cookie = await cookieOf(site.tokens.viewer);
    const out = await site.app.inject({
      method: 'DELETE',
      url: `${API_BASE}/session`,
      headers: { cookie, origin: 'https://evil.example' },
    });
    expect(out.statusCode).toBe(403);
    expect((await whoAmI({ cookie })).statusCode).toBe(200);
  });

  test('may neither frame nor read, and nothing is allowed to be loaded from elsewhere', async () => {
    const { headers } = await whoAmI({ ...bearer(site.tokens.viewer), origin: 'https://evil.example' });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;font-src 'self';connect-src 'self';frame-ancestors 'none';base-uri 'none';form-action 'self'",
    );
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
  });
});

describe('tokens', () => {
  test('a new one is shown once, works at once, and is written down without its secret', async () => {
    const made = await site.app.inject({
      method: 'POST',
      url: `${API_BASE}/tokens`,
      payload: { name: 'grafana', role: 'viewer', note: 'CHG-12' },
      headers: bearer(site.tokens.admin),
    });
    expect(made.statusCode).toBe(201);
    const { secret, token } = made.json() as { secret: string; token: { id: string } };
    expect(secret).toMatch(/^tidemark_[A-Za-z0-9_-]{43}$/);
    expect((await whoAmI(bearer(secret))).json()).toMatchObject({
      name: 'grafana',
      role: 'viewer',
      via: 'token',
    });
    const audit = await site.app.inject({
      url: `${API_BASE}/audit?limit=1`,
      headers: bearer(site.tokens.admin),
    });
    expect(audit.json()).toMatchObject({
      items: [{ action: 'token.created', subject: 'grafana', actor: { user: 'token:ada', face: 'api' } }],
      chain: { whole: true },
    });
    expect(audit.body).not.toContain(secret);
    const again = await site.app.inject({
      method: 'POST',
      url: `${API_BASE}/tokens`,
      payload: { name: 'grafana', role: 'admin' },
      headers: bearer(site.tokens.admin),
    });
    expect(again.json()).toMatchObject({ status: 409, code: 'token/name-taken' });
    await site.workspace.tokens.revoke(token.id, { user: 'test', face: 'cli' });
    expect((await whoAmI(bearer(secret))).statusCode).toBe(401);
  });

  test('one with an end opens nothing from that moment on', async () => {
    const { secret } = await site.workspace.tokens.create(
      { name: 'visitor', role: 'viewer', note: '', until: (site.now() + DAY) as never },
      { user: 'test', face: 'cli' },
    );
    expect((await whoAmI(bearer(secret))).statusCode).toBe(200);
    site.wait(DAY);
    expect((await whoAmI(bearer(secret))).statusCode).toBe(401);
  });

  test('many who ask in the same moment are answered alike, and one who asks after a revocation is not let in', async () => {
    const { secret, token } = await site.workspace.tokens.create(
      { name: 'crowd', role: 'viewer', note: '' },
      { user: 'test', face: 'cli' },
    );
    const crowd = Array.from({ length: 20 }, () => whoAmI(bearer(secret)));
    const revoked = site.workspace.tokens.revoke(token.id, { user: 'test', face: 'cli' });
    for (const answer of await Promise.all(crowd)) expect([200, 401]).toContain(answer.statusCode);
    await revoked;
    const after = await Promise.all(Array.from({ length: 20 }, () => whoAmI(bearer(secret))));
    expect(new Set(after.map(({ statusCode }) => statusCode))).toEqual(new Set([401]));
  });
});

test('what was changed is in the audit log under the name of the token', async () => {
  const { version } = (await site.workspace.baselines.inForce())!;
  const pinned = await site.app.inject({
    method: 'POST',
    url: `${API_BASE}/baseline/pin`,
    payload: { version, note: 'as agreed' },
    headers: bearer(site.tokens.analyst),
  });
  expect(pinned.json()).toMatchObject({ inForce: version });
  const audit = await site.app.inject({
    url: `${API_BASE}/audit?action=baseline.changed`,
    headers: bearer(site.tokens.admin),
  });
  expect(audit.json()).toMatchObject({
    items: [{ subject: `pin ${version}`, why: 'as agreed', actor: { user: 'token:anna', face: 'api' } }],
  });
});

describe('who asks too often', () => {
  test('is refused with the time to wait, and the others are not', async () => {
    const app = await site.serve({ requestsPerMinute: 10 });
    const ask = (token: string) => app.inject({ url: `${API_BASE}/session`, headers: bearer(token) });
    for (let count = 0; count < 10; count += 1) expect((await ask(site.tokens.viewer)).statusCode).toBe(200);
    const refused = await ask(site.tokens.viewer);
    expect(refused.json()).toMatchObject({ status: 429, code: 'access/too-many-requests' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask(site.tokens.analyst)).statusCode).toBe(200);
  });

  test('guessing tokens is slowed down, and whoever has one still comes in from the same address', async () => {
    const app = await site.serve({});
    const guess = () =>
      app.inject({ url: `${API_BASE}/session`, headers: bearer(`tidemark_${'B'.repeat(43)}`) });
    const statuses: number[] = [];
    for (let count = 0; count < 70; count += 1) statuses.push((await guess()).statusCode);
    expect(statuses.slice(0, 60).every((status) => status === 401)).toBe(true);
    expect(statuses.slice(60).every((status) => status === 429)).toBe(true);
    const known = await app.inject({ url: `${API_BASE}/session`, headers: bearer(site.tokens.viewer) });
    expect(known.statusCode).toBe(200);
  });
});

describe('who asks whether it is ready, without a token', () => {
  const hidden = { code: 'store/unreachable', message: 'connect 10.9.9.9:8123', fix: 'secret', at: 0 };
  test.each<{ why: string; states: Readonly<Record<string, PartStatus['state']>>; want: string }>([
    { why: 'all are up', states: { delivery: 'running', schedules: 'waiting' }, want: 'ready\n' },
    {
      why: 'one fails and one starts',
      states: { delivery: 'failing', schedules: 'waiting', 'sink siem': 'starting' },
      want: 'not ready: delivery (failing), sink siem (starting)\nWhy, and what to do: tidemark status\n',
    },
    {
      why: 'none is down',
      states: { delivery: 'running' },
      want: 'not ready: it stops\nWhy, and what to do: tidemark status\n',
    },
  ])('is told names and states of parts, and no more: $why', async ({ states, want }) => {
    const [part] = site.options.status().parts;
    const app = await site.serve(
      {},
      {
        status: () => ({
          started: site.now(),
          ready: want === 'ready\n',
          parts: Object.entries(states).map(([name, state]) => ({
            ...part!,
            name,
            state,
            detail: 'reads /home/anna/secret',
            error: { ...hidden, at: site.now() },
          })),
        }),
      },
    );
    const answer = await app.inject({ url: '/readyz' });
    expect({ status: answer.statusCode, type: answer.headers['content-type'], body: answer.body }).toEqual({
      status: want === 'ready\n' ? 200 : 503,
      type: expect.stringMatching(/^text\/plain/) as unknown,
      body: want,
    });
  });
});

describe('where it listens', () => {
  const start = (change: Partial<ServerConfig>) => {
    const { options } = site;
    return startServer({
      ...options,
      config: { ...options.config, server: { ...options.config.server, port: 0, ...change } },
    });
  };

  test.each(['0.0.0.0', '::', '192.0.2.1'])('not on %s without a certificate', async (host) => {
    await expect(start({ host })).rejects.toMatchObject({ code: 'server/no-tls' });
  });

  test('not with a certificate that is none, or cannot be read', async () => {
    const none = join(site.directory, 'none.pem');
    await writeFile(none, 'no certificate');
    await expect(start({ tls: { cert: none, key: none } })).rejects.toMatchObject({
      code: 'server/tls-unusable',
    });
    const missing = join(site.directory, 'missing.pem');
    await expect(start({ tls: { cert: missing, key: missing } })).rejects.toMatchObject({
      code: 'server/tls-unreadable',
    });
  });

  test('on loopback without one, and not where somebody else listens', async () => {
    const server = await start({});
    try {
      expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(await (await fetch(`${server.url}/readyz`)).text()).toBe('ready\n');
      const port = Number(new URL(server.url).port);
      await expect(start({ port })).rejects.toMatchObject({ code: 'server/cannot-listen' });
    } finally {
      await server.close();
    }
  });

  test('with a certificate: over TLS, with a cookie that is bound to it', async () => {
    const folder = join(import.meta.dirname, '..', 'fixtures', 'tls');
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const server = await start({ host: '127.0.0.1', tls: { cert, key } });
    try {
      expect(server.url).toMatch(/^https:/);
      const headers = await new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
        const outgoing = request(
          `${server.url}${API_BASE}/session`,
          { method: 'POST', rejectUnauthorized: false, headers: { 'content-type': 'application/json' } },
          (answer) => {
            answer.resume();
            resolve(answer.headers);
          },
        );
        outgoing.on('error', reject);
        outgoing.end(JSON.stringify({ token: site.tokens.viewer }));
      });
      expect(String(headers['set-cookie'])).toMatch(
        /^__Host-tidemark=.*; Path=\/; HttpOnly; Secure; SameSite=Strict/,
      );
      expect(headers['strict-transport-security']).toBe('max-age=31536000');
    } finally {
      await server.close();
    }
  });
});

test('live events come over a socket, go on where they were left, and end with the token', async () => {
  const { options } = site;
  const server = await startServer({
    ...options,
    config: { ...options.config, server: { ...options.config.server, port: 0, streams: 1 } },
  });
  try {
    const follow = (last?: string) =>
      fetch(`${server.url}${API_BASE}/events`, {
        headers: { ...bearer(site.tokens.viewer), ...(last === undefined ? {} : { 'last-event-id': last }) },
      });
    const first = await follow();
    expect(first.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(first.headers.get('content-security-policy')).toContain("default-src 'none'");
    const reader = first.body!.pipeThrough(new TextDecoderStream()).getReader();
    const hello = (await reader.read()).value ?? '';
    const id = /^id: (\S+)$/m.exec(hello)?.[1];
    expect((await follow()).status).toBe(503);
    await reader.cancel();
    site.feed.publish({ kind: 'scan', ids: ['missed'], at: site.now() });
    let second = await follow(id);
    // The server hears of the end of the first a moment later.
    while (second.status === 503) second = await follow(id);
    const again = second.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await again.read()).value).toContain('"ids":["missed"]');
    await again.cancel();
  } finally {
    await server.close();
  }
});
