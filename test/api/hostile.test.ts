import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_BASE, routes, type Route } from '../../src/api/routes.ts';
import { HOSTILE_STRINGS } from '../hostile-strings.ts';
import { bearer, openSite, SECRET_OF_CONFIG, type Site } from './site.ts';

/** A scanner of ours: every route, every place where a request can hold a value, everything that hurt a server before. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 180_000);
afterAll(() => site.close());

const TEXTS: readonly string[] = [
  // What matters here is that they come in: a few of each kind.
  ...HOSTILE_STRINGS.filter((_, index) => index % 8 === 0).map(({ text }) => text),
  '../../../../etc/passwd',
  '..%2f..%2f..%2fetc%2fpasswd',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '..\\..\\windows\\win.ini',
  '/etc/passwd%00.json',
  "' OR 1=1 --",
  "'; DROP TABLE finding; --",
  '{x:String}',
  "10.0.0.1') UNION SELECT * FROM access_token --",
  '${jndi:ldap://127.0.0.1/a}',
  '{{7*7}}',
  '__proto__',
  'constructor.prototype',
  '-1',
  '9007199254740993',
  '1e309',
  'NaN',
  '0x10',
  '00000000',
  '%',
  '%ff',
  '%00',
  '\u0000',
  '\ud800',
  '😀'.repeat(100),
  'a'.repeat(5_000),
  'null',
  'undefined',
  'true',
  '[]',
  '{}',
  '*',
  ' ',
];

const READS = Object.entries(routes as Readonly<Record<string, Route>>).filter(
  ([name, { method }]) => method === 'GET' && name !== 'events.follow',
);
const CHANGES = Object.entries(routes as Readonly<Record<string, Route>>).filter(
  ([, { method }]) => method !== 'GET',
);

/** What an answer must never be, whatever was asked. */
function expectHarmless(answer: {
  readonly statusCode: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}): void {
  expect({
    status: answer.statusCode,
    body: answer.body.slice(0, 300),
    errors: site.errors.splice(0),
  }).toMatchObject({
    errors: [],
  });
  expect(answer.statusCode).toBeLessThan(500);
  if (answer.headers['content-type'] === 'text/html; charset=utf-8') {
    // A path that leads out of the API is one of the dashboard's, which is not built here.
    expect(answer.body).toContain('its dashboard is not built');
  } else if (answer.statusCode >= 400) {
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(Object.keys(JSON.parse(answer.body) as object)).toEqual(
      expect.arrayContaining(['type', 'title', 'status', 'code', 'detail', 'fix']),
    );
    // Neither a stack nor a path of this machine, nor the text of the engine.
    expect(answer.body).not.toMatch(/node_modules|\.ts:\d|at [A-Z]\w+\.|DB::Exception|Code: \d+/);
    expect(answer.body).not.toContain(site.directory);
  }
  expect(answer.body).not.toContain(SECRET_OF_CONFIG);
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
}

/** As a URL can hold it: half of a surrogate pair has no encoding. */
const encoded = (text: string): string => encodeURIComponent(text.replace(/\p{Cs}/gu, '?'));

const get = (url: string) => site.app.inject({ url, headers: bearer(site.tokens.admin) });

describe('parameters of the query', () => {
  test.each(READS.filter(([, { query }]) => query !== undefined))(
    '%s',
    async (_name, { path, query }) => {
      expect.hasAssertions();
      const names = Object.keys((query as unknown as { readonly shape: object }).shape);
      const url = `${API_BASE}${path.replace(/:[a-z]+/g, 'latest')}`;
      for (const name of names)
        for (const text of TEXTS) expectHarmless(await get(`${url}?${name}=${encoded(text)}`));
      for (const name of ['__proto__', 'constructor', 'surprise', '%ff'])
        expectHarmless(await get(`${url}?${name}=1`));
      // The same parameter many times, empty names, and what is no encoding.
      for (const raw of [
        'limit=1&limit=2',
        '=',
        '&&&',
        'limit',
        'limit[]=1',
        'a[__proto__][x]=1',
        'q=%E0%A4%A',
      ])
        expectHarmless(await get(`${url}?${raw}`));
    },
    120_000,
  );
});

