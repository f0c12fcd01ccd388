import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_BASE, routes } from '../../src/api/routes.ts';
import { bearer, openSite, type Site } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 120_000);
afterAll(() => site.close());

test('every list answers', async () => {
  const finding = (await site.workspace.findings.page({ limit: 1 })).items[0]!.finding.id;
  const episode = (await site.workspace.episodes.page({ limit: 1 })).items[0]!.id;
  const host = (await site.workspace.hosts.page({ limit: 1 })).items[0]!.address;
  for (const [name, route] of Object.entries(routes)) {
    if (route.method !== 'GET' || name === 'events.follow') continue;
    const id = name.startsWith('findings') ? finding : name.startsWith('episodes') ? episode : 'latest';
    const path = route.path.replace(':id', id).replace(':address', host).replace(':version', 'pinned');
    const t = performance.now();
    const answer = await site.app.inject({ url: `${API_BASE}${path}`, headers: bearer(site.tokens.admin) });
    console.log(name, answer.statusCode, answer.body.length, Math.round(performance.now() - t), answer.statusCode === 200 ? '' : answer.body);
    if (site.errors.length) console.log(site.errors.splice(0));
  }
  const spec = await site.app.inject({ url: `${API_BASE}/openapi.json` });
  console.log(spec.statusCode, spec.body.length);
  (await import('node:fs')).writeFileSync('/tmp/openapi-api.json', JSON.stringify(spec.json(), null, 1));
  expect(1).toBe(1);
}, 120_000);
