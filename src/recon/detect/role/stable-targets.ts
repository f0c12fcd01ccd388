import { hasOutcome } from '../../model/outcome.ts';
import { serviceKey, type Contact, type ContactPace, type SourceActivity } from '../../model/contact.ts';

/**
 * When a source counts as a poller of a stable set. The Jaccard bound is the project's own design figure (target
 * sets of two periods > .9); the rest keeps retries, brute force and one repeated scan out.
 */
export const POLLER = {
  /** Targets in the set. */
  targets: 3,
  /** Records of each: below that no interval can be told. */
  records: 5,
  /** Records from which on a target counts as visited again, for the comparison of the two periods. */
  repeated: 3,
  /** Span of the visits, in microseconds: one hour. A scan's retries and a brute force end sooner. */
  span: 3_600e6,
  /** Shortest median interval, in microseconds: five seconds. Faster is no health check of many hosts. */
  interval: 5e6,
  /** Part by which a target's interval may differ from the median. */
  tolerance: 0.25,
  /** Part of the repeated targets whose interval must agree. */
  agreeing: 0.8,
  /** Least Jaccard index of the repeated targets of the first and the second half of the span. */
  jaccard: 0.9,
  /** Least part of the set that ever answered: who polls mostly dead targets is not a monitor. */
  answered: 0.5,
} as const;

/** DNS, DHCP, NTP, syslog: what every machine asks again and again (IANA registry). It makes nobody a monitor. */
const HOUSEKEEPING: ReadonlySet<number> = new Set([53, 67, 123, 514, 547]);

/** A set of targets that is visited again and again. */
export interface StableTargets {
  /** serviceKey of each. */
  readonly keys: ReadonlySet<string>;
  /** Of the repeated targets, between the two halves of the span. */
  readonly jaccard: number;
  /** Median interval between visits, in seconds. */
  readonly intervalSeconds: number;
  readonly answered: number;
}

/**
 * The stable set of a poller, or undefined when the source is none. One-time contacts do not matter to it: a
 * monitor that starts to scan is still a monitor, and the scan is outside its set.
 */
export function stableTargetsOf(
  activity: Pick<SourceActivity, 'contacts' | 'paces'>,
): StableTargets | undefined {
  const repeated: { contact: Contact; pace: ContactPace; key: string; interval: number }[] = [];
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const contact of activity.contacts) {
    const key = serviceKey(contact.destination, contact.port, contact.protocol);
    const pace = activity.paces.get(key);
    if (pace === undefined || pace.records < POLLER.repeated || HOUSEKEEPING.has(contact.port)) continue;
    repeated.push({ contact, pace, key, interval: (pace.last - pace.first) / (pace.records - 1) });
    start = Math.min(start, pace.first);
    end = Math.max(end, pace.last);
  }
  if (repeated.length < POLLER.targets || end - start < POLLER.span) return undefined;
  const middle = (start + end) / 2;
  const inBoth = repeated.filter(({ pace }) => pace.first < middle && pace.last >= middle).length;
  const jaccard = inBoth / repeated.length;
  if (jaccard <= POLLER.jaccard) return undefined;
  const intervals = repeated.map(({ interval }) => interval).toSorted((a, b) => a - b);
  const median = intervals[Math.floor(intervals.length / 2)]!;
  if (median < POLLER.interval) return undefined;
  const agreeing = repeated.filter(
    ({ interval, pace }) =>
      pace.records >= POLLER.records && Math.abs(interval - median) <= POLLER.tolerance * median,
  );
  if (agreeing.length < POLLER.targets || agreeing.length < POLLER.agreeing * repeated.length)
    return undefined;
  const answered = agreeing.filter(({ contact }) => hasOutcome(contact.outcomes, 'answered')).length;
  if (answered < POLLER.answered * agreeing.length) return undefined;
  return {
    keys: new Set(agreeing.map(({ key }) => key)),
    jaccard,
    intervalSeconds: median / 1e6,
    answered,
  };
}
