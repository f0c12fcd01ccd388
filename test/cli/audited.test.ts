import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scratch, tidemark, type Ran } from './tidemark.ts';

const lab = join(import.meta.dirname, '..', '..', 'examples', 'lab');
const cwd = scratch();
const run = (...args: string[]): Promise<Ran> => tidemark(args, { cwd });

interface Written {
  readonly action: string;
  readonly subject: string;
  readonly why: string;
  readonly actor: { readonly face: string };
}

beforeAll(async () => {
  const imported = await run('import', lab);
  const assessed = await run('assess');
  if (imported.status !== 0 || assessed.status !== 1) throw new Error(imported.stderr + assessed.stderr);
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

test('whatever changes what is expected, believed or announced is in the audit log, with why', async () => {
  const acts: readonly (readonly [action: string, subject: string | RegExp, ...args: string[]])[] = [
    ['baseline.changed', 'learn', 'baseline', 'learn', '--first', '6', '--note', 'because'],
    [
      'baseline.changed',
      'approve',
      'baseline',
      'approve',
      '--host',
      '10.77.10.80',
      '--port',
      '9000/tcp',
      '--note',
      'because',
    ],
    ['baseline.changed', 'pin 1', 'baseline', 'pin', '1', '--note', 'because'],
    ['baseline.changed', 'roll back to 1', 'baseline', 'rollback', '1', '--note', 'because'],
    [
      'announcement.changed',
      'CHG-7',
      'announce',
      'add',
      '--ticket',
      'CHG-7',
      '--host',
      '10.77.10.80',
      '--from',
      '2026-12-01',
      '--to',
      '2026-12-03',
      '--note',
      'because',
    ],
    ['role.changed', '10.77.10.0/24', 'roles', 'approve', '10.77.10.0/24', 'server', '--why', 'because'],
    ['expectation.changed', 'expect', 'expected', 'add', '--source', '10.77.10.9', '--why', 'because'],
    ['expectation.changed', 'withdraw', 'expected', 'withdraw', '--source', '10.77.10.9', '--why', 'because'],
    [
      'finding.judged',
      /^\d+ findings$/,
      'findings',
      'judge',
      '--all-matching',
      '--severity',
      'medium',
      '--as',
      'acknowledged',
      '--why',
      'because',
      '--yes',
    ],
  ];
  for (const [action, , ...args] of acts)
    expect({ action, ...(await run(...args)) }).toMatchObject({ action, status: 0 });
  const shown = await run('audit', 'show', '--json');
  const { records: written } = JSON.parse(shown.stdout) as { readonly records: readonly Written[] };
  expect(
    written.map(({ action, subject, why, actor: { face } }) => ({ action, subject, why, face })),
  ).toEqual(
    acts.map(([action, subject]) => ({
      action,
      subject: typeof subject === 'string' ? subject : expect.stringMatching(subject),
      why: 'because',
      face: 'cli',
    })),
  );
  const { stdout, status } = await run('audit', 'verify');
  expect({ stdout, status }).toMatchObject({ status: 0 });
}, 240_000);
