import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditLog } from '../audit/audit-log.ts';
import type { AuditRecord } from '../audit/record.ts';
import { MOMENT } from '../../test/sinks/sample.ts';
import { audited } from './audited.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-audited-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const entry = {
  actor: { user: 'anna', face: 'cli' as const },
  action: 'role.changed' as const,
  subject: '10.0.0.0/24',
  why: 'because',
  details: { role: 'server' },
};

test.each<{
  why: string;
  fails?: 'before it is written down' | 'while it is written down' | 'after it was written down';
  want: readonly (readonly [action: string, why: string])[];
  made: boolean;
}>([
  { why: 'made: one record', want: [['role.changed', 'because']], made: true },
  { why: 'refused: none', fails: 'before it is written down', want: [], made: false },
  {
    why: 'not to be written down: none, and not made',
    fails: 'while it is written down',
    want: [],
    made: false,
  },
  {
    why: 'failed in the making: the log says so',
    fails: 'after it was written down',
    want: [
      ['role.changed', 'because'],
      ['change.failed', 'It failed after it was written down: the disk is full'],
    ],
    made: false,
  },
])('a change that is $why', async ({ why, fails, want, made }) => {
  const log = new AuditLog(join(folder, `${why}.jsonl`), () => MOMENT);
  let isMade = false;
  const change = audited(
    fails === 'while it is written down' ? { append: () => Promise.reject(new Error('no room')) } : log,
    entry,
    async (before) => {
      if (fails === 'before it is written down') throw new Error('no such role');
      await before();
      if (fails === 'after it was written down') throw new Error('the disk is full');
      isMade = true;
      return 'made';
    },
  );
  if (made) await expect(change).resolves.toBe('made');
  else await expect(change).rejects.toThrow(/^(?:no such role|no room|the disk is full)$/);
  expect(isMade).toBe(made);
  const records: AuditRecord[] = [];
  for await (const record of log.records()) records.push(record);
  expect(records.map((record) => [record.action, record.why])).toEqual(want);
  const [first, second] = records;
  if (second !== undefined) expect(second.details).toEqual({ record: first!.seq, action: 'role.changed' });
});
