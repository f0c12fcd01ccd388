import type { IpAddress } from '../../net/ip-address.ts';
import type { QueryRunner } from '../../sql/ports.ts';
import type { Instant } from '../../time/instant.ts';
import type { Contact, ServiceHistory } from '../model/contact.ts';
import { IN_ORDER } from '../queries/contacts.ts';
import { allServiceHistories, type PackedHistory } from '../queries/service-history.ts';

/** Histories that are held: 28 octets each, and as many again while room for more is made. */
const MOST = 2_000_000;
/** Above every number of ports that are held. */
const COUNTS = 0x40_0000;

/**
 * The history of every port that more than one source ever touched. To ask for those that some sources touched, the
 * engine reads all of them once the sources touched many; over a whole history that is once for each batch. Here they
 * are read once, and lie in plain numbers.
 */
export class ServiceMemory {
  /** Where the ports of a destination begin × COUNTS + how many they are. */
  readonly #places = new Map<IpAddress, number>();
  #used = 0;
  /** Port × 65,536 + protocol, in order within a destination. */
  #ports = new Uint32Array(1024);
  /** Answered, failed. */
  #counts = new Uint32Array(2048);
  /** First and last answer; −1: none. */
  #times = new Float64Array(2048);

  /** Reads them; undefined when there are more than are held. Throws what the store throws. */
  static async read(store: QueryRunner): Promise<ServiceMemory | undefined> {
    const memory = new ServiceMemory();
    for await (const { destination, ports } of store.run(allServiceHistories, {}, { settings: IN_ORDER }))
      if (!memory.#add(destination, ports)) return undefined;
    return memory;
  }

  /** The history of the port of a contact; undefined when nobody else turned to it. */
  of({ destination, port, protocol }: Contact): ServiceHistory | undefined {
    const place = this.#places.get(destination);
    if (place === undefined) return undefined;
    const wanted = port * 65_536 + protocol;
    const begin = Math.floor(place / COUNTS);
    const end = begin + (place % COUNTS);
    let low = begin;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ports[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    if (low === end || this.#ports[low] !== wanted) return undefined;
    const first = this.#times[2 * low]!;
    const last = this.#times[2 * low + 1]!;
    return {
      destination,
      port,
      protocol,
      answeredSources: this.#counts[2 * low]!,
      failedSources: this.#counts[2 * low + 1]!,
      firstAnswered: first < 0 ? undefined : (first as Instant),
      lastAnswered: last < 0 ? undefined : (last as Instant),
    };
  }

  #add(destination: IpAddress, ports: readonly PackedHistory[]): boolean {
    const begin = this.#used;
    const end = begin + ports.length;
    if (end > MOST) return false;
    if (end > this.#ports.length) this.#grow(Math.min(MOST, Math.max(end, 2 * this.#ports.length)));
    this.#places.set(destination, begin * COUNTS + ports.length);
    for (const [index, [port, answered, failed, first, last]] of ports.entries()) {
      const at = begin + index;
      this.#ports[at] = port;
      this.#counts[2 * at] = answered;
      this.#counts[2 * at + 1] = failed;
      this.#times[2 * at] = first;
      this.#times[2 * at + 1] = last;
    }
    this.#used = end;
    return true;
  }

  #grow(size: number): void {
    const grown = <A extends Uint32Array | Float64Array>(empty: A, full: A): A => {
      empty.set(full);
      return empty;
    };
    this.#ports = grown(new Uint32Array(size), this.#ports);
    this.#counts = grown(new Uint32Array(2 * size), this.#counts);
    this.#times = grown(new Float64Array(2 * size), this.#times);
  }
}
