import { queryOptions } from '@tanstack/react-query';
import { ask } from './ask.ts';
import { pagedOptions } from './paged.ts';

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
  return pagedOptions(['authorised-scans', from], 200, (page, signal) =>
    ask(
      'authorised-scans.list',
      'GET',
      '/authorised-scans',
      {
        query: {
          ...(from === undefined ? {} : { from }),
          ...page,
        },
      },
      signal,
    ),
  );
}
