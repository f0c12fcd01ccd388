import type { IpAddress } from '../../net/ip-address.ts';
import { contains } from '../../net/prefix.ts';
import { SYN } from '../../net/tcp-flags.ts';
import { outcomeRatios } from '../../stats/sequential-test.ts';
import {
  serviceKey,
  type ContactPace,
  type Contact,
  type ServiceHistory,
  type SourceActivity,
} from '../model/contact.ts';
import type { Role, SourceRole } from '../model/episode.ts';
import { ARP, ICMP, ICMP6, SCTP, TCP, UDP } from '../model/ip-protocol.ts';
import { hasOutcome } from '../model/outcome.ts';
import { ADMINISTRATION_BYTES, BRIEF_BYTES, EMPTY_BYTES } from '../model/remarkable.ts';
import type { ExpectedContact, Site } from '../model/site.ts';
import { habitsOf, isChatterContact } from './habits.ts';
import { normalContacts } from './role/role-of.ts';
import type { Observation, TermName, WeightedTerm } from './observation.ts';
import { isEveryday, isServicePort, isWeb, isWindowsAdministration } from '../model/service-ports.ts';
import { isStealthFlags } from '../model/stealth-flags.ts';
import { withinPrefixes } from './within-prefixes.ts';

/**
 * What context adds to a failed first contact, in nats. Both together with the failure itself (2.42 with the
 * default θ) stay below a third of the threshold (9.21): no context makes three contacts a scan.
 */
const DARK = 0.35;
const NOBODY_ELSE = 0.2;
/** Any single contact weighs at most this part of the threshold. */
const LARGEST_SHARE = 0.33;

/** UDP is lossy and mostly silent by nature: weight at most .4 (federation over QUIC had 600 addresses banned in three hours where UDP weighed full). */
const UDP_WEIGHT = 0.4;
/** Echo requests: hosts that drop them are common. */
const ECHO_WEIGHT = 0.5;
/** A failure at a service that was recently alive is an outage before it is a scan … */
const OUTAGE = 0.25;
/** … for at most so many contacts of one source, or one outage would hide a scan. */
const OUTAGE_CONTACTS = 16;
/** How long before a failure a service may have answered others to be recently alive: a week, in microseconds. */
const RECENTLY = 7 * 86_400e6;
/** Sources that have to fail at a service that never answered before it counts as gone. */
const FAILING_SOURCES = 3;
/** Sources that a service has to have answered to be popular. */
const POPULAR_SOURCES = 3;
/** Answers of popular services buy nothing: an attacker can always have those. */
const POPULAR = 0.1;
/**
 * Nor do answers of everyday services outside, or a page viewed would pay for a port probed: they weigh a quarter, and
 * no more than what failures at such services have put on the scale; past that a fiftieth.
 */
const WEB_ANSWER = 0.25;
const WEB_ANSWER_BEYOND = 0.02;
/**
 * Failures at everyday services outside (dead links, blocked advertisements, happy eyeballs of RFC 8305 over a broken
 * IPv6, mail to hosts that are gone), and at UDP ports that a peer of a call was handed out.
 */
const DEAD_OUTSIDE = 0.25;
/** And at others: what the way out blocks, games, peers. */
const FAILS_OUTSIDE = 0.5;
/** A SYN-ACK left alone at a popular service: happy eyeballs, aborted page loads. */
const RACING_CLIENT = 0.5;
/** What a learned role takes away; a configured or approved one takes all. */
const LEARNED_ROLE = 0.25;

/** Contacts of one kind that go by before one more weighs towards a scan. */
const FREE_HOSTS = 8;
const FREE_EMPTY_SESSIONS = 4;
const FREE_ADMINISTERED_HOSTS = 20;
/** What each further one weighs. Judgements: 27 hosts briefly, 16 empty sessions, 51 administered hosts reach the default threshold. */
const ONE_MORE_HOST = 0.5;
const ONE_MORE_PORT = 0.5;
const ONE_MORE_EMPTY_SESSION = 0.8;
const ONE_MORE_ADMINISTERED_HOST = 0.3;
/** And at most so many records, which all came within so many microseconds. */
const BRIEF_RECORDS = 8;
const BRIEF_SPAN = 60e6;
const ADMINISTRATION_SPAN = 3600e6;

