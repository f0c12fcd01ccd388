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

/**
 * A tree laid out for walking, filled up to one depth: node n has the children 2n + 1 and 2n + 2, so that no step has to ask
 * for them, and what stands below a leaf leads to its depth whatever the row holds. A fit goes no deeper than ⌈log₂ samples⌉,
 * so that this is no larger than the tree itself.
 */
interface Paths {
  readonly levels: number;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** By place on the last level. */
  readonly depth: Float64Array;
}

/** Levels of a tree of 16 million rows; one that is deeper was grown by no fit. */
const MOST_LEVELS = 24;

/**
 * Four rows walk down together: a step waits for three loads, and meanwhile the other rows take theirs. The comparison is
 * added as a number: as a jump it would be guessed wrong every other time.
 */
function addDepths(paths: Paths, matrix: Matrix, from: number, to: number, depths: Float64Array): void {
  const { values, columns } = matrix;
  const { feature, threshold, depth, levels } = paths;
  const inner = feature.length;
  let row = from;
  let at = from * columns;
  for (; row + 4 <= to; row += 4, at += 4 * columns) {
    const at1 = at + columns;
    const at2 = at1 + columns;
    const at3 = at2 + columns;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let level = 0; level < levels; level += 1) {
      a = (2 * a + 1 + Number(!(values[at + feature[a]!]! <= threshold[a]!))) | 0;
      b = (2 * b + 1 + Number(!(values[at1 + feature[b]!]! <= threshold[b]!))) | 0;
      c = (2 * c + 1 + Number(!(values[at2 + feature[c]!]! <= threshold[c]!))) | 0;
      d = (2 * d + 1 + Number(!(values[at3 + feature[d]!]! <= threshold[d]!))) | 0;
    }
    depths[row]! += depth[a - inner]!;
    depths[row + 1]! += depth[b - inner]!;
    depths[row + 2]! += depth[c - inner]!;
    depths[row + 3]! += depth[d - inner]!;
  }
  for (; row < to; row += 1, at += columns) {
    let node = 0;
    for (let level = 0; level < levels; level += 1)
      node = (2 * node + 1 + Number(!(values[at + feature[node]!]! <= threshold[node]!))) | 0;
    depths[row]! += depth[node - inner]!;
  }
}

const laidOut = new WeakMap<IsolationTree, Paths>();
function pathsOf(tree: IsolationTree): Paths {
  const known = laidOut.get(tree);
  if (known !== undefined) return known;
  const levels = levelsOf(tree);
  if (levels > MOST_LEVELS) throw new RangeError(`a tree has ${levels} levels, more than ${MOST_LEVELS}`);
  const inner = 2 ** levels - 1;
  const paths = {
    levels,
    feature: new Int32Array(inner),
    threshold: new Float64Array(inner).fill(Infinity),
    depth: new Float64Array(inner + 1),
  };
  const depths = depthsOfLeaves(tree);
  const place = (node: number, at: number): void => {
    if (at >= inner) {
      paths.depth[at - inner] = depths[node]!;
      return;
    }
    const left = tree.left[node]!;
    if (left >= 0) {
      paths.feature[at] = tree.feature[node]!;
      paths.threshold[at] = tree.threshold[node]!;
    }
    place(left < 0 ? node : left, 2 * at + 1);
    place(left < 0 ? node : tree.right[node]!, 2 * at + 2);
  };
  place(0, 0);
  laidOut.set(tree, paths);
  return paths;
}

/** Steps from the root to the deepest leaf. */
function levelsOf(tree: IsolationTree): number {
  let most = 0;
  const level = new Int32Array(tree.left.length);
  const open = [0];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const left = tree.left[node]!;
    if (left < 0) continue;
    const right = tree.right[node]!;
    level[left] = level[right] = level[node]! + 1;
    most = Math.max(most, level[left]);
    open.push(left, right);
  }
  return most;
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
