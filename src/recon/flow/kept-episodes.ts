import type { Episode } from '../model/episode.ts';
import { evenly, PLOT_POINTS } from '../model/plot-points.ts';

/** Points of the pictures that background keeps: it is counted, not drawn. */
const NOISE_POINTS = 20;
/** Points in memory over all episodes. An episode with 400 of them takes about 40 kB (docs/performance.md): at most some 150 MB. */
const POINTS_IN_MEMORY = 1_500_000;

/**
 * Episodes that wait for the end of a detection. Pictures are what is large in an episode: where there are so many
 * episodes that the points of all would not fit, all pictures have half as many, then a quarter, and so on. Nothing
 * else of an episode is left out, and the same episodes in the same order keep the same points.
 */
export class KeptEpisodes {
  readonly #pointsInMemory: number;
  #episodes: Episode[] = [];
  #points = 0;
  #most = PLOT_POINTS;

  constructor(pointsInMemory = POINTS_IN_MEMORY) {
    this.#pointsInMemory = pointsInMemory;
  }

  /** In the order in which they came. */
  get episodes(): readonly Episode[] {
    return this.#episodes;
  }

  /** Keeps one more. */
  add(episode: Episode): void {
    this.#keep(episode);
    while (this.#points > this.#pointsInMemory && this.#most > 1) {
      const before = this.#episodes;
      this.#most = Math.floor(this.#most / 2);
      this.#episodes = [];
      this.#points = 0;
      for (const one of before) this.#keep(one);
    }
  }

  #keep(episode: Episode): void {
    const points = evenly(episode.points, episode.noise ? Math.min(NOISE_POINTS, this.#most) : this.#most);
    this.#episodes.push(points === episode.points ? episode : { ...episode, points });
    this.#points += points.length;
  }
}