/** ICMP requests (RFC 792, 950) and their kin that find out rather than reach. */
const ICMP_QUERIES: ReadonlySet<number> = new Set([13, 15, 17]);
/** IP protocols that hosts do speak: IGMP, IPv4, IPv6, GRE, ESP, AH, L2TP and what routers have. */
const USUAL_PROTOCOLS: ReadonlySet<number> = new Set([2, 4, 41, 47, 50, 51, 88, 89, 97, 103, 112, 115]);
const UNUSUAL_PROTOCOL = 1.2;
const ICMP_QUERY = 1.2;
/** Neighbours that do not answer, once so many were asked for within five minutes: a machine asks for those that it talks to. */
const ARP_SWEEP = 0.5;
const FREE_NEIGHBOURS = 16;
const ARP_SPAN = 300e6;
const PROBE_WITHOUT_HANDSHAKE = 2;
const PROBE_OF_HIGH_PORT = 0.5;
/**
 * Service ports of one host that may be touched without handshake before they weigh: where checksums are wrong or the
 * capture is one-way, all of a client's connections look like that, and a domain controller has a handful of services.
 */
const FREE_PROBED_PORTS = 5;
/** A connection that is used comes again; Nmap sends a probe at most twice unless told otherwise. */
const PROBE_RECORDS = 3;

/** What a machine of ours does besides scanning. */
const ORDINARY: ReadonlySet<TermName> = new Set<TermName>(['popular service', 'answered on the web']);

/** What the judgement of contacts needs to know besides them. */
export interface Weighing {
  readonly site: Site;
  readonly role: SourceRole | undefined;
  /** Sources whose own share of a service's history is not somebody else's. */
  readonly sources: number;
}

