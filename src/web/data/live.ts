import { useQueryClient, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import type { API_BASE } from '../../api/routes.ts';
import type { ChangeEvent } from '../../api/events.ts';

/** How the line to the server stands. */
export type LineState = 'connecting' | 'live' | 'lost';
/** What the server says has changed. */
export type ChangeKind = ChangeEvent['kind'];

const KINDS: readonly ChangeKind[] = ['finding', 'episode', 'scan', 'baseline', 'delivery', 'part'];
/** Small answers that say how things stand: read again by themselves. Lists wait for the reader to ask. */
const FOLLOWS: Readonly<Record<ChangeKind, readonly QueryKey[]>> = {
  finding: [['posture']],
  episode: [['posture']],
  scan: [['posture']],
  baseline: [['baseline', 'versions']],
  delivery: [['sinks'], ['posture']],
  part: [['status'], ['posture']],
};
/** Changes come in bursts; a burst is answered once. */
const SETTLES_WITHIN = 1_500;

let line: LineState = 'connecting';
let waiting: Readonly<Record<ChangeKind, ReadonlySet<string>>> = nothingWaits();
const listeners = new Set<() => void>();

function nothingWaits(): Record<ChangeKind, ReadonlySet<string>> {
  return {
    finding: new Set(),
    episode: new Set(),
    scan: new Set(),
    baseline: new Set(),
    delivery: new Set(),
    part: new Set(),
  };
}

function tell(): void {
  for (const each of listeners) each();
}

function subscribe(each: () => void): () => void {
  listeners.add(each);
  return () => listeners.delete(each);
}

/** How long after an act of one's own its echoes are not news. */
const ECHOES_FOR = 10_000;
const own = new Map<string, number>();

/** These are about to change by the reader's own hand. */
export function expectEcho(ids: readonly string[]): void {
  const until = Date.now() + ECHOES_FOR;
  for (const id of ids) own.set(id, until);
}

/** Follows the server's events for as long as somebody is signed in. */
export function useFollowing(signedIn: boolean): void {
  const client = useQueryClient();
  useEffect(() => (signedIn ? follow(client) : undefined), [client, signedIn]);
}

/** How long to wait where the browser does not try again by itself: the server answered, and refused. */
const AGAIN_AFTER = 15_000;

function follow(client: QueryClient): () => void {
  const base: typeof API_BASE = '/api/v1';
  const changed = new Set<ChangeKind>();
  let source: EventSource | undefined;
  let settling: ReturnType<typeof setTimeout> | undefined;
  let waitingFor: ReturnType<typeof setTimeout> | undefined;
  const setLine = (state: LineState): void => {
    line = state;
    tell();
  };
  const settle = (): void => {
    settling = undefined;
    for (const kind of changed)
      for (const queryKey of FOLLOWS[kind]) void client.invalidateQueries({ queryKey });
    changed.clear();
  };
  const take = (kind: ChangeKind, data: string): void => {
    const { ids } = JSON.parse(data) as ChangeEvent;
    changed.add(kind);
    const now = Date.now();
    const news = ids.length === 0 ? ['*'] : ids.filter((id) => (own.get(id) ?? 0) < now);
    if (news.length > 0) waiting = { ...waiting, [kind]: new Set([...waiting[kind], ...news]) };
    settling ??= setTimeout(settle, SETTLES_WITHIN);
    tell();
  };
  const open = (): void => {
    const opened = new EventSource(`${base}/events`);
    source = opened;
    opened.addEventListener('open', () => setLine('live'));
    opened.addEventListener('error', () => {
      setLine('lost');
      // A line that broke is taken up by the browser, with the last event's id; one that was refused is not.
      if (opened.readyState === EventSource.CLOSED) waitingFor = setTimeout(open, AGAIN_AFTER);
    });
    opened.addEventListener('reset', () => void client.invalidateQueries());
    for (const kind of KINDS)
      opened.addEventListener(kind, (event: MessageEvent<string>) => take(kind, event.data));
  };
  open();
  return () => {
    clearTimeout(settling);
    clearTimeout(waitingFor);
    source?.close();
  };
}

/** How the line to the server stands. */
export function useLine(): LineState {
  return useSyncExternalStore(subscribe, () => line);
}

/** What has changed since the reader last asked for it, and a way to say that they have it now. */
export function useWaiting(kind: ChangeKind): {
  readonly ids: ReadonlySet<string>;
  readonly clear: () => void;
} {
  const ids = useSyncExternalStore(subscribe, () => waiting[kind]);
  return { ids, clear: () => clearWaiting(kind) };
}

/** The reader has the newest of a kind. */
export function clearWaiting(kind: ChangeKind): void {
  if (waiting[kind].size === 0) return;
  waiting = { ...waiting, [kind]: new Set() };
  tell();
}
