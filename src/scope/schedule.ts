import { createHash } from 'node:crypto';
import { Cron } from 'croner';
import { fromMillis, type Instant } from '../time/instant.ts';

/** A scan that is to be made again and again. */
export interface Schedule {
  readonly name: string;
  /** Five fields, or `@daily` and the like. */
  readonly cron: string;
  readonly timeZone: string;
  /** Profiles, or one plan. */
  readonly profiles: readonly string[];
  readonly plan: string | undefined;
  readonly targets: readonly string[];
  /** Seconds by which a run may be late on purpose, at most. */
  readonly jitter: number;
  /** What becomes of a run whose time went by while nobody looked. */
  readonly missed: 'run-once' | 'skip';
  /** Seconds after its time during which a run is not yet missed. */
  readonly grace: number;
  /** Where it runs; undefined: everywhere. */
  readonly vantage: string | undefined;
}

/** A time of a schedule. */
export interface Occurrence {
  /** The time that the expression names. */
  readonly nominal: Instant;
  /** When the run is due: the nominal time and its jitter. */
  readonly due: Instant;
}

/** What is to be done about a schedule now. */
export interface Due {
  /** The run to make. */
  readonly run: Occurrence | undefined;
  /** Runs whose time went by, oldest first. They are not made. */
  readonly missed: readonly Occurrence[];
  /** Whether more were missed than are listed. */
  readonly more: boolean;
}

/** Occurrences that are looked at in one go: a minute's schedule over a week. */
const MOST = 10_080;
const SECOND = 1e6;

/** Whether the text is a cron expression that has a next time. croner of 11.x reads it; seconds and years are not taken. */
export function isCronExpression(text: string): boolean {
  // croner takes a single date too.
  if (!/^(?:@\w+|\S+(?: +\S+){4})$/.test(text)) return false;
  try {
    // Far in the future: a leap day is four years off at most, eight around a century.
    return cronOf({ cron: text, timeZone: 'UTC' }).nextRun(new Date(0)) !== null;
  } catch {
    return false;
  }
}

/**
 * The seconds by which one run is late on purpose, so that not everything starts at the full hour: the same for the same
 * schedule and time, wherever and whenever it is asked.
 */
function jitterOf({ name, jitter }: Pick<Schedule, 'name' | 'jitter'>, nominal: Instant): number {
  const hash = createHash('sha256').update(`${name}\0${nominal}`).digest();
  return Number(hash.readBigUInt64BE(0) % BigInt(jitter + 1));
}

/** The next occurrences whose nominal time is after an instant. */
export function nextOccurrences(schedule: Schedule, after: Instant, count: number): readonly Occurrence[] {
  return cronOf(schedule)
    .nextRuns(count, new Date(Math.floor(after / 1e3)))
    .map((date) => occurrenceOf(schedule, fromMillis(date.getTime())));
}

/**
 * What is to be done: of all occurrences after `last` that are due by now, the newest is to be run when it is within its
 * grace, or where the schedule makes up for what was missed; the others are missed. `last` is the nominal time that was
 * dealt with last.
 */
export function dueNow(schedule: Schedule, last: Instant, now: Instant): Due {
  const cron = cronOf(schedule);
  const past: Occurrence[] = [];
  let more = false;
  // Backwards from now, so that a year without anybody costs no more than a week.
  for (const date of backwards(cron, new Date(Math.floor(now / 1e3) + 1))) {
    const occurrence = occurrenceOf(schedule, fromMillis(date.getTime()));
    if (occurrence.nominal <= last) break;
    if (past.length === MOST) {
      more = true;
      break;
    }
    if (occurrence.due <= now) past.push(occurrence);
  }
  const [newest, ...older] = past;
  if (newest === undefined) return { run: undefined, missed: [], more: false };
  const runs = schedule.missed === 'run-once' || now - newest.due <= schedule.grace * SECOND;
  return runs
    ? { run: newest, missed: older.toReversed(), more }
    : { run: undefined, missed: past.toReversed(), more };
}

/** The times before a date, newest first; found a few at a time, since all of them at once is slow. */
function* backwards(cron: Cron, before: Date): Generator<Date> {
  for (let from = before; ;) {
    const dates = cron.previousRuns(STEP, from);
    yield* dates;
    if (dates.length < STEP) return;
    from = dates.at(-1)!;
  }
}
const STEP = 16;

function occurrenceOf(schedule: Schedule, nominal: Instant): Occurrence {
  return { nominal, due: (nominal + jitterOf(schedule, nominal) * SECOND) as Instant };
}

function cronOf({ cron, timeZone }: Pick<Schedule, 'cron' | 'timeZone'>): Cron {
  return new Cron(cron, { timezone: timeZone, paused: true, mode: '5-part' });
}
