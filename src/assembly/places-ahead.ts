import type { Keyset } from '../sql/keyset.ts';

/** Rows that are read beyond those of a further page: who asked for a second page asks for a third. */
const AHEAD = 500;
/** Rows that are kept of all lists in whose middle somebody is: some 25 MB. */
const MOST = 32_000;

/** A row of a list in order. */
interface InOrder {
  readonly place: readonly string[];
}

/** Rows of a list that come one after the other. */
interface Stretch<R> {
  readonly rows: readonly R[];
  /** Cursors of what comes after each row → how many rows come before that. */
  readonly after: ReadonlyMap<string, number>;
  /** Whether the list ends with them. */
  readonly ends: boolean;
}

/**
 * Places of the next pages, kept while nothing is written: to find out which rows come next means to look at all of
 * them, and five hundred cost little more than fifty. Where others may write past this process, nothing is kept.
 */
export class PlacesAhead<R extends InOrder> {
  readonly #written: () => number | undefined;
  readonly #kept = new Map<string, Stretch<R>>();
  /** Rows of all of them. */
  #rows = 0;
  /** Writes that had ended when what is kept was read. */
  #as: number | undefined;

  /** @param written how many writes of the list's table have ended; undefined where that is not known. */
  constructor(written: () => number | undefined) {
    this.#written = written;
  }

  /**
   * The rows that come after a cursor, so many or as many as there are.
   * @param list what tells it from other lists and orders.
   * @param read reads the rows after the cursor, so many at most.
   */
  async after(
    list: string,
    {
      keyset,
      cursor,
      rows,
    }: { readonly keyset: Keyset; readonly cursor: string | undefined; readonly rows: number },
    read: (most: number) => Promise<readonly R[]>,
  ): Promise<readonly R[]> {
    const written = this.#written();
    if (written === undefined || cursor === undefined) return read(rows);
    if (written !== this.#as) {
      this.#kept.clear();
      this.#rows = 0;
    }
    this.#as = written;
    const known = this.#kept.get(list);
    const from = known?.after.get(cursor);
    if (known !== undefined && from !== undefined && (known.ends || known.rows.length - from >= rows)) {
      // Behind all others: those in front are forgotten first.
      this.#kept.delete(list);
      this.#kept.set(list, known);
      return known.rows.slice(from, from + rows);
    }
    const most = Math.max(rows, AHEAD);
    const found = await read(most);
    // Read before something was written, it may not be what a later page goes on with.
    if (this.#written() === written && this.#as === written) this.#keep(list, keyset, cursor, found, most);
    return found.slice(0, rows);
  }

  #keep(list: string, keyset: Keyset, cursor: string, rows: readonly R[], most: number): void {
    this.#forget(list);
    this.#rows += rows.length;
    this.#kept.set(list, {
      rows,
      after: new Map([
        [cursor, 0],
        ...rows.map(({ place }, index): [string, number] => [keyset.cursor(place), index + 1]),
      ]),
      ends: rows.length < most,
    });
    for (const oldest of this.#kept.keys()) {
      if (this.#rows <= MOST) break;
      this.#forget(oldest);
    }
  }

  #forget(list: string): void {
    this.#rows -= this.#kept.get(list)?.rows.length ?? 0;
    this.#kept.delete(list);
  }
}
