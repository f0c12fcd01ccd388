import type { PacketView } from './packet-view.ts';
import type { TrackedFlow } from './tracked-flow.ts';

/** A power of two; the table grows with its flows. */
const FIRST_BUCKETS = 1_024;

/**
 * Flows by their addresses, protocol and ports, whichever way a packet goes, and in queues by the time at which they end.
 * All flows of a queue wait equally long, so that its oldest is always the next to end.
 */
export class FlowTable {
  #buckets: (TrackedFlow | undefined)[] = emptyBuckets(FIRST_BUCKETS);
  #mask = FIRST_BUCKETS - 1;
  readonly #seed: number;
  readonly #oldest: (TrackedFlow | undefined)[];
  readonly #newest: (TrackedFlow | undefined)[];
  readonly #sizes: number[];
  #size = 0;

  /** `seed` keeps an attacker from choosing ports that all fall into one bucket. */
  constructor(queues: number, seed: number) {
    this.#seed = seed | 0;
    this.#oldest = Array.from({ length: queues }, () => undefined);
    this.#newest = Array.from({ length: queues }, () => undefined);
    this.#sizes = Array.from({ length: queues }, () => 0);
  }

  get size(): number {
    return this.#size;
  }

  /** Same for both directions. */
  hash(view: PacketView, sourcePort: number, destinationPort: number): number {
    const from = this.#side(view.src0, view.src1, view.src2, view.src3, sourcePort);
    const to = this.#side(view.dst0, view.dst1, view.dst2, view.dst3, destinationPort);
    return scramble(((from + to) | 0) ^ view.protocol);
  }

  #side(a: number, b: number, c: number, d: number, port: number): number {
    let hash = Math.imul(d ^ this.#seed, 0x9e3779b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + a, 0x85ebca77);
    hash = Math.imul((hash ^ (hash >>> 13)) + b, 0xc2b2ae3d);
    return scramble(hash + Math.imul(c, 0x27d4eb2f) + Math.imul(port + 1, 0x165667b1));
  }

  /** The flow that a packet belongs to. */
  find(hash: number, view: PacketView, sourcePort: number, destinationPort: number): TrackedFlow | undefined {
    for (let flow = this.#buckets[hash & this.#mask]; flow !== undefined; flow = flow.nextInBucket) {
      if (flow.hash !== hash || flow.protocol !== view.protocol) continue;
      if (
        isFromOrig(flow, view, sourcePort, destinationPort) ||
        (flow.origPort === destinationPort && flow.respPort === sourcePort && isFromResp(flow, view))
      )
        return flow;
    }
    return undefined;
  }

  /** Takes a new flow in, with `hash` set. */
  add(flow: TrackedFlow): void {
    this.#size += 1;
    if (this.#size > this.#buckets.length) this.#grow();
    this.#link(flow);
  }

  #link(flow: TrackedFlow): void {
    const bucket = flow.hash & this.#mask;
    flow.nextInBucket = this.#buckets[bucket];
    this.#buckets[bucket] = flow;
  }

  #grow(): void {
    const before = this.#buckets;
    this.#buckets = emptyBuckets(before.length * 2);
    this.#mask = this.#buckets.length - 1;
    for (const first of before) {
      for (let flow = first; flow !== undefined;) {
        const next: TrackedFlow | undefined = flow.nextInBucket;
        this.#link(flow);
        flow = next;
      }
    }
  }

  /** Puts a flow at the young end of a queue. */
  enqueue(flow: TrackedFlow, queue: number, deadline: number): void {
    flow.deadline = deadline;
    if (flow.queue === queue && this.#newest[queue] === flow) return;
    if (flow.queue >= 0) this.#dequeue(flow);
    const newest = this.#newest[queue];
    flow.queue = queue;
    flow.older = newest;
    if (newest === undefined) this.#oldest[queue] = flow;
    else newest.newer = flow;
    this.#newest[queue] = flow;
    this.#sizes[queue] = (this.#sizes[queue] ?? 0) + 1;
  }

  #dequeue(flow: TrackedFlow): void {
    const { queue, newer, older } = flow;
    if (older === undefined) this.#oldest[queue] = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest[queue] = older;
    else newer.older = older;
    flow.newer = undefined;
    flow.older = undefined;
    flow.queue = -1;
    this.#sizes[queue] = (this.#sizes[queue] ?? 0) - 1;
  }

  /** Takes a flow out. */
  remove(flow: TrackedFlow): void {
    const bucket = flow.hash & this.#mask;
    let before = this.#buckets[bucket];
    if (before === flow) this.#buckets[bucket] = flow.nextInBucket;
    else {
      while (before !== undefined && before.nextInBucket !== flow) before = before.nextInBucket;
      if (before === undefined) return;
      before.nextInBucket = flow.nextInBucket;
    }
    flow.nextInBucket = undefined;
    if (flow.queue >= 0) this.#dequeue(flow);
    this.#size -= 1;
  }

  /** The next flow of a queue to end. */
  oldest(queue: number): TrackedFlow | undefined {
    return this.#oldest[queue];
  }

  /** The oldest flow of the longest queue: a flood pays with its own flows. */
  crowded(): TrackedFlow | undefined {
    let longest = 0;
    for (let queue = 1; queue < this.#sizes.length; queue += 1)
      if ((this.#sizes[queue] ?? 0) > (this.#sizes[longest] ?? 0)) longest = queue;
    return this.#oldest[longest];
  }
}

function emptyBuckets(count: number): (TrackedFlow | undefined)[] {
  return Array.from({ length: count }, () => undefined);
}

/** Final mixing of MurmurHash3, which is in the public domain. */
function scramble(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Whether a packet goes from the originator to the responder, by its addresses and what counts as its ports. */
export function isFromOrig(
  flow: TrackedFlow,
  view: PacketView,
  sourcePort: number,
  destinationPort: number,
): boolean {
  return (
    flow.origPort === sourcePort &&
    flow.respPort === destinationPort &&
    flow.orig3 === view.src3 &&
    flow.resp3 === view.dst3 &&
    flow.orig2 === view.src2 &&
    flow.resp2 === view.dst2 &&
    flow.orig1 === view.src1 &&
    flow.resp1 === view.dst1 &&
    flow.orig0 === view.src0 &&
    flow.resp0 === view.dst0
  );
}

function isFromResp(flow: TrackedFlow, view: PacketView): boolean {
  return (
    flow.orig3 === view.dst3 &&
    flow.resp3 === view.src3 &&
    flow.orig2 === view.dst2 &&
    flow.resp2 === view.src2 &&
    flow.orig1 === view.dst1 &&
    flow.resp1 === view.src1 &&
    flow.orig0 === view.dst0 &&
    flow.resp0 === view.src0
  );
}