/** One observation per contact, in the order of the contacts. */
export function weighContacts(activity: SourceActivity, { site, role, sources }: Weighing): Observation[] {
  const habits = habitsOf(activity);
  const ratios = outcomeRatios(site.test.thetaBenign, site.test.thetaScan);
  const largest = LARGEST_SHARE * Math.log(1 / site.test.alpha);
  const ours = withinPrefixes(site.networks);
  const dark = withinPrefixes(site.dark);
  const expects = expectations(activity.source, role?.role, site.expected);
  const normal = normalContacts(activity, role);
  const internal = ours(activity.source);
  const counts = new Counts();
  let outages = 0;
  /** What failures at everyday services outside weigh that no answer there has taken away, in nats. */
  let deadOutside = 0;
  const answeredOutside = (full: number): number => {
    const taken = Math.max(full * WEB_ANSWER, -deadOutside);
    deadOutside += taken;
    return Math.min(taken, full * WEB_ANSWER_BEYOND);
  };

  const historyOf = (contact: Contact): ServiceHistory | undefined => activity.services.get(keyOf(contact));
  const paceOf = (contact: Contact): ContactPace | undefined => activity.paces.get(keyOf(contact));
  const briefly = (contact: Contact): boolean => {
    const pace = paceOf(contact);
    return (
      contact.sourceBytes <= BRIEF_BYTES &&
      contact.destinationBytes <= BRIEF_BYTES &&
      (pace === undefined || (pace.records <= BRIEF_RECORDS && pace.last - pace.first <= BRIEF_SPAN))
    );
  };
  const othersAnswered = (contact: Contact, history: ServiceHistory | undefined): number =>
    Math.max(0, (history?.answeredSources ?? 0) - (hasOutcome(contact.outcomes, 'answered') ? sources : 0));

  /** A failed first contact, with context. */
  const failure = (contact: Contact, term: TermName, scale: number): WeightedTerm[] => {
    const full = ratios.failure * scale;
    const history = historyOf(contact);
    const here = ours(contact.destination);
    if (contact.outcome !== 'half-open' && hasOutcome(contact.outcomes, 'answered'))
      return [{ term: 'answered afterwards', weight: 0 }];
    if (contact.outcome === 'half-open') {
      if (othersAnswered(contact, history) >= POPULAR_SOURCES)
        return [{ term: 'half-open at a popular service', weight: full * RACING_CLIENT }];
    } else if (outages < OUTAGE_CONTACTS && history !== undefined) {
      if (wasAlive(history, contact)) {
        outages += 1;
        return [{ term: 'recently alive', weight: full * OUTAGE }];
      }
      if (
        internal &&
        history.answeredSources === 0 &&
        history.failedSources - sources >= FAILING_SOURCES &&
        !dark(contact.destination)
      ) {
        outages += 1;
        return [{ term: 'fails for others', weight: full * OUTAGE }];
      }
    }
    // Also where the source is not ours either: then our blocks are not configured, and the sensor is at a client's.
    if (!here && isDailyOutside(contact)) {
      deadOutside += full * DEAD_OUTSIDE;
      return [{ term: 'dead host outside', weight: full * DEAD_OUTSIDE }];
    }
    if (internal && !here && contact.outcome !== 'half-open')
      return [{ term: 'fails outside', weight: full * FAILS_OUTSIDE }];
    const terms: WeightedTerm[] = [{ term, weight: full }];
    if (dark(contact.destination)) terms.push({ term: 'dark destination', weight: DARK * scale });
    if (history === undefined && here)
      terms.push({ term: 'nobody else goes there', weight: NOBODY_ELSE * scale });
    return terms;
  };

  const tcpAnswered = (contact: Contact): WeightedTerm[] => {
    const { destination, port, protocol } = contact;
    const history = historyOf(contact);
    if (briefly(contact) && !habits.polls) {
      if (protocol === TCP && contact.sourceBytes <= EMPTY_BYTES) {
        return counts.next('empty session') > FREE_EMPTY_SESSIONS
          ? [{ term: 'one more empty session', weight: ONE_MORE_EMPTY_SESSION }]
          : [{ term: 'empty session', weight: 0 }];
      }
      if (!isEveryday(protocol, port) && isServicePort(port)) {
        if (counts.next(`hosts of ${protocol} ${port}`) > FREE_HOSTS)
          return [{ term: 'one more host, briefly', weight: ONE_MORE_HOST }];
        if (counts.next(`ports of ${destination}`) > FREE_HOSTS)
          return [{ term: 'one more port, briefly', weight: ONE_MORE_PORT }];
        return [{ term: 'brief session', weight: 0 }];
      }
    }
    if (
      internal &&
      isWindowsAdministration(protocol, port) &&
      contact.sourceBytes <= ADMINISTRATION_BYTES &&
      contact.destinationBytes <= ADMINISTRATION_BYTES &&
      counts.within(`administered by ${port}`, contact.first, ADMINISTRATION_SPAN) > FREE_ADMINISTERED_HOSTS
    )
      return [{ term: 'one more administered host', weight: ONE_MORE_ADMINISTERED_HOST }];
    if (othersAnswered(contact, history) >= POPULAR_SOURCES)
      return [{ term: 'popular service', weight: ratios.success * POPULAR }];
    if (isEveryday(protocol, port) && !ours(destination))
      return [{ term: 'answered on the web', weight: answeredOutside(ratios.success) }];
    return [{ term: 'answered', weight: ratios.success }];
  };

  const tcp = (contact: Contact): WeightedTerm[] | undefined => {
    const { outcome, flags, destination, port } = contact;
    if (isStealthFlags(flags)) return [{ term: 'stealth probe', weight: largest }];
    if (outcome === 'unknown') {
      // Mid-stream, flipped, one-way: says nothing, unless service port follows service port on one host.
      const pace = paceOf(contact);
      if (contact.sampling > 1 || (flags & SYN) !== 0 || contact.sourceBytes > EMPTY_BYTES) return undefined;
      if ((pace?.records ?? 1) > PROBE_RECORDS) return undefined;
      const name = `probed ${destination}`;
      if (!isServicePort(port)) {
        return counts.of(name) > FREE_PROBED_PORTS
          ? [{ term: 'probe without handshake', weight: PROBE_OF_HIGH_PORT }]
          : undefined;
      }
      const free = counts.next(name) <= FREE_PROBED_PORTS;
      return [{ term: 'probe without handshake', weight: free ? 0 : PROBE_WITHOUT_HANDSHAKE }];
    }
    if (outcome === 'answered') return tcpAnswered(contact);
    return failure(contact, outcome as TermName, 1);
  };

  const udp = (contact: Contact): WeightedTerm[] | undefined => {
    const { outcome, port } = contact;
    if (isTraceroute(port) || outcome === 'unknown') return undefined;
    if (outcome === 'answered') {
      const weight = ratios.success * UDP_WEIGHT;
      return isDailyOutside(contact) && !ours(contact.destination)
        ? [{ term: 'udp answered outside', weight: answeredOutside(weight) }]
        : [{ term: 'udp answered', weight }];
    }
    if (outcome === 'silent' && (habits.repliesOverUdp || port === 443)) return undefined;
    return failure(contact, outcome === 'unreachable' ? 'udp unreachable' : 'udp silent', UDP_WEIGHT);
  };

  const icmp = (contact: Contact): WeightedTerm[] | undefined => {
    const type = contact.port >> 8;
    const echo = contact.protocol === ICMP ? 8 : 128;
    if (contact.protocol === ICMP && ICMP_QUERIES.has(type))
      return [{ term: 'icmp query', weight: ICMP_QUERY }];
    if (type !== echo || contact.outcome === 'unknown') return undefined;
    if (contact.outcome !== 'answered') return failure(contact, 'icmp silent', ECHO_WEIGHT);
    return briefly(contact) && counts.next('echo') > FREE_HOSTS
      ? [{ term: 'one more host alive', weight: ONE_MORE_HOST }]
      : [{ term: 'icmp answered', weight: ratios.success * ECHO_WEIGHT }];
  };

  const weigh = (contact: Contact): WeightedTerm[] | undefined => {
    const { protocol, port, outcome } = contact;
    // How it went is not known: what was said speaks for itself (weigh-application).
    if (contact.told === true) return undefined;
    if (outcome === 'backscatter' || isChatterContact(contact) || expects(contact)) return undefined;
    if (outcome === 'silent' && contact.sampling > 1) return undefined;
    if (habits.polls && outcome !== 'half-open') return undefined;
    if (habits.peerToPeer && (protocol === TCP || protocol === UDP) && !isServicePort(port)) return undefined;
    if (protocol === TCP || protocol === SCTP) return tcp(contact);
    if (protocol === UDP) return udp(contact);
    if (protocol === ICMP || protocol === ICMP6) return icmp(contact);
    if (protocol === ARP) {
      if (role?.role === 'router') return undefined;
      const swept = counts.within('arp', contact.first, ARP_SPAN) > FREE_NEIGHBOURS;
      return [{ term: 'arp sweep', weight: swept && outcome !== 'answered' ? ARP_SWEEP : 0 }];
    }
    if (USUAL_PROTOCOLS.has(protocol) || outcome === 'answered') return undefined;
    return [{ term: 'unusual protocol', weight: UNUSUAL_PROTOCOL }];
  };

  return activity.contacts.map((contact) => {
    const found = weigh(contact);
    const terms = found === undefined ? [] : inRole(found, contact, role, normal, largest);
    const weight = terms.reduce((sum, term) => sum + term.weight, 0);
    const ordinary = internal && terms.some(({ term }) => ORDINARY.has(term));
    return {
      at: contact.first,
      until: contact.first,
      weight,
      terms,
      contact,
      counts: found !== undefined && !ordinary,
      prelude: weight === 0 && terms.length > 0 && !ordinary,
    };
  });
}

