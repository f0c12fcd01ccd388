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

/** See Rows. */
export function rowsOf<R>(
  query: Pick<
    UseInfiniteQueryResult<{ readonly pages: readonly PageLike<R>[] }>,
    'data' | 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'
  >,
): Rows<R> {
  return {
    rows: query.data?.pages.flatMap(({ items }) => items) ?? [],
    total: query.data?.pages[0]?.total,
    more: query.hasNextPage
      ? () => {
          if (!query.isFetchingNextPage) void query.fetchNextPage();
        }
      : undefined,
  };
}
