import { describe, expect, test } from 'vitest';
import { assessmentOfRun } from './assessments.ts';

const ROW = {
  run: '2d5',
  assessed: '2026-11-22 04:02:00.000000',
  against: 'baseline v1',
  risk: 'high',
  score: 81,
  confidence: 1,
  findings: 4,
};

describe('the sum behind the score of an assessment', () => {
  test('is read as it was kept', () => {
    const parts = [
      { kind: 'worst', points: 80, text: 'the worst host, 10.0.0.5' },
      { kind: 'breadth', points: 1, text: '3 hosts are at high risk' },
    ];
    expect(assessmentOfRun.decode({ ...ROW, parts: JSON.stringify(parts) }).parts).toStrictEqual(parts);
  });

  test('has no parts in rows from before they were kept', () => {
    expect(assessmentOfRun.decode({ ...ROW, parts: '' })).toMatchObject({ score: 81, parts: [] });
  });
});
