import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { ApproveRoleBody, EpisodesQuery, RejectRoleBody } from '../../api/recon.ts';
import { ask } from './ask.ts';
import { pagedOptions } from './paged.ts';

type Filter = Omit<EpisodesQuery, 'cursor' | 'limit'>;

/** Who scanned, newest first. */
export function episodesQuery(query: Filter) {
  return pagedOptions(['episodes', query], 100, (page, signal) =>
    ask('episodes.list', 'GET', '/episodes', { query: { ...query, ...page } }, signal),
  );
}

/** Episodes of several sources that belong together. */
export function campaignsQuery(query: Filter) {
  return pagedOptions(['episodes', 'campaigns', query], 100, (page, signal) =>
    ask('campaigns.list', 'GET', '/campaigns', { query: { ...query, ...page } }, signal),
  );
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
  return pagedOptions(['episode', id, 'evidence'], 50, (page, signal) =>
    ask(
      'episodes.evidence',
      'GET',
      '/episodes/:id/evidence',
      {
        parameters: { id },
        query: { ...page },
      },
      signal,
    ),
  );
}

/** Where telemetry comes from, and what cannot be seen. */
export const sensorsQuery = queryOptions({
  queryKey: ['sensors'],
  queryFn: ({ signal }) => ask('sensors.list', 'GET', '/sensors', {}, signal),
});

/** What machines are. */
export const rolesQuery = pagedOptions(['roles'], 100, (page, signal) =>
  ask('roles.list', 'GET', '/roles', { query: { ...page } }, signal),
);

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