describe('parts of the path', () => {
  test.each(READS.filter(([, { path }]) => path.includes(':')))(
    '%s',
    async (_name, { path }) => {
      expect.hasAssertions();
      for (const text of TEXTS) {
        expectHarmless(await get(`${API_BASE}${path.replace(/:[a-z]+/g, encoded(text))}`));
        // Raw where a request line can hold it.
        const raw = text.replace(/[^\x21-\x7e]|[?#]/g, '');
        if (raw !== '') expectHarmless(await get(`${API_BASE}${path.replace(/:[a-z]+/g, raw)}`));
      }
    },
    120_000,
  );
});

const BODIES: readonly string[] = [
  '',
  '{',
  'null',
  '0',
  '"text"',
  '[]',
  '[[[[]]]]',
  '{"__proto__":{"role":"admin"}}',
  '{"constructor":{"prototype":{"role":"admin"}}}',
  '{"ids":"all"}',
  '{"ids":[null],"state":"open","note":1}',
  '{"note":"\\ud800","ids":["0000000000000000"],"state":"open"}',
  '{"sql":"SELECT * FROM access_token"}',
  '{"sql":"SELECT * FROM file(\'/etc/passwd\')"}',
  '{"sql":"DROP TABLE finding"}',
  '{"sql":"SELECT 1; DROP TABLE finding"}',
  '{"sql":"SELECT * FROM url(\'http://127.0.0.1:9\')"}',
  '{"sql":"SELECT sleep(3)"}',
  '{"sql":"\\u0000"}',
  '{"network":"0.0.0.0/0; DROP","role":"scanner","note":"x"}',
  '{"network":"::/0\\u0000","role":"scanner","note":"x"}',
  '{"targets":[{"host":"10.0.0.1; rm -rf /"}],"note":"x"}',
  '{"targets":[{"host":"--script=exploit"}],"note":"x"}',
  '{"version":999999999,"note":"x"}',
  '{"version":1e99,"note":"x"}',
  '{"scans":["../../etc/passwd"],"note":"x"}',
  '{"key":"%","note":"x"}',
  '{"token":"tidemark_"}',
  `{"name":"${'a'.repeat(100)}","role":"root"}`,
  `{"note":"${'a'.repeat(100_000)}"}`,
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
];

describe('bodies', () => {
  test.each(CHANGES)(
    '%s',
    async (_name, { method, path }) => {
      const url = `${API_BASE}${path
        .replace(':id', path.includes('tokens') ? '00000000-0000-4000-8000-000000000000' : '0000000000000000')
        .replace(':name', 'nobody')}`;
      for (const payload of BODIES)
        expectHarmless(
          await site.app.inject({
            method,
            url,
            payload,
            headers: { 'content-type': 'application/json', ...bearer(site.tokens.admin) },
          }),
        );
      const big = await site.app.inject({
        method,
        url,
        payload: `{"note":"${'a'.repeat(2 << 20)}"}`,
        headers: { 'content-type': 'application/json', ...bearer(site.tokens.admin) },
      });
      expect(big.statusCode).toBe(413);
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/xml',
      ])
        expect(
          (
            await site.app.inject({
              method,
              url,
              payload: 'a=b',
              headers: { 'content-type': type, ...bearer(site.tokens.admin) },
            })
          ).statusCode,
        ).toBe(415);
    },
    120_000,
  );
});

