import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask } from './ask.ts';

/** When scans are made, and what became of them. */
export function schedulesQuery(until: string) {
  return queryOptions({
    queryKey: ['schedules', until],
    queryFn: ({ signal }) => ask('schedules.list', 'GET', '/schedules', { query: { until } }, signal),
  });
}

/** What may be scanned, when and how hard. */
export const scopeQuery = queryOptions({
  queryKey: ['scope'],
  queryFn: ({ signal }) => ask('scope.show', 'GET', '/scope', {}, signal),
});

/** Our own scans, past and running, newest first. */
export function authorisedScansQuery(from: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['authorised-scans', from],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'authorised-scans.list',
        'GET',
        '/authorised-scans',
        {
          query: {
            limit: 200,
            ...(from === undefined ? {} : { from }),
            ...(pageParam === undefined ? {} : { cursor: pageParam }),
          },
        },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
}
