import { contains, type Prefix } from '../../net/prefix.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Flow } from '../../recon/model/telemetry-record.ts';
import type { Instant } from '../../time/instant.ts';

/**
 * A published scan detector as its rule and its thresholds, re-implemented over flows so that it can stand beside ours
 * on the same data. It is the rule, not the program: what a rule needs and flows do not have (packets in order, blocklists,
 * darknets) is left out, and each file says what. None of this reaches the detection: src/recon cannot import it.
 */
export interface Peer {
  /** `zeek scan.zeek`. */
  readonly name: string;
  /** What its published thresholds are, in one line. */
  readonly rule: string;
  /** Judges flows given in order of their time; each source is flagged at most once, when it first met the rule. */
  readonly flag: (flows: Iterable<Flow>, context: PeerContext) => readonly Flagged[];
}

/** What a peer is configured with at a site. */
export interface PeerContext {
  /** Our own networks: some rules treat local sources apart. */
  readonly networks: readonly Prefix[];
}

/** A source, and the start of the flow that made the rule fire. The tools' own delays (timeouts, schedules) come on top. */
export interface Flagged {
  readonly source: IpAddress;
  readonly at: Instant;
}

/** Seconds as the microseconds of Instant. */
export const seconds = (count: number): number => count * 1e6;

/** Collects who was flagged, once each. */
export class Flags {
  readonly #first = new Map<IpAddress, Instant>();

  has(source: IpAddress): boolean {
    return this.#first.has(source);
  }

  add(source: IpAddress, at: Instant): void {
    if (!this.#first.has(source)) this.#first.set(source, at);
  }

  list(): readonly Flagged[] {
    return [...this.#first].map(([source, at]) => ({ source, at }));
  }
}

/** The entry of a map, made when it is not there. */
export function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** Whether an address is local, asked once per address. */
export function locality(context: PeerContext): (address: IpAddress) => boolean {
  const known = new Map<IpAddress, boolean>();
  return (address) =>
    entry(known, address, () => context.networks.some((prefix) => contains(prefix, address)));
}

/** Fixed bins: what was counted in one is forgotten in the next. `origin` is where bins begin; 0 aligns them with the clock. */
export function binOf(time: Instant, width: number, origin = 0): number {
  return Math.floor((time - origin) / width);
}
