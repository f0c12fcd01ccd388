import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { ApproveBody, BaselineDiffQuery, LearnBody, VersionBody } from '../../api/baseline.ts';
import { ask } from './ask.ts';
import { pagedOptions } from './paged.ts';

/** Versions of what is expected, and which is in force. */
export const baselineQuery = queryOptions({
  queryKey: ['baseline', 'versions'],
  queryFn: ({ signal }) => ask('baseline.list', 'GET', '/baseline', {}, signal),
});

/** In what a scan departs from a version. */
export function baselineDiffQuery(version: string, query: Omit<BaselineDiffQuery, 'cursor' | 'limit'>) {
  return pagedOptions(['baseline', 'diff', version, query], 50, (page, signal) =>
    ask(
      'baseline.diff',
      'GET',
      '/baseline/:version/diff',
      {
        parameters: { version },
        query: { ...query, ...page },
      },
      signal,
    ),
  );
}

function useBaselineMutation<B, A>(act: (body: B) => Promise<A>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () =>
      Promise.all(
        [['baseline'], ['posture'], ['diff']].map((queryKey) => client.invalidateQueries({ queryKey })),
      ),
  });
}

/** Makes a version in which hosts and ports are expected as a scan saw them. */
export function useApprove() {
  return useBaselineMutation((body: ApproveBody) =>
    ask('baseline.approve', 'POST', '/baseline/approve', { body }),
  );
}

/** Learns a version from scans. */
export function useLearn() {
  return useBaselineMutation((body: LearnBody) => ask('baseline.learn', 'POST', '/baseline/learn', { body }));
}

/** Puts a version in force. */
export function usePin() {
  return useBaselineMutation((body: VersionBody) => ask('baseline.pin', 'POST', '/baseline/pin', { body }));
}

/** Makes a version with the content of an old one, and puts it in force. */
export function useRollBack() {
  return useBaselineMutation((body: VersionBody) =>
    ask('baseline.rollback', 'POST', '/baseline/rollback', { body }),
  );
}
