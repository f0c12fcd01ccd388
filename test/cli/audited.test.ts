import { readFileSync, rmSync } from 'node:fs';
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

test('what is refused is not in the audit log as done', { timeout: 240_000 }, async () => {
  const refused: readonly (readonly string[])[] = [
    ['baseline', 'learn', 'ffffffff', '--note', 'because'],
    ['baseline', 'learn', '--before', 'latest~9', '--note', 'because'],
    ['baseline', 'approve', '--host', '10.99.0.9', '--note', 'because'],
    ['baseline', 'approve', '--host', '10.77.10.80', '--until', '2020-01-01', '--note', 'because'],
    ['baseline', 'pin', '99', '--note', 'because'],
    ['baseline', 'rollback', '99', '--note', 'because'],
    'announce add --ticket C-8 --host 10.7.0.8 --from 2026-12-03 --to 2026-12-01 --note because'.split(' '),
    ['announce', 'withdraw', 'ffff', '--note', 'because'],
    ['roles', 'approve', '300.0.0.0/8', 'server', '--why', 'because'],
    ['roles', 'reject', '10.99.0.0/16', '--why', 'because'],
    ['expected', 'add', '--port', '443/tcp', '--why', 'because'],
    ['expected', 'add', '--source', 'nonsense', '--why', 'because'],
    ['expected', 'add', '--source', '10.77.10.9', '--port', '99999/tcp', '--why', 'because'],
    ['expected', 'withdraw', '--source', '10.99.0.9', '--why', 'because'],
    ['feedback', 'noise', '10.99.0.9', '--note', 'because'],
    ['feedback', 'undo', 'ffff', '--note', 'because'],
    ['findings', 'judge', 'ffffffff', '--as', 'noise', '--why', 'because'],
    ['sinks', 'dead', '--requeue', 'ffff'],
    ['token', 'create', 'not a name', '--role', 'viewer'],
    ['token', 'revoke', 'nobody'],
  ];
  const log = join(cwd, '.local', 'share', 'tidemark', 'audit.jsonl');
  const before = readFileSync(log, 'utf8');
  for (const args of refused) {
    const { status, stderr } = await run(...args);
    expect({ args, status, stderr }).toMatchObject({ args, status: 2 });
    expect({ args, written: readFileSync(log, 'utf8').slice(before.length) }).toEqual({ args, written: '' });
  }
});
