import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
  type QueryClient,
} from '@tanstack/react-query';
import type { FindingsQuery, JudgeBody } from '../../api/findings.ts';
import { ask } from './ask.ts';

/** Findings of a page of the API at a time. */
const PAGE = 100;

/** The list of findings, by filters. */
export function findingsQuery(query: Omit<FindingsQuery, 'cursor' | 'limit'>) {
  return infiniteQueryOptions({
    queryKey: ['findings', query],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'findings.list',
        'GET',
        '/findings',
        { query: { ...query, limit: PAGE, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
}

/** Everything about one finding; asked again every few seconds while it is being verified. */
export function findingQuery(id: string) {
  return queryOptions({
    queryKey: ['finding', id],
    queryFn: ({ signal }) => ask('findings.show', 'GET', '/findings/:id', { parameters: { id } }, signal),
    refetchInterval: ({ state }) => (state.data?.verifying === true ? 3_000 : false),
  });
}

/** What a finding rests on, a page at a time. */
export function evidenceQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ['finding', id, 'evidence'],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'findings.evidence',
        'GET',
        '/findings/:id/evidence',
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

/** What was said of findings changes lists, counts, the baseline, and how things stand. */
async function refreshAfterJudging(client: QueryClient): Promise<void> {
  await Promise.all(
    [
      ['findings'],
      ['finding'],
      ['posture'],
      ['hosts'],
      ['host'],
      ['baseline'],
      ['episodes'],
      ['episode'],
    ].map((queryKey) => client.invalidateQueries({ queryKey })),
  );
}

/** Says what is to be made of findings. */
export function useJudge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: JudgeBody) => ask('findings.judge', 'POST', '/findings/judgements', { body }),
    onSuccess: () => refreshAfterJudging(client),
  });
}

/** Looks again at the ports of a finding. */
export function useVerify(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (note: string) =>
      ask('findings.verify', 'POST', '/findings/:id/verify', { parameters: { id }, body: { note } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['finding', id] }),
  });
}
