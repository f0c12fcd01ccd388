import { Buffer } from 'node:buffer';
import { Fault } from '../../fault/fault.ts';
import type { Instant } from '../../time/instant.ts';
import type { ScanEvent, ScanReader } from '../model/scan-event.ts';
import { instantOf, masscanHost, type MasscanAnswer } from './masscan-host.ts';
import { EventLog } from './problems.ts';
import { headerOf, RunWriter } from './run-writer.ts';
import { quote } from './xml-fields.ts';

/** Longest record: a banner of 64 kB with every character escaped takes 400 kB. */
const MAX_RECORD_BYTES = 4 * 1024 * 1024;

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** What may stand between records: white space, the comma, a byte order mark. */
const BETWEEN = new Set([0x20, 0x09, 0x0a, 0x0d, 0x2c, 0xef, 0xbb, 0xbf]);

/**
 * Reads masscan's JSON record by record: `-oJ` of every version (a comma too many at the end, a closing
 * `{finished: 1}` that is no JSON, no closing bracket) and `-oD`, one record per line without brackets.
 * Records are cut out by their braces and each is parsed for itself, so a damaged one costs only itself.
 *
 * The run begins with the time of its first record. It is complete when the bracket closed or
 * `finished` was there; records without brackets have no end mark, and count as complete when the last
 * one is whole.
 */
export class MasscanJsonReader implements ScanReader {
  readonly #log = new EventLog();
  readonly #run = new RunWriter(this.#log);
  readonly #maxRecordBytes: number;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #recordOffset = 0;
  #offset = 0;
  #bracketed = false;
  #finished = false;
  #sawRecord = false;
  #inJunk = false;
  #last: Instant | undefined;

  constructor(maxRecordBytes: number = MAX_RECORD_BYTES) {
    this.#maxRecordBytes = maxRecordBytes;
  }

  push(chunk: Uint8Array): readonly ScanEvent[] {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let from = 0;
    for (let at = 0; at < buffer.length; at += 1) {
      const byte = buffer[at]!;
      if (this.#depth === 0) {
        if (byte === OPEN_BRACE) {
          this.#depth = 1;
          this.#recordOffset = this.#offset + at;
          this.#inJunk = false;
          from = at;
        } else this.#between(byte, this.#offset + at);
      } else if (this.#inString) this.#inText(byte);
      else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_BRACE) this.#depth += 1;
      else if (byte === CLOSE_BRACE) {
        this.#depth -= 1;
        if (this.#depth === 0) this.#finishRecord(buffer.subarray(from, at + 1));
      }
    }
    if (this.#depth > 0) this.#hold(buffer.subarray(from));
    this.#offset += buffer.length;
    return this.#log.take();
  }

  #inText(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #between(byte: number, offset: number): void {
    if (byte === OPEN_BRACKET) this.#openBracket();
    else if (byte === CLOSE_BRACKET) this.#closeBracket();
    else if (!BETWEEN.has(byte) && !this.#inJunk) {
      this.#inJunk = true;
      this.#log.problem('parse/malformed', 'something other than a record stands between records', offset);
    }
  }

  #openBracket(): void {
    // Another list behind the first is another run.
    this.#endRun(this.#finished ? 'complete' : 'truncated');
    this.#bracketed = true;
    this.#finished = false;
  }

