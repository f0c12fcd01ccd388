import { compareText } from '../../../text/order.ts';
import { lowerFurther } from '../../../findings/confidence.ts';
import { findingId } from '../../../findings/identity.ts';
import { compareIpAddresses, type IpAddress } from '../../../net/ip-address.ts';
import { formatInstant, type Instant } from '../../../time/instant.ts';
import type { SourceGroup } from '../../model/activity-reader.ts';
import type { SourceActivity } from '../../model/contact.ts';
import { DEPTHS, type Episode } from '../../model/episode.ts';
import type { Site } from '../../model/site.ts';
import { joinDecoys } from './decoys.ts';
import { joinDisjointCovers } from './disjoint-cover.ts';
import type { Joined } from './joined.ts';
import { purityOf } from './likeness.ts';
import { probesOf, type Probes } from './probes.ts';
import { joinSameNetwork } from './same-network.ts';

/** A group with what its members did. */
export interface GroupActivities {
  readonly group: SourceGroup;
  readonly activities: readonly SourceActivity[];
}

/** The sequential test on several sources as if they were one: detect's judgeGroup. */
export type GroupJudge = (activities: readonly SourceActivity[], site: Site) => readonly Episode[];

/** Sources below which it is no campaign. */
const SOURCES = 3;
/** Members so unlike each other that it is said. */
const PURE = 0.7;

const ORDER: readonly SourceGroup['by'][] = ['simultaneous', 'destination', 'prefix'];

/**
 * The campaigns of several sources. Groups are looked at in order: decoys, sources that divide a destination, sources
 * of one network; the first campaign that a source fits keeps it, so that nobody is said twice. Whether together they
 * are a scan at all is for the sequential test on their union. The order of groups and of members leaves no trace.
 *
 * @param claimed sources that a campaign has already; those of the campaigns found are added
 */
export function campaignsOf(
  groups: readonly GroupActivities[],
  site: Site,
  judgeGroup: GroupJudge,
  claimed = new Set<IpAddress>(),
): Episode[] {
  const campaigns: Episode[] = [];
  const inOrder = groups
    .map(({ group, activities }) => ({
      group,
      activities: activities.toSorted((a, b) => compareIpAddresses(a.source, b.source)),
    }))
    .toSorted(compareGroups);
  for (const { group, activities } of inOrder) {
    const members: Probes[] = [];
    for (const activity of activities) {
      if (claimed.has(activity.source)) continue;
      const probes = probesOf(activity);
      if (probes.contacts.length > 0) members.push(probes);
    }
    if (members.length < SOURCES) continue;
    for (const joined of joinedIn(group, members, site)) {
      const free = joined.members.filter(({ activity }) => !claimed.has(activity.source));
      // A part of what was joined is something else than what was joined.
      if (free.length < SOURCES || free.length < joined.members.length) continue;
      for (const episode of judgeGroup(
        free.map(({ activity }) => activity),
        site,
      )) {
        const inside = free.filter(({ contacts }) =>
          contacts.some(({ first }) => first >= episode.first && first <= episode.last),
        );
        if (inside.length < SOURCES) continue;
        campaigns.push(campaignOf(episode, joined, inside));
        for (const { activity } of inside) claimed.add(activity.source);
      }
    }
  }
  return campaigns;
}

function joinedIn(group: SourceGroup, members: readonly Probes[], site: Site): readonly Joined[] {
  switch (group.by) {
    case 'simultaneous': {
      const joined = joinDecoys(members);
      return joined === undefined ? [] : [joined];
    }
    case 'destination':
      return joinDisjointCovers(group, members, site);
    case 'prefix': {
      const joined = joinSameNetwork(group, members, site);
      return joined === undefined ? [] : [joined];
    }
    default:
      return group.by satisfies never;
  }
}

/** The test counts a target once, at whoever came first; the campaign has all who came in its time. */
function campaignOf(episode: Episode, joined: Joined, inside: readonly Probes[]): Episode {
  const onset = formatInstant((Math.floor(episode.first / 1e6) * 1e6) as Instant);
  const purity = purityOf(inside);
  return {
    ...episode,
    // Not by its sources: one that joins later makes it no other campaign.
    id: findingId('recon', 'recon.campaign', { network: joined.key }, `${joined.by} ${onset}`),
    sources: inside.map(({ activity }) => activity.source).toSorted(compareIpAddresses),
    joinedBy: joined.by,
    trueSource: joined.trueSource,
    families: [joined.family, ...episode.families.filter(({ family }) => family !== joined.family.family)],
    confidence:
      purity >= PURE
        ? episode.confidence
        : lowerFurther(episode.confidence, [
            {
              reason: `the sources are ${Math.round(100 * purity)} % alike`,
              factor: Math.max(0.5, Math.round(100 * purity) / 100),
            },
          ]),
  };
}

/** Campaigns that have taken in what is said of their sources, and the episodes that are in none. */
export interface Folded {
  readonly campaigns: readonly Episode[];
  readonly alone: readonly Episode[];
}

/**
 * Folds episodes of single sources into the campaign that their source is in at the same time, so that each thing is
 * said once. The campaign becomes as deep as the deepest of them and lasts as long: one source may have gone on alone.
 */
export function fold(campaigns: readonly Episode[], episodes: readonly Episode[]): Folded {
  const folded = new Map<Episode, Episode[]>();
  const alone: Episode[] = [];
  const bySource = new Map<IpAddress, Episode[]>();
  for (const campaign of campaigns) {
    for (const source of campaign.sources) {
      const known = bySource.get(source);
      if (known === undefined) bySource.set(source, [campaign]);
      else known.push(campaign);
    }
  }
  for (const episode of episodes) {
    const [source, ...more] = episode.sources;
    const campaign = (source === undefined ? [] : (bySource.get(source) ?? [])).find(
      ({ sources, first, last }) =>
        episode.first <= last && episode.last >= first && more.every((other) => sources.includes(other)),
    );
    if (campaign === undefined) alone.push(episode);
    else folded.set(campaign, [...(folded.get(campaign) ?? []), episode]);
  }
  return {
    campaigns: campaigns.map((campaign) => grown(campaign, folded.get(campaign) ?? [])),
    alone,
  };
}

function grown(campaign: Episode, parts: readonly Episode[]): Episode {
  let { depth, last } = campaign;
  for (const part of parts) {
    if (DEPTHS.indexOf(part.depth) > DEPTHS.indexOf(depth)) depth = part.depth;
    if (part.last > last) last = part.last;
  }
  return { ...campaign, depth, last };
}

/** Decoys: the largest set first, since its parts are groups too. */
function compareGroups(a: GroupActivities, b: GroupActivities): number {
  return (
    ORDER.indexOf(a.group.by) - ORDER.indexOf(b.group.by) ||
    (a.group.by === 'simultaneous' ? b.activities.length - a.activities.length : 0) ||
    (a.group.key < b.group.key ? -1 : a.group.key > b.group.key ? 1 : 0) ||
    compareText(
      a.activities.map(({ source }) => source).join(' '),
      b.activities.map(({ source }) => source).join(' '),
    )
  );
}
