import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Outlet } from './print.ts';
import { createProgress, formatBytes, formatSeconds, formatStep } from './progress.ts';

function outlet(isTTY: boolean, columns = 80): { stream: Outlet; written: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns });
  return { stream, written: () => String(stream.read() ?? '') };
}

describe('formatStep', () => {
  test.each([
    {
      why: 'a file half-way',
      step: { label: 'office.xml', done: 150e6, total: 300e6, unit: 'bytes' as const },
      rate: 50e6,
      want: 'office.xml  50%  150 MB of 300 MB  50 MB/s  3 s left',
    },
    {
      why: 'standard input, whose end nobody knows',
      step: { label: '-', done: 1500, unit: 'bytes' as const },
      rate: 1000,
      want: '-  1.5 kB  1.0 kB/s',
    },
    {
      why: 'the first moment, when no rate is known',
      step: { label: 'a.xml', done: 0, total: 10, unit: 'bytes' as const },
      rate: 0,
      want: 'a.xml  0%  0 B of 10 B',
    },
    {
      why: 'more than was promised is still 100%',
      step: { label: 'a.xml', done: 20, total: 10, unit: 'items' as const },
      rate: 0,
      want: 'a.xml  100%  20 of 10',
    },
    {
      why: 'an empty file',
      step: { label: 'empty.xml', done: 0, total: 0, unit: 'bytes' as const },
      rate: 0,
      want: 'empty.xml  0 B of 0 B',
    },
    {
      why: 'a label that acts on the terminal',
      step: { label: 'a\u001B[2Jb\n.xml', done: 1, total: 2, unit: 'items' as const },
      rate: 0,
      want: 'a\\x1b[2Jb\\n.xml  50%  1 of 2',
    },
  ])('$why', ({ step, rate, want }) => {
    expect(formatStep(step, rate, 100)).toBe(want);
  });

  test('never wider than the terminal, and the end of a path stays', () => {
    const step = {
      label: `/very/long/path/${'x'.repeat(200)}/week-07.xml`,
      done: 1,
      total: 3,
      unit: 'items' as const,
    };
    for (const columns of [5, 10, 20, 40, 80]) {
      expect(formatStep(step, 2, columns).length).toBeLessThanOrEqual(columns);
    }
    expect(formatStep(step, 2, 80)).toContain('week-07.xml');
  });
});

describe('createProgress', () => {
  test('says nothing in a pipe, and nothing when it is not wanted', () => {
    for (const { isTTY, enabled } of [
      { isTTY: false, enabled: true },
      { isTTY: true, enabled: false },
    ]) {
      const { stream, written } = outlet(isTTY);
      const progress = createProgress(stream, enabled, () => 0);
      progress.update({ label: 'a', done: 1, total: 1, unit: 'items' });
      progress.end();
      expect(written()).toBe('');
    }
  });

  test('takes a terminal that says it has no columns for one of the usual width', () => {
    const { stream, written } = outlet(true, 0);
    const progress = createProgress(stream, true, () => 0);
    progress.update({ label: 'a.xml', done: 1, total: 1, unit: 'items' });
    expect(written()).toContain('a.xml  100%');
  });

  test('draws one line, seldom, with a steady rate, and leaves nothing behind', () => {
    const { stream, written } = outlet(true);
    let now = 0;
    const progress = createProgress(stream, true, () => now);
    for (let done = 0; done < 1000; done += 1) {
      progress.update({ label: 'a.xml', done: done * 1000, total: 2_000_000, unit: 'bytes' });
      now += 1;
    }
    progress.end();
    const drawn = written().split('\r\u001B[2K').slice(1);
    expect(drawn).toHaveLength(11);
    expect(drawn.at(-2)).toMatch(/^a\.xml {2}45% {2}900 kB of 2\.0 MB {2}1\.0 MB\/s {2}1 s left$/);
    expect(drawn.at(-1)).toBe('');
    expect(drawn.join('')).not.toContain('\n');
  });
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_999, '1.0 MB'],
  [9_940_000, '9.9 MB'],
  [9_960_000, '10 MB'],
  [314_600_000, '315 MB'],
  [1_400_000_000, '1.4 GB'],
])('%d bytes are %s', (bytes, want) => {
  expect(formatBytes(bytes)).toBe(want);
});

test.each([
  [0.2, '1 s'],
  [59, '59 s'],
  [61, '1 min'],
  [3900, '1 h 5 min'],
])('%d seconds are %s', (seconds, want) => {
  expect(formatSeconds(seconds)).toBe(want);
});
