/**
 * A set of runs as bits of one bigint: bit n is the n-th run that the learner was told of.
 * It grows with the runs, is cheap for the usual dozens, and does not care for their order.
 */
export type RunMask = bigint;

/** How many runs are in the mask. */
export function countRuns(mask: RunMask): number {
  let count = 0;
  for (let rest = mask; rest !== 0n; rest &= rest - 1n) count += 1;
  return count;
}

/** The runs in the mask, by number, ascending. */
export function runsOf(mask: RunMask): number[] {
  const runs: number[] = [];
  for (let bit = 0, rest = mask; rest !== 0n; bit += 1, rest >>= 1n) if ((rest & 1n) === 1n) runs.push(bit);
  return runs;
}

/** What a history of sightings says: only runs that could have told are in it. */
export interface Sightings {
  readonly seen: number;
  readonly comparable: number;
  /** How often it turned from seen to not seen or back. */
  readonly turns: number;
  /** Whether the newest run that could tell saw it. */
  readonly lastSeen: boolean;
}

/**
 * Reads a history in time order.
 * @param seen runs that saw it
 * @param comparable runs that could have seen it, `seen` included
 * @param order all runs of the learner, oldest first
 */
export function readSightings(seen: RunMask, comparable: RunMask, order: readonly number[]): Sightings {
  let turns = 0;
  let previous: boolean | undefined;
  for (const run of order) {
    if (((comparable >> BigInt(run)) & 1n) === 0n) continue;
    const now = ((seen >> BigInt(run)) & 1n) === 1n;
    if (previous !== undefined && previous !== now) turns += 1;
    previous = now;
  }
  return { seen: countRuns(seen), comparable: countRuns(comparable), turns, lastSeen: previous ?? false };
}

/**
 * Turns from which on a history counts as flapping. One turn is a change, two are an outage (or a
 * short appearance), three are a habit: up, down, up, down. With two, every rebooted server would be
 * called flapping and its next outage excused; with four, a weekly backup port stays noise for a month.
 */
export const FLAPPING_TURNS = 3;

/** Whether the thing comes and goes as a habit. */
export function isFlapping(sightings: Sightings): boolean {
  return sightings.turns >= FLAPPING_TURNS;
}

/**
 * Whether a learned thing is expected from now on: the newest run that could tell saw it, or it comes and
 * goes. What was there once and is gone by the end of the known-safe period is not expected back.
 */
export function isExpected(sightings: Sightings): boolean {
  return sightings.lastSeen || isFlapping(sightings);
}
