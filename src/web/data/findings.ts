import {
  queryOptions,
  useMutation,
  useQueryClient,
  type Query,
  type QueryClient,
} from '@tanstack/react-query';
import type { FindingRow, FindingsQuery, Judged, JudgeBody } from '../../api/findings.ts';
import { ask } from './ask.ts';
import { pagedOptions } from './paged.ts';
import { listAfterJudging, type FindingPages, type LeftRow } from './judged-list.ts';

/** Findings of a page of the API at a time. */
const PAGE = 100;

/** The list of findings, by filters. */
export function findingsQuery(query: Omit<FindingsQuery, 'cursor' | 'limit'>) {
  return pagedOptions(['findings', query], PAGE, (page, signal) =>
    ask('findings.list', 'GET', '/findings', { query: { ...query, ...page } }, signal),
  );
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
  return pagedOptions(['finding', id, 'evidence'], 50, (page, signal) =>
    ask(
      'findings.evidence',
      'GET',
      '/findings/:id/evidence',
      {
        parameters: { id },
        query: { ...page },
      },
      signal,
    ),
  );
}

/** Pages of a list that are read again whole after a verdict; of a longer one only the rows that it reached change. */
const READ_AGAIN = 3;

type FindingsKey = readonly [string, FindingsQuery];

/** Rows that verdicts took out of the lists that are kept, so that they come back where they were. */
const leftRows = new WeakMap<Query, ReadonlyMap<string, LeftRow>>();

/** More findings than this that a wide verdict may have reached are not looked for one by one. */
const MOST_REACHED = 500;

/**
 * The rows that a verdict reached, as they stand now. A verdict on a host, a role or a network reaches findings that the
 * answer does not name, all of the same rules: they are asked for once, and are those that changed with it. Undefined
 * when they are too many.
 */
async function reachedRows(
  { scope }: JudgeBody,
  { judged }: Judged,
): Promise<ReadonlyMap<string, FindingRow> | undefined> {
  const named = judged.map(({ finding }) => finding);
  if (scope === undefined || scope.kind === 'finding') return rowsById(named);
  const since = Math.min(...judged.map(({ judgement }) => Date.parse(judgement.at)));
  const [host] = named.length === 1 && named[0]?.hostCount === 1 ? named[0].hosts : [];
  const { items, next } = await ask('findings.list', 'GET', '/findings', {
    query: {
      rule: [...new Set(named.map(({ rule }) => rule))],
      unreviewed: 'true',
      ...(host !== undefined && (scope.kind === 'host' || scope.kind === 'port') ? { host } : {}),
      sort: 'changed',
      limit: MOST_REACHED,
    },
  });
  const reached = items.filter((row) => Date.parse(row.since) >= since);
  // What changed last comes first: where the page ends with one that did not change, it holds all that did.
  if (next !== undefined && reached.length === items.length) return undefined;
  return rowsById([...reached, ...named]);
}

function rowsById(rows: readonly FindingRow[]): ReadonlyMap<string, FindingRow> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** What was said of findings changes lists, counts, the baseline, and how things stand. */
async function refreshAfterJudging(client: QueryClient, body: JudgeBody, answer: Judged): Promise<void> {
  const long = client
    .getQueryCache()
    .findAll({ queryKey: ['findings'] })
    .filter(({ state }) => ((state.data as FindingPages | undefined)?.pages.length ?? 0) > READ_AGAIN);
  const mended = new Set<string>();
  const reached = long.length === 0 ? undefined : await reachedRows(body, answer).catch(() => undefined);
  for (const query of reached === undefined ? [] : long) {
    const [, { state }] = query.queryKey as unknown as FindingsKey;
    const states = state === undefined || Array.isArray(state) ? state : [state];
    // A page that is on its way would bring the rows from before along.
    await client.cancelQueries({ queryKey: query.queryKey, exact: true });
    const after = listAfterJudging(
      query.state.data as FindingPages,
      states,
      reached!,
      leftRows.get(query) ?? new Map(),
    );
    if (after === undefined) continue;
    leftRows.set(query, after.left);
    client.setQueryData(query.queryKey, after.list);
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
