import type { LineReader, ReaderOptions, RecordSink } from '../../model/reader.ts';
import { AddressCache } from '../address-cache.ts';
import { readJsonLine } from '../json-line.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import { APP_LOGS } from './app-logs.ts';
import { entryReader, hand, logByFields, unusedLog, type EntryReader } from './entry.ts';
import { JsonRow } from './row.ts';

/** Logs whose name may be the key that wraps an entry: `{"conn": {…}}`. */
const LOG_NAMES: ReadonlySet<string> = new Set([
  ...APP_LOGS.keys(),
  'conn',
  'notice',
  'weird',
  'files',
  'tunnel',
  'dpd',
  'x509',
]);

/** Names that other tools have for Zeek's logs. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['connection', 'conn'],
  ['tls', 'ssl'],
]);

/** Whether an object is an entry of a log and not what somebody put around one. */
function isEntry(object: JsonObject): boolean {
  return (
    object['ts'] !== undefined ||
    object['_path'] !== undefined ||
    object['id.orig_h'] !== undefined ||
    object['id_orig_h'] !== undefined ||
    isJsonObject(object['id'])
  );
}

/** `conn` of `/opt/zeek/logs/current/conn.12:00:00-13:00:00.log.gz`, `zeek.connection`, `bro:conn:json`. */
function logOfHint(hint: string): string | undefined {
  const base = hint.slice(hint.lastIndexOf('/') + 1).toLowerCase();
  for (const word of base.split(/[.:]/, 4)) {
    const name = ALIASES.get(word) ?? word;
    if (LOG_NAMES.has(name)) return name;
  }
  return undefined;
}

class ZeekJsonReader implements LineReader {
  readonly format = 'zeek-json';
  readonly heldFrom = undefined;
  readonly #row: JsonRow;
  readonly #sampling: number;
  readonly #entries = new Map<string, EntryReader | undefined>();

  constructor(options: ReaderOptions) {
    this.#sampling = options.sampling;
    this.#row = new JsonRow(new AddressCache(), options.utcOffsetMinutes);
  }

  prime(): void {
    // A line of JSON says everything itself.
  }

  read(text: string, line: number, sink: RecordSink): void {
    if (text.length < 2 && text.trim() === '') {
      sink.skip('empty line', line);
      return;
    }
    const found = readJsonLine(text, isEntry, LOG_NAMES);
    if (typeof found === 'string') {
      // A JSON logger writes no comments, but rotation scripts and stray TSV headers do.
      if (text.startsWith('#')) sink.skip('header', line);
      else sink.problem(found, line);
      return;
    }
    const { object, hints } = found;
    const path = this.#pathOf(object, hints);
    const entry = path === undefined ? undefined : this.#entryOf(path);
    if (entry === undefined) sink.skip(unusedLog(path ?? ''), line);
    else hand(entry(this.#row.of(object)), line, sink);
  }

  end(): void {
    // Nothing is held.
  }

  #pathOf(object: JsonObject, hints: readonly string[]): string | undefined {
    const path = object['_path'];
    if (typeof path === 'string') return path.toLowerCase();
    for (const hint of hints) {
      const log = logOfHint(hint);
      if (log !== undefined) return log;
    }
    return logByFields((field) => object[field] !== undefined);
  }

  #entryOf(path: string): EntryReader | undefined {
    const known = this.#entries.get(path);
    if (known !== undefined) return known;
    const entry = entryReader(path, this.#sampling);
    // Only names that are read are kept: the others come from the file, and may be without number.
    if (entry !== undefined) this.#entries.set(path, entry);
    return entry;
  }
}

/** Reads Zeek's logs as a JSON object per line, bare or in the wrapping of the usual shippers. */
export function zeekJsonReader(options: ReaderOptions): LineReader {
  return new ZeekJsonReader(options);
}
