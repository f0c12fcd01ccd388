import type { IpAddress } from '../../net/ip-address.ts';
import type { Episode, TransitionStep } from './episode.ts';

/**
 * What becomes of an episode: `review` asks for somebody's minutes, `authorised` is covered whole by an entry of the
 * ledger, `note` is for completeness (severity info), `noise` belongs in the digest.
 */
export type Standing = 'review' | 'authorised' | 'note' | 'noise';

/** The standing of an episode. An authorised scan with a remainder is to be reviewed: the remainder is not authorised. */
export function standingOf(episode: Episode): Standing {
  if (episode.authorised !== undefined && episode.authorised.remainderContacts === 0) return 'authorised';
  if (episode.noise) return 'noise';
  return episode.severity === 'info' ? 'note' : 'review';
}

/** Who, in a few words: `198.51.100.7`, `10.0.0.3 behind 9 decoys`, `6 sources (disjoint cover)`. Joined-by words may be foreign: escape. */
export function whoOf(episode: Episode): string {
  const { sources, joinedBy, trueSource } = episode;
  const [first] = sources;
  if (sources.length <= 1) return first ?? 'unknown source';
  if (joinedBy === 'decoys') {
    return trueSource === undefined
      ? `one of ${count(sources.length)} sources, the others decoys,`
      : `${trueSource} behind ${counted(sources.length - 1, 'decoy')}`;
  }
  return `${count(sources.length)} sources${joinedBy === undefined ? '' : ` (${joinedBy})`}`;
}

/** What was touched, in a few words: `1,000 ports of 10.0.0.5`, `445/tcp on 254 hosts`. */
export function touchedOf({ targets }: Episode): string {
  const port = targets.ports === 1 ? targets.topPorts[0]?.port : undefined;
  const host = targets.hosts === 1 ? onlyHost(targets.networks) : undefined;
  const ports = port ?? counted(targets.ports, 'port');
  if (host !== undefined) return `${ports} of ${host}`;
  return `${ports} on ${counted(targets.hosts, 'host')}`;
}

/** How far it came beyond looking: the last step that matters most, as the end of a sentence; empty when none. */
export function outcomeOf({ transition }: Episode): string {
  const steps = new Set<TransitionStep['step']>(transition.map(({ step }) => step));
  if (steps.has('outbound')) return 'got in, and the target called out';
  if (steps.has('session')) return 'got in';
  if (steps.has('exploit-attempt')) return 'tried an exploit';
  if (steps.has('credential-burst')) return 'tried passwords';
  return '';
}

/** The title: who did what to whom, and what came of it. One clause without a full stop. */
export function episodeTitle(episode: Episode): string {
  const ending = outcomeOf(episode);
  return `${whoOf(episode)} ${verbOf(episode)} ${touchedOf(episode)}${ending === '' ? '' : ` and ${ending}`}`;
}

function verbOf({ shape, targets, depth }: Episode): string {
  if (shape !== 'single' || targets.hosts > 1 || targets.ports > 1) return 'scanned';
  return depth === 'touched' ? 'touched' : 'probed';
}

/** The address of a prefix that holds one host. */
function onlyHost(networks: readonly string[]): IpAddress | undefined {
  const [only] = networks;
  const bare = only?.replace(/\/(32|128)$/, '');
  return bare === undefined || bare === '' ? undefined : (bare as IpAddress);
}

function counted(amount: number, one: string): string {
  return `${count(amount)} ${one}${amount === 1 ? '' : 's'}`;
}

function count(amount: number): string {
  return amount.toLocaleString('en-US');
}
