import type { Problem } from '../../fault/fault.ts';
import type { Host } from './host.ts';
import type { RunFooter, RunHeader } from './scan-run.ts';

/**
 * What a reader of scanner output emits, in the order of the file: `run`, then hosts and problems,
 * then `end`; again from `run` where a file holds several runs. A file cut short still ends with
 * `end` (status truncated). A `<host>` is emitted when it is whole, so memory is bounded by one host.
 */
export type ScanEvent =
  | { readonly kind: 'run'; readonly header: RunHeader }
  | { readonly kind: 'host'; readonly host: Host }
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'end'; readonly footer: RunFooter };

/**
 * A push parser without I/O: bytes in, events out. `push` and `end` throw a Fault `parse/…` only
 * when the input as a whole is not what the reader reads (another root element, an entity
 * declaration, a limit exceeded before any host); everything smaller is a `problem` event.
 */
export interface ScanReader {
  push(chunk: Uint8Array): readonly ScanEvent[];
  end(): readonly ScanEvent[];
}
