import {
  localDate,
  nextOpening,
  openingAt,
  WEEKDAYS,
  type Opening,
  type ScanWindow,
} from '../../scope/window.ts';
import type { Instant } from '../../time/instant.ts';
import type { AlertsConfig } from './config.ts';

const HOUR = 3600e6;
/** Minutes of a day on the wall, whether it has 23, 24 or 25 hours. */
const DAY_MINUTES = 1_440;

/** When alerts go out, by the clock on the wall: days, quiet hours and the time of the digest. */
export class AlertCalendar {
  readonly #day: ScanWindow;
  readonly #quiet: ScanWindow | undefined;
  readonly #digest: ScanWindow;
  readonly timeZone: string;

  constructor({
    timeZone,
    digestAt,
    quietHours,
  }: Pick<AlertsConfig, 'timeZone' | 'digestAt' | 'quietHours'>) {
    this.timeZone = timeZone;
    const window = (from: number, to: number, days: ScanWindow['days'] = WEEKDAYS): ScanWindow => ({
      days,
      from,
      to,
      timeZone,
      except: [],
    });
    this.#day = window(0, DAY_MINUTES);
    // From one digest to the next: a window that closes when it opens closes on the next day.
    this.#digest = window(minutesOf(digestAt), minutesOf(digestAt));
    this.#quiet =
      quietHours === undefined
        ? undefined
        : window(minutesOf(quietHours.from), minutesOf(quietHours.to), quietHours.days);
  }

  /** The local day that holds the instant; 23 or 25 hours long when the clocks change. */
  dayOf(at: Instant): Opening {
    return holding(this.#day, at);
  }

  /** Name of the local day: `2026-11-22`. */
  dateOf(at: Instant): string {
    return localDate(at, this.timeZone);
  }

  /** When the quiet hours end that hold the instant; undefined outside of them. */
  quietUntil(at: Instant): Instant | undefined {
    return this.#quiet === undefined ? undefined : openingAt(this.#quiet, at)?.closes;
  }

  /** The last time at or before the instant at which a digest was due. */
  lastDigest(at: Instant): Instant {
    return holding(this.#digest, at).opens;
  }
}

/** The opening of a window of 24 hours that holds the instant. */
function holding(window: ScanWindow, at: Instant): Opening {
  // Where clocks go back over midnight, an hour bears the date before and belongs to the opening after it.
  return openingAt(window, at) ?? nextOpening(window, (at - 2 * HOUR) as Instant)!;
}

function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}
