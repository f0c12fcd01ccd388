import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { twoWeeksArb } from '../../test/generated/scan-runs.ts';
import { HOSTILE_STRINGS } from '../../test/hostile-strings.ts';
import { diffRuns } from '../exposure/diff/diff-runs.ts';
import type { Host } from '../exposure/model/host.ts';
import type { ScanRun } from '../exposure/model/scan-run.ts';
import { renderDiffJson } from './diff-json.ts';

const schema = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../docs/schemas/diff-1.json'), 'utf8'),
) as Record<string, unknown>;

/** The published schema lets fields be added; what we write today has to be described in it to the last one. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, closed(inner)] as const);
  const object = Object.fromEntries(entries);
  return 'properties' in object && !('additionalProperties' in object)
    ? { ...object, additionalProperties: false }
    : object;
}

const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
const validate = ajv.compile(closed(schema) as object);

function documentOf(a: ScanRun, b: ScanRun): { text: string; document: Record<string, unknown> } {
  const text = [...renderDiffJson(diffRuns(a, b, { evenIfIncomparable: true }))].join('');
  return { text, document: JSON.parse(text) as Record<string, unknown> };
}

describe('diff as JSON', () => {
  test('fits its schema, and tells every change', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(twoWeeksArb, ([a, b]) => {
        const { document } = documentOf(a.run, b.run);
        expect(validate(document), ajv.errorsText(validate.errors)).toBe(true);
        const { changes } = diffRuns(a.run, b.run, { evenIfIncomparable: true });
        expect((document['changes'] as { kind: string }[]).map(({ kind }) => kind)).toEqual(
          changes.map(({ kind }) => kind),
        );
        expect(document['verdict']).toBe(changes.length === 0 ? 'equal' : 'different');
        for (const { kind } of changes) kinds.add(kind);
      }),
      { numRuns: 300 },
    );
    expect(kinds.size).toBeGreaterThanOrEqual(14);
  });

  test('hostile strings are inert in it, and come back unchanged', () => {
    const hostile = (host: Host, text: string): Host => ({
      ...host,
      hostnames: [{ name: text, type: 'PTR' }],
      ports: [
        {
          protocol: 'tcp',
          portid: 1,
          state: 'open',
          service: { name: text, product: text, version: text, extrainfo: text, method: 'probed' },
          scripts: [{ id: text, output: text, items: [{ key: text, value: text }] }],
        },
      ],
    });
    const seed = fc.sample(twoWeeksArb, { numRuns: 200, seed: 3 }).find(([a]) => a.run.hosts.length > 0);
    const { run } = seed![0];
    for (const { name, text } of HOSTILE_STRINGS) {
      const { text: json, document } = documentOf(
        {
          ...run,
          hosts: run.hosts.map((host) => ({ ...host, status: { state: 'up' }, hostnames: [], ports: [] })),
        },
        { ...run, hosts: run.hosts.map((host) => hostile({ ...host, status: { state: 'up' } }, text)) },
      );
      expect(json, name).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}<]|(?!\n)\p{Cc}/u);
      expect(JSON.stringify(document)).toContain(JSON.stringify(text));
    }
  });
});
