import type { FaultCode, Problem } from '../../fault/fault.ts';
import type { ScanEvent } from '../model/scan-event.ts';

/**
 * How many problems of one input are kept one by one; the rest are counted. A file that is wrong
 * everywhere would otherwise cost more memory in complaints than in hosts.
 */
const PROBLEMS_LISTED = 1_000;

/** The events of a reader on their way out, and its problems within a bound. */
export class EventLog {
  #events: ScanEvent[] = [];
  #problems = 0;

  emit(event: ScanEvent): void {
    this.#events.push(event);
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

  /** Adds one problem that counts those not listed. Call once, when the input has ended. */
  closeProblems(offset: number): void {
    const more = this.#problems - PROBLEMS_LISTED;
    if (more <= 0) return;
    const problem = {
      code: 'parse/many-problems',
      message: `${more} further problems are not listed`,
      where: { offset },
    } as const;
    this.emit({ kind: 'problem', problem });
  }

  /** Hands over what has gathered. */
  take(): readonly ScanEvent[] {
    const taken = this.#events;
    this.#events = [];
    return taken;
  }
}
