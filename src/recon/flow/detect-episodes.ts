import type { IpAddress } from '../../net/ip-address.ts';
import { campaignsOf, fold, type GroupActivities } from '../correlate/campaign/campaigns.ts';
import { compareEpisodes, inContext } from '../correlate/correlate.ts';
import { judgeGroup, judgeSource } from '../detect/judge-source.ts';
import { roleOf } from '../detect/role/role-of.ts';
import { GROUP, type ActivityReader, type ActivityScope, type Stretch } from '../model/activity-reader.ts';
import type { SourceActivity } from '../model/contact.ts';
import type { Episode } from '../model/episode.ts';
import { isOurs, type Site } from '../model/site.ts';
import { GroupMembers } from './group-members.ts';
import { KeptEpisodes } from './kept-episodes.ts';
import { nameTools } from './name-tools.ts';
import { ownPortsOf, type ExposedOf } from './own-ports.ts';

/** What detection needs besides what is known of the site. */
export interface DetectOptions {
  /** What our own scans know of destinations, by serviceKey; undefined: nothing. */
  readonly exposedOf?: ExposedOf;
  /** False: only single sources. Groups are looked at over all sources, whichever the scope names. */
  readonly groups?: boolean;
  /** Called after each batch: sources judged so far. */
  readonly onProgress?: (judged: number) => void;
  readonly signal?: AbortSignal;
}

/** What detection comes to. */
export interface Detected {
  /** Most severe first; the authorised and the background are among them, with severity `info`. */
  readonly episodes: readonly Episode[];
  /** Sources that were looked at closely. */
  readonly judged: number;
}

/** Contacts of episodes that wait together for what our own scans know: one question for many. */
const WAITING_CONTACTS = 50_000;
/** Contacts in memory over all groups that hold a campaign; further groups are judged after them, without who has one. */
const GROUP_CONTACTS = 200_000;

/**
 * The episodes in a part of the history. Every source is judged by itself, then sets of sources as if they were one;
 * an episode whose source belongs to a campaign is said by the campaign. Memory is bounded: activities are dropped
 * once they have been judged. The same history gives the same episodes, however it came in.
 */
export async function detectEpisodes(
  reader: ActivityReader,
  scope: ActivityScope,
  site: Site,
  options: DetectOptions = {},
): Promise<Detected> {
  const alone = new KeptEpisodes();
  const context = new Context(site, options, alone);
  let judged = 0;
  for await (const sources of reader.candidates(scope)) {
    const ownPorts = await ownPortsOf(reader, sources, site, options.exposedOf);
    for await (const activity of reader.activities(sources, scope)) {
      options.signal?.throwIfAborted();
      judged += 1;
      const role = roleOf(activity, site, ownPorts.get(activity.source) ?? []);
      for (const episode of judgeSource(activity, role, site)) await context.add(episode, [activity]);
    }
    options.onProgress?.(judged);
  }
  await context.flush();
  const campaigns = new KeptEpisodes();
  const campaignContext = new Context(site, options, campaigns);
  let remaining = alone.episodes;
  const claimed = new Set<IpAddress>();
  const groupReader =
    options.groups === false ? [] : groupsWithCampaigns(reader, scope, site, { ...options, claimed });
  for await (const groups of groupReader) {
    const known = new Map(
      groups.flatMap(({ activities }) => activities.map((activity) => [activity.source, activity] as const)),
    );
    const folded = fold(campaignsOf(groups, site, judgeGroup, claimed), remaining);
    remaining = folded.alone;
    for (const campaign of folded.campaigns)
      await campaignContext.add(
        campaign,
        campaign.sources.flatMap((source) => known.get(source) ?? []),
      );
  }
  await campaignContext.flush();
  const episodes: Episode[] = [];
  for (const episode of [...campaigns.episodes, ...remaining].toSorted(compareEpisodes)) {
    options.signal?.throwIfAborted();
    episodes.push(await nameTools(episode, reader));
  }
  return { episodes, judged };
}

/** Puts episodes in context, many at a time, and keeps of each what is needed later. */
class Context {
  readonly #site: Site;
  readonly #options: DetectOptions;
  readonly #done: KeptEpisodes;
  #waiting: { readonly episode: Episode; readonly activities: readonly SourceActivity[] }[] = [];
  #contacts = 0;

  constructor(site: Site, options: DetectOptions, done: KeptEpisodes) {
    this.#site = site;
    this.#options = options;
    this.#done = done;
  }

  async add(episode: Episode, activities: readonly SourceActivity[]): Promise<void> {
    this.#waiting.push({ episode, activities });
    for (const { contacts } of activities) this.#contacts += contacts.length;
    if (this.#contacts >= WAITING_CONTACTS) await this.flush();
  }

  async flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#contacts = 0;
    const ours = new Set<IpAddress>();
    for (const { activities } of waiting)
      for (const { contacts } of activities)
        for (const { destination } of contacts)
          if (!ours.has(destination) && isOurs(this.#site, destination)) ours.add(destination);
    const exposed = ours.size === 0 ? undefined : await this.#options.exposedOf?.([...ours].toSorted());
    const site = exposed === undefined ? this.#site : { ...this.#site, exposed };
    for (const { episode, activities } of waiting) this.#done.add(inContext(episode, activities, site));
  }
}

/**
 * Groups that hold a campaign when looked at alone, with their activities: together as far as memory allows. Who has a
 * campaign by the time that a group is looked at is no member of it: nobody is said twice, however many groups he is in.
 */
async function* groupsWithCampaigns(
  reader: ActivityReader,
  scope: Stretch,
  site: Site,
  { signal, claimed }: Pick<DetectOptions, 'signal'> & { readonly claimed: ReadonlySet<IpAddress> },
): AsyncGenerator<readonly GroupActivities[]> {
  let kept: GroupActivities[] = [];
  let contacts = 0;
  const members = new GroupMembers(reader, scope);
  for await (const group of reader.groups(scope)) {
    signal?.throwIfAborted();
    const free = group.sources.filter((source) => !claimed.has(source));
    // That machines of ours stand in one office joins nothing (joinSameNetwork): what they did need not be read.
    const sources = group.by === 'prefix' ? free.filter((source) => !isOurs(site, source)) : free;
    if (sources.length < GROUP.sources) continue;
    const activities = await members.of(sources);
    if (activities.length < GROUP.sources) continue;
    const one = { group, activities };
    if (campaignsOf([one], site, judgeGroup).length === 0) continue;
    kept.push(one);
    for (const activity of activities) contacts += activity.contacts.length;
    if (contacts < GROUP_CONTACTS) continue;
    yield kept;
    kept = [];
    contacts = 0;
  }
  if (kept.length > 0) yield kept;
}
