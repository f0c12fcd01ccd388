import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import type { Finding } from '../../src/findings/finding.ts';
import { findingId } from '../../src/findings/identity.ts';
import { encodeJudgement, findingJudgementTable } from '../../src/findings/judgement.ts';
import { versionOf, type Outgoing } from '../../src/findings/outgoing.ts';
import { untoldAlerts } from '../../src/findings/queries/alert-log.ts';
import { outboxTables } from '../../src/findings/queries/outbox.ts';
import { all } from '../../src/sql/ports.ts';
import { query } from '../../src/sql/query.ts';
import type { Store } from '../../src/store/store.ts';
import type { Instant } from '../../src/time/instant.ts';
import { exposed, MOMENT } from '../sinks/sample.ts';
import { keepAssessment, openMigrated, sinksOver } from '../sinks/stored-findings.ts';

const HOUR = 3600e6;
const NAMES = ['a', 'b', 'c', 'd'] as const;
const SINKS = [
  { name: 'people', kind: 'file', path: '/dev/null', tell: 'alerts' },
  { name: 'siem', kind: 'file', path: '/dev/null' },
];
const entries = query(
  'test.outbox',
  `SELECT sink, key, finding, revision, version, document FROM outbox WHERE sink != '' ORDER BY sink, finding, revision, queued, key`,
  z.object({
    sink: z.string(),
    key: z.string(),
    finding: z.string(),
    revision: z.number(),
    version: z.string(),
    document: z.string().transform((text) => JSON.parse(text) as Outgoing),
  }),
);

let folder = '';
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-enqueue-'));
  store = await openMigrated(join(folder, 'data'));
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** A store whose process is killed at its next insert into the outbox: just before it, or just after. */
function dying(when: 'before' | 'after'): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'insert') return value.bind(target) as unknown;
      return async (...args: Parameters<Store['insert']>) => {
        if (args[0] !== outboxTables.outbox) return target.insert(...args);
        if (when === 'after') await target.insert(...args);
        throw new Error('killed');
      };
    },
  });
}

const step = fc.record({
  hours: fc.integer({ min: 1, max: 20 }),
  killed: fc.constantFrom('no', 'before', 'after', 'before and after'),
  made: fc.array(
    fc.record({
      name: fc.constantFrom(...NAMES),
      severity: fc.constantFrom<Finding['severity']>('low', 'medium', 'high', 'critical'),
    }),
    { maxLength: 3 },
  ),
  judged: fc.option(
    fc.record({
      name: fc.constantFrom(...NAMES),
      state: fc.constantFrom<'open' | 'noise' | 'resolved'>('open', 'noise', 'resolved'),
    }),
    { nil: undefined, freq: 2 },
  ),
});

test('wherever a pass is killed, the next ones tell each sink every version once, in order, under one key', async () => {
  let world = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 2 }),
      async (steps, budget) => {
        world += 1;
        for (const table of [
          'outbox',
          'finding',
          'assessment',
          'finding_judgement',
          'finding_current',
          'read_model_input',
        ])
          await store.applyDdl(`TRUNCATE TABLE ${table}`);
        let now = (MOMENT + world * 60 * 24 * HOUR) as Instant;
        const clock = (): Instant => (now = (now + 1000) as Instant);
        const alerts = { budget, quietHours: { from: '22:00', to: '05:00' } };
        const id = (name: string) => findingId('exposure', 'drift.port-opened', {}, `${world} ${name}`);
        const newest = new Map<string, Finding>();
        const state = new Map<string, string>();
        const pass = async (killed: 'no' | 'before' | 'after') => {
          const made = sinksOver(killed === 'no' ? store : dying(killed), SINKS, clock, { alerts });
          try {
            await made.enqueue();
          } catch (error) {
            expect((error as Error).message).toBe('killed');
          }
        };
        for (const { hours, killed, made, judged } of steps) {
          now = (now + hours * HOUR) as Instant;
          const findings = new Map<string, Finding>();
          for (const { name, severity } of made)
            findings.set(
              name,
              exposed({ id: id(name), severity, title: name, firstSeen: now, lastSeen: now }),
            );
          if (findings.size > 0) await keepAssessment(store, [...findings.values()], { at: clock() });
          for (const [name, finding] of findings) {
            newest.set(name, finding);
            // What was done with is back. What is noise stays so: it was said of the worst that it can be.
            if (state.get(name) === 'resolved') state.delete(name);
          }
          const about = judged === undefined ? undefined : newest.get(judged.name);
          if (judged !== undefined && about !== undefined) {
            await store.insert(findingJudgementTable, [
              encodeJudgement({
                id: randomUUID(),
                at: clock(),
                by: 'test',
                note: '',
                half: 'exposure',
                finding: about.id,
                rule: about.rule,
                severity: 'critical',
                state: judged.state,
                scope: { kind: 'finding', value: '' },
                until: undefined,
                effects: [],
              }),
            ]);
            state.set(judged.name, judged.state);
          }
          if (killed === 'no') await pass('no');
          else if (killed === 'before and after') {
            await pass('before');
            await pass('after');
          } else await pass(killed);
        }
        // Two days later, at noon: every hour has come.
        for (let day = 0; day < 2; day += 1) {
          now = (Math.floor(now / (24 * HOUR)) * 24 * HOUR + 36 * HOUR) as Instant;
          await pass('no');
        }
        const rows = await all(store, entries, {});
        const before = rows.length;
        await pass('no');
        expect(await all(store, entries, {})).toHaveLength(before);

        const keys = new Map<string, string>();
        const last = new Map<string, { version: string; revision: number }>();
        for (const { sink, key, finding, revision, version } of rows) {
          const name = `${sink} ${finding} ${revision}`;
          expect(keys.get(name), 'two keys for one message').toBeUndefined();
          keys.set(name, key);
          const known = last.get(`${sink} ${finding}`);
          expect(revision).toBe((known?.revision ?? 0) + 1);
          expect(version).not.toBe(known?.version);
          last.set(`${sink} ${finding}`, { version, revision });
        }
        expect(await all(store, untoldAlerts, {})).toEqual([]);
        const digested = new Set(
          rows.flatMap(({ sink, document }) =>
            sink === 'people' && 'digest' in document
              ? document.digest.items.map((item) => item.finding)
              : [],
          ),
        );
        for (const [name, finding] of newest) {
          const stands = state.get(name) ?? 'open';
          const siem = last.get(`siem ${finding.id}`);
          // A machine hears how each finding stands, unless it never asked for anybody while a pass could see it.
          if (siem !== undefined) expect(siem.version).toBe(versionOf(finding, stands));
          if (stands !== 'open') continue;
          expect(siem, name).toBeDefined();
          expect(last.has(`people ${finding.id}`) || digested.has(finding.id), name).toBe(true);
        }
      },
    ),
    { numRuns: Number(process.env['TIDEMARK_RUNS'] ?? 8) },
  );
}, 300_000);
