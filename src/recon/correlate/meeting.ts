import {
  MET_LATELY,
  MET_SERVICES,
  type Evidence,
  type Meeting,
  type MetService,
} from '../../findings/finding.ts';
import type { PortKey } from '../../net/port-key.ts';
import type { Episode, ExposedTarget, TransitionStep } from '../model/episode.ts';
import { SCTP, TCP, touchedName, UDP } from '../model/ip-protocol.ts';
import { isFullyAuthorised } from './apply-ledger.ts';
import { deepestStep } from './title.ts';

/** What of a meeting an episode has to say: grades as in Meeting. Nothing where all of it is authorised. */
export function meetingOf(episode: Episode): Meeting | undefined {
  if (episode.exposed.length === 0 || isFullyAuthorised(episode)) return undefined;
  const grade =
    attemptOnExposed(episode) !== undefined
      ? 4
      : episode.exposed.some((target) => isNew(target, episode))
        ? 3
        : episode.exposed.some(isGrave)
          ? 2
          : 1;
  const services = episode.exposed
    .flatMap((target) => metService(target, episode) ?? [])
    .toSorted((a, b) => Number(b.isNew) - Number(a.isNew));
  return { grade, services: services.slice(0, MET_SERVICES) };
}

/** The step past looking that went furthest at a host with a touched service that we know to be open. */
export function attemptOnExposed({
  transition,
  exposed,
}: Pick<Episode, 'transition' | 'exposed'>): TransitionStep | undefined {
  const known = new Set(exposed.map(({ destination }) => destination));
  return deepestStep({ transition: transition.filter(({ destination }) => known.has(destination)) });
}

/**
 * Whether a touched port is new: the baseline in force does not know it, or two scans of ours show that it opened at most
 * MET_LATELY before it was touched. One scan alone shows that a port is open, not that it was not so before.
 */
export function isNew(
  { newSinceBaseline, openSince, closedUntil }: ExposedTarget,
  { last }: Pick<Episode, 'last'>,
): boolean {
  if (newSinceBaseline) return true;
  if (openSince === undefined || closedUntil === undefined) return false;
  return last >= closedUntil && last - openSince <= MET_LATELY;
}

/** Whether a finding of our own scans says that the port should not be open so. */
export function isGrave({ severity }: ExposedTarget): boolean {
  return severity === 'high' || severity === 'critical';
}

/** What our own scan saw of a touched port; nothing where the scan is not known. */
export function scanEvidence({ destination, port, protocol, service, scan }: ExposedTarget): Evidence[] {
  const key = portOf({ port, protocol });
  if (scan === undefined || key === undefined) return [];
  return [{ kind: 'scan', run: scan, host: destination, port: key, fact: `open ${service}`.trim() }];
}

function metService(target: ExposedTarget, episode: Pick<Episode, 'last'>): MetService | undefined {
  const { destination, service, openSince, severity } = target;
  const port = portOf(target);
  if (port === undefined) return undefined;
  return {
    host: destination,
    port,
    service,
    isNew: isNew(target, episode),
    ...(openSince === undefined ? {} : { openSince }),
    ...(severity === undefined ? {} : { severity }),
  };
}

function portOf({ port, protocol }: Pick<ExposedTarget, 'port' | 'protocol'>): PortKey | undefined {
  return protocol === TCP || protocol === UDP || protocol === SCTP
    ? (touchedName(protocol, port) as PortKey)
    : undefined;
}
