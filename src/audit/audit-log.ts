import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../fault/fault.ts';
import type { Clock } from '../time/instant.ts';
import { underLock } from './file-lock.ts';
import { digestOf, GENESIS, hashesOf, makeRecord, type AuditEntry, type AuditRecord } from './record.ts';
import { AuditVerifier, type AuditFlaw, type AuditHead } from './verify.ts';

/** Longest line that is looked for at the end of the file: records are bounded below it. */
const LAST_LINE = 4 << 20;

/** Longest record: the end of the log is found in one read. */
const LONGEST_RECORD = LAST_LINE - 65_536;

/** What a look through the whole log found. */
export interface AuditVerdict {
  readonly records: number;
  /** The end of the chain: note it elsewhere, and an end that is cut off later will show. */
  readonly head: AuditHead;
  readonly flaws: readonly AuditFlaw[];
}

/**
 * The audit log: lines of JSON, each with the hash of the one before. An append that resolved is on the disk; one that
 * throws was not made, and the caller must not go on (fail closed). Several processes may write in turn. Beside the log
 * stands `FILE.head`, the end of the chain after the last append.
 */
export class AuditLog {
  readonly file: string;
  readonly #clock: Clock;

  constructor(file: string, clock: Clock) {
    this.file = file;
    this.#clock = clock;
  }

  /** Appends one entry. Throws a Fault `audit/not-written` or `audit/locked`, and then nothing must happen that it was to record. */
  async append(entry: AuditEntry): Promise<AuditRecord> {
    try {
      await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
      return await underLock(`${this.file}.lock`, () => this.#append(entry));
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw new Fault(
        'audit/not-written',
        `the audit log cannot be written: ${(error as Error).message}`,
        'Give yourself the right to write there and make room on the disk, or name another file in audit.file. Until then nothing is scanned.',
        { file: this.file },
        { cause: error },
      );
    }
  }

  /** All records in order. A line that is none is passed over here; `verify` reports it. Nothing when there is no log yet. */
  async *records(): AsyncGenerator<AuditRecord> {
    const verifier = new AuditVerifier();
    for await (const { bytes, whole } of linesOf(this.file)) {
      const record = whole ? verifier.add(bytes) : undefined;
      if (record !== undefined) yield record;
    }
  }

  /** Follows the whole chain. `heads` are ends of it that somebody noted elsewhere; the one beside the log is always asked. */
  async verify(heads: readonly AuditHead[] = []): Promise<AuditVerdict> {
    const beside = await this.#head();
    const verifier = new AuditVerifier([...heads, ...(beside === undefined ? [] : [beside])]);
    let records = 0;
    let rest: Uint8Array | undefined;
    for await (const { bytes, whole } of linesOf(this.file)) {
      if (!whole) rest = bytes;
      else if (verifier.add(bytes) !== undefined) records += 1;
    }
    const flaws = verifier.finish(rest);
    return { records, head: verifier.head, flaws };
  }

  async #append(entry: AuditEntry): Promise<AuditRecord> {
    const file = await open(this.file, 'a+', 0o600);
    try {
      const end = await readEnd(file);
      const noted = await this.#head();
      // Appending after an end that was cut off would hide the cut.
      if (noted !== undefined && noted.seq > end.last.seq) {
        throw new Fault(
          'audit/cut-off',
          `the audit log ends with record ${end.last.seq}, but record ${noted.seq} had been written`,
          'Look with `tidemark audit verify`; restore the log from a copy, or move it and its .head file aside as evidence and begin anew.',
          { file: this.file },
        );
      }
      let last = end.last;
      let text = '';
      if (end.torn.length > 0) {
        const resumed = makeRecord(
          {
            actor: entry.actor,
            action: 'log.resumed',
            subject: 'the line before this one',
            why: 'It was cut short while it was written.',
            details: { bytes: end.torn.length, sha256: digestOf(end.torn) },
          },
          this.#clock(),
          last,
        );
        last = resumed.record;
        text = `\n${resumed.line}\n`;
      }
      const { record, line } = makeRecord(entry, this.#clock(), last);
      // A line that the next append could not read back would end the log for good.
      if (Buffer.byteLength(line) > LONGEST_RECORD) {
        throw new Fault(
          'audit/too-long',
          `the record would be longer than ${LONGEST_RECORD} bytes`,
          'Do it in parts: fewer targets at once.',
          { file: this.file },
        );
      }
      await file.appendFile(`${text}${line}\n`, 'utf8');
      await file.sync();
      await writeWhole(`${this.file}.head`, JSON.stringify({ seq: record.seq, hash: record.hash }));
      return record;
    } finally {
      await file.close();
    }
  }

  async #head(): Promise<AuditHead | undefined> {
    try {
      const { seq, hash } = JSON.parse(await readFile(`${this.file}.head`, 'utf8')) as AuditHead;
      return typeof seq === 'number' && typeof hash === 'string' ? { seq, hash } : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT')
        return undefined;
      throw error;
    }
  }
}

/** The last record of the file, and what stands after its line break. */
async function readEnd(file: FileHandle): Promise<{ readonly last: AuditHead; readonly torn: Uint8Array }> {
  const { size } = await file.stat();
  const length = Math.min(size, LAST_LINE);
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, size - length);
  const lineEnd = bytes.lastIndexOf(0x0a);
  const torn = bytes.subarray(lineEnd + 1);
  if (lineEnd < 0) return { last: { seq: 0, hash: GENESIS }, torn };
  const text = bytes.subarray(bytes.lastIndexOf(0x0a, lineEnd - 1) + 1, lineEnd).toString('utf8');
  const hashes = hashesOf(text);
  const seq = hashes === undefined ? undefined : (JSON.parse(text) as { readonly seq?: unknown }).seq;
  if (hashes === undefined || typeof seq !== 'number') {
    throw new Fault(
      'audit/broken',
      'the last line of the audit log is no audit record',
      'Look with `tidemark audit verify`; restore the log from a copy, or move it and its .head file aside as evidence and begin anew.',
    );
  }
  return { last: { seq, hash: hashes.claimed }, torn };
}

/** The lines of a file without their line breaks; the last is not `whole` when none follows it. No lines when there is no file. */
async function* linesOf(
  path: string,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly whole: boolean }> {
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path)) {
      let bytes = Buffer.concat([rest, chunk as Buffer]);
      for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a)) {
        yield { bytes: bytes.subarray(0, end), whole: true };
        bytes = bytes.subarray(end + 1);
      }
      rest = bytes;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (rest.length > 0) yield { bytes: rest, whole: false };
}

/** Replaces a file as a whole, on the disk when it resolves. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text, { mode: 0o600, flush: true });
  await rename(temporary, path);
}
