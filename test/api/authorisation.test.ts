import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_BASE } from '../../src/api/routes.ts';
import { servedBy } from './served-by.ts';
import { bearer, openSite, type Site, type Tokens } from './site.ts';

/**
 * Who may ask for what: the least role, `anyone`, or for pages of the dashboard `file`. Written by hand, so that a route
 * that is added, or opened to others, has to be thought of here.
 */
const MATRIX: Readonly<Record<string, 'viewer' | 'analyst' | 'admin' | 'anyone'>> = {
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /metrics': 'viewer',
  'GET /api/v1/openapi.json': 'anyone',
  'GET /api/v1/posture': 'viewer',
  'GET /api/v1/findings': 'viewer',
  'GET /api/v1/findings/:id': 'viewer',
  'GET /api/v1/findings/:id/evidence': 'viewer',
  'POST /api/v1/findings/judgements': 'analyst',
  'POST /api/v1/findings/:id/verify': 'analyst',
  'GET /api/v1/hosts': 'viewer',
  'GET /api/v1/hosts/:address': 'viewer',
  'GET /api/v1/hosts/:address/anomaly': 'viewer',
  'GET /api/v1/scans': 'viewer',
  'GET /api/v1/scans/:id': 'viewer',
  'GET /api/v1/scans/:id/hosts': 'viewer',
  'GET /api/v1/scans/:id/raw': 'viewer',
  'GET /api/v1/diff': 'viewer',
  'GET /api/v1/baseline': 'viewer',
  'GET /api/v1/baseline/:version/diff': 'viewer',
  'POST /api/v1/baseline/learn': 'analyst',
  'POST /api/v1/baseline/approve': 'analyst',
  'POST /api/v1/baseline/pin': 'analyst',
  'POST /api/v1/baseline/rollback': 'analyst',
  'GET /api/v1/episodes': 'viewer',
  'GET /api/v1/episodes/:id': 'viewer',
  'GET /api/v1/episodes/:id/evidence': 'viewer',
  'GET /api/v1/campaigns': 'viewer',
  'GET /api/v1/roles': 'viewer',
  'POST /api/v1/roles/approve': 'analyst',
  'POST /api/v1/roles/reject': 'analyst',
  'GET /api/v1/authorised-scans': 'viewer',
  'GET /api/v1/schedules': 'viewer',
  'GET /api/v1/scope': 'viewer',
  'GET /api/v1/sensors': 'viewer',
  'GET /api/v1/audit': 'admin',
  'GET /api/v1/sinks': 'viewer',
  'GET /api/v1/sinks/dead': 'viewer',
  'POST /api/v1/sinks/:name/test': 'admin',
  'POST /api/v1/sinks/dead/requeue': 'admin',
  'GET /api/v1/settings': 'admin',
  'GET /api/v1/status': 'viewer',
  'GET /api/v1/session': 'viewer',
  'POST /api/v1/session': 'anyone',
  'DELETE /api/v1/session': 'anyone',
  'GET /api/v1/tokens': 'admin',
  'POST /api/v1/tokens': 'admin',
  'DELETE /api/v1/tokens/:id': 'admin',
  'POST /api/v1/query': 'analyst',
  'GET /api/v1/query/views': 'viewer',
  'GET /api/v1/events': 'viewer',
};

const ROLES = ['viewer', 'analyst', 'admin'] as const;
const STRANGERS = ['nobody', 'made up', 'expired', 'revoked'] as const;

let site: Site;
let values: Readonly<Record<string, string>>;
let cookies: Readonly<Record<(typeof ROLES)[number], string>>;

beforeAll(async () => {
  site = await openSite();
  const [finding] = (await site.workspace.findings.page({ limit: 1 })).items;
  const [host] = (await site.workspace.hosts.page({ limit: 1 })).items;
  values = {
    ':id': finding!.finding.id,
    ':address': host!.address,
    ':version': 'pinned',
    ':name': 'nobody-has-this-name',
  };
  const login = async (role: (typeof ROLES)[number]): Promise<string> => {
    const { cookies: set } = await site.app.inject({
      method: 'POST',
      url: `${API_BASE}/session`,
      payload: { token: site.tokens[role] },
    });
    return `${set[0]!.name}=${set[0]!.value}`;
  };
  cookies = { viewer: await login('viewer'), analyst: await login('analyst'), admin: await login('admin') };
}, 180_000);
afterAll(() => site.close());

/** Asks, and returns the status; of a stream only the head is waited for. What is sent is never a valid request to change something. */
async function ask(row: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const [method, pattern] = row.split(' ') as ['GET', string];
  const url = pattern.replace(/:[a-z]+/g, (name) =>
    row.includes('/tokens/')
      ? '00000000-0000-4000-8000-000000000000'
      : row.includes('/scans/')
        ? 'latest'
        : (values[name] ?? name),
  );
  const answer = await site.app.inject({
    method,
    url,
    headers: { 'sec-fetch-site': 'same-origin', ...headers },
    payloadAsStream: true,
    ...(method === ('POST' as string) ? { payload: {} } : {}),
  });
  answer.stream().destroy();
  return answer.statusCode;
}

function strange(who: (typeof STRANGERS)[number], tokens: Tokens): Readonly<Record<string, string>> {
  switch (who) {
    case 'nobody':
      return {};
    case 'made up':
      return bearer(`tidemark_${'A'.repeat(43)}`);
    case 'expired':
      return bearer(tokens.expired);
    case 'revoked':
      return bearer(tokens.revoked);
    default:
      return who satisfies never;
  }
}

test('every route of the server has a row, and every row a route', () => {
  expect(servedBy(site.app).toSorted()).toEqual(Object.keys(MATRIX).toSorted());
});

describe.each(Object.entries(MATRIX))('%s is for %s', (row, least) => {
  test.each(STRANGERS)('%s', async (who) => {
    const status = await ask(row, strange(who, site.tokens));
    if (least === 'anyone') expect([200, 204, 400]).toContain(status);
    else expect([401, 429]).toContain(status);
  });
  test.each(ROLES)('a %s, by token and by cookie', async (role) => {
    const may = least === 'anyone' || ROLES.indexOf(role) >= ROLES.indexOf(least);
    for (const headers of [bearer(site.tokens[role]), { cookie: cookies[role] }]) {
      // Logging out would end the session of the other rows.
      if (row === 'DELETE /api/v1/session' && 'cookie' in headers) continue;
      const status = await ask(row, { origin: 'http://localhost:80', ...headers });
      if (may) expect([200, 204, 400, 404]).toContain(status);
      else expect(status).toBe(403);
    }
  });
});

test('nothing of that went wrong inside', () => {
  expect(site.errors).toEqual([]);
});
