import type { Buffer } from 'node:buffer';
import { ByteWindow } from './byte-window.ts';
import { hashStep, InternTable } from './intern-table.ts';
import { XmlAttributes } from './xml-attributes.ts';
import * as bytes from './xml-bytes.ts';
import {
  DEFAULT_XML_LIMITS,
  INCOMPLETE,
  Stopped,
  type XmlHandler,
  type XmlLimits,
  type XmlStop,
} from './xml-handler.ts';
import { declaredEncoding, endOf, endOfDoctype, findDeclaration, startsWith } from './xml-markup.ts';
import { decodeXml, type XmlEncoding } from './xml-text.ts';

/** How much of a chunk is copied into the tokenizer's own buffer at a time. */
const WINDOW = 256 * 1024;

/**
 * A push tokenizer for XML as scanners write it: bytes in, calls to the handler out, memory bounded by
 * the limits. It never expands an entity and never opens anything. Several documents may follow each
 * other. Stricter than it must be in nothing; laxer than XML 1.0 in that comments may contain `--`
 * (Nmap 3.x copied its command line into one), that white space and comments may stand before the XML
 * declaration, and that names may hold any byte above ASCII (shown as Latin-1; no scanner writes one).
 *
 * After a token is left incomplete at the end of a push, it is tried again only when a quarter more of
 * it has come: the cost of a long token stays linear however small the chunks are.
 */
export class XmlTokenizer {
  /** Set by the handler; read after each of its calls. */
  wantsText = false;

  readonly #handler: XmlHandler;
  readonly #limits: XmlLimits;
  readonly #names: InternTable;
  readonly #attributes: XmlAttributes;
  readonly #stack: string[] = [];
  #encoding: XmlEncoding = 'utf8';
  #honoursDeclaration = true;
  readonly #input = new ByteWindow(2 * WINDOW);
  #retryAt = 0;
  #stopped = false;

