import { Fault } from '../../fault/fault.ts';
import type { ScanEvent, ScanReader } from '../model/scan-event.ts';
import { LineSplitter, type Line, type LineHandler } from './lines.ts';
import { EventLog } from './problems.ts';
import { RunWriter } from './run-writer.ts';

/**
 * Longest line: a host of `-oG` is one line, and 131,070 ports of two protocols with their versions
 * take about 13 MB.
 */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** What the readers of line formats have in common. Subclasses read one line, and end a run. */
export abstract class LineReader implements ScanReader, LineHandler {
  protected readonly log = new EventLog();
  protected readonly run = new RunWriter(this.log);
  readonly #lines: LineSplitter;
  #bytes = 0;

  constructor(maxLineBytes: number) {
    this.#lines = new LineSplitter(this, maxLineBytes);
  }

  push(chunk: Uint8Array): readonly ScanEvent[] {
    this.#bytes += chunk.length;
    this.#lines.push(chunk);
    return this.log.take();
  }

  end(): readonly ScanEvent[] {
    this.#lines.end();
    this.finish();
    if (this.run.runs === 0) {
      throw new Fault(
        'parse/empty',
        this.#bytes === 0 ? 'the file is empty' : 'the file holds no scan',
        'Give the file that the scanner wrote, unchanged.',
        { offset: this.#bytes },
      );
    }
    this.log.closeProblems(this.#bytes);
    return this.log.take();
  }

  tooLong(number: number, offset: number): void {
    this.log.problem('parse/limit', 'a line is too long and was left out', offset, undefined, number);
  }

  notUtf8(number: number, offset: number): void {
    this.log.problem(
      'parse/encoding',
      'bytes that are not UTF-8 were read as U+FFFD',
      offset,
      undefined,
      number,
    );
  }

  abstract line(line: Line): void;

  /** The input has ended: hands on what was held back and ends the run. */
  protected abstract finish(): void;
}
