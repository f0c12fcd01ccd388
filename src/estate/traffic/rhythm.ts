import type { Instant } from '../../time/instant.ts';
import type { Dice } from '../dice.ts';

/** Microseconds. */
export const SECOND = 1e6;
export const MINUTE = 60 * SECOND;
export const HOUR = 3600 * SECOND;
export const DAY = 24 * HOUR;

/** How busy people are, by hour of day (UTC): none at night, less at lunch. */
const OFFICE = [0, 0, 0, 0, 0, 0, 1, 4, 9, 10, 10, 9, 5, 8, 10, 9, 7, 3, 1, 1, 0, 0, 0, 0];

/** How busy the public is: never quiet, most in the evening. */
const PUBLIC = [3, 2, 2, 1, 1, 2, 3, 5, 6, 7, 7, 7, 7, 7, 7, 7, 8, 9, 10, 10, 9, 8, 6, 4];

/** The moment so many microseconds after another. */
export function after(moment: Instant, microseconds: number): Instant {
  return Math.round(moment + microseconds) as Instant;
}

/** Whether the day (from 0, of a week that begins with the start) is one without work. */
export function isWeekend(day: number): boolean {
  return day % 7 >= 5;
}

/** So many moments of a working day of people, in order; a tenth of it on weekends. */
export function officeMoments(dice: Dice, start: Instant, day: number, count: number): Instant[] {
  return momentsOf(dice, after(start, day * DAY), isWeekend(day) ? Math.ceil(count / 10) : count, OFFICE);
}

/** So many moments of a day of the public, in order. */
export function publicMoments(dice: Dice, start: Instant, day: number, count: number): Instant[] {
  return momentsOf(dice, after(start, day * DAY), count, PUBLIC);
}

function momentsOf(dice: Dice, midnight: Instant, count: number, weights: readonly number[]): Instant[] {
  return Array.from({ length: count }, () =>
    after(midnight, (dice.weighted(weights) + dice.unit()) * HOUR),
  ).toSorted((a, b) => a - b);
}

/** Moments at a steady interval with a jitter (a share of the interval) over a stretch of time. */
export function* steadyMoments(
  dice: Dice,
  from: Instant,
  until: Instant,
  interval: number,
  jitter = 0.01,
): Generator<Instant> {
  for (let at = from as number; at < until; at += interval) {
    const moment = after(at as Instant, (dice.unit() - 0.5) * interval * jitter);
    if (moment >= from && moment < until) yield moment;
  }
}
