import { expect, test } from 'vitest';
import type { StoredRun } from '../exposure/queries/runs.ts';
import { dueRuns } from './due-runs.ts';

const run = (text: string): StoredRun => {
  const [vantage = '', profile = '', id = ''] = text.split(' ');
  return { info: { id, vantage, profile } } as unknown as StoredRun;
};

test.each([
  { why: 'nothing is stored', runs: [], assessed: [], due: [] },
  { why: 'a first scan', runs: ['office full a'], assessed: [], due: ['a'] },
  {
    why: 'a history, imported at once: its newest',
    runs: ['office full a', 'office full b', 'office full c'],
    assessed: [],
    due: ['c'],
  },
  {
    why: 'several since the last assessment: each, in order',
    runs: ['office full a', 'office full b', 'office full c'],
    assessed: ['a'],
    due: ['b', 'c'],
  },
  {
    why: 'an old scan that came late is history',
    runs: ['office full old', 'office full a'],
    assessed: ['a'],
    due: [],
  },
  {
    why: 'a killed assessment leaves its scan due',
    runs: ['office full a', 'office full b'],
    assessed: ['a'],
    due: ['b'],
  },
  {
    why: 'each series by itself',
    runs: ['office full a', 'dmz full b', 'office quick c', 'office full d', 'dmz full e'],
    assessed: ['a', 'e'],
    due: ['c', 'd'],
  },
])('$why', ({ runs, assessed, due }) => {
  expect(dueRuns(runs.map(run), new Set<string>(assessed)).map(({ info }) => info.id)).toEqual(due);
});
