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
  /** How many of the newest runs that could tell, in a row, did not see it; 0 when the newest did. */
  readonly missedSince: number;
}

/**
 * Reads a history in time order.
 * @param seen runs that saw it
 * @param comparable runs that could have seen it, `seen` included
 * @param order all runs of the learner, oldest first
 */
export function readSightings(seen: RunMask, comparable: RunMask, order: readonly number[]): Sightings {
  let turns = 0;
  let missedSince = 0;
  let previous: boolean | undefined;
  for (const run of order) {
    if (((comparable >> BigInt(run)) & 1n) === 0n) continue;
    const now = ((seen >> BigInt(run)) & 1n) === 1n;
    if (previous !== undefined && previous !== now) turns += 1;
    previous = now;
    missedSince = now ? 0 : missedSince + 1;
  }
  return { seen: countRuns(seen), comparable: countRuns(comparable), turns, missedSince };
}

/**
 * Turns from which on a history counts as flapping. One turn is a change, two are an outage (or a
 * short appearance), three are a habit: up, down, up, down. With two, every rebooted server would be
 * called flapping and its next outage excused; with four, a weekly backup port stays noise for a month.
 */
export const FLAPPING_TURNS = 3;

/**
 * Missing from the newest runs, a thing is away before it is gone. A host that was seen twice is gone after this many
 * runs without it: laptops are away for a week or two, and a laptop that comes back must not be a stranger.
 */
export const HOST_GONE_AFTER = 3;
/**
 * A port is gone at once, unless it was open in most runs and only the newest one missed it: one lost packet or
 * one restart. A service that somebody switched off must be news when it is switched on again.
 */
export const PORT_GONE_AFTER = 2;

/** What a history leads to expect: nothing, the thing always, or the thing now and then. */
export type Expectation = 'none' | 'steady' | 'flapping';

/** What is expected of a port from now on. */
export function expectPort(sightings: Sightings): Expectation {
  const { seen, comparable, turns, missedSince } = sightings;
  if (turns >= FLAPPING_TURNS) return 'flapping';
  if (seen > 0 && missedSince === 0) return 'steady';
  return seen * 2 > comparable && missedSince < PORT_GONE_AFTER ? 'flapping' : 'none';
}

/** What is expected of a host from now on. */
export function expectHost(sightings: Sightings): Expectation {
  const { seen, turns, missedSince } = sightings;
  if (turns >= FLAPPING_TURNS) return 'flapping';
  if (seen > 0 && missedSince === 0) return 'steady';
  return seen > 1 && missedSince < HOST_GONE_AFTER ? 'flapping' : 'none';
}
