import { parseIpv4, type IpAddress } from '../net/ip-address.ts';
import type { Opening } from './opening.ts';
import { muonFp } from './syn.ts';

const SYN = 2;
/** FIN, SYN, RST, PSH, ACK, URG: those of congestion control are left out, with which a SYN may ask for it (RFC 3168). */
const CONTROL = 0x3f;

/** Whether it is a SYN and nothing else. */
export function isSyn({ flags }: Opening): boolean {
  return (flags & CONTROL) === SYN;
}

/** An IPv4 address as a number; undefined for IPv6. */
export function ipv4Number(address: IpAddress): number | undefined {
  return parseIpv4(address);
}

const KNOWN = new WeakMap<Opening, string>();

/** MuonFP, computed once for each. */
export function muonFpOf(opening: Opening): string {
  let text = KNOWN.get(opening);
  if (text === undefined) {
    text = muonFp(opening);
    KNOWN.set(opening, text);
  }
  return text;
}

/** How often each value comes up. */
export function times<T>(values: readonly T[]): ReadonlyMap<T, number> {
  const found = new Map<T, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}

/** The value that comes up most often, the first of several; undefined when there is none. */
export function largest<T>(counts: ReadonlyMap<T, number>): T | undefined {
  let most: [T, number] | undefined;
  for (const entry of counts) if (most === undefined || entry[1] > most[1]) most = entry;
  return most?.[0];
}
