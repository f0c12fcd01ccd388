import { confidenceOf } from '../../findings/confidence.ts';
import { findingId } from '../../findings/identity.ts';
import { SEVERITIES, type Severity } from '../../findings/severity.ts';
import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import { formatInstant, type Instant } from '../../time/instant.ts';
import { median } from '../../stats/median.ts';
import { waldThreshold } from '../../stats/sequential-test.ts';
import {
  compareContacts,
  serviceKey,
  type Contact,
  type ContactPace,
  type ServiceHistory,
  type SourceActivity,
} from '../model/contact.ts';
import { DEPTHS, type Depth, type Episode, type LikelihoodTerm, type SourceRole } from '../model/episode.ts';
import { pointsOf } from '../model/plot-points.ts';
import type { Site } from '../model/site.ts';
import { confidenceIn } from './confidence.ts';
import { depthOf } from './depth.ts';
import { byDestination, isOpen, type EpisodeFacts } from './episode-facts.ts';
import { outcomesOf, toolsOf, traitsOf, unusualOf } from './explain.ts';
import { judgeFamilies } from './judge-families.ts';
import type { Observation } from './observation.ts';
import { orderOf } from './order.ts';
import { segments, type Segment } from './segment.ts';
import { sendingOfContacts } from './sending.ts';
import { shapeOf } from './shape.ts';
import { targetsOf } from './targets.ts';
import { techniquesOf } from './technique.ts';
import { weighApplication } from './weigh-application.ts';
import { weighContacts } from './weigh-contacts.ts';
import { withinPrefixes } from './within-prefixes.ts';

/** Open ports that an episode lists. */
const OPEN_PORTS = 200;

/**
 * The episodes of reconnaissance in what one source did: none for nearly every source. Pure and without a clock: the
 * same activity gives the same episodes. What needs other sources, the ledger or our own scans is left for
 * whoever has them: `joinedBy`, `trueSource`, `authorised`, `exposed`, `transition`, `noise`, `records`; severity
 * and score are a base by depth, width and side.
 */
export function judgeSource(
  activity: SourceActivity,
  role: SourceRole | undefined,
  site: Site,
): readonly Episode[] {
  const observations = [
    ...weighContacts(activity, { site, role, sources: 1 }),
    ...weighApplication(activity, role),
  ];
  return judgeObservations(observations, [activity], activity.paces, role, site);
}

/**
 * The episodes in what several sources did together, as if they were one: each (destination, port, protocol) counts
 * once, at whoever came first. `joinedBy` is left for the caller.
 */
export function judgeGroup(activities: readonly SourceActivity[], site: Site): readonly Episode[] {
  const [first] = activities;
  if (first === undefined) return [];
  const together = asOne(activities);
  const observations = [
    ...weighContacts(together, { site, role: undefined, sources: activities.length }),
    ...activities.flatMap((activity) => weighApplication(activity, undefined)),
  ];
  return judgeObservations(observations, activities, together.paces, undefined, site);
}

function asOne(activities: readonly SourceActivity[]): SourceActivity {
  const contacts = new Map<string, Contact>();
  const paces = new Map<string, ContactPace>();
  const services = new Map<string, ServiceHistory>();
  for (const activity of activities) {
    for (const contact of activity.contacts) {
      const key = serviceKey(contact.destination, contact.port, contact.protocol);
      const known = contacts.get(key);
      if (
        known === undefined ||
        compareContacts(contact, known) < 0 ||
        (contact.first === known.first && contact.source < known.source)
      )
        contacts.set(key, contact);
    }
    for (const [key, service] of activity.services) services.set(key, service);
  }
  // Once each: that several of the sources came to one port is no repetition of any of them.
  for (const activity of activities) {
    for (const [key, pace] of activity.paces) {
      const known = paces.get(key);
      if (known === undefined || pace.records > known.records) paces.set(key, pace);
    }
  }
  return {
    source: activities[0]!.source,
    contacts: [...contacts.values()].toSorted(compareContacts),
    contactsLeftOut: activities.reduce((sum, { contactsLeftOut }) => sum + contactsLeftOut, 0),
    services,
    paces,
    app: activities.flatMap(({ app }) => app),
    alerts: activities.flatMap(({ alerts }) => alerts),
    processes: activities.flatMap(({ processes }) => processes),
    outboundAfter: [],
  };
}

