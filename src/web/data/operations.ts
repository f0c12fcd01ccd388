import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { AuditQuery } from '../../api/operations.ts';
import type { PostureQuery } from '../../api/posture.ts';
import { ask } from './ask.ts';
import { pagedOptions } from './paged.ts';

/** How the network stands, with its trend. */
export function postureQuery(query: PostureQuery) {
  return queryOptions({
    queryKey: ['posture', query],
    queryFn: ({ signal }) => ask('posture.show', 'GET', '/posture', { query }, signal),
  });
}

/** How each part of the program is doing. */
export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => ask('status.show', 'GET', '/status', {}, signal),
});

/** Who did what, newest first. */
export function auditQuery(query: Omit<AuditQuery, 'cursor' | 'limit'>) {
  return pagedOptions(['audit', query], 100, (page, signal) =>
    ask('audit.list', 'GET', '/audit', { query: { ...query, ...page } }, signal),
  );
}

/** Where findings are sent. */
export const sinksQuery = queryOptions({
  queryKey: ['sinks', 'list'],
  queryFn: ({ signal }) => ask('sinks.list', 'GET', '/sinks', {}, signal),
});

/** Messages that were given up. */
export const deadLettersQuery = pagedOptions(['sinks', 'dead'], 100, (page, signal) =>
  ask('sinks.dead', 'GET', '/sinks/dead', { query: { ...page } }, signal),
);

/** Sends a harmless finding to one sink. */
export function useTestSink() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => ask('sinks.test', 'POST', '/sinks/:name/test', { parameters: { name } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['sinks'] }),
  });
}

/** Makes a message that was given up due again. */
export function useRequeue() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (key: string) => ask('sinks.requeue', 'POST', '/sinks/dead/requeue', { body: { key } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['sinks'] }),
  });
}

/** The configuration in effect. */
export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => ask('settings.show', 'GET', '/settings', {}, signal),
});
