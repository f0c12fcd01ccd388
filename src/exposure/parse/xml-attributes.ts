import type { Buffer } from 'node:buffer';
import { hashOf, type InternTable } from './intern-table.ts';
import { ILLEGAL } from './xml-bytes.ts';
import { decodeXml, ILLEGAL_CHARACTER, type Report, type XmlEncoding } from './xml-text.ts';

/** Values up to this many bytes are looked up in the intern table; longer ones seldom repeat. */
const LONGEST_INTERNED = 40;

/** Result of `uint` for an attribute that is not there. */
export const ABSENT = -1;
/** Result of `uint` for a value that is not a plain decimal number. */
const NOT_A_NUMBER = -2;

/**
 * The attributes of the element being opened: spans of the tokenizer's buffer that become strings only
 * when they are asked for. Valid only during the call to `open`; the strings are copies and outlive it.
 */
export class XmlAttributes {
  readonly #names: string[] = [];
  /** Start, end and classes seen (xml-bytes): three per attribute. */
  readonly #spans: Int32Array;
  #count = 0;
  /** The classes of all values together. */
  #classes = 0;
  #buffer: Buffer;
  #base = 0;
  #tag = 0;
  #encoding: XmlEncoding = 'utf8';
  readonly #strings: InternTable;
  readonly #report: Report;

  constructor(maxAttributes: number, buffer: Buffer, strings: InternTable, report: Report) {
    this.#spans = new Int32Array(3 * maxAttributes);
    this.#buffer = buffer;
    this.#strings = strings;
    this.#report = report;
  }

  /** For the tokenizer: forgets the last element. `base` is the input's offset of the buffer's first byte, `tag` the index of the tag. */
  reset(buffer: Buffer, base: number, encoding: XmlEncoding, tag: number): void {
    this.#buffer = buffer;
    this.#base = base;
    this.#encoding = encoding;
    this.#tag = tag;
    this.#count = 0;
    this.#classes = 0;
  }

  /** For the tokenizer: notes an attribute; false when one of that name is already there. */
  add(name: string, start: number, end: number, classes: number): boolean {
    for (let index = 0; index < this.#count; index += 1) if (this.#names[index] === name) return false;
    this.#names[this.#count] = name;
    const at = 3 * this.#count;
    this.#spans[at] = start;
    this.#spans[at + 1] = end;
    this.#spans[at + 2] = classes;
    this.#count += 1;
    this.#classes |= classes;
    return true;
  }

  /**
   * For the tokenizer: reports control characters, once the tag is whole. Said here and not on decoding,
   * because an attribute that nobody asks for is wrong all the same.
   */
  reportIllegal(): void {
    if ((this.#classes & ILLEGAL) === 0) return;
    for (let at = 0; at < 3 * this.#count; at += 3) {
      if ((this.#spans[at + 2]! & ILLEGAL) === 0) continue;
      this.#report('parse/illegal-character', ILLEGAL_CHARACTER, this.#base + this.#spans[at]!);
    }
  }

  get size(): number {
    return this.#count;
  }

  /** Whether there is room for another. */
  get full(): boolean {
    return 3 * this.#count >= this.#spans.length;
  }

  nameAt(index: number): string {
    return this.#names[index]!;
  }

  valueAt(index: number): string {
    const at = 3 * index;
    const start = this.#spans[at]!;
    const end = this.#spans[at + 1]!;
    if (this.#spans[at + 2] !== 0) {
      return decodeXml(
        this.#buffer,
        start,
        end,
        this.#base + start,
        this.#encoding,
        'attribute',
        this.#report,
      );
    }
    if (start === end) return '';
    if (end - start > LONGEST_INTERNED) return this.#buffer.toString('latin1', start, end);
    return this.#strings.get(this.#buffer, start, end, hashOf(this.#buffer, start, end));
  }

  #find(name: string): number {
    for (let index = 0; index < this.#count; index += 1) if (this.#names[index] === name) return index;
    return -1;
  }

  /** The value of an attribute, or undefined when it is not there. */
  get(name: string): string | undefined {
    const index = this.#find(name);
    return index < 0 ? undefined : this.valueAt(index);
  }

  /** A non-negative whole number in plain decimal (at most 15 digits), ABSENT or NOT_A_NUMBER. */
  uint(name: string): number {
    const index = this.#find(name);
    if (index < 0) return ABSENT;
    const start = this.#spans[3 * index]!;
    const end = this.#spans[3 * index + 1]!;
    if (start === end || end - start > 15) return NOT_A_NUMBER;
    let value = 0;
    for (let at = start; at < end; at += 1) {
      const digit = this.#buffer[at]! - 48;
      if (digit < 0 || digit > 9) return NOT_A_NUMBER;
      value = value * 10 + digit;
    }
    return value;
  }

  /** The input's offset of an attribute's value; that of the tag when there is no such attribute. */
  offsetOf(name: string): number {
    const index = this.#find(name);
    return this.#base + (index < 0 ? this.#tag : this.#spans[3 * index]!);
  }
}
