import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fromDouble,
  parseCount,
  parseIsoTime,
  parsePort,
  parseSeconds,
  parseTime,
  quoted,
} from './field-values.ts';

describe('seconds', () => {
  test.each([
    ['1655071320.781123', 1_655_071_320_781_123],
    ['0.000000', 0],
    ['928.943457', 928_943_457],
    ['5', 5_000_000],
    ['5.1', 5_100_000],
    ['1.0000004', 1_000_000],
    ['1.0000005', 1_000_001],
    ['0.9999999', 1_000_000],
    ['1e-05', 10],
    ['1.5e-05', 15],
    ['-1.0', Number.NaN],
    ['', Number.NaN],
    ['.5', Number.NaN],
    ['5.', Number.NaN],
    ['1.2.3', Number.NaN],
    ['NaN', Number.NaN],
    ['Infinity', Number.NaN],
    ['0x10', Number.NaN],
    [' 5', Number.NaN],
    ['99999999999', Number.NaN],
    ['1'.repeat(400), Number.NaN],
  ])('%s', (text, want) => {
    expect(parseSeconds(text)).toBe(want);
  });

  test('of six decimals are exact, as text and as a JSON number', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9_007_199_253 }),
        fc.integer({ min: 0, max: 999_999 }),
        (seconds, micros) => {
          const text = `${seconds}.${String(micros).padStart(6, '0')}`;
          expect(parseSeconds(text)).toBe(seconds * 1e6 + micros);
          // Until 2100; the lowest bit of a double is then still below half a microsecond.
          if (seconds < 4_102_444_800) expect(fromDouble(Number(text))).toBe(seconds * 1e6 + micros);
        },
      ),
    );
  });
});

describe('ISO time', () => {
  const at = Date.UTC(2026, 10, 21, 19, 51, 48) * 1e3;
  test.each([
    ['2026-11-21T19:51:48.466895+0000', at + 466_895],
    ['2026-11-21T19:51:48.466895Z', at + 466_895],
    ['2026-11-21T20:51:48.466895+01:00', at + 466_895],
    ['2026-11-21T14:21:48.466895-0530', at + 466_895],
    ['2026-11-21T20:51:48+01', at],
    ['2026-11-21T19:51:48.123456789Z', at + 123_456],
    ['2026-11-21T19:51:48.5Z', at + 500_000],
    ['2026-11-21 19:51:48', at - 3600e6],
    ['2026-11-21T19:51:60Z', at + 12e6],
    ['2026-02-31T19:51:48Z', Number.NaN],
    ['2026-13-01T19:51:48Z', Number.NaN],
    ['2026-11-21T24:51:48Z', Number.NaN],
    ['2026-11-21T19:61:48Z', Number.NaN],
    ['2026-11-21T19:51:48.Z', Number.NaN],
    ['2026-11-21T19:51:48 UTC', at],
    ['2026-11-21T19:51:48 Z', at],
    ['2026-11-21T19:51:48 +0100', at - 3600e6],
    ['2026/11/21 19:51:48.466895', at - 3600e6 + 466_895],
    ['2026-11-21 19:51:48,466', at - 3600e6 + 466_000],
    ['2026-11/21 19:51:48', Number.NaN],
    ['2026-11-21T19:51:48 CET', Number.NaN],
    ['2026-11-21T19:51:48  UTC', Number.NaN],
    ['2026-00-21T19:51:48Z', Number.NaN],
    ['0026-11-21T19:51:48Z', Number.NaN],
    ['2026-11-21', Number.NaN],
    ['1969-12-31T23:59:59Z', Number.NaN],
  ])('%s', (text, want) => {
    expect(parseIsoTime(text, 60)).toBe(want);
  });

  test('any instant that JavaScript prints', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), (date) => {
        expect(parseIsoTime(date.toISOString(), 0)).toBe(date.getTime() * 1e3);
        expect(parseTime(date.toISOString(), 0)).toBe(date.getTime() * 1e3);
      }),
    );
  });
});

test.each([
  ['0', 0],
  ['65535', 65_535],
  ['65536', Number.NaN],
  ['99999', Number.NaN],
  ['-1', Number.NaN],
  ['٣', Number.NaN],
  ['1e3', Number.NaN],
  ['', Number.NaN],
])('port %s', (text, want) => {
  expect(parsePort(text)).toBe(want);
});

test('counts end where doubles lose whole numbers', () => {
  expect(parseCount('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  expect(parseCount('9007199254740993')).toBeNaN();
  expect(parseCount('1'.repeat(30))).toBeNaN();
});

test('a quoted value is short, and in quotes that hold', () => {
  expect(quoted('99999')).toBe('"99999"');
  expect(quoted('a"b\n')).toBe(String.raw`"a\"b\n"`);
  expect(quoted('x'.repeat(100))).toBe(`"${'x'.repeat(40)}…"`);
  expect(quoted({ a: 1 })).toBe(String.raw`"{\"a\":1}"`);
  expect(quoted(undefined)).toBe('"undefined"');
});
