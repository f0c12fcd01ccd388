/** One isolation tree; node 0 is the root, a leaf has −1 for its children. */
export interface IsolationTree {
  /** Column that the node splits on; meaningless at a leaf. */
  readonly feature: Int32Array;
  /** A value goes left when it is at most this. */
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Training rows that reached the node. */
  readonly samples: Int32Array;
}

/** A fitted forest. */
export interface IsolationForest {
  readonly columns: number;
  /** Rows that each tree was grown from. */
  readonly samples: number;
  readonly trees: readonly IsolationTree[];
  /** Score from which on a row is an outlier: `decide` is `score − offset`. −0.5 unless fitted to a contamination. */
  readonly offset: number;
}

/** `numpy.euler_gamma`: the Euler–Mascheroni constant as a double. */
const EULER_GAMMA = 0.577_215_664_901_532_9;

/**
 * Mean path length of an unsuccessful search in a binary search tree of `n` values, by which depths are made
 * comparable: c(n) = 2(ln(n−1) + γ) − 2(n−1)/n, c(2) = 1, c(1) = 0 (Liu, Ting and Zhou, "Isolation forest", ICDM
 * 2008, equation 1; scikit-learn 1.2.1, `_average_path_length`).
 */
export function averagePathLength(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (Math.log(n - 1) + EULER_GAMMA) - (2 * (n - 1)) / n;
}
