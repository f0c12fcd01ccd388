import { describe, expect, test } from 'vitest';
import { serviceSpans } from './service-spans.ts';

/** A port over scans, one letter each: a and b are services that answered, c is closed, `.` is not listed. */
function spansOf(...rows: readonly string[]): readonly string[] {
  const scans = Array.from(rows[0] ?? '', (_, at) => ({
    id: String(at),
    at: null,
    profile: 'p',
    state: 'up',
  }));
  return serviceSpans({
    scans,
    ports: rows.map((_, at) => `${at + 1}/tcp`),
    services: ['a', 'b'],
    cells: rows.flatMap((row, port) =>
      Array.from(row, (letter, scan) => ({
        scan,
        port,
        state: letter === 'c' ? 'closed' : 'open',
        service: letter === 'a' ? 0 : letter === 'b' ? 1 : null,
      })).filter((_, scan) => row[scan] !== '.'),
    ),
  }).map(
    ({ port, service, first, last, scans: of, newest }) =>
      `${port} ${service === '' ? '-' : service} ${first}–${last} ×${of}${newest ? ' newest' : ''}`,
  );
}

describe('serviceSpans', () => {
  test.each([
    { why: 'one service all the time', rows: ['aaa'], want: ['1/tcp a 0–2 ×3 newest'] },
    {
      why: 'another version ends the one before; the newest stands first',
      rows: ['aab'],
      want: ['1/tcp b 2–2 ×1 newest', '1/tcp a 0–1 ×2'],
    },
    { why: 'a scan that lists nothing of it ends nothing', rows: ['a.a'], want: ['1/tcp a 0–2 ×2 newest'] },
    {
      why: 'closed in between: twice the same is two times',
      rows: ['aca'],
      want: ['1/tcp a 2–2 ×1 newest', '1/tcp a 0–0 ×1'],
    },
    { why: 'closed at the end: nothing of it is the newest', rows: ['ac.'], want: ['1/tcp a 0–0 ×1'] },
    { why: 'open without a word', rows: ['o'], want: ['1/tcp - 0–0 ×1 newest'] },
    {
      why: 'ports stay in their order',
      rows: ['a', 'b'],
      want: ['1/tcp a 0–0 ×1 newest', '2/tcp b 0–0 ×1 newest'],
    },
    { why: 'never open', rows: ['c.'], want: [] },
  ])('$why', ({ rows, want }) => {
    expect(spansOf(...rows)).toStrictEqual(want);
  });
});
