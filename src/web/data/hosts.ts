import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { HostsQuery } from '../../api/hosts.ts';
import { ask } from './ask.ts';

/** The list of hosts, by filters. */
export function hostsQuery(query: Omit<HostsQuery, 'cursor' | 'limit'>) {
  return infiniteQueryOptions({
    queryKey: ['hosts', query],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'hosts.list',
        'GET',
        '/hosts',
        { query: { ...query, limit: 200, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
}

/** One host: now, over time, its findings, and who scanned it. */
export function hostQuery(address: string) {
  return queryOptions({
    queryKey: ['host', address],
    queryFn: ({ signal }) => ask('hosts.show', 'GET', '/hosts/:address', { parameters: { address } }, signal),
  });
}

/** What the anomaly model says of a host. */
export function hostAnomalyQuery(address: string) {
  return queryOptions({
    queryKey: ['host', address, 'anomaly'],
    queryFn: ({ signal }) =>
      ask('hosts.anomaly', 'GET', '/hosts/:address/anomaly', { parameters: { address } }, signal),
  });
}
