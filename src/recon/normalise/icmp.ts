import { isIpv6, type IpAddress } from '../../net/ip-address.ts';
import { ICMP, ICMP6 } from '../model/ip-protocol.ts';
import type { Outcome } from '../model/outcome.ts';

/*
 * ICMP has types and codes, no ports. Which type answers which is from RFC 792, 950, 1256 (v4) and RFC 4443, 4861,
 * 2710 (v6); Zeek's ICMP4_counterpart and ICMP6_counterpart use the same tables.
 */

const COUNTERPARTS: Readonly<Record<number, ReadonlyMap<number, number>>> = {
  [ICMP]: new Map([
    [8, 0],
    [0, 8],
    [13, 14],
    [14, 13],
    [15, 16],
    [16, 15],
    [17, 18],
    [18, 17],
    [10, 9],
    [9, 10],
  ]),
  [ICMP6]: new Map([
    [128, 129],
    [129, 128],
    [133, 134],
    [134, 133],
    [135, 136],
    [136, 135],
    [130, 131],
    [131, 130],
    [139, 140],
    [140, 139],
    [144, 145],
    [145, 144],
  ]),
};

/** Destination unreachable, source quench, redirect, time exceeded, parameter problem. */
const ERRORS_V4: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
const REPLIES_V4: ReadonlySet<number> = new Set([0, 14, 16, 18]);
const REQUESTS_V4: ReadonlySet<number> = new Set([8, 13, 15, 17]);
/** RFC 4443: 128 and above inform, below are errors. */
const FIRST_INFORMATIONAL_V6 = 128;
const REPLIES_V6: ReadonlySet<number> = new Set([129, 140, 145]);
const REQUESTS_V6: ReadonlySet<number> = new Set([128, 135, 139, 144]);

/** ICMP or ICMPv6, which sensors often write alike, by the family of the address. */
export function icmpOf(address: IpAddress): number {
  return isIpv6(address) ? ICMP6 : ICMP;
}

/** The type that answers this one, or undefined when nothing does. */
export function counterpartOf(protocol: number, type: number): number | undefined {
  return COUNTERPARTS[protocol]?.get(type);
}

/** Whether the type reports what became of somebody else's packet. */
export function isIcmpError(protocol: number, type: number): boolean {
  return protocol === ICMP6 ? type < FIRST_INFORMATIONAL_V6 : ERRORS_V4.has(type);
}

/** Whether the type answers a request. */
export function isIcmpReply(protocol: number, type: number): boolean {
  return (protocol === ICMP6 ? REPLIES_V6 : REPLIES_V4).has(type);
}

/**
 * Outcome of an ICMP conversation whose first packet had this type. An error or a reply as first packet answers
 * something that was not seen: backscatter. A request without an answer is silence; what expects no answer
 * (advertisements, redirects, listener reports) says nothing.
 */
export function icmpOutcome(protocol: number, type: number, answered: boolean): Outcome {
  if (isIcmpError(protocol, type) || isIcmpReply(protocol, type)) return 'backscatter';
  if (answered) return 'answered';
  return (protocol === ICMP6 ? REQUESTS_V6 : REQUESTS_V4).has(type) ? 'silent' : 'unknown';
}
