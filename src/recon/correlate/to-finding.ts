import type { Finding, FindingId, Subject } from '../../findings/finding.ts';
import type { Episode } from '../model/episode.ts';
import { actionsOf, impactOf, referencesOf } from './advice.ts';
import { meetingOf } from './meeting.ts';
import { observationsOf } from './observations.ts';
import { isFullyAuthorised } from './apply-ledger.ts';
import { deepestStep, titleOf } from './title.ts';

/**
 * The finding that an episode is. Its identifier is the episode's, whatever the episode grows into: a scan that
 * becomes a break-in is the same finding, worse.
 */
export function toFinding(episode: Episode): Finding {
  const subject: Subject =
    episode.sources.length === 1 ? { host: episode.sources[0]! } : { hosts: episode.sources };
  const meeting = meetingOf(episode);
  return {
    id: episode.id as FindingId,
    half: 'recon',
    rule: ruleOf(episode),
    title: titleOf(episode),
    severity: episode.severity,
    score: episode.score,
    confidence: episode.confidence,
    subject,
    observations: observationsOf(episode),
    impact: impactOf(episode),
    actions: actionsOf(episode),
    references: referencesOf(episode),
    firstSeen: episode.first,
    lastSeen: episode.last,
    ...(meeting === undefined ? {} : { meeting }),
  };
}

/**
 * - `recon.transition`: somebody went from looking to trying, or got in
 * - `recon.authorised`: all of it is in the ledger
 * - `recon.beyond-authorised`: a part of it is not
 * - `recon.campaign`: several sources, one actor
 * - `recon.scan`: everything else
 */
function ruleOf(episode: Episode): string {
  if (deepestStep(episode) !== undefined) return 'recon.transition';
  if (episode.authorised !== undefined)
    return isFullyAuthorised(episode) ? 'recon.authorised' : 'recon.beyond-authorised';
  return episode.sources.length > 1 ? 'recon.campaign' : 'recon.scan';
}
