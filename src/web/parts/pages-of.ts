import type { UseInfiniteQueryResult } from '@tanstack/react-query';

/** What a list of pages comes to: the rows that are here, how many there are, and how to get more. */
export interface Rows<R> {
  readonly rows: readonly R[];
  readonly total: number | undefined;
  readonly more: (() => void) | undefined;
}

interface PageLike<R> {
  readonly items: readonly R[];
  readonly next?: string | undefined;
  readonly total?: number | undefined;
}

const NO_ROWS: readonly never[] = [];

/** Rows of pages that were put together before: a list is drawn more often than it grows. */
const together = new WeakMap<readonly PageLike<unknown>[], readonly unknown[]>();

function rowsOfPages<R>(pages: readonly PageLike<R>[]): readonly R[] {
  const known = together.get(pages) as readonly R[] | undefined;
  if (known !== undefined) return known;
  const rows = pages.flatMap(({ items }) => items);
  together.set(pages, rows);
  return rows;
}

/** See Rows. The rows are the same array for as long as the pages are the same. */
export function rowsOf<R>(
  query: Pick<
    UseInfiniteQueryResult<{ readonly pages: readonly PageLike<R>[] }>,
    'data' | 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'
  >,
): Rows<R> {
  return {
    rows: query.data === undefined ? NO_ROWS : rowsOfPages(query.data.pages),
    total: query.data?.pages[0]?.total,
    more: query.hasNextPage
      ? () => {
          if (!query.isFetchingNextPage) void query.fetchNextPage();
        }
      : undefined,
  };
}