function keyOf({ destination, port, protocol }: Contact): string {
  return serviceKey(destination, port, protocol);
}

/** Whether others, or this source before, were answered there shortly before. */
function wasAlive(history: ServiceHistory, contact: Contact): boolean {
  return (
    history.firstAnswered !== undefined &&
    history.lastAnswered !== undefined &&
    history.firstAnswered <= contact.first &&
    history.lastAnswered >= contact.first - RECENTLY
  );
}

/** What programs reach for outside every day: everyday services, and ports of peers over UDP. */
function isDailyOutside({ protocol, port }: Contact): boolean {
  return isEveryday(protocol, port) || (protocol === UDP && !isServicePort(port));
}

/** UDP traceroute counts its ports up from 33434 (Van Jacobson's traceroute; one per probe, three per hop, thirty hops). */
function isTraceroute(port: number): boolean {
  return port >= 33_434 && port <= 33_534;
}

/** What a role does all day counts less when the role was learned, and not at all when somebody said so. */
function inRole(
  terms: WeightedTerm[],
  contact: Contact,
  role: SourceRole | undefined,
  normal: ReadonlySet<string>,
  largest: number,
): WeightedTerm[] {
  const weight = terms.reduce((sum, term) => sum + term.weight, 0);
  if (role !== undefined && weight > 0 && (isDailyWork(role.role, contact) || normal.has(keyOf(contact))))
    return [{ term: 'role', weight: role.how === 'learned' ? weight * LEARNED_ROLE : 0 }];
  if (weight <= largest) return terms;
  return terms.map((term) => ({ term: term.term, weight: (term.weight * largest) / weight }));
}

