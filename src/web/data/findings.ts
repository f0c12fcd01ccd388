import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
  type QueryClient,
} from '@tanstack/react-query';
import type { FindingsQuery, Judged, JudgeBody } from '../../api/findings.ts';
import { ask } from './ask.ts';
import { listAfterJudging, type FindingPages } from './judged-list.ts';

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

/** Pages of a list that are read again whole after a verdict; of a longer one only its own rows change. */
const READ_AGAIN = 3;

type FindingsKey = readonly [string, FindingsQuery];

/** What was said of findings changes lists, counts, the baseline, and how things stand. */
async function refreshAfterJudging(
  client: QueryClient,
  { scope }: JudgeBody,
  { judged }: Judged,
): Promise<void> {
  const rows = new Map(judged.map(({ finding }) => [finding.id, finding]));
  // A verdict on a host or a network reaches findings that the answer does not name.
  const reachesFurther = scope !== undefined && scope.kind !== 'finding';
  const mended = new Set<string>();
  for (const query of client.getQueryCache().findAll({ queryKey: ['findings'] })) {
    const list = query.state.data as FindingPages | undefined;
    if (list === undefined || list.pages.length <= READ_AGAIN || reachesFurther) continue;
    // One that is taken back comes back into the list, where it was.
    const there = new Set(list.pages.flatMap(({ items }) => items.map(({ id }) => id)));
    if (judged.some(({ finding }) => !there.has(finding.id))) continue;
    const [, { state }] = query.queryKey as unknown as FindingsKey;
    const states = state === undefined || Array.isArray(state) ? state : [state];
    // A page that is on its way would bring the rows from before along.
    await client.cancelQueries({ queryKey: query.queryKey, exact: true });
    client.setQueryData(query.queryKey, listAfterJudging(list, states, rows));
    mended.add(query.queryHash);
  }
  await Promise.all([
    client.invalidateQueries({
      queryKey: ['findings'],
      predicate: ({ queryHash }) => !mended.has(queryHash),
    }),
    ...[['finding'], ['posture'], ['hosts'], ['host'], ['baseline'], ['episodes'], ['episode']].map(
      (queryKey) => client.invalidateQueries({ queryKey }),
    ),
  ]);
}

/** Says what is to be made of findings. */
export function useJudge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: JudgeBody) => ask('findings.judge', 'POST', '/findings/judgements', { body }),
    onSuccess: (answer, body) => refreshAfterJudging(client, body, answer),
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
