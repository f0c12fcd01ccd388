/** One step from `a` to `b`: what of a (from i1 to i2) becomes what of b (from j1 to j2). */
export interface Opcode {
  readonly op: 'equal' | 'replace' | 'delete' | 'insert';
  readonly i1: number;
  readonly i2: number;
  readonly j1: number;
  readonly j2: number;
}

/**
 * Lines beyond which alignment is given up: the algorithm takes the square of the lines in the worst
 * case, and script output is written by the scanned host.
 */
const MAX_LINES = 2_000;

/** From this length on, elements that make up more than 1 % of b are not used as anchors (Python's autojunk). */
const POPULAR_FROM = 200;

/**
 * Aligns two lists as Python's difflib.SequenceMatcher.get_opcodes does, because ndiff prints what that
 * says: the longest common run, earliest in a, then in b (Ratcliff and Obershelp, "Pattern
 * Matching: The Gestalt Approach", 1988), and the same on both sides of it.
 */
export function opcodes(a: readonly string[], b: readonly string[]): Opcode[] {
  if (a.length > MAX_LINES || b.length > MAX_LINES) {
    return step('replace', 0, a.length, 0, b.length);
  }
  const positions = anchors(b);
  const matches: [number, number, number][] = [];
  const queue: [number, number, number, number][] = [[0, a.length, 0, b.length]];
  for (let range = queue.pop(); range !== undefined; range = queue.pop()) {
    const [alo, ahi, blo, bhi] = range;
    const [i, j, size] = longestMatch(a, b, positions, alo, ahi, blo, bhi);
    if (size === 0) continue;
    matches.push([i, j, size]);
    if (alo < i && blo < j) queue.push([alo, i, blo, j]);
    if (i + size < ahi && j + size < bhi) queue.push([i + size, ahi, j + size, bhi]);
  }
  matches.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
  const result: Opcode[] = [];
  let i = 0;
  let j = 0;
  let equal: { i1: number; j1: number } | undefined;
  const flush = (): void => {
    if (equal !== undefined) result.push(...step('equal', equal.i1, i, equal.j1, j));
    equal = undefined;
  };
  for (const [mi, mj, size] of [...matches, [a.length, b.length, 0] as const]) {
    if (i < mi || j < mj) {
      flush();
      result.push(...step(i < mi && j < mj ? 'replace' : i < mi ? 'delete' : 'insert', i, mi, j, mj));
    }
    // Runs that touch are one.
    if (size > 0) equal ??= { i1: mi, j1: mj };
    i = mi + size;
    j = mj + size;
  }
  flush();
  return result;
}

function step(op: Opcode['op'], i1: number, i2: number, j1: number, j2: number): Opcode[] {
  return i1 === i2 && j1 === j2 ? [] : [{ op, i1, i2, j1, j2 }];
}

function anchors(b: readonly string[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  for (const [index, value] of b.entries()) {
    const known = positions.get(value);
    if (known === undefined) positions.set(value, [index]);
    else known.push(index);
  }
  if (b.length >= POPULAR_FROM) {
    const most = Math.floor(b.length / 100) + 1;
    for (const [value, at] of positions) if (at.length > most) positions.delete(value);
  }
  return positions;
}

function longestMatch(
  a: readonly string[],
  b: readonly string[],
  positions: ReadonlyMap<string, readonly number[]>,
  alo: number,
  ahi: number,
  blo: number,
  bhi: number,
): [i: number, j: number, size: number] {
  let bestI = alo;
  let bestJ = blo;
  let bestSize = 0;
  let lengths = new Map<number, number>();
  for (let i = alo; i < ahi; i += 1) {
    const next = new Map<number, number>();
    for (const j of positions.get(a[i]!) ?? []) {
      if (j < blo) continue;
      if (j >= bhi) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > bestSize) {
        bestI = i - size + 1;
        bestJ = j - size + 1;
        bestSize = size;
      }
    }
    lengths = next;
  }
  // Popular elements are no anchors, but they extend a match.
  while (bestI > alo && bestJ > blo && a[bestI - 1] === b[bestJ - 1]) {
    bestI -= 1;
    bestJ -= 1;
    bestSize += 1;
  }
  while (bestI + bestSize < ahi && bestJ + bestSize < bhi && a[bestI + bestSize] === b[bestJ + bestSize]) {
    bestSize += 1;
  }
  return [bestI, bestJ, bestSize];
}
