import type { XmlAttributes } from './xml-attributes.ts';

/** Bounds on what one document may ask of the reader. */
export interface XmlLimits {
  /** Bytes of one tag, comment, declaration or piece of text. */
  readonly maxTokenBytes: number;
  /** Elements open at once. */
  readonly maxDepth: number;
  readonly maxAttributes: number;
}

/**
 * Far above what Nmap writes: its longest attributes are script outputs and the port list of a full
 * scan with holes (about 190 kB), its deepest nesting is about 12, its widest element has 16 attributes.
 */
export const DEFAULT_XML_LIMITS: XmlLimits = {
  maxTokenBytes: 8 * 1024 * 1024,
  maxDepth: 128,
  maxAttributes: 64,
};

/** Why reading of a document stopped before its end. */
export interface XmlStop {
  readonly code: 'parse/malformed' | 'parse/limit' | 'parse/cut';
  readonly message: string;
  /** 0-based byte offset. */
  readonly offset: number;
  /** Of an input that ended between two elements: how many were open around them. */
  readonly openElements?: number;
}

/** What the tokenizer tells. Names and strings are copies; `attributes` is valid only during the call. */
export interface XmlHandler {
  open(name: string, attributes: XmlAttributes, offset: number): void;
  close(name: string, offset: number): void;
  /** Only while the tokenizer's `wantsText` is true. One text may come in several pieces. */
  text(text: string): void;
  /** A document cannot be read further. `open` comes again if another XML declaration follows. */
  stop(stop: XmlStop): void;
  /** Something was repaired, and reading goes on. */
  report(code: `parse/${string}`, message: string, offset: number): void;
}

/** Thrown inside the tokenizer to leave a token; never leaves it. */
export class Stopped extends Error {
  readonly stop: XmlStop;
  constructor(code: XmlStop['code'], message: string, offset: number) {
    super(message);
    this.stop = { code, message, offset };
  }
}

/** What the readers of single tokens return when a token is not all there yet. */
export const INCOMPLETE = -1;
