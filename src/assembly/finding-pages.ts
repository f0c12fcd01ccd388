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

/** Findings of one page. */
const PAGE = { usual: 50, most: 500 };
/** Findings that are read whole to make a page of some: as many as a page usually has, and a little more. */
const FEW = 64;
/** Times as many rows are asked for when too few of the last hold. */
const FURTHER = 4;
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
  async #fewThatMayFit({ filter, keyset }: PageOfList): Promise<readonly RowThatMayFit[] | undefined> {
    if (!isSelective(filter)) return undefined;
    const { query, params } = findingsThatMayFit(filter, keyset, FEW + 1);
    const rows = await all(this.#store, query, params);
    return rows.length > FEW ? undefined : rows;
  }

  async #pageAmong(few: readonly RowThatMayFit[], asked: PageOfList): Promise<FindingPage> {
    const { filter, keyset, cursor, limit } = asked;
    const holding = await this.#holding(few);
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

  /** Of some rows those that no other replaces, each finding once. */
  async #holding<R extends PlacedRow>(rows: readonly R[]): Promise<readonly Holding<R>[]> {
    const ids = [...new Set(rows.map(({ id }) => id))];
    const newest = newestOf(ids.length === 0 ? [] : await all(this.#store, findingsShown, { ids }));
    // Two refreshes at once may write a row each under one version: it comes once.
    const holding = new Map<string, Holding<R>>();
    for (const row of rows) {
      const key = `${row.half} ${row.id}`;
      const shown = newest.get(key);
      if (shown?.version === row.version && !holding.has(key))
        holding.set(key, { row, current: shown.current });
    }
    return [...holding.values()];
  }

  /**
   * The findings of a page and one more, as far as there are any. Of the rows in order those are left out that were
   * replaced: their findings stand elsewhere in the order, or nowhere in what the filter selects.
   */
  async #inOrder({ filter, keyset, cursor, limit }: PageOfList): Promise<readonly Placed[]> {
    const list = JSON.stringify([filter, keyset.order]);
    for (let rows = limit + 1; ; rows *= FURTHER) {
      const places = await this.#ahead.after(list, { keyset, cursor, rows }, (most) => {
        const { query, params } = findingPlaces(filter, keyset, cursor, most);
        return all(this.#store, query, params);
      });
      const holding = await this.#holding(places);
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