  #closeBracket(): void {
    if (!this.#bracketed) return;
    this.#finished = true;
    this.#sawRecord = true;
    if (!this.#run.isOpen) this.#run.begin(headerOf('masscan-json', 'masscan'));
    this.#endRun('complete');
  }

  #hold(part: Buffer): void {
    this.#partBytes += part.length;
    if (this.#partBytes > this.#maxRecordBytes) this.#parts = [];
    // A copy: the caller may use its chunk again.
    else this.#parts.push(Buffer.from(part));
  }

  #finishRecord(last: Buffer): void {
    const length = this.#partBytes + last.length;
    const text =
      length > this.#maxRecordBytes ? undefined : Buffer.concat([...this.#parts, last]).toString('utf8');
    this.#parts = [];
    this.#partBytes = 0;
    if (text === undefined) {
      this.#log.problem('parse/limit', 'a record is too long and was left out', this.#recordOffset);
      return;
    }
    if (/^\{\s*"?finished"?\s*:/.test(text)) {
      this.#finished = true;
      return;
    }
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch {
      this.#log.problem('parse/malformed', `${quote(text)} is not JSON`, this.#recordOffset);
      return;
    }
    this.#read(record);
  }

  #read(record: unknown): void {
    const { ip, timestamp, ports } = asObject(record);
    if (!Array.isArray(ports)) {
      this.#log.problem('parse/missing', 'a record has no ports', this.#recordOffset, 'ports');
      return;
    }
    const at = instantOf(asText(timestamp));
    for (const entry of ports as readonly unknown[]) {
      const { port, proto, status, reason, ttl, service } = asObject(entry);
      const { name, banner } = asObject(service);
      const reasonText = asText(reason);
      const ttlText = asText(ttl);
      const timestampText = asText(timestamp);
      const bannerText = asText(banner);
      const answer: MasscanAnswer = {
        ip: asText(ip) ?? '',
        protocol: asText(proto) ?? '',
        port: asText(port) ?? '',
        // A record with a banner has no status: what answered is open.
        state: asText(status) ?? 'open',
        ...(reasonText === undefined ? undefined : { reason: reasonText }),
        ...(ttlText === undefined ? undefined : { ttl: ttlText }),
        ...(timestampText === undefined ? undefined : { timestamp: timestampText }),
        ...(bannerText === undefined
          ? undefined
          : { banner: { kind: asText(name) ?? 'unknown', text: bannerText } }),
      };
      this.#answer(answer, at);
    }
  }

  #answer(answer: MasscanAnswer, at: Instant | undefined): void {
    const host = masscanHost(answer, (field, value, expected) =>
      this.#log.problem(
        'parse/out-of-range',
        `${quote(value)} is not ${expected}`,
        this.#recordOffset,
        field === 'ip' || field === 'timestamp' ? field : `ports/${field}`,
      ),
    );
    if (host === undefined) return;
    this.#sawRecord = true;
    if (!this.#run.isOpen) {
      this.#run.begin(headerOf('masscan-json', 'masscan', at === undefined ? {} : { start: at }));
    }
    this.#last = at ?? this.#last;
    this.#run.host(host);
  }

  end(): readonly ScanEvent[] {
    if (!this.#sawRecord && !this.#bracketed && !this.#finished) {
      throw new Fault(
        'parse/empty',
        this.#offset === 0 ? 'the file is empty' : 'the file holds no record of masscan',
        'Give the file that masscan -oJ wrote, unchanged.',
        { offset: this.#offset },
      );
    }
    if (this.#run.runs === 0) this.#run.begin(headerOf('masscan-json', 'masscan'));
    const whole = this.#depth === 0 && (this.#finished || !this.#bracketed);
    if (this.#depth > 0) {
      this.#log.problem('parse/cut', 'the input ends inside a record', this.#offset);
    }
    this.#endRun(whole ? 'complete' : 'truncated');
    this.#log.closeProblems(this.#offset);
    return this.#log.take();
  }

  #endRun(status: 'complete' | 'truncated'): void {
    this.#run.end({ status, ...(this.#last === undefined ? undefined : { end: this.#last }) });
    this.#last = undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * A string or a number as text; masscan has written times and ports either way. JSON can escape half of
 * a character (`\ud800`), which no encoding of Unicode can hold: it is read as U+FFFD, as in the other formats.
 */
function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.replace(/\p{Cs}/gu, '\uFFFD');
  return typeof value === 'number' ? String(value) : undefined;
}
