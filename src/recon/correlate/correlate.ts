import { compareSeverity } from '../../findings/severity.ts';
import type { SourceActivity } from '../model/contact.ts';
import type { Episode } from '../model/episode.ts';
import type { Site } from '../model/site.ts';
import { applyLedger, isFullyAuthorised } from './apply-ledger.ts';
import { exposedTargets } from './exposure-context.ts';
import { isInternetNoise } from './internet-noise.ts';
import { rank } from './rank.ts';
import { depthWith, transitionOf } from './transition.ts';

/**
 * An episode (of one source, or a campaign) in its context. In this order, because each step needs the one before:
 *
 * 1. exposure: what of the touched is open in our own scans
 * 2. transition: whether it went on to attempts and sessions, and how deep that is
 * 3. the ledger: what of it is authorised; if all is, nothing of the above counts
 * 4. background of the internet
 * 5. rank
 *
 * @param activities what its sources did
 */
export function inContext(episode: Episode, activities: readonly SourceActivity[], site: Site): Episode {
  const transition = transitionOf(episode, activities, site);
  const seen: Episode = {
    ...episode,
    exposed: exposedTargets(episode, activities, site),
    transition,
    depth: depthWith(episode.depth, transition),
  };
  const labelled = applyLedger(seen, activities, site);
  if (isFullyAuthorised(labelled)) return labelled;
  const noise = labelled.authorised === undefined && isInternetNoise(labelled, activities, site);
  const placed = { ...labelled, noise };
  return { ...placed, ...rank(placed) };
}

/** Most severe first; total, so that the same episodes in any order come out in one. */
export function compareEpisodes(a: Episode, b: Episode): number {
  return (
    compareSeverity(a.severity, b.severity) ||
    b.score - a.score ||
    b.confidence.value - a.confidence.value ||
    a.first - b.first ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}
