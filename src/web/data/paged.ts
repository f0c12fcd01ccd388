import { infiniteQueryOptions, type QueryKey } from '@tanstack/react-query';

/** What a request for one page says besides its filters. */
interface PageAsk {
  readonly limit: number;
  readonly cursor?: string;
}

/** Options of a list that is read a page at a time, `limit` items each. */
export function pagedOptions<K extends QueryKey, P extends { readonly next?: string | undefined }>(
  queryKey: K,
  limit: number,
  read: (page: PageAsk, signal: AbortSignal) => Promise<P>,
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ signal, pageParam }) =>
      read({ limit, ...(pageParam === undefined ? {} : { cursor: pageParam }) }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: P) => page.next,
  });
}
