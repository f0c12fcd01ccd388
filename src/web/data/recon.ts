import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { ApproveRoleBody, EpisodesQuery, RejectRoleBody } from '../../api/recon.ts';
import { ask } from './ask.ts';

type Filter = Omit<EpisodesQuery, 'cursor' | 'limit'>;

/** Who scanned, newest first. */
export function episodesQuery(query: Filter) {
  return infiniteQueryOptions({
    queryKey: ['episodes', query],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'episodes.list',
        'GET',
        '/episodes',
        { query: { ...query, limit: 100, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
}

/** Episodes of several sources that belong together. */
export function campaignsQuery(query: Filter) {
  return infiniteQueryOptions({
    queryKey: ['episodes', 'campaigns', query],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'campaigns.list',
        'GET',
        '/campaigns',
        { query: { ...query, limit: 100, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
}

/** One episode. */
export function episodeQuery(id: string) {
  return queryOptions({
    queryKey: ['episode', id],
    queryFn: ({ signal }) => ask('episodes.show', 'GET', '/episodes/:id', { parameters: { id } }, signal),
  });
}

/** The records behind an episode, oldest first. */
export function episodeEvidenceQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ['episode', id, 'evidence'],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'episodes.evidence',
        'GET',
        '/episodes/:id/evidence',
        {
          parameters: { id },
          query: { limit: 50, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
        },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
}

/** Where telemetry comes from, and what cannot be seen. */
export const sensorsQuery = queryOptions({
  queryKey: ['sensors'],
  queryFn: ({ signal }) => ask('sensors.list', 'GET', '/sensors', {}, signal),
});

/** What machines are. */
export const rolesQuery = infiniteQueryOptions({
  queryKey: ['roles'],
  queryFn: ({ signal, pageParam }) =>
    ask(
      'roles.list',
      'GET',
      '/roles',
      { query: { limit: 100, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
      signal,
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next,
});

/** Puts a role in force. */
export function useApproveRole() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ApproveRoleBody) => ask('roles.approve', 'POST', '/roles/approve', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['roles'] }),
  });
}

/** Takes a role back, or refuses a learned one. */
export function useRejectRole() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: RejectRoleBody) => ask('roles.reject', 'POST', '/roles/reject', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['roles'] }),
  });
}
