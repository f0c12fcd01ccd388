import type { InfiniteData, QueryClient, QueryKey } from '@tanstack/react-query';

/**
 * Reads lists again from their beginning. What lies behind the first page is forgotten before: a list that was scrolled
 * through far would otherwise be asked for page by page, all of it, though nobody looks there any more.
 */
export function readFromTop(client: QueryClient, queryKey: QueryKey): Promise<void> {
  client.setQueriesData<InfiniteData<unknown>>(
    { queryKey },
    (data) => data && { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
  );
  return client.invalidateQueries({ queryKey });
}
