import { InvalidArgumentError } from '@commander-js/extra-typings';
import { parseInstant, type Instant } from '../time/instant.ts';

/** A count of one or more, as commander's parsers want it. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

/** An instant: `2026-12-01` or with a time and zone. */
export function instant(text: string): Instant {
  const parsed = parseInstant(text);
  if (parsed === undefined) {
    throw new InvalidArgumentError(
      'It must be a date (2026-12-01) or a time with its zone (2026-12-01T18:00Z).',
    );
  }
  return parsed;
}
