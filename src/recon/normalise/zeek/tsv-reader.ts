import type { LineReader, ReaderOptions, RecordSink } from '../../model/reader.ts';
import { AddressCache } from '../address-cache.ts';
import { quoted } from '../field-values.ts';
import { hand, entryReader, logByFields, unusedLog, type EntryReader } from './entry.ts';
import { decodeEscapes, TsvRow, type TsvHeader } from './row.ts';

/** The header as its lines come: defaults are those of Zeek's ASCII writer. */
interface Header {
  separator: string;
  unset: string;
  empty: string;
  path: string;
}

const fresh = (): Header => ({ separator: '\t', unset: '-', empty: '(empty)', path: '' });

const HASH = 35;
const CR = 13;

class ZeekTsvReader implements LineReader {
  readonly format = 'zeek-tsv';
  readonly heldFrom = undefined;
  readonly #sampling: number;
  readonly #row: TsvRow;
  #head = fresh();
  #header: TsvHeader | undefined;
  #entry: EntryReader | undefined;
  #unused = '';

  constructor(options: ReaderOptions) {
    this.#sampling = options.sampling;
    this.#row = new TsvRow(new AddressCache(), options.utcOffsetMinutes);
  }

  prime(line: string): void {
    if (line.startsWith('#') || line.startsWith('\uFEFF#')) this.#directive(cleaned(line));
  }

  read(raw: string, line: number, sink: RecordSink): void {
    const text =
      raw.charCodeAt(raw.length - 1) === CR || (line === 1 && raw.startsWith('\uFEFF')) ? cleaned(raw) : raw;
    if (text.charCodeAt(0) === HASH) {
      this.#directive(text);
      sink.skip('header', line);
      return;
    }
    if (text === '') {
      sink.skip('empty line', line);
      return;
    }
    const header = this.#header;
    if (header === undefined) {
      sink.problem(`no #fields line says what the columns are: ${quoted(text)}`, line);
      return;
    }
    if (this.#entry === undefined) {
      sink.skip(this.#unused, line);
      return;
    }
    const row = this.#row.of(text, header);
    if (row.width < header.width) {
      sink.problem(`${row.width} of ${header.width} columns: ${quoted(text)}; is the line cut short?`, line);
      return;
    }
    hand(this.#entry(row), line, sink);
  }

  end(): void {
    // Nothing is held.
  }

  /** Takes in a line that begins with `#`. Logs that were put behind one another bring several headers. */
  #directive(text: string): void {
    if (text.startsWith('#separator')) {
      this.#head = fresh();
      this.#head.separator = decodeEscapes(text.slice('#separator'.length + 1).trim()) || '\t';
      return;
    }
    const [name = '', ...values] = text.split(this.#head.separator);
    const value = values.join(this.#head.separator);
    switch (name) {
      case '#empty_field':
        this.#head.empty = decodeEscapes(value);
        break;
      case '#unset_field':
        this.#head.unset = decodeEscapes(value);
        break;
      case '#path':
        this.#head.path = value.trim().toLowerCase();
        break;
      case '#fields':
        this.#fields(values);
        break;
      default:
      // #types, #open, #close, comments: the fields that are read have known types. No set is taken apart: #set_separator.
    }
  }

  #fields(names: readonly string[]): void {
    // Labelled sets append `   label   detailed-label` to the last name, and to the last value, with spaces.
    const columns = new Map<string, number>();
    for (const [column, name] of names.entries()) {
      const [plain = ''] = name.trim().split(' ', 1);
      if (!columns.has(plain)) columns.set(plain, column);
    }
    const { path } = this.#head;
    this.#header = { ...this.#head, columns, width: names.length };
    const log = path === '' ? logByFields((field) => columns.has(field)) : path;
    this.#entry = log === undefined ? undefined : entryReader(log, this.#sampling);
    this.#unused = unusedLog(log ?? '');
  }
}

/** Without a byte order mark and a carriage return. */
function cleaned(text: string): string {
  return text.slice(text.startsWith('\uFEFF') ? 1 : 0, text.endsWith('\r') ? -1 : undefined);
}

/** Reads Zeek's logs in tab-separated form, whatever their header says of separators, columns and their order. */
export function zeekTsvReader(options: ReaderOptions): LineReader {
  return new ZeekTsvReader(options);
}