  /** `vocabulary`: names that the handler compares with, so that they come as the very same strings. */
  constructor(handler: XmlHandler, vocabulary: readonly string[], limits: XmlLimits = DEFAULT_XML_LIMITS) {
    this.#handler = handler;
    this.#limits = limits;
    this.#names = new InternTable(10, vocabulary);
    this.#attributes = new XmlAttributes(
      limits.maxAttributes,
      this.#input.buffer,
      new InternTable(13),
      (code, message, offset) => this.#handler.report(code, message, offset),
    );
  }

  /** How many elements are open. */
  get depth(): number {
    return this.#stack.length;
  }

  /** The name of an open element, the root being 0. */
  openAt(depth: number): string | undefined {
    return this.#stack[depth];
  }

  /** Says that the input is UTF-8 now whatever it declares, because it was decoded on the way. */
  ignoreDeclaredEncoding(): void {
    this.#honoursDeclaration = false;
  }

  /** Stops the document being read, as if it were malformed here. For handlers that cannot go on. */
  abandon(): void {
    this.#stopped = true;
    this.#stack.length = 0;
    this.wantsText = false;
  }

  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; from += WINDOW) {
      this.#input.append(chunk.subarray(from, from + WINDOW));
      if (this.#input.end - this.#input.pos >= this.#retryAt) this.#run(false);
    }
  }

  /** Reads what is left and reports a document that has no end. */
  end(): void {
    this.#run(true);
    if (this.#stopped) return;
    const offset = this.#input.base + this.#input.end;
    if (this.#input.pos < this.#input.end) this.#stopWith('parse/cut', 'the input ends inside a tag', offset);
    else if (this.#stack.length > 0) {
      const message = `the input ends inside <${this.#stack.at(-1)}>`;
      this.#stopWith('parse/cut', message, offset, this.#stack.length);
    }
  }

  #stopWith(code: XmlStop['code'], message: string, offset: number, openElements?: number): void {
    this.abandon();
    this.#handler.stop({ code, message, offset, ...(openElements === undefined ? {} : { openElements }) });
  }

  #run(final: boolean): void {
    while (this.#input.pos < this.#input.end) {
      if (this.#stopped && !this.#seekDeclaration(final)) break;
      try {
        if (!this.#readTokens(final)) break;
      } catch (error) {
        if (!(error instanceof Stopped)) throw error;
        // At least one byte further: the place of the fault must not be found again as a new beginning.
        this.#input.pos = Math.min(
          Math.max(error.stop.offset - this.#input.base, this.#input.pos + 1),
          this.#input.end,
        );
        this.#stopWith(error.stop.code, error.stop.message, error.stop.offset);
      }
    }
    const left = this.#input.end - this.#input.pos;
    this.#retryAt = left === 0 || this.#stopped ? 0 : left + (left >> 2) + 1;
  }

  /** Skips to the next XML declaration, where another document begins; false when there is none yet. */
  #seekDeclaration(final: boolean): boolean {
    const { found, resume } = findDeclaration(this.#unread(), this.#input.pos, final);
    this.#input.pos = resume;
    if (!found) return false;
    this.#stopped = false;
    this.#encoding = 'utf8';
    return true;
  }

  #unread(): Buffer {
    return this.#input.buffer.subarray(0, this.#input.end);
  }

  /** Reads whole tokens; false when the rest is not a whole one. Throws Stopped. */
  #readTokens(final: boolean): boolean {
    const { maxTokenBytes } = this.#limits;
    while (this.#input.pos < this.#input.end) {
      const start = this.#input.pos;
      let next: number;
      try {
        next = this.#readToken(start, final);
      } catch (error) {
        // The limit comes first in byte order, so that the verdict does not depend on the chunks.
        if (error instanceof Stopped && error.stop.offset - this.#input.base - start > maxTokenBytes) {
          throw this.#tooLong(start);
        }
        throw error;
      }
      if (next === INCOMPLETE) {
        if (this.#input.end - start > maxTokenBytes) throw this.#tooLong(start);
        return false;
      }
      this.#input.pos = next;
      if (this.#stopped) return true;
    }
    return true;
  }

  /** Called before a token is handed on, so that a long one is refused whole. */
  #checkLength(start: number, end: number): void {
    if (end - start > this.#limits.maxTokenBytes) throw this.#tooLong(start);
  }

  #tooLong(start: number): Stopped {
    return new Stopped(
      'parse/limit',
      `a tag or text is longer than ${this.#limits.maxTokenBytes} bytes`,
      this.#input.base + start,
    );
  }

  #malformed(message: string, at: number): Stopped {
    return new Stopped('parse/malformed', message, this.#input.base + at);
  }

  /** The end of the token that begins at `start`, after it was handed on; INCOMPLETE when it is not all there. */
  #readToken(start: number, final: boolean): number {
    const buffer = this.#input.buffer;
    if (buffer[start] !== 60) return this.#readText(start, final);
    if (start + 1 >= this.#input.end) return INCOMPLETE;
    switch (buffer[start + 1]) {
      case 47:
        return this.#readClose(start);
      case 33:
        return this.#readMarkup(start);
      case 63:
        return this.#readInstruction(start);
      default:
        return this.#readOpen(start);
    }
  }

  #readText(start: number, final: boolean): number {
    const buffer = this.#input.buffer;
    const end = this.#input.end;
    const wanted = this.wantsText && this.#stack.length > 0;
    let at = start;
    if (!wanted) {
      // Blank text that nobody wants is passed over as far as it has come, so that what follows begins
      // at the same place however the input was cut.
      while (at < end && bytes.IS_SPACE[buffer[at]!] === 1) at += 1;
      if (at > start) return at;
      if (this.#stack.length === 0) throw this.#malformed('text stands outside the root element', at);
    }
    let classes = 0;
    for (; at < end; at += 1) {
      const kind = bytes.IN_TEXT[buffer[at]!]!;
      if (kind === bytes.LESS_THAN) break;
      classes |= kind;
    }
    if (at === end && !final) return INCOMPLETE;
    this.#checkLength(start, at);
    const plain = classes === 0;
    if (wanted || !plain) {
      const text = plain
        ? buffer.toString('latin1', start, at)
        : decodeXml(buffer, start, at, this.#input.base + start, this.#encoding, 'text', this.#report);
      if (wanted) this.#handler.text(text);
    }
    return at;
  }

  readonly #report = (code: `parse/${string}`, message: string, offset: number): void =>
    this.#handler.report(code, message, offset);

  #readOpen(start: number): number {
    const buffer = this.#input.buffer;
    const end = this.#input.end;
    let at = start + 1;
    let hash = 0;
    if (!bytes.mayBeginName(buffer[at]!)) throw this.#malformed('"<" is followed by no name', at);
    while (at < end && bytes.IN_NAME[buffer[at]!] === 1) hash = hashStep(hash, buffer[at++]!);
    if (at === end) return INCOMPLETE;
    const name = this.#names.get(this.#input.buffer, start + 1, at, hash);
    const attributes = this.#attributes;
    attributes.reset(buffer, this.#input.base, this.#encoding, start);
    let selfClosing = false;
    for (;;) {
      const gap = at;
      while (at < end && bytes.IS_SPACE[buffer[at]!] === 1) at += 1;
      if (at === end) return INCOMPLETE;
      if (buffer[at] === 62) break;
      if (buffer[at] === 47) {
        if (at + 1 === end) return INCOMPLETE;
        if (buffer[at + 1] !== 62) throw this.#malformed('"/" is not followed by ">"', at + 1);
        selfClosing = true;
        at += 1;
        break;
      }
      if (at === gap) throw this.#malformed('no space before an attribute', at);
      at = this.#readAttribute(at);
      if (at === INCOMPLETE) return INCOMPLETE;
    }
    this.#checkLength(start, at + 1);
    if (this.#stack.length >= this.#limits.maxDepth) {
      throw new Stopped(
        'parse/limit',
        `elements are nested deeper than ${this.#limits.maxDepth}`,
        this.#input.base + start,
      );
    }
    attributes.reportIllegal();
    this.#stack.push(name);
    this.#handler.open(name, attributes, this.#input.base + start);
    if (selfClosing && !this.#stopped) this.#close(name, start);
    return at + 1;
  }

  #close(name: string, start: number): void {
    this.#stack.pop();
    this.#handler.close(name, this.#input.base + start);
  }

  #readAttribute(start: number): number {
    const buffer = this.#input.buffer;
    const end = this.#input.end;
    let at = start;
    let hash = 0;
    if (!bytes.mayBeginName(buffer[at]!)) throw this.#malformed('an attribute has no name', at);
    while (at < end && bytes.IN_NAME[buffer[at]!] === 1) hash = hashStep(hash, buffer[at++]!);
    const nameEnd = at;
    while (at < end && bytes.IS_SPACE[buffer[at]!] === 1) at += 1;
    if (at === end) return INCOMPLETE;
    if (buffer[at] !== 61) throw this.#malformed('an attribute has no value', at);
    at += 1;
    while (at < end && bytes.IS_SPACE[buffer[at]!] === 1) at += 1;
    if (at === end) return INCOMPLETE;
    const quote = buffer[at]!;
    if (quote !== 34 && quote !== 39) throw this.#malformed('an attribute value is not quoted', at);
    at += 1;
    const valueStart = at;
    let classes = 0;
    for (; at < end; at += 1) {
      const byte = buffer[at]!;
      const kind = bytes.IN_VALUE[byte]!;
      if (kind !== 0) {
        if (byte === quote) break;
        if (kind === bytes.LESS_THAN) throw this.#malformed('"<" stands in an attribute value', at);
        if (kind !== bytes.QUOTE) classes |= kind;
      }
    }
    if (at === end) return INCOMPLETE;
    if (this.#attributes.full) {
      throw new Stopped(
        'parse/limit',
        `an element has more than ${this.#limits.maxAttributes} attributes`,
        this.#input.base + start,
      );
    }
    const name = this.#names.get(buffer, start, nameEnd, hash);
    if (!this.#attributes.add(name, valueStart, at, classes)) {
      throw this.#malformed('an attribute stands twice', start);
    }
    return at + 1;
  }

  #readClose(start: number): number {
    const buffer = this.#input.buffer;
    const end = this.#input.end;
    let at = start + 2;
    let hash = 0;
    while (at < end && bytes.IN_NAME[buffer[at]!] === 1) hash = hashStep(hash, buffer[at++]!);
    const nameEnd = at;
    while (at < end && bytes.IS_SPACE[buffer[at]!] === 1) at += 1;
    if (at === end) return INCOMPLETE;
    if (buffer[at] !== 62) throw this.#malformed('a closing tag does not end with ">"', at);
    this.#checkLength(start, at + 1);
    const open = this.#stack.at(-1);
    if (open === undefined) throw this.#malformed('a closing tag has no opening tag', start);
    if (open !== this.#names.get(this.#input.buffer, start + 2, nameEnd, hash)) {
      throw this.#malformed(`the closing tag of <${open}> is another`, start);
    }
    this.#close(open, start);
    return at + 1;
  }

  /** A comment, a CDATA section or a document type declaration. */
  #readMarkup(start: number): number {
    const unread = this.#unread();
    let next: number;
    if (startsWith(unread, start, '<!--')) next = endOf(unread, start + 4, '-->');
    else if (startsWith(unread, start, '<![CDATA[') && this.#stack.length > 0) {
      next = endOf(unread, start + 9, ']]>');
    } else if (startsWith(unread, start, '<!DOCTYPE') && this.#stack.length === 0) {
      next = endOfDoctype(unread, start, this.#input.base, this.#limits.maxTokenBytes);
    } else if (this.#input.end - start < 9) return INCOMPLETE;
    else throw this.#malformed('"<!" begins nothing that may stand here', start);
    if (next === INCOMPLETE) return INCOMPLETE;
    this.#checkLength(start, next);
    if (this.wantsText && this.#input.buffer[start + 2] === 91) {
      this.#handler.text(
        decodeXml(
          this.#input.buffer,
          start + 9,
          next - 3,
          this.#input.base + start,
          this.#encoding,
          'cdata',
          this.#report,
        ),
      );
    }
    return next;
  }

  /** Skips a processing instruction; the XML declaration sets the encoding and may begin another document. */
  #readInstruction(start: number): number {
    const unread = this.#unread();
    const next = endOf(unread, start + 2, '?>');
    if (next === INCOMPLETE) return INCOMPLETE;
    this.#checkLength(start, next);
    if (!startsWith(unread, start, '<?xml') || bytes.IS_SPACE[unread[start + 5]!] !== 1) return next;
    if (this.#stack.length > 0) {
      this.#stopWith(
        'parse/cut',
        'another XML declaration stands before the end of the document',
        this.#input.base + start,
      );
      this.#stopped = false;
    }
    if (this.#honoursDeclaration) {
      const declared = declaredEncoding(unread.toString('latin1', start, Math.min(next, start + 256)));
      this.#encoding = declared === 'latin1' ? 'latin1' : 'utf8';
      if (declared !== this.#encoding) {
        this.#report(
          'parse/encoding',
          `the declared encoding ${declared} was read as UTF-8`,
          this.#input.base + start,
        );
      }
    }
    return next;
  }
}
