import type { FaultCode, Problem } from '../../fault/fault.ts';
import type { ScanEvent } from '../model/scan-event.ts';

/**
 * How many problems of one input are kept one by one; the rest are counted. A file that is wrong
 * everywhere would otherwise cost more memory in complaints than in hosts.
 */
const PROBLEMS_LISTED = 1_000;

/**
 * The events of a reader on their way out, and its problems within a bound. A problem that is found
 * before a run has begun waits for the `run` event, so that every run is told from its beginning; those
 * found behind the last run come last.
 */
export class EventLog {
  #events: ScanEvent[] = [];
  #waiting: ScanEvent[] = [];
  #inRun = false;
  #problems = 0;

  emit(event: ScanEvent): void {
    if (event.kind === 'problem' && !this.#inRun) {
      this.#waiting.push(event);
      return;
    }
    this.#events.push(event);
    if (event.kind === 'run') {
      this.#inRun = true;
      this.#events.push(...this.#waiting.splice(0));
    } else if (event.kind === 'end') this.#inRun = false;
  }

  /** Records a problem at a byte offset; `field` is an attribute or key path such as `port/@portid`. */
  problem(code: FaultCode, message: string, offset: number, field?: string, line?: number): void {
    this.#problems += 1;
    if (this.#problems > PROBLEMS_LISTED) return;
    const where: Problem['where'] = {
      ...(line === undefined ? {} : { line }),
      offset,
      ...(field === undefined ? {} : { field }),
    };
    this.emit({ kind: 'problem', problem: { code, message, where } });
  }

  /** Hands on what still waits, and counts the problems not listed. Call once, when the input has ended. */
  closeProblems(offset: number): void {
    this.#events.push(...this.#waiting.splice(0));
    const more = this.#problems - PROBLEMS_LISTED;
    if (more <= 0) return;
    const problem = {
      code: 'parse/many-problems',
      message: `${more} further problems are not listed`,
      where: { offset },
    } as const;
    this.#events.push({ kind: 'problem', problem });
  }

  /** Hands over what has gathered. */
  take(): readonly ScanEvent[] {
    const taken = this.#events;
    this.#events = [];
    return taken;
  }
}
