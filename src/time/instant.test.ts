import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatColumnTime,
  formatInstant,
  formatMinute,
  fromSeconds,
  parseColumnTime,
  parseInstant,
  toSeconds,
  type Instant,
} from './instant.ts';

/** 1970 to 2200, in microseconds. */
const instants = fc.integer({ min: 0, max: 7_258_118_400_000_000 }).map((micros) => micros as Instant);

describe('Instant', () => {
  test.each([
    { text: '2026-11-22T04:02:00Z', want: '2026-11-22T04:02:00Z' },
    { text: '2026-11-22T04:02:00.000001Z', want: '2026-11-22T04:02:00.000001Z' },
    { text: '2026-11-22T05:02:00+01:00', want: '2026-11-22T04:02:00Z' },
    { text: '2026-11-22', want: '2026-11-22T00:00:00Z' },
    { text: '2026-11-22T04:02', want: undefined },
    { text: 'yesterday', want: undefined },
    { text: '2026-13-01T00:00:00Z', want: undefined },
  ])('$text → $want', ({ text, want }) => {
    const instant = parseInstant(text);
    expect(instant === undefined ? undefined : formatInstant(instant)).toBe(want);
  });

  test('no microsecond is lost on the way to text and back', () => {
    fc.assert(fc.property(instants, (instant) => parseInstant(formatInstant(instant)) === instant));
    fc.assert(fc.property(instants, (instant) => parseColumnTime(formatColumnTime(instant)) === instant));
  });

  test('epoch seconds keep their microseconds', () => {
    expect(fromSeconds(1_700_000_000.123456)).toBe(1_700_000_000_123_456);
    expect(toSeconds(1_700_000_000_123_456 as Instant)).toBeCloseTo(1_700_000_000.123456, 6);
  });

  test('a minute is what people read', () => {
    expect(formatMinute(fromSeconds(1_795_320_120))).toBe('2026-11-22 04:02 UTC');
  });

  test('text that the engine did not write is refused', () => {
    expect(() => parseColumnTime('soon')).toThrow(RangeError);
  });
});
