import type { IncomingMessage } from 'node:http';
import { Fault } from '../../fault/fault.ts';
import { parseJson } from './frames.ts';

/** Longest JSON object of a request in bytes: a statement may hold a list of every host. */
const MOST_HEAD = 64 << 20;

/** The body of a request: a JSON object with its length, then bytes. What it gives ends with the signal's reason. */
export class RequestBody {
  readonly #chunks: AsyncIterator<Buffer>;
  /** Rejects when nobody waits for more any longer: a client may stand still for good, and would hold up a stop. */
  readonly #givenUp: Promise<never>;
  #pending: Buffer[] = [];
  #length = 0;

  constructor(request: IncomingMessage, signal: AbortSignal) {
    this.#chunks = (request as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    this.#givenUp = new Promise((_, reject) => {
      const giveUp = (): void => reject(signal.reason);
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    });
    this.#givenUp.catch(() => undefined);
  }

  /** The object. Throws a Fault `store/bad-request`. */
  async head(): Promise<unknown> {
    const length = (await this.#take(4)).readUInt32BE(0);
    if (length > MOST_HEAD) throw badRequest(`${length} bytes of text are too much`);
    const head = parseJson(await this.#take(length));
    if (head === undefined) throw badRequest('it has no JSON object');
    return head;
  }

  /** What follows, as it comes. */
  async *rest(): AsyncGenerator<Buffer> {
    const pending = this.#pending;
    this.#pending = [];
    this.#length = 0;
    yield* pending;
    for (;;) {
      const step = await this.#next();
      if (step.done === true) return;
      yield step.value;
    }
  }

  #next(): Promise<IteratorResult<Buffer>> {
    return Promise.race([this.#chunks.next(), this.#givenUp]);
  }

  async #take(count: number): Promise<Buffer> {
    while (this.#length < count) {
      const step = await this.#next();
      if (step.done === true) throw badRequest('it ends too early');
      this.#pending.push(step.value);
      this.#length += step.value.length;
    }
    const all = Buffer.concat(this.#pending);
    const rest = all.subarray(count);
    this.#pending = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
    return all.subarray(0, count);
  }
}

/** A request that no client of ours makes. */
export function badRequest(why: string): Fault {
  return new Fault(
    'store/bad-request',
    `the daemon does not understand the request: ${why}`,
    'Use the tidemark that the daemon was started with; when it happens again, report it.',
  );
}
