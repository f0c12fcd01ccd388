import { segmentOf } from '../../net/prefix.ts';
import type { Episode, Technique, TransitionStep } from '../model/episode.ts';
import { counted, formatCount, formatSpan } from '../../text/phrase.ts';

/** Techniques that ask whether a host is there, and nothing about its ports. */
const HOST_DISCOVERY: ReadonlySet<Technique> = new Set(['arp', 'icmp-echo', 'icmp-other']);

/** One line that says who did what, for a person who has read forty others today. */
export function titleOf(episode: Episode): string {
  const { authorised } = episode;
  const deepest = deepestStep(episode);
  if (deepest !== undefined) return `${whoOf(episode)} ${whatOf(episode)}, ${stepClause(deepest)}`;
  if (authorised !== undefined && authorised.remainderContacts > 0) {
    const total = authorised.contacts + authorised.remainderContacts;
    const reason = authorised.remainder[0];
    return `${whoOf(episode)} went beyond the authorised scan ${authorised.entry}: ${formatCount(authorised.remainderContacts)} of ${counted(total, 'contact')} not covered${reason === undefined ? '' : ` (${reason})`}`;
  }
  const what = `${whoOf(episode)} ${whatOf(episode)}${whenOf(episode)}${foundOf(episode)}`;
  return authorised === undefined ? what : `Authorised scan ${authorised.entry}: ${what}`;
}

/** `10.0.0.5`, `23 sources of 203.0.113.0/24 together`, `10.0.0.5 behind 3 decoys`. Names of systems are foreign: escape. */
export function whoOf(episode: Episode): string {
  const { sources, joinedBy, trueSource } = episode;
  if (sources.length === 1) return sources[0]!;
  if (joinedBy === 'decoys') {
    return trueSource === undefined
      ? `One of ${sources.length} sources, the others its decoys,`
      : `${trueSource} behind ${counted(sources.length - 1, 'decoy')}`;
  }
  // The last part of what joined them is where they are from, if it is a network.
  const from =
    joinedBy?.startsWith('/') === true ? segmentOf(sources[0]!) : /\bAS\d+\b.*$/.exec(joinedBy ?? '')?.[0];
  return `${formatCount(sources.length)} sources${from === undefined ? '' : ` of ${from}`} together`;
}

/** `scanned 1,000 ports of 10.0.0.9`: verb and object. */
export function whatOf(episode: Episode): string {
  const { targets, techniques, shape } = episode;
  const hosts = hostsOf(episode);
  if (techniques.length > 0 && techniques.every((one) => HOST_DISCOVERY.has(one)))
    return `looked for hosts at ${targets.hosts === 1 ? hosts : `${formatCount(targets.hosts)} addresses${inNetworks(episode)}`}`;
  if (techniques.length > 0 && techniques.every((one) => one === 'application'))
    return `enumerated ${targets.ports === 1 ? `${portOf(episode)} of ` : ''}${hosts}`;
  switch (shape) {
    case 'vertical':
      return `scanned ${counted(targets.ports, 'port')} of ${hosts}`;
    case 'horizontal':
    case 'strobe':
    case 'block':
      return targets.ports === 1
        ? `scanned ${hosts} for ${portOf(episode)}`
        : `scanned ${counted(targets.ports, 'port')} across ${hosts}`;
    case 'single':
      return targets.ports === 1 && targets.hosts === 1
        ? `probed ${portOf(episode)} of ${hosts}`
        : `probed ${counted(targets.contacts, 'service')} of ${hosts}`;
    default:
      return shape satisfies never;
  }
}

/** `10.0.0.9`, `254 hosts of 10.0.0.0/24`. */
function hostsOf(episode: Episode): string {
  const { hosts, networks } = episode.targets;
  if (hosts !== 1) return `${formatCount(hosts)} hosts${inNetworks(episode)}`;
  return (networks[0] ?? 'one host').replace(/\/(?:32|128)$/, '');
}

function inNetworks({ targets: { networks } }: Episode): string {
  if (networks.length === 0 || networks.length > 2) return '';
  return ` of ${networks.join(' and ')}`;
}

function portOf(episode: Episode): string {
  return episode.targets.topPorts[0]?.port ?? 'one port';
}

function whenOf(episode: Episode): string {
  const span = episode.last - episode.first;
  return span < 50_000 ? '' : ` ${span < 5_400e6 ? 'in' : 'over'} ${formatSpan(span)}`;
}

function foundOf(episode: Episode): string {
  const found = episode.openPorts.length + episode.openPortsLeftOut;
  return found === 0 ? '' : ` and found ${formatCount(found)} open`;
}

const STEP_ORDER: readonly TransitionStep['step'][] = [
  'discovery',
  'service-probe',
  'credential-burst',
  'exploit-attempt',
  'session',
  'outbound',
];

/** The step that went furthest, past discovery and probing; of several the earliest. */
export function deepestStep(episode: Pick<Episode, 'transition'>): TransitionStep | undefined {
  let deepest: TransitionStep | undefined;
  for (const step of episode.transition) {
    if (STEP_ORDER.indexOf(step.step) < STEP_ORDER.indexOf('credential-burst')) continue;
    if (deepest === undefined || STEP_ORDER.indexOf(step.step) > STEP_ORDER.indexOf(deepest.step))
      deepest = step;
  }
  return deepest;
}

function stepClause(step: TransitionStep): string {
  switch (step.step) {
    case 'credential-burst':
      return `then tried passwords at ${step.destination}`;
    case 'exploit-attempt':
      return `then sent ${step.destination} what looks like an exploit`;
    case 'session':
      return `then got in at ${step.destination}`;
    case 'outbound':
      return `then ${step.destination} began to connect out`;
    case 'discovery':
    case 'service-probe':
      return `then looked closer at ${step.destination}`;
    default:
      return step.step satisfies never;
  }
}
