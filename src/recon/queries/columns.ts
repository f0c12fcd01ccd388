import { z } from 'zod';
import { parseIpAddress, type IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import { OUTCOMES, outcomeBit, type Outcome } from '../model/outcome.ts';

/** The address of an IPv6 column as canonical text: `10.0.0.1`, `2001:db8::1`. For sorting as the program does. */
export function addressText(column: string): string {
  return String.raw`replaceRegexpOne(toString(${column}), '^::ffff:([0-9.]+)$', '\\1')`;
}

/** Condition: the address of an IPv6 column is an IPv4 one. */
export function isIpv4(column: string): string {
  return `${column} BETWEEN toIPv6('::ffff:0.0.0.0') AND toIPv6('::ffff:255.255.255.255')`;
}

/** An IPv6 column as it comes out: IPv4 mapped. */
export const address = z.string().transform(toAddress);

/** See `address`. */
export function toAddress(text: string): IpAddress {
  if (!text.includes('.')) return text as IpAddress;
  // The engine writes addresses below ::/96 with a dotted tail too, which is not their canonical form.
  const known = text.startsWith('::ffff:') ? text.slice(7) : parseIpAddress(text);
  if (known === undefined) throw new RangeError(`not an address: ${text}`);
  return known as IpAddress;
}

/** A count, which comes as text when it is a UInt64. */
export const count = z.coerce.number();

/** Microseconds since 1970, as `micros` selects them. */
export const instant = z.coerce.number().transform((at) => at as Instant);

/** The same, or null. */
export const optionalInstant = z
  .union([z.string(), z.number()])
  .nullable()
  .transform((at) => (at === null ? undefined : (Number(at) as Instant)));

/** A DateTime64(6) as microseconds since 1970. */
export function micros(column: string): string {
  return `toUnixTimestamp64Micro(${column})`;
}

/** Condition: the time of the `opening` column lies in the scope {from:UInt64}, {to:UInt64}, as openingScope gives it. */
export const OPENED_IN_SCOPE = 'opening >= {from:UInt64} AND opening < {to:UInt64}';

/** Condition: the `time` column lies in the scope. */
export const TIMED_IN_SCOPE = `${micros('time')} * 8 >= {from:UInt64} AND ${micros('time')} * 8 < {to:UInt64}`;

/** A stretch of time as the parameters of the conditions above: in units of `opening`. */
export function scopeParameters(scope: { readonly from: Instant; readonly to: Instant }): {
  readonly from: bigint;
  readonly to: bigint;
} {
  const limit = (at: number): bigint => BigInt(Math.min(Math.max(0, Math.ceil(at)), END)) * 8n;
  return { from: limit(scope.from), to: limit(scope.to) };
}

/** Past every time that a record can have, and small enough for the arithmetic. */
const END = 2 ** 52;

/** The outcome inside an `opening`. */
export const OUTCOME_OF_OPENING = 'opening % 8';

/** The number of an outcome, as it stands in `opening`. */
export function outcomeNumber(outcome: Outcome): number {
  return OUTCOMES.indexOf(outcome);
}

/** The bits of several outcomes. */
export function outcomeBits(...outcomes: readonly Outcome[]): number {
  return outcomes.reduce((bits, outcome) => bits | outcomeBit(outcome), 0);
}

/** Outcomes that speak for a scan: what CANDIDATE.failedContacts and GROUP count. */
const FAILED: readonly Outcome[] = ['refused', 'silent', 'unreachable', 'half-open'];

/** Condition on a column `opening`: the first contact failed. */
export const OPENED_IN_VAIN = `${OUTCOME_OF_OPENING} IN (${FAILED.map(outcomeNumber).join(', ')})`;
