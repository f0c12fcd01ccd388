import { queryOptions } from '@tanstack/react-query';
import type { DiffQuery, ScanHostsQuery, ScansQuery } from '../../api/scans.ts';
import { ask } from './ask.ts';
import { pagedOptions } from './paged.ts';

/** Scans, newest first. */
export function scansQuery(query: Omit<ScansQuery, 'cursor' | 'limit'>) {
  return pagedOptions(['scans', query], 100, (page, signal) =>
    ask('scans.list', 'GET', '/scans', { query: { ...query, ...page } }, signal),
  );
}

/** One scan: what it asked, what it covered, how it was assessed. */
export function scanQuery(id: string) {
  return queryOptions({
    queryKey: ['scan', id],
    queryFn: ({ signal }) => ask('scans.show', 'GET', '/scans/:id', { parameters: { id } }, signal),
  });
}

/** The hosts of a scan. */
export function scanHostsQuery(id: string, query: Omit<ScanHostsQuery, 'cursor' | 'limit'>) {
  return pagedOptions(['scan', id, 'hosts', query], 100, (page, signal) =>
    ask(
      'scans.hosts',
      'GET',
      '/scans/:id/hosts',
      {
        parameters: { id },
        query: { ...query, ...page },
      },
      signal,
    ),
  );
}

/** What differs between two scans, or a baseline and a scan, a page of hosts at a time. */
export function diffQuery(query: Omit<DiffQuery, 'cursor' | 'limit'>) {
  return pagedOptions(['diff', query], 50, (page, signal) =>
    ask('diff.show', 'GET', '/diff', { query: { ...query, ...page } }, signal),
  );
}
