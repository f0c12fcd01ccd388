import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_BASE, routes, type Route } from '../../src/api/routes.ts';
import { openApiDocument } from '../../src/server/openapi.ts';
import { bearer, openSite, SECRET_OF_CONFIG, type Site } from './site.ts';

const recorded = join(import.meta.dirname, '..', '..', 'docs', 'openapi.json');
const document = openApiDocument() as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 180_000);
afterAll(() => site.close());

test('docs/openapi.json is current (UPDATE_SCHEMAS=1 writes it)', () => {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (process.env['UPDATE_SCHEMAS'] === '1') {
    mkdirSync(dirname(recorded), { recursive: true });
    writeFileSync(recorded, text);
  }
  expect(readFileSync(recorded, 'utf8')).toBe(text);
});

test('the server serves the document', async () => {
  const answer = await site.app.inject({ url: `${API_BASE}/openapi.json` });
  expect(answer.json()).toEqual(document);
});

test('every reference of the document leads somewhere, and every parameter of a path is described', () => {
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(20);
  for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name);
  for (const [path, operations] of Object.entries(document.paths))
    for (const { parameters } of Object.values(operations))
      expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(
        [...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name),
      );
});

describe('every document that is read says what the schema says, and no secret', () => {
  const reads = Object.entries(routes as Readonly<Record<string, Route>>).filter(
    ([, { method, response }]) => method === 'GET' && typeof response !== 'string',
  );

  test.each(reads)('%s', async (name, route) => {
    const finding = (await site.workspace.findings.page({ limit: 1 })).items[0]!.finding.id;
    const episode = (await site.workspace.episodes.page({ limit: 1 })).items[0]!.id;
    const host = (await site.workspace.hosts.page({ limit: 1 })).items[0]!.address;
    const id = name.startsWith('findings') ? finding : name.startsWith('episodes') ? episode : 'latest';
    const path = route.path.replace(':id', id).replace(':address', host).replace(':version', 'pinned');
    const answer = await site.app.inject({ url: `${API_BASE}${path}`, headers: bearer(site.tokens.admin) });
    expect({ status: answer.statusCode, errors: site.errors }).toEqual({ status: 200, errors: [] });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    const operation = document.paths[`${API_BASE}${route.path.replaceAll(/:([a-z]+)/g, '{$1}')}`]!['get']!;
    const schema = operation.responses['200']!.content!['application/json']!.schema;
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const validate = ajv.compile({ ...schema, components: document.components });
    expect({ valid: validate(answer.json()), errors: validate.errors }).toEqual({
      valid: true,
      errors: null,
    });
    expect(answer.body).not.toContain(SECRET_OF_CONFIG);
    for (const secret of Object.values(site.tokens)) expect(answer.body).not.toContain(secret);
  });
});

test('of the secret of a token not even the digest goes out', async () => {
  const [token] = await site.workspace.tokens.list();
  expect(token).toHaveProperty('digest');
  const answer = await site.app.inject({ url: `${API_BASE}/tokens`, headers: bearer(site.tokens.admin) });
  expect(answer.body).toContain(token!.id);
  expect(answer.body).not.toContain('digest');
  expect(answer.body).not.toContain(Buffer.from(token!.digest).toString('hex'));
});
