import { queryOptions } from '@tanstack/react-query';
import type { HostsQuery } from '../../api/hosts.ts';
import { ask } from './ask.ts';
import { pagedOptions } from './paged.ts';

/** The list of hosts, by filters. */
export function hostsQuery(query: Omit<HostsQuery, 'cursor' | 'limit'>) {
  return pagedOptions(['hosts', query], 200, (page, signal) =>
    ask('hosts.list', 'GET', '/hosts', { query: { ...query, ...page } }, signal),
  );
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
