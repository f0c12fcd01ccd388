import type { Risk as WireRisk } from '../../api/fields.ts';
import type { Risk } from '../../findings/summary.ts';
import { Refused } from '../problem.ts';
import { parseIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { parsePortKey, type PortKey } from '../../net/port-key.ts';
import { formatPrefix, parsePrefix } from '../../net/prefix.ts';
import { formatInstant, parseInstant, type Instant } from '../../time/instant.ts';

/** A time that may not be known, as the API has it. */
export function timeOrNull(instant: Instant | undefined): string | null {
  return instant === undefined ? null : formatInstant(instant);
}

/** A time of a request, in its canonical form already. */
export function instantOf(text: string | undefined): Instant | undefined {
  return text === undefined ? undefined : (parseInstant(text) ?? refuse('a time', text));
}

/** An address of a request. Throws a Refused 422. */
export function addressOf(text: string): IpAddress {
  return parseIpAddress(text) ?? refuse('an IP address', text);
}

/** The same where there may be none. */
export function addressIn(text: string | undefined): IpAddress | undefined {
  return text === undefined ? undefined : addressOf(text);
}

/** An address block of a request, canonical. Throws a Refused 422. */
export function blockIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const prefix = parsePrefix(text);
  return prefix === undefined ? refuse('an address block in CIDR notation', text) : formatPrefix(prefix);
}

/** A port of a request. Throws a Refused 422. */
export function portIn(text: string | undefined): PortKey | undefined {
  if (text === undefined) return undefined;
  return parsePortKey(text) === undefined ? refuse('a port such as 443/tcp', text) : (text as PortKey);
}

/** A risk and the parts that sum to it. */
export function riskOf({ level, score, parts }: Risk): WireRisk {
  return { level, score, parts: parts.map((part) => ({ ...part })) };
}

/** Numbers by value, the most frequent first. */
export function buckets(
  counts: Readonly<Partial<Record<string, number>>>,
): { value: string; count: number }[] {
  return Object.entries(counts)
    .map(([value, count = 0]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

function refuse(what: string, text: string): never {
  throw new Refused(
    422,
    'request/not-understood',
    `${JSON.stringify(text.slice(0, 64))} is not ${what}.`,
    'Correct it and ask again.',
  );
}