function isDailyWork(role: Role, { protocol, port, outcome }: Contact): boolean {
  switch (role) {
    case 'resolver':
      return port === 53 || port === 853;
    case 'proxy':
    case 'crawler':
      return isWeb(protocol, port) || port === 53;
    case 'monitoring':
    case 'load-balancer':
      return outcome === 'answered' || protocol === ICMP || protocol === ICMP6;
    case 'backup':
    case 'ci-runner':
    case 'domain-controller':
      return outcome === 'answered';
    case 'peer-to-peer':
      return !isServicePort(port);
    case 'router':
      return protocol === ARP || protocol === ICMP || protocol === ICMP6;
    case 'scanner':
    case 'workstation':
    case 'server':
    case 'database':
    case 'unknown':
      return false;
    default:
      return role satisfies never;
  }
}

/** What was approved as normal for this source. */
function expectations(
  source: IpAddress,
  role: Role | undefined,
  expected: readonly ExpectedContact[],
): (contact: Contact) => boolean {
  const mine = expected.filter(
    (entry) =>
      (entry.role === undefined ? entry.sources.length > 0 : entry.role === role) &&
      (entry.sources.length === 0 || entry.sources.some((prefix) => contains(prefix, source))),
  );
  if (mine.length === 0) return () => false;
  return (contact) =>
    mine.some(
      (entry) =>
        (entry.port === undefined || entry.port === contact.port) &&
        (entry.protocol === undefined || entry.protocol === contact.protocol) &&
        (entry.targets.length === 0 || entry.targets.some((prefix) => contains(prefix, contact.destination))),
    );
}

/** Counts by name, and by name within a stretch of time. */
class Counts {
  readonly #counts = new Map<string, number>();
  readonly #times = new Map<string, number[]>();

  /** How many there are with this one. */
  next(name: string): number {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count;
  }

  /** How many there are. */
  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** How many there are with this one since `span` before it. */
  within(name: string, at: number, span: number): number {
    const times = this.#times.get(name) ?? [];
    times.push(at);
    while (times[0]! < at - span) times.shift();
    this.#times.set(name, times);
    return times.length;
  }
}
