import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { DiffQuery, ScanHostsQuery, ScansQuery } from '../../api/scans.ts';
import { ask } from './ask.ts';

/** Scans, newest first. */
export function scansQuery(query: Omit<ScansQuery, 'cursor' | 'limit'>) {
  return infiniteQueryOptions({
    queryKey: ['scans', query],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'scans.list',
        'GET',
        '/scans',
        { query: { ...query, limit: 100, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
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
  return infiniteQueryOptions({
    queryKey: ['scan', id, 'hosts', query],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'scans.hosts',
        'GET',
        '/scans/:id/hosts',
        {
          parameters: { id },
          query: { ...query, limit: 100, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
        },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
}

/** What differs between two scans, or a baseline and a scan, a page of hosts at a time. */
export function diffQuery(query: Omit<DiffQuery, 'cursor' | 'limit'>) {
  return infiniteQueryOptions({
    queryKey: ['diff', query],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'diff.show',
        'GET',
        '/diff',
        { query: { ...query, limit: 50, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
}