function judgeObservations(
  observations: readonly Observation[],
  activities: readonly SourceActivity[],
  paces: EpisodeFacts['paces'],
  role: SourceRole | undefined,
  site: Site,
): readonly Episode[] {
  const inOrder = observations.toSorted((a, b) => a.at - b.at);
  const threshold = waldThreshold(site.test.alpha);
  return segments(inOrder, threshold, site.quiet).map((segment) =>
    episodeOf(inOrder, segment, threshold, activities, paces, role, site),
  );
}

function episodeOf(
  all: readonly Observation[],
  segment: Segment,
  threshold: number,
  activities: readonly SourceActivity[],
  paces: EpisodeFacts['paces'],
  role: SourceRole | undefined,
  site: Site,
): Episode {
  const observations = all.slice(segment.begin, segment.end + 1).filter(({ counts }) => counts);
  const contacts = [
    ...new Set(observations.map(({ contact }) => contact).filter((contact) => contact !== undefined)),
  ].toSorted(compareContacts);
  const first = observations[0]!.at;
  const last = observations.reduce((latest, { until }) => (until > latest ? until : latest), first);
  const sources = sourcesOf(contacts, activities, first, last);
  const hosts = byDestination(contacts);
  const ours = withinPrefixes(site.networks);
  const internal = sources.some(ours);
  const leftOut = activities.reduce((sum, { contactsLeftOut }) => sum + contactsLeftOut, 0);
  const facts: EpisodeFacts = {
    contacts,
    hosts,
    observations,
    paces,
    app: activities.flatMap(({ app }) =>
      app.filter((trait) => hosts.has(trait.destination) && trait.first <= last && trait.last >= first),
    ),
    alerts: activities.flatMap(({ alerts }) =>
      alerts.filter((trait) => trait.first <= last && trait.last >= first),
    ),
    first,
    last,
    internal,
    internalTargets: [...hosts.keys()].some(ours),
  };
  const depth = depthOf(facts);
  const open = contacts.filter(isOpen);
  const alarm = all
    .slice(segment.onset, segment.alarm + 1)
    .reduce((latest, { until, weight }) => (weight > 0 && until > latest ? until : latest), first);
  return {
    id: idOf(sources, first),
    sources,
    joinedBy: undefined,
    trueSource: undefined,
    internal,
    first,
    last,
    alarm,
    shape: shapeOf(facts),
    techniques: techniquesOf(facts),
    families: judgeFamilies(facts),
    depth,
    likelihood: {
      score: segment.score,
      threshold,
      terms: termsOf(all.slice(segment.onset, segment.peak + 1)),
      contactsToAlarm: all
        .slice(segment.onset, segment.alarm + 1)
        .filter(({ counts, weight }) => counts && weight !== 0).length,
    },
    targets: targetsOf(facts, leftOut),
    outcomes: outcomesOf(facts),
    openPorts: open.slice(0, OPEN_PORTS).map(({ destination, port, protocol, service }) => ({
      destination,
      port,
      protocol,
      service,
    })),
    openPortsLeftOut: Math.max(0, open.length - OPEN_PORTS),
    pace: paceOf(contacts),
    order: orderOf(facts),
    traits: traitsOf(facts),
    tools: toolsOf(facts),
    sending: sendingOfContacts(facts),
    role,
    process: processOf(activities, first, last),
    authorised: undefined,
    transition: [],
    exposed: [],
    unusual: unusualOf(facts, activities),
    ...baseOf(depth, contacts.length, internal),
    confidence:
      leftOut === 0 && contacts.length === 0
        ? confidenceOf([{ reason: 'alerts of other sensors alone', factor: 0.5 }])
        : confidenceIn(facts, leftOut),
    noise: false,
    points: pointsOf(contacts),
    records: [],
  };
}

