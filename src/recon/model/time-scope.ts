import type { Instant } from '../../time/instant.ts';
import type { ActivityScope } from './activity-reader.ts';

/** Whether a moment lies in the scope. */
export function inScope(time: Instant, { from, to }: ActivityScope): boolean {
  return time >= from && time < to;
}

/** From the first of some records to the last; throws RangeError for none. */
export function span(records: readonly { readonly time: Instant }[]): { first: Instant; last: Instant } {
  let first: Instant | undefined;
  let last: Instant | undefined;
  for (const { time } of records) {
    first = earlier(first, time);
    last = later(last, time);
  }
  if (first === undefined || last === undefined) throw new RangeError('no records');
  return { first, last };
}

/** The earlier of two moments. */
export function earlier(a: Instant | undefined, b: Instant): Instant {
  return a === undefined || b < a ? b : a;
}

/** The later of two moments. */
export function later(a: Instant | undefined, b: Instant): Instant {
  return a === undefined || b > a ? b : a;
}
