/**
 * Rows of numbers, one after the other, as isolation forests read them: 32-bit, as scikit-learn does
 * (`sklearn.tree._tree.DTYPE`), so that a value lies on the same side of a threshold in both.
 */
export interface Matrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** A matrix of rows of equal length. Throws a RangeError for ragged rows and for values that are not finite. */
export function matrixOf(rows: readonly ArrayLike<number>[], columns = rows[0]?.length ?? 0): Matrix {
  const values = new Float32Array(rows.length * columns);
  for (const [index, row] of rows.entries()) {
    if (row.length !== columns) {
      throw new RangeError(`row ${index} has ${row.length} values where ${columns} were expected`);
    }
    for (let column = 0; column < columns; column += 1) {
      const value = Math.fround(row[column]!);
      if (!Number.isFinite(value)) {
        throw new RangeError(
          `row ${index}, column ${column} is ${String(row[column])}, not a finite 32-bit number`,
        );
      }
      values[index * columns + column] = value;
    }
  }
  return { values, rows: rows.length, columns };
}