/** Of a group, those that turned to any target of the episode while it lasted. */
function sourcesOf(
  contacts: readonly Contact[],
  activities: readonly SourceActivity[],
  first: Instant,
  last: Instant,
): readonly IpAddress[] {
  const [only] = activities;
  if (activities.length === 1 && only !== undefined) return [only.source];
  const targets = new Set(contacts.map(keyOf));
  return activities
    .filter((activity) =>
      activity.contacts.some(
        (contact) => contact.first >= first && contact.first <= last && targets.has(keyOf(contact)),
      ),
    )
    .map(({ source }) => source)
    .toSorted(compareIpAddresses);
}

function keyOf({ destination, port, protocol }: Contact): string {
  return serviceKey(destination, port, protocol);
}

/** By source and onset, in whole seconds: records that come later leave both as they are. */
function idOf(sources: readonly IpAddress[], first: Instant): string {
  const onset = formatInstant((Math.floor(first / 1e6) * 1e6) as Instant);
  const [source] = sources;
  const subject = source === undefined ? {} : { host: source };
  return findingId('recon', 'recon.scan', subject, sources.length > 1 ? `${onset} group` : onset);
}

/** Terms summed up to where the statistic stood highest: their totals are its value. */
function termsOf(observations: readonly Observation[]): readonly LikelihoodTerm[] {
  const sums = new Map<string, { contacts: number; total: number }>();
  for (const { terms } of observations) {
    for (const { term, weight } of terms) {
      const sum = sums.get(term) ?? { contacts: 0, total: 0 };
      sums.set(term, { contacts: sum.contacts + 1, total: sum.total + weight });
    }
  }
  return [...sums]
    .map(([term, { contacts, total }]) => ({ term, contacts, weight: total / contacts, total }))
    .toSorted((a, b) => b.total - a.total || (a.term < b.term ? -1 : 1));
}

/** Pauses longer than this, in microseconds, are not activity. */
const PAUSE = 60e6;

function paceOf(contacts: readonly Contact[]): Episode['pace'] {
  if (contacts.length < 2) return { perSecond: 0, medianGapSeconds: 0 };
  const gaps = contacts.slice(1).map((contact, index) => contact.first - contacts[index]!.first);
  const active = gaps.filter((gap) => gap <= PAUSE);
  const counted = active.length > 0 ? active : gaps;
  const seconds = counted.reduce((sum, gap) => sum + gap, 0) / 1e6;
  return {
    // All within a microsecond: as fast as a microsecond can say.
    perSecond: counted.length / Math.max(seconds, 1e-6),
    medianGapSeconds: median(gaps) / 1e6,
  };
}

function processOf(activities: readonly SourceActivity[], first: Instant, last: Instant): Episode['process'] {
  const [process] = activities
    .flatMap(({ processes }) => processes)
    .filter((trait) => trait.first <= last && trait.last >= first)
    .toSorted(
      (a, b) =>
        b.destinations - a.destinations ||
        a.first - b.first ||
        (a.host < b.host ? -1 : a.host > b.host ? 1 : 0) ||
        (a.executable < b.executable ? -1 : 1),
    );
  return process === undefined
    ? undefined
    : { executable: process.executable, user: process.user, host: process.host };
}

/** A base for whoever knows more: outside `low`, inside `medium`, one step up for questions, two for attempts. */
function baseOf(depth: Depth, contacts: number, internal: boolean): { severity: Severity; score: number } {
  const level = DEPTHS.indexOf(depth);
  const step = (internal ? 2 : 1) + Math.max(0, level - 1);
  const width = Math.min(20, Math.round(5 * Math.log10(Math.max(1, contacts))));
  return {
    severity: SEVERITIES[Math.min(step, SEVERITIES.length - 1)]!,
    score: Math.min(100, 15 + 15 * level + width + (internal ? 15 : 0)),
  };
}
