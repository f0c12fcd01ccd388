import type { CurrentFinding, FindingFilter, FindingPage, FindingPageAsk } from '../findings/current.ts';
import { findingCurrentTable } from '../findings/queries/current.ts';
import {
  facetsOf,
  facetsSelect,
  findingCross,
  withoutFacets,
  type CrossCount,
} from '../findings/queries/listed.ts';
import {
  findingKeyset,
  findingPlaces,
  findingsShown,
  findingsThatMayFit,
  isSelective,
  newestOf,
  type PlacedRow,
  type RowThatMayFit,
} from '../findings/queries/pages.ts';
import type { Keyset } from '../sql/keyset.ts';
import { all } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import { PlacesAhead } from './places-ahead.ts';
import { WhileUnwritten } from './while-unwritten.ts';

/** A part of the list in an order. */
interface PageOfList {
  readonly filter: FindingFilter;
  readonly keyset: Keyset;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** A finding and its place in the order. */
interface Placed {
  readonly place: readonly string[];
  readonly current: CurrentFinding;
}

/** A row that no other replaces, and what it shows. */
interface Holding<R extends PlacedRow> {
  readonly row: R;
  readonly current: () => CurrentFinding;
}

/** Rows as they were read, and those of them that hold. */
interface Looked<R extends PlacedRow> {
  readonly rows: readonly R[];
  readonly holding: readonly Holding<R>[];
}

/** Findings of one page. */
const PAGE = { usual: 50, most: 500 };
/** Findings that are read whole to make a page of some: as many as a page usually has, and a little more. */
const FEW = 64;
/** Times as many rows are asked for when too few of the last hold. */
const FURTHER = 4;
/** Looks at one page at most: a refresh is written in several pieces. */
const LOOKS = 5;
/** Counts that are kept until the list is written to. */
const KEPT = 64;

/** Pages of the list of findings as it is stored, and what facets count. */
export class FindingPages {
  readonly #store: Store;
  /** Counts that cost a look at every finding, by filter. */
  readonly #counts: WhileUnwritten<readonly CrossCount[]>;
  readonly #ahead: PlacesAhead<PlacedRow>;

  constructor(store: Store) {
    this.#store = store;
    const written = (): number | undefined => store.written([findingCurrentTable]);
    this.#counts = new WhileUnwritten(written, KEPT);
    this.#ahead = new PlacesAhead(written);
  }

  /** A part of the list. Throws a Fault `page/cursor`, `finding/filter` or `store/…`. */
  async page(ask: FindingPageAsk): Promise<FindingPage> {
    const { filter = {}, sort = 'rank', reverse = false, cursor } = ask;
    const limit = Math.min(PAGE.most, Math.max(1, Math.trunc(ask.limit ?? PAGE.usual)));
    const asked = { filter, keyset: findingKeyset(sort, reverse), cursor, limit };
    const few = await this.#fewThatMayFit(asked);
    if (few !== undefined) return this.#pageAmong(few, asked);
    const [found, counts] = await Promise.all([this.#inOrder(asked), this.counts(filter)]);
    return { ...pageOf(found, asked), ...facetsOf(filter, counts) };
  }

  /** How many findings agree in everything that facets count, without a filter's conditions on that. Throws a Fault `store/…`. */
  counts(filter: FindingFilter): Promise<readonly CrossCount[]> {
    const { query, params } = findingCross(filter);
    return this.#counts.of(JSON.stringify(withoutFacets(filter)), () => all(this.#store, query, params));
  }

  /** Of a filter that names hosts or words: what it may select, where that is little. */
  async #fewThatMayFit({ filter, keyset }: PageOfList): Promise<Looked<RowThatMayFit> | undefined> {
    if (!isSelective(filter)) return undefined;
    const { query, params } = findingsThatMayFit(filter, keyset, FEW + 1);
    const few = await this.#look(() => all(this.#store, query, params), FEW);
    return few.rows.length > FEW ? undefined : few;
  }

  #pageAmong({ holding }: Looked<RowThatMayFit>, asked: PageOfList): FindingPage {
    const { filter, keyset, cursor, limit } = asked;
    const fitting = holding
      .filter(
        ({ row: { counted, place } }) =>
          facetsSelect(filter, counted) && (cursor === undefined || keyset.isAfter(cursor, place)),
      )
      .toSorted((a, b) => keyset.compare(a.row.place, b.row.place));
    return {
      ...pageOf(fitting.slice(0, limit + 1).map(placed), asked),
      ...facetsOf(
        filter,
        holding.map(({ row: { counted } }) => counted),
      ),
    };
  }

  /**
   * Of some rows those that no other replaces, each finding once. Rows that a refresh replaces after they were read, and
   * before what they show is, would be left out like those that it replaced long ago: while others are left out than at the
   * last look, it looks again.
   * @param most more rows than these are given as they are, nobody looks whether they hold.
   */
  async #look<R extends PlacedRow>(read: () => Promise<readonly R[]>, most = Infinity): Promise<Looked<R>> {
    let before: string | undefined;
    for (let looks = 1; ; looks += 1) {
      const rows = await read();
      if (rows.length > most) return { rows, holding: [] };
      const ids = [...new Set(rows.map(({ id }) => id))];
      const newest = newestOf(ids.length === 0 ? [] : await all(this.#store, findingsShown, { ids }));
      // Two refreshes at once may write a row each under one version: it comes once.
      const holding = new Map<string, Holding<R>>();
      const replaced: string[] = [];
      for (const row of rows) {
        const key = `${row.half} ${row.id}`;
        const shown = newest.get(key);
        if (shown?.version !== row.version) replaced.push(`${key} ${row.version}`);
        else if (!holding.has(key)) holding.set(key, { row, current: shown.current });
      }
      const left = replaced.toSorted().join('\n');
      if (left === '' || left === before || looks === LOOKS) return { rows, holding: [...holding.values()] };
      before = left;
    }
  }

  /**
   * The findings of a page and one more, as far as there are any. Of the rows in order those are left out that were
   * replaced: their findings stand elsewhere in the order, or nowhere in what the filter selects.
   */
  async #inOrder({ filter, keyset, cursor, limit }: PageOfList): Promise<readonly Placed[]> {
    const list = JSON.stringify([filter, keyset.order]);
    for (let rows = limit + 1; ; rows *= FURTHER) {
      const { rows: places, holding } = await this.#look(() =>
        this.#ahead.after(list, { keyset, cursor, rows }, (most) => {
          const { query, params } = findingPlaces(filter, keyset, cursor, most);
          return all(this.#store, query, params);
        }),
      );
      if (holding.length > limit || places.length < rows) return holding.slice(0, limit + 1).map(placed);
    }
  }
}

function placed({ row: { place }, current }: Holding<PlacedRow>): Placed {
  return { place, current: current() };
}

/** The page of findings of which there is one more than it shows, if there are more. */
function pageOf(
  found: readonly Placed[],
  { keyset, limit }: PageOfList,
): Pick<FindingPage, 'items' | 'next'> {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(({ current }) => current),
    next: found.length > limit && last !== undefined ? keyset.cursor(last.place) : undefined,
  };
}
