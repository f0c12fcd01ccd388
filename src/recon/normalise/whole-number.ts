import { parseCount } from './field-values.ts';

/** A whole number from 0 to the limit, in decimal digits; undefined otherwise. */
export function wholeNumber(text: string | undefined, limit: number): number | undefined {
  const value = text === undefined ? Number.NaN : parseCount(text);
  return value <= limit ? value : undefined;
}

/** A port, or undefined when the text is none. */
export function portOf(text: string | undefined): number | undefined {
  return wholeNumber(text, 65_535);
}
