import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile, appendFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fromSeconds } from '../time/instant.ts';
import { AuditLog } from './audit-log.ts';
import type { AuditEntry } from './record.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const entry = (subject: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  actor: { user: 'alice', face: 'cli' },
  action: 'scan.started',
  subject,
  why: 'grant office, CHG-7',
  details: { argv: ['nmap', '-oX', '-', subject] },
  ...more,
});

let seconds = 1_700_000_000;
const log = (): AuditLog => new AuditLog(join(folder, 'audit.jsonl'), () => fromSeconds((seconds += 1)));

async function written(records: number): Promise<AuditLog> {
  const made = log();
  for (let n = 1; n <= records; n += 1) await made.append(entry(`10.0.0.${n}`));
  return made;
}

describe('the audit log', () => {
  test('keeps every record, in order, and is whole', async () => {
    const made = await written(5);
    const subjects: string[] = [];
    for await (const record of made.records()) subjects.push(record.subject);
    expect(subjects).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5']);
    expect(await made.verify()).toMatchObject({ records: 5, head: { seq: 5 }, flaws: [] });
  });

  test('before the first record it is whole and empty', async () => {
    expect(await log().verify()).toMatchObject({ records: 0, flaws: [] });
  });

  test('hostile text stays within its line', async () => {
    const made = log();
    await made.append(entry('a\nb\u2028c","hash":"00"}', { why: '\u001b[2J\ud800' }));
    await made.append(entry('next'));
    expect(await made.verify()).toMatchObject({ records: 2, flaws: [] });
  });

  test('is not readable by others', async () => {
    const made = await written(1);
    const { stat } = await import('node:fs/promises');
    expect((await stat(made.file)).mode & 0o077).toBe(0);
  });

  type Lines = readonly string[];
  test.each<{ how: string; change: (lines: Lines) => Lines; line: number; says: RegExp }>([
    { how: 'the first line deleted', change: (l) => l.slice(1), line: 1, says: /record 1 is missing/ },
    {
      how: 'a line in the middle deleted',
      change: (l) => l.toSpliced(2, 1),
      line: 3,
      says: /record 3 is missing/,
    },
    {
      how: 'two lines deleted',
      change: (l) => l.toSpliced(1, 2),
      line: 2,
      says: /records 2 to 3 are missing/,
    },
    { how: 'the last line deleted', change: (l) => l.slice(0, -1), line: 5, says: /end was cut off/ },
    { how: 'all lines deleted', change: () => [], line: 1, says: /end was cut off/ },
    {
      how: 'two lines exchanged',
      change: (l) => [l[0]!, l[2]!, l[1]!, l[3]!, l[4]!],
      line: 2,
      says: /record 2 is missing/,
    },
    {
      how: 'a line repeated',
      change: (l) => l.toSpliced(2, 0, l[1]!),
      line: 3,
      says: /re-ordered or repeated/,
    },
    {
      how: 'a letter edited',
      change: (l) => l.with(1, l[1]!.replace('alice', 'alicf')),
      line: 2,
      says: /record 2 was edited/,
    },
    { how: 'a space added', change: (l) => l.with(1, l[1]!.replace(',', ', ')), line: 2, says: /edited/ },
    {
      how: 'a line of something else',
      change: (l) => l.toSpliced(3, 0, 'hello'),
      line: 4,
      says: /no audit record/,
    },
    {
      how: 'the last line cut short',
      change: (l) => l.with(4, l[4]!.slice(0, 40)),
      line: 5,
      says: /cut short|no audit record/,
    },
  ])('$how: found, and where', async ({ change, line, says }) => {
    const made = await written(5);
    const lines = (await readFile(made.file, 'utf8')).trimEnd().split('\n');
    await writeFile(
      made.file,
      change(lines)
        .map((text) => `${text}\n`)
        .join(''),
    );
    const { flaws } = await made.verify();
    expect(flaws[0]).toMatchObject({ line, message: expect.stringMatching(says) as string });
  });

  test('any edit of any byte of any line is found', async () => {
    const made = await written(4);
    const whole = await readFile(made.file);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const edited = Buffer.from(whole);
        edited[at] = edited[at]! ^ bits;
        await writeFile(made.file, edited);
        const { flaws } = await made.verify();
        const line = whole.subarray(0, at).toString('latin1').split('\n').length;
        // A line break that is gone joins two lines; the flaw is on the first or, for the last, at the end.
        expect(flaws.length).toBeGreaterThan(0);
        expect(Math.abs(flaws[0]!.line - line)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });

  test('a whole log written anew is found by an end that was noted elsewhere', async () => {
    const made = await written(3);
    const { head } = await made.verify();
    await rm(made.file);
    await rm(`${made.file}.head`);
    const forged = await written(4);
    expect((await forged.verify()).flaws).toEqual([]);
    expect((await forged.verify([head])).flaws[0]?.message).toMatch(/not the one that was noted/);
  });
});

describe('when writing fails', () => {
  test('a crash in the middle of a line is told, and the log goes on', async () => {
    const made = await written(2);
    await appendFile(made.file, '{"seq":3,"at":"2026');
    expect((await made.verify()).flaws[0]?.message).toMatch(/cut short/);
    await made.append(entry('after the crash'));
    expect(await made.verify()).toMatchObject({ records: 4, head: { seq: 4 }, flaws: [] });
  });

  test('nothing is appended to a log whose end was cut off', async () => {
    const made = await written(3);
    const lines = (await readFile(made.file, 'utf8')).trimEnd().split('\n');
    await writeFile(made.file, `${lines.slice(0, 2).join('\n')}\n`);
    await expect(made.append(entry('x'))).rejects.toMatchObject({ code: 'audit/cut-off' });
  });

  test('nothing is appended to a file that is something else', async () => {
    const made = log();
    await writeFile(made.file, 'hello\n');
    await expect(made.append(entry('x'))).rejects.toMatchObject({ code: 'audit/broken' });
  });

  test('a place that cannot be written is a fault: fail closed', async () => {
    const made = new AuditLog(join(folder, 'audit.jsonl'), () => fromSeconds(0));
    await mkdir(made.file);
    await expect(made.append(entry('x'))).rejects.toMatchObject({ code: 'audit/not-written' });
  });

  test('a lock whose owner is dead is taken over', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    await writeFile(join(folder, 'audit.jsonl.lock'), String(child.pid));
    expect(await log().append(entry('x'))).toMatchObject({ seq: 1 });
  });

  test('twelve writers at once make one chain', async () => {
    const writers = Array.from({ length: 12 }, log);
    await Promise.all(writers.map((writer, n) => writer.append(entry(`writer ${n}`))));
    expect(await log().verify()).toMatchObject({ records: 12, head: { seq: 12 }, flaws: [] });
  });
});
