import { PROTO_ICMP6 } from './ip-numbers.ts';

/*
 * Which ICMP message answers which, and which report what became of a packet: RFC 792, 950, 1256 (v4) and RFC 4443,
 * 4861, 2710, 4620, 6275 (v6). Zeek pairs the same types (ICMP4_counterpart, ICMP6_counterpart).
 */

const PAIRS_V4: readonly (readonly [number, number])[] = [[8, 0], [13, 14], [15, 16], [17, 18], [10, 9]]; // prettier-ignore
const PAIRS_V6: readonly (readonly [number, number])[] = [[128, 129], [133, 134], [135, 136], [130, 131], [139, 140], [144, 145]]; // prettier-ignore

function counterparts(pairs: readonly (readonly [number, number])[]): Int16Array {
  const table = new Int16Array(256).fill(-1);
  for (const [asks, answers] of pairs) {
    table[asks] = answers;
    table[answers] = asks;
  }
  return table;
}

const V4 = counterparts(PAIRS_V4);
const V6 = counterparts(PAIRS_V6);

/** The type that answers, or asks for, this one; -1 when there is none. */
export function counterpart(protocol: number, type: number): number {
  return (protocol === PROTO_ICMP6 ? V6[type] : V4[type]) ?? -1;
}

/** Whether a message says that a packet did not arrive: unreachable, time exceeded, parameter problem; for IPv6 too big as well. */
export function reportsLoss(protocol: number, type: number): boolean {
  return protocol === PROTO_ICMP6 ? type >= 1 && type <= 4 : type === 3 || type === 11 || type === 12;
}
