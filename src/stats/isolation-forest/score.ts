import { averagePathLength, type IsolationForest, type IsolationTree } from './forest.ts';
import type { Matrix } from './matrix.ts';

/**
 * Scores of all rows, −1 (outlier) to 0: −2^(−mean depth / c(samples)), as scikit-learn's `score_samples`.
 * Throws a RangeError when the matrix has other columns than the forest.
 */
export function scoreRows(forest: IsolationForest, matrix: Matrix): Float64Array {
  checkColumns(forest, matrix);
  const depths = new Float64Array(matrix.rows);
  const paths = forest.trees.map(pathsOf);
  // A block of rows stays in the cache while all trees pass over it; depths add up in scikit-learn's order.
  for (let from = 0; from < matrix.rows; from += BLOCK) {
    const to = Math.min(from + BLOCK, matrix.rows);
    for (const path of paths) addDepths(path, matrix, from, to, depths);
  }
  const unit = forest.trees.length * averagePathLength(forest.samples);
  return depths.map((depth) => -(unit === 0 ? 1 : 2 ** (-depth / unit)));
}

/** Rows that are scored together. */
const BLOCK = 1_024;

/** A tree laid out for walking: a child's number and its sibling's differ by one, and a leaf leads back to itself. */
interface Paths {
  readonly steps: number;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly child: Int32Array;
  readonly depth: Float64Array;
}

function addDepths(paths: Paths, matrix: Matrix, from: number, to: number, depths: Float64Array): void {
  const { values, columns } = matrix;
  const { feature, threshold, child, depth, steps } = paths;
  for (let row = from, start = from * columns; row < to; row += 1, start += columns) {
    let node = 0;
    // As many steps for every row: walking on in a leaf costs less than asking whether it is one.
    for (let step = 0; step < steps; step += 1) {
      const next = child[node]!;
      node = values[start + feature[node]!]! <= threshold[node]! ? next : next + 1;
    }
    depths[row]! += depth[node]!;
  }
}

const laidOut = new WeakMap<IsolationTree, Paths>();
function pathsOf(tree: IsolationTree): Paths {
  const known = laidOut.get(tree);
  if (known !== undefined) return known;
  const size = tree.left.length;
  const paths = {
    steps: 0,
    feature: new Int32Array(size),
    threshold: new Float64Array(size),
    child: new Int32Array(size),
    depth: new Float64Array(size),
  };
  const depths = depthsOfLeaves(tree);
  let used = 1;
  const place = (from: number, to: number, level: number): void => {
    const left = tree.left[from]!;
    if (left < 0) {
      paths.threshold[to] = Infinity;
      paths.child[to] = to;
      paths.depth[to] = depths[from]!;
      return;
    }
    const child = used;
    used += 2;
    paths.feature[to] = tree.feature[from]!;
    paths.threshold[to] = tree.threshold[from]!;
    paths.child[to] = child;
    paths.steps = Math.max(paths.steps, level + 1);
    place(left, child, level + 1);
    place(tree.right[from]!, child + 1, level + 1);
  };
  place(0, 0, 0);
  laidOut.set(tree, paths);
  return paths;
}

/** `score − offset`: below 0 is an outlier, as scikit-learn's `decision_function`. */
export function decide(forest: IsolationForest, matrix: Matrix): Float64Array {
  return scoreRows(forest, matrix).map((score) => score - forest.offset);
}

/** Why a row scores as it does. */
export interface Contributions {
  /**
   * What each column adds to log₂ of the anomaly score (the score without its sign); positive makes the row stand out. With
   * `base` they sum to it.
   */
  readonly columns: Float64Array;
  /** log₂ of the anomaly score of a row that is in no way special: −E[depth] / c(samples). */
  readonly base: number;
}

/**
 * Splits the score of one row among the columns, exactly: at each node of the row's path, the column that it
 * splits on is given by how much the split shortened the expected depth (Saabas, "Interpreting random forests",
 * 2014; for the mean depth instead of a prediction). log₂ score = base + Σ columns.
 */
export function contributions(forest: IsolationForest, row: Float32Array): Contributions {
  checkColumns(forest, { columns: row.length });
  const columns = new Float64Array(forest.columns);
  const unit = forest.trees.length * averagePathLength(forest.samples);
  let base = 0;
  if (unit === 0) return { columns, base };
  for (const tree of forest.trees) {
    const expected = expectedDepths(tree);
    base -= expected[0]! / unit;
    let node = 0;
    while (tree.left[node]! >= 0) {
      const column = tree.feature[node]!;
      const next = row[column]! <= tree.threshold[node]! ? tree.left[node]! : tree.right[node]!;
      columns[column]! += (expected[node]! - expected[next]!) / unit;
      node = next;
    }
  }
  return { columns, base };
}

/** Depth at which a row ends in each leaf: its depth, and what the rows that it was not parted from would have added. */
const leafDepths = new WeakMap<IsolationTree, Float64Array>();
function depthsOfLeaves(tree: IsolationTree): Float64Array {
  const known = leafDepths.get(tree);
  if (known !== undefined) return known;
  const depths = new Float64Array(tree.left.length);
  const visit = (node: number, depth: number): void => {
    if (tree.left[node]! < 0) {
      // scikit-learn counts nodes and takes one away; the order of the operations is kept for the last bit.
      depths[node] = depth + 1 + averagePathLength(tree.samples[node]!) - 1;
      return;
    }
    visit(tree.left[node]!, depth + 1);
    visit(tree.right[node]!, depth + 1);
  };
  visit(0, 0);
  leafDepths.set(tree, depths);
  return depths;
}

/** Mean depth at which the training rows of each node end. */
const nodeDepths = new WeakMap<IsolationTree, Float64Array>();
function expectedDepths(tree: IsolationTree): Float64Array {
  const known = nodeDepths.get(tree);
  if (known !== undefined) return known;
  const expected = Float64Array.from(depthsOfLeaves(tree));
  const visit = (node: number): number => {
    const left = tree.left[node]!;
    if (left < 0) return expected[node]!;
    const right = tree.right[node]!;
    const total = tree.samples[left]! * visit(left) + tree.samples[right]! * visit(right);
    return (expected[node] = total / tree.samples[node]!);
  };
  visit(0);
  nodeDepths.set(tree, expected);
  return expected;
}

function checkColumns(forest: IsolationForest, of: Pick<Matrix, 'columns'>): void {
  if (of.columns !== forest.columns) {
    throw new RangeError(`the forest was fitted to ${forest.columns} columns, not ${of.columns}`);
  }
}
