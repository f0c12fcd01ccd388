import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { activity, site } from '../../../test/written/source-activity.ts';
import { judgeSource } from '../detect/judge-source.ts';
import type { Episode } from '../model/episode.ts';
import { evenly, PLOT_POINTS } from '../model/plot-points.ts';
import { KeptEpisodes } from './kept-episodes.ts';

const [SWEEP] = judgeSource(
  activity('198.51.100.1', {
    contacts: Array.from({ length: 1000 }, (_, index) => ({
      to: `10.0.${index >> 8}.${index & 255}`,
      port: 445,
      at: index,
      outcome: 'refused' as const,
    })),
  }),
  undefined,
  site(),
);

const drawn = (points: number, noise = false): Episode => ({
  ...SWEEP!,
  noise,
  points: SWEEP!.points.slice(0, points),
});

function kept(episodes: readonly Episode[], pointsInMemory: number): readonly Episode[] {
  const keep = new KeptEpisodes(pointsInMemory);
  for (const one of episodes) keep.add(one);
  return keep.episodes;
}

test('while there is room an episode is kept as it is', () => {
  const episodes = [drawn(400), drawn(7), drawn(0)];
  expect(kept(episodes, 407).map((one, index) => one === episodes[index])).toEqual([true, true, true]);
});

test('background keeps twenty points, from its whole time', () => {
  const [one] = kept([drawn(400, true)], 1000);
  expect(one?.points).toEqual(evenly(SWEEP!.points, 20));
});

test.each([
  // Episodes of 400 points, room for so many points, points of each.
  [2, 800, 400],
  [3, 800, 200],
  [5, 800, 100],
  [9, 800, 50],
])('%i episodes, and room for %i points: %i each', (amount, room, each) => {
  const points = kept(
    Array.from({ length: amount }, () => drawn(400)),
    room,
  ).map((one) => one.points.length);
  expect(points).toEqual(Array.from({ length: amount }, () => each));
});

test('whatever comes: nothing but points is lost, never more than there is room for, the last like the first', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: PLOT_POINTS }), fc.boolean()), { maxLength: 40 }),
      fc.integer({ min: 50, max: 4000 }),
      (wanted, room) => {
        const episodes = wanted.map(([points, noise]) => drawn(points, noise));
        const result = kept(episodes, room);
        expect(result.map((one) => ({ ...one, points: [] }))).toEqual(
          episodes.map((one) => ({ ...one, points: [] })),
        );
        expect(result.reduce((sum, { points }) => sum + points.length, 0)).toBeLessThanOrEqual(room);
        // One number of points for all, save for who has fewer and for background.
        const most = Math.max(0, ...result.map(({ points }) => points.length));
        for (const [index, { noise, points }] of result.entries())
          if (!noise) expect(points.length).toBe(Math.min(wanted[index]![0], most));
        for (const { points } of result)
          expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).toSorted((a, b) => a - b));
      },
    ),
  );
});
