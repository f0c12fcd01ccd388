import { latin1 } from '../../../packet/bytes.ts';
import type { PacketView } from '../../../packet/packet-view.ts';
import type { TrackedFlow } from '../../../packet/tracked-flow.ts';
import { beginsWord, httpSaid, httpStatus, isRequest } from './http.ts';
import type { Said } from './said.ts';

/*
 * A connection may carry many requests, and whoever looks for files on a server sends thousands on a few. The first is
 * read of the flow's first payload; of those after it, each that begins a segment.
 */

/** Requests of one flow that wait for their answers; clients send one after the other, or a few ahead. */
const MOST_WAITING = 16;
/** Of all flows together: some megabytes, however many connections ask without ever being answered. */
const MOST_WAITING_IN_ALL = 16_384;
/** Octets of a segment that are looked at. */
const LOOKED_AT = 512;

/** A request after the first. */
export interface FurtherRequest {
  readonly said: Said;
  /** Microseconds, and number of its packet. */
  readonly time: number;
  readonly number: number;
}

/** What is known of a flow that speaks HTTP. */
class HttpNote {
  /** Whether the first request was answered, which is read elsewhere. */
  firstAnswered = false;
  readonly waiting: FurtherRequest[] = [];
}

/** Follows the requests of all flows; each comes out when it was answered, or when no answer will be told any more. */
export class HttpRequests {
  readonly #found: (flow: TrackedFlow, request: FurtherRequest) => void;
  #waiting = 0;

  constructor(found: (flow: TrackedFlow, request: FurtherRequest) => void) {
    this.#found = found;
  }

  /** Takes new payload of a flow. */
  take(flow: TrackedFlow, view: PacketView, fromOrig: boolean): void {
    const { data, payloadStart: start, payloadEnd: end } = view;
    const first = data[start] ?? 0;
    const note = flow.note instanceof HttpNote ? flow.note : undefined;
    if (!fromOrig) {
      // `H` is what an answer begins with.
      if (note !== undefined && first === 72)
        this.#answer(flow, note, latin1(data, start, Math.min(end, start + 16)));
      return;
    }
    // The first payload decides whether a flow is followed.
    if ((note === undefined && flow.orig.bytes > view.payloadLength) || !beginsWord(first)) return;
    const text = latin1(data, start, Math.min(end, start + LOOKED_AT));
    if (note === undefined) {
      if (isRequest(text)) flow.note = new HttpNote();
      return;
    }
    const said = httpSaid(text, '');
    if (said === undefined) return;
    const request = { said, time: view.time, number: view.number };
    if (this.#waiting >= MOST_WAITING_IN_ALL) {
      this.#found(flow, request);
      return;
    }
    const oldest = note.waiting.length >= MOST_WAITING ? this.#next(note) : undefined;
    if (oldest !== undefined) this.#found(flow, oldest);
    note.waiting.push(request);
    this.#waiting += 1;
  }

  /** A flow ended: what waits will not be answered. */
  end(flow: TrackedFlow): void {
    if (!(flow.note instanceof HttpNote)) return;
    for (const request of flow.note.waiting) this.#found(flow, request);
    this.#waiting -= flow.note.waiting.length;
  }

  #next(note: HttpNote): FurtherRequest | undefined {
    const request = note.waiting.shift();
    if (request !== undefined) this.#waiting -= 1;
    return request;
  }

  /** Answers come in the order of their requests: RFC 9112, 9.3.2. */
  #answer(flow: TrackedFlow, note: HttpNote, text: string): void {
    const status = httpStatus(text);
    if (status === '' || status.startsWith('1')) return;
    if (!note.firstAnswered) {
      note.firstAnswered = true;
      return;
    }
    const request = this.#next(note);
    if (request !== undefined)
      this.#found(flow, { ...request, said: { ...request.said, status, accepted: true } });
  }
}
