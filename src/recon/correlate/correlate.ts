import { compareSeverity } from '../../findings/severity.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { SourceActivity } from '../model/contact.ts';
import type { Episode } from '../model/episode.ts';
import type { Site } from '../model/site.ts';
import { applyLedger, isFullyAuthorised } from './apply-ledger.ts';
import { campaignsOf, fold, type GroupActivities, type GroupJudge } from './campaign/campaigns.ts';
import { digestOf, type Digest } from './digest.ts';
import { exposedTargets } from './exposure-context.ts';
import { isInternetNoise } from './internet-noise.ts';
import { rank } from './rank.ts';
import { depthWith, transitionOf } from './transition.ts';

/** What correlation works on. */
export interface CorrelateInput {
  /** Episodes of single sources, as judgeSource gives them. */
  readonly episodes: readonly Episode[];
  readonly groups: readonly GroupActivities[];
  /** What the sources did: at least those of `episodes`. */
  readonly activities: ReadonlyMap<IpAddress, SourceActivity>;
  readonly site: Site;
  readonly judgeGroup: GroupJudge;
}

/** What correlation comes to. */
export interface Correlated {
  /** Most severe first; the authorised and the background are among them, with severity `info`. */
  readonly episodes: readonly Episode[];
  readonly digest: Digest;
}

/**
 * Episodes of single sources, joined and put in context. In this order, because each step needs the one before:
 *
 * 1. campaigns from groups; an episode of one of their sources is folded into them
 * 2. exposure: what of the touched is open in our own scans
 * 3. transition: whether it went on to attempts and sessions, and how deep that is
 * 4. the ledger: what of it is authorised; if all is, nothing of the above counts
 * 5. background of the internet
 * 6. rank, then the order, then the digest
 *
 * Pure: the same input in any order gives the same output.
 */
export function correlate({ episodes, groups, activities, site, judgeGroup }: CorrelateInput): Correlated {
  const known = new Map(activities);
  for (const group of groups)
    for (const activity of group.activities)
      if (!known.has(activity.source)) known.set(activity.source, activity);
  const { campaigns, alone } = fold(campaignsOf(groups, site, judgeGroup), episodes);
  const inContext = [...campaigns, ...alone]
    .map((episode) => {
      const own = episode.sources.flatMap((source) => {
        const activity = known.get(source);
        return activity === undefined ? [] : [activity];
      });
      return inContextOf(episode, own, site);
    })
    .toSorted(compareEpisodes);
  return { episodes: inContext, digest: digestOf(inContext, site) };
}

function inContextOf(episode: Episode, activities: readonly SourceActivity[], site: Site): Episode {
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

function compareEpisodes(a: Episode, b: Episode): number {
  return (
    compareSeverity(a.severity, b.severity) ||
    b.score - a.score ||
    b.confidence.value - a.confidence.value ||
    a.first - b.first ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}
