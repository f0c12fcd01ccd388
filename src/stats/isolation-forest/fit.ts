import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { quantile } from '../quantile.ts';
import type { IsolationForest, IsolationTree } from './forest.ts';
import type { Matrix } from './matrix.ts';
import { scoreRows } from './score.ts';

/** How to grow a forest. The defaults are scikit-learn's. */
export interface FitOptions {
  /** Default 100. */
  readonly trees?: number;
  /** Rows per tree, drawn without replacement; default 256, at most the number of rows. */
  readonly samples?: number;
  /** Any integer. Equal seeds and rows give equal forests on every machine. */
  readonly seed: number;
  /** Part of the training rows that shall count as outliers, above 0 and at most 0.5; default: offset −0.5. */
  readonly contamination?: number;
}

/** Values that differ by no more are one (scikit-learn 1.2.1, `FEATURE_THRESHOLD`). */
const CONSTANT_WITHIN = 1e-7;

/**
 * Grows an isolation forest (Liu, Ting and Zhou, ICDM 2008) as scikit-learn 1.2.1 does: a node splits on a column
 * drawn from those that are not constant in it, at a threshold uniform between least and greatest; depth at most
 * ⌈log₂ max(samples, 2)⌉. It takes no worker thread: a tree sees 256 rows whatever the size of the matrix, so a
 * fit takes milliseconds; every tree has a seed of its own, so trees could be grown anywhere.
 *
 * Throws a RangeError for an empty matrix or options out of range.
 */
export function fitIsolationForest(matrix: Matrix, options: FitOptions): IsolationForest {
  const { trees = 100, seed, contamination } = options;
  if (matrix.rows === 0 || matrix.columns === 0)
    throw new RangeError('a forest needs at least one row and column');
  if (!Number.isInteger(trees) || trees < 1) throw new RangeError(`trees must be at least 1, not ${trees}`);
  if (contamination !== undefined && !(contamination > 0 && contamination <= 0.5)) {
    throw new RangeError(`contamination must lie above 0 and at most at 0.5, not ${contamination}`);
  }
  const samples = Math.min(options.samples ?? 256, matrix.rows);
  if (!Number.isInteger(samples) || samples < 1)
    throw new RangeError(`samples must be at least 1, not ${samples}`);
  const grower = new Grower(matrix, samples);
  const forest: IsolationForest = {
    columns: matrix.columns,
    samples,
    trees: Array.from({ length: trees }, (_, tree) => grower.grow(treeSeed(seed, tree))),
    offset: -0.5,
  };
  if (contamination === undefined) return forest;
  // numpy.percentile's default interpolation, on scores that are low for outliers.
  return { ...forest, offset: quantile(scoreRows(forest, matrix), contamination)! };
}

/** Neighbouring seeds must not give neighbouring streams: the golden ratio spreads them (Knuth, TAOCP 3, 6.4). */
function treeSeed(seed: number, tree: number): number {
  return Math.imul(seed | 0, 0x85eb_ca6b) ^ Math.imul(tree + 1, 0x9e37_79b1);
}

/** Grows trees of one matrix; its buffers are used again for each. */
class Grower {
  readonly #matrix: Matrix;
  readonly #samples: number;
  readonly #depth: number;
  /** Row numbers; the first `samples` are shuffled for each tree. */
  readonly #order: Int32Array;
  readonly #candidates: Int32Array;
  readonly #feature: number[] = [];
  readonly #threshold: number[] = [];
  readonly #left: number[] = [];
  readonly #right: number[] = [];
  readonly #counts: number[] = [];

  constructor(matrix: Matrix, samples: number) {
    this.#matrix = matrix;
    this.#samples = samples;
    this.#depth = Math.ceil(Math.log2(Math.max(samples, 2)));
    this.#order = Int32Array.from({ length: matrix.rows }, (_, row) => row);
    this.#candidates = Int32Array.from({ length: matrix.columns }, (_, column) => column);
  }

  grow(seed: number): IsolationTree {
    const random = xoroshiro128plus(seed);
    random.next();
    random.next();
    // Whatever the last tree left: a permutation, of which the first rows are drawn afresh.
    const order = this.#order;
    for (let index = 0; index < this.#samples; index += 1) {
      const other = index + below(random, order.length - index);
      const row = order[index]!;
      order[index] = order[other]!;
      order[other] = row;
    }
    for (const list of [this.#feature, this.#threshold, this.#left, this.#right, this.#counts])
      list.length = 0;
    this.#node(random, 0, this.#samples, 0);
    return {
      feature: Int32Array.from(this.#feature),
      threshold: Float64Array.from(this.#threshold),
      left: Int32Array.from(this.#left),
      right: Int32Array.from(this.#right),
      samples: Int32Array.from(this.#counts),
    };
  }

  /** Makes the node of the rows `order[from…to)` and all below it; its number. */
  #node(random: RandomGenerator, from: number, to: number, depth: number): number {
    const node = this.#feature.length;
    this.#feature.push(-1);
    this.#threshold.push(0);
    this.#left.push(-1);
    this.#right.push(-1);
    this.#counts.push(to - from);
    if (to - from < 2 || depth >= this.#depth) return node;
    const split = this.#split(random, from, to);
    if (split === undefined) return node;
    const middle = this.#partition(from, to, split.column, split.threshold);
    this.#feature[node] = split.column;
    this.#threshold[node] = split.threshold;
    this.#left[node] = this.#node(random, from, middle, depth + 1);
    this.#right[node] = this.#node(random, middle, to, depth + 1);
    return node;
  }

  /** A column that is not constant in these rows, all such equally likely, and where to cut it. */
  #split(
    random: RandomGenerator,
    from: number,
    to: number,
  ): { column: number; threshold: number } | undefined {
    const { values, columns } = this.#matrix;
    const candidates = this.#candidates;
    for (let left = candidates.length; left > 0; left -= 1) {
      const drawn = below(random, left);
      const column = candidates[drawn]!;
      candidates[drawn] = candidates[left - 1]!;
      candidates[left - 1] = column;
      let least = Infinity;
      let greatest = -Infinity;
      for (let index = from; index < to; index += 1) {
        const value = values[this.#order[index]! * columns + column]!;
        if (value < least) least = value;
        if (value > greatest) greatest = value;
      }
      if (greatest <= least + CONSTANT_WITHIN) continue;
      const threshold = least + ((random.next() >>> 0) / 0x1_0000_0000) * (greatest - least);
      // A cut at the greatest value would leave nothing on its right.
      return { column, threshold: threshold >= greatest ? least : threshold };
    }
    return undefined;
  }

  #partition(from: number, to: number, column: number, threshold: number): number {
    const { values, columns } = this.#matrix;
    const order = this.#order;
    let left = from;
    let right = to;
    while (left < right) {
      const row = order[left]!;
      if (values[row * columns + column]! <= threshold) left += 1;
      else {
        right -= 1;
        order[left] = order[right]!;
        order[right] = row;
      }
    }
    return left;
  }
}

/** Uniform in 0…n−1; the bias of the scaling is below n / 2³². */
function below(random: RandomGenerator, n: number): number {
  return Math.floor(((random.next() >>> 0) / 0x1_0000_0000) * n);
}
