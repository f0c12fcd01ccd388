import { readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import {
  criticalExposure,
  firstRun,
  hugeNetwork,
  officeDrift,
  quietRun,
} from '../../test/fixtures/summaries.ts';
import { busyWeek, noTelemetry, quietWeek, sampledWeek } from '../../test/fixtures/episodes.ts';
import { Fault } from '../fault/fault.ts';
import type { ExposureSummary } from '../findings/summary.ts';
import { parseSummary, summaryJson } from './summary-json.ts';
import { type SummaryDocument, summaryJsonSchema } from './summary-schema.ts';
import type { Summary } from './summary.ts';

const SAMPLES = [
  { why: 'a quiet run', summary: quietRun() },
  { why: 'a first run without a baseline', summary: firstRun() },
  { why: 'an office network with drift', summary: officeDrift() },
  { why: 'a critical exposure in an interrupted run', summary: criticalExposure() },
  { why: 'a /16, whose summary keeps the hosts at most risk', summary: hugeNetwork() },
  {
    why: 'a run that knows no times and changes of the run itself',
    summary: {
      ...officeDrift(),
      run: { ...officeDrift().run, start: undefined },
      changes: [
        { kind: 'coverage-changed', host: undefined, text: 'UDP is no longer scanned', comparable: false },
      ],
    } satisfies ExposureSummary,
  },
  { why: 'a busy week of telemetry', summary: busyWeek() },
  { why: 'a week of noise', summary: quietWeek() },
  { why: 'no telemetry at all', summary: noTelemetry() },
  { why: 'sampled NetFlow', summary: sampledWeek() },
];
const SCHEMA_FILE = new URL('../../docs/schemas/summary-1.json', import.meta.url);

/** Readonly all the way down, branded primitives left alone. */
type Frozen<T> = T extends string | number | boolean | undefined
  ? T
  : T extends readonly (infer E)[]
    ? readonly Frozen<E>[]
    : { readonly [K in keyof T]: Frozen<T[K]> };

describe('tidemark/summary/1', () => {
  test('the schema describes the ExposureSummary interface, no more and no less', () => {
    expectTypeOf<Frozen<z.output<typeof SummaryDocument>>>().toEqualTypeOf<Frozen<Summary>>();
  });

  test('docs/schemas/summary-1.json is current (UPDATE_SCHEMAS=1 writes it)', () => {
    if (process.env['UPDATE_SCHEMAS'] === '1')
      writeFileSync(SCHEMA_FILE, `${JSON.stringify(summaryJsonSchema(), undefined, 2)}\n`);
    expect(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'))).toStrictEqual(summaryJsonSchema());
  });

  test('every field is described in a sentence', () => {
    const undescribed: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, child] of Object.entries(node)) {
        if (key === 'properties')
          for (const [name, property] of Object.entries(child as Record<string, { description?: string }>))
            if (!/^[A-Z0-9].*[.]$/s.test(property.description ?? '')) undescribed.push(`${path}.${name}`);
        walk(child, `${path}.${key}`);
      }
    };
    walk(summaryJsonSchema(), '');
    expect(undescribed).toStrictEqual([]);
  });

  const validate = new Ajv2020({ strict: true, formats: { 'date-time': true } }).compile(summaryJsonSchema());

  test.each(SAMPLES)('$why fits the schema and comes back equal', ({ summary }) => {
    const json = summaryJson(summary);
    validate(JSON.parse(json));
    expect(validate.errors).toBeNull();
    expect(parseSummary(json)).toStrictEqual(summary);
  });

  test('the schema refuses a document without a risk', () => {
    const { risk: _, ...rest } = JSON.parse(summaryJson(quietRun())) as Record<string, unknown>;
    expect(validate(rest)).toBe(false);
  });

  test('fields of a later edition are ignored', () => {
    const later = { ...(JSON.parse(summaryJson(quietRun())) as object), mood: 'calm' };
    expect(validate(later)).toBe(true);
    expect(parseSummary(JSON.stringify(later))).toStrictEqual(quietRun());
  });
});

describe('parseSummary', () => {
  test.each([
    { why: 'not JSON', json: '{', field: undefined },
    { why: 'another document', json: '{"schema":"other"}', field: 'schema' },
    {
      why: 'a host that is no address',
      json: summaryJson(quietRun()).replace('"10.20.0.10"', '"10.20.0.999"'),
      field: 'hosts.0.host',
    },
  ])('refuses with a place: $why', ({ json, field }) => {
    let caught: unknown;
    try {
      parseSummary(json);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(Fault);
    expect(caught).toMatchObject({
      code: 'report/not-a-summary',
      where: field === undefined ? {} : { field },
    });
  });
});
