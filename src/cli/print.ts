import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { escapeJson } from '../report/escape-json.ts';
import { escapeTerminal } from '../report/escape-terminal.ts';
import { painter, type Paint } from '../report/style.ts';

/** Where a command's words go. Results to stdout, everything else to stderr, so that pipes stay clean. */
export interface Print {
  /** True when the caller asked for --json: then a result goes out by `value` or `values`, and by nothing else. */
  readonly json: boolean;
  /** True when colour is wanted on stdout. */
  readonly color: boolean;
  /** Columns to lay text out for: the terminal's, at most 100. */
  readonly width: number;
  /** A piece of the result as text; the caller has escaped what came from outside. Waits when the reader is slow. */
  readonly text: (text: string) => Promise<void>;
  /** Raw bytes of the result. */
  readonly bytes: (chunk: Uint8Array) => Promise<void>;
  /** The result as one JSON document. */
  readonly value: (value: unknown) => Promise<void>;
  /** A remark on stderr, hidden by --quiet; the caller has escaped what came from outside. */
  readonly note: (text: string) => void;
  /** Puts a tone on text when colour is wanted. */
  readonly paint: Paint;
}

/** A stream as Print needs it: a pipe, a file or a terminal. */
export type Outlet = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What decides how things are printed. */
export interface PrintOptions {
  readonly stdout: Outlet;
  readonly stderr: Outlet;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly quiet: boolean;
  /** False for --no-color. */
  readonly colorAllowed: boolean;
}

/** Widest text we lay out: longer lines are hard to read and wrap in mails and tickets. */
const MAX_WIDTH = 100;

/**
 * How wide a stream is, or what stands in for it: a pipe has no width, and a terminal that nobody sized
 * (containers, CI, expect) says 0.
 */
export function columnsOf(stream: Outlet, otherwise: number): number {
  return stream.columns === undefined || stream.columns <= 0 ? otherwise : stream.columns;
}

/** Makes the Print of one invocation. */
export function createPrint(options: PrintOptions): Print {
  const { stdout, stderr, json, quiet } = options;
  const color = options.colorAllowed && wantsColor(stdout, options.env);
  const send = async (chunk: string | Uint8Array): Promise<void> => {
    if (!stdout.write(chunk) && !stdout.destroyed) await once(stdout, 'drain');
  };
  return {
    json,
    color,
    width: Math.min(columnsOf(stdout, MAX_WIDTH), MAX_WIDTH),
    text: send,
    bytes: send,
    value: (value) => send(`${escapeJson(value, 2)}\n`),
    note: (text) => {
      if (!quiet) stderr.write(`${text}\n`);
    },
    paint: painter(color),
  };
}

/**
 * NO_COLOR (no-color.org: any value but the empty one) wins, then FORCE_COLOR (0 means off), then
 * whether a person is watching on a terminal that can.
 */
export function wantsColor(stream: Outlet, env: PrintOptions['env']): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** One line of text from outside, safe to print. */
export function safe(text: string): string {
  return escapeTerminal(text);
}