describe('methods and headers', () => {
  const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD'] as const;

  test.each(Object.entries(routes as Readonly<Record<string, Route>>))(
    '%s by every method',
    async (_name, { path }) => {
      const own = new Set(
        Object.values(routes as Readonly<Record<string, Route>>)
          .filter((other) => other.path === path)
          .map(({ method }) => method as string),
      );
      for (const method of METHODS) {
        // Read, the last part of this path is an identifier of a finding, and none.
        if (own.has(method) || (path === '/findings/judgements' && method === 'GET')) continue;
        const answer = await site.app.inject({
          method,
          url: `${API_BASE}${path}`,
          headers: bearer(site.tokens.admin),
        });
        expect(answer.statusCode).toBe(405);
        expect(String(answer.headers['allow']).split(', ')).toEqual(expect.arrayContaining([...own]));
      }
    },
  );

  test.each([
    ['authorization', 'Bearer'],
    ['authorization', 'Bearer  '],
    ['authorization', 'Basic YWRhOmFkYQ=='],
    ['authorization', `Bearer ${'A'.repeat(300)}`],
    ['authorization', 'Bearer tidemark_\u00e9'],
    ['cookie', 'tidemark='],
    ['cookie', `tidemark=${'A'.repeat(300)}; tidemark=x`],
    ['cookie', '__proto__=x; constructor=y'],
    ['x-forwarded-for', '127.0.0.1'],
    ['x-forwarded-host', 'localhost'],
    ['x-http-method-override', 'DELETE'],
    ['x-original-url', '/api/v1/tokens'],
  ])('%s: %s opens nothing', async (name, value) => {
    const answer = await site.app.inject({ url: `${API_BASE}/tokens`, headers: { [name]: value } });
    expectHarmless(answer);
    expect([401, 429]).toContain(answer.statusCode);
  });

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'a@localhost',
    'localhost:x',
    ' ',
    '[::1',
    'lo\tcalhost',
  ])('a request for the host %j is refused, whatever it asks for', async (host) => {
    for (const url of ['/', '/healthz', '/metrics', `${API_BASE}/session`]) {
      const answer = await site.app.inject({ url, headers: { ...bearer(site.tokens.admin), host } });
      expect(answer.statusCode).toBe(421);
    }
  });

  test.each(['localhost', 'LOCALHOST:7380', '127.0.0.1', '[::1]:7380', '192.0.2.7:80'])(
    'a request for the host %s is heard',
    async (host) => {
      expect((await site.app.inject({ url: '/healthz', headers: { host } })).statusCode).toBe(200);
    },
  );

  test('a name of the configuration is heard', async () => {
    const app = await site.serve({ names: ['tidemark.example.org'] });
    const ask = (host: string) => app.inject({ url: '/healthz', headers: { host } });
    expect((await ask('tidemark.example.org')).statusCode).toBe(200);
    expect((await ask('example.org')).statusCode).toBe(421);
  });
});

test.each([
  '/../package.json',
  '/..%2f..%2fpackage.json',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/assets/..%5c..%5cpackage.json',
  '//etc/passwd',
  '/api/../healthz/../../etc/passwd',
  '/api/v1/../../tidemark.yaml',
  '/%',
  '/%ff',
])('no path leads to a file: %s', async (url) => {
  const answer = await site.app.inject({ url });
  expect(answer.statusCode).toBeGreaterThanOrEqual(400);
  expect(answer.body).not.toMatch(/root:|"name": "tidemark"|elasticsearch/);
});

test('a raw file comes as an attachment with a name of ours', async () => {
  const answer = await get(`${API_BASE}/scans/latest/raw`);
  expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="scan-[0-9a-f]{16}\.xml"$/);
  expect(answer.headers['content-type']).toBe('application/octet-stream');
  const { info } = await site.workspace.findRun('latest');
  const bytes: Uint8Array[] = [];
  for await (const piece of site.workspace.rawRun(await site.workspace.findRun(info.id))) bytes.push(piece);
  expect(answer.rawPayload.equals(Buffer.concat(bytes))).toBe(true);
});

test('what goes wrong inside is told by its code alone, and in full to the log', async () => {
  const { sinks } = site.workspace;
  const list = sinks.list.bind(sinks);
  sinks.list = () => Promise.reject(new Error(`ENOENT: ${site.directory}/secret`));
  const answer = await get(`${API_BASE}/sinks`);
  sinks.list = list;
  expect(answer.json()).toMatchObject({ status: 500, code: 'server/internal' });
  expect(answer.body).not.toContain('ENOENT');
  expect(site.errors.splice(0)).toMatchObject([{ about: 'GET /api/v1/sinks' }]);
});
