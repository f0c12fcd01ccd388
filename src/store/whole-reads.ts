import type { RunOptions } from '../sql/ports.ts';
import type { ChdbSession } from './chdb.ts';
import { EngineSessions } from './engine-sessions.ts';
import type { Jobs } from './jobs.ts';
import type { NativeGate } from './native-gate.ts';
import { withSettings } from './quote.ts';

/**
 * Small reads, each on a thread of the pool from its first character to its last row. A streamed answer is begun, which
 * means parsed, planned and sometimes half worked out, on the thread that calls: with 120 requests a second on the API
 * that thread was busy with nothing else for three fifths of the time.
 */
export class WholeReads {
  readonly #gate: NativeGate;
  readonly #jobs: Jobs;
  /** Of their own, taken inside the gate: there are never more of them than it lets in, and none waits for a stream. */
  readonly #sessions: EngineSessions;

  constructor(open: () => ChdbSession, gate: NativeGate, jobs: Jobs) {
    this.#gate = gate;
    this.#jobs = jobs;
    this.#sessions = new EngineSessions(open);
  }

  /** Rows as lines of JSON objects, all at once. @param text with its parameters written in. */
  async *read(doing: string, text: string, options: RunOptions): AsyncGenerator<Uint8Array> {
    const job = this.#jobs.begin(doing, options.signal);
    const sql = withSettings(text, { ...options.settings, log_comment: job.id });
    let answer: Uint8Array;
    try {
      answer = await this.#gate.pass(async () => {
        job.check();
        return this.#ask(sql);
      });
      job.check();
    } catch (error) {
      throw job.fault(error);
    } finally {
      job.end();
    }
    yield answer;
  }

  async #ask(sql: string): Promise<Uint8Array> {
    const session = await this.#sessions.acquire();
    let clean = false;
    try {
      const answer = await session.queryAsync(sql, { format: 'JSONEachRow' });
      clean = true;
      return answer.bytes();
    } finally {
      this.#sessions.release(session, clean);
    }
  }

  close(): void {
    this.#sessions.close();
  }
}
