import type { Opening } from '../../fingerprint/opening.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { SourceActivity } from './contact.ts';

/**
 * Where activity is read: the store, or a table in memory. Narrowing is generous: it may give sources that the
 * judgement then lets go, and never misses one that it would not. What comes out is the same from both.
 */
export interface ActivityReader {
  /** Sources worth a judgement (CANDIDATE), in batches, each once, in order of their addresses: so their records lie in the store. */
  candidates(scope: ActivityScope): AsyncIterable<readonly IpAddress[]>;
  /** Sets of sources that may act together, in order of `by` as listed there and then of the key; a source may be in several. */
  groups(scope: Stretch): AsyncIterable<SourceGroup>;
  /** What the sources did, one activity each, in the order given; a source without contacts and traits is left out. */
  activities(sources: readonly IpAddress[], scope: ActivityScope): AsyncIterable<SourceActivity>;
  /**
   * The packets that opened TCP flows of a source, of the distinct flow records whose time lies in the scope: by
   * compareOpenings, the first OPENINGS_PER_SOURCE. Only captures have them.
   */
  openings(source: IpAddress, scope: ActivityScope): Promise<readonly Opening[]>;
  /**
   * TCP ports at which the hosts answered anybody, over all records there are: by sources, most first, then by port; of
   * each host the first ANSWERING_PORTS. A host that answered at none is left out.
   */
  answeringPorts(hosts: readonly IpAddress[]): Promise<ReadonlyMap<IpAddress, readonly AnsweringPort[]>>;
  /** Time of the newest record, or undefined when there is none. */
  newest(): Promise<Instant | undefined>;
}

/** First packets of one source that are looked at. */
export const OPENINGS_PER_SOURCE = 5000;

/** TCP ports of one host that are looked at. */
export const ANSWERING_PORTS = 200;

/** A TCP port at which a host answered. */
export interface AnsweringPort {
  readonly port: number;
  /** Sources that it answered at least once. */
  readonly sources: number;
}

/** A stretch of the history. */
export interface Stretch {
  /** First contacts from this moment on. */
  readonly from: Instant;
  /** And up to, not including, this one. */
  readonly to: Instant;
}

/** What part of the history is looked at. */
export interface ActivityScope extends Stretch {
  /** Only these sources (a live round looks at those that were just seen); undefined: all. */
  readonly sources?: readonly IpAddress[];
}

/**
 * Sources that may be one actor. All that is said here is of failed contacts in the scope (see CANDIDATE.failedContacts)
 * of sources that mostly fail (GROUP.failedShare).
 */
export interface SourceGroup {
  /**
   * - `simultaneous`: the same targets within a second of each other (decoys). A cell is a (destination, port,
   *   protocol) and a second, or a second that begins at a half; the sources of a cell are a set, and a set
   *   is a group when so many targets had it.
   * - `prefix`: one /24 or /64 of sources
   * - `destination`: one destination host, or one port of one /24 or /64 of destinations, each source a part of it: those
   *   with GROUP.perSourceThere targets there
   */
  readonly by: 'simultaneous' | 'prefix' | 'destination';
  /** `198.51.100.0/24`; `10.0.0.5`, `10.0.0.0/24 port 443/tcp`; of `simultaneous` the addresses in order of text, space between, the first 8. */
  readonly key: string;
  /** At most GROUP.atMost, those with most failed contacts (in the scope, with whomever) first, then by text. */
  readonly sources: readonly IpAddress[];
}

/**
 * What makes a source a candidate: any one of these within the scope. Nobody whom the judgement of a single source
 * would flag is left out (a property test holds the two together): every term that is not of a first contact is named
 * here, and first contacts alone take four, since none weighs more than a third of the threshold.
 */
export const CANDIDATE = {
  /** First contacts in the scope whose outcome is refused, silent, unreachable or half-open. */
  failedContacts: 3,
  /** Those of them that are half-open: what a scan of one open port leaves behind, however much is asked of it afterwards. */
  halfOpenContacts: 1,
  /** First contacts in the scope that can speak for a scan at all: isRemarkable. */
  remarkableContacts: 4,
  /** Distinct targets, or names where the service is `dns` or `smb`, of the app records in the scope at one (destination, port, protocol, service). */
  appTargets: 20,
  /** Distinct ja4, distinct ja3, or distinct `tls` records that were not accepted, in the scope at one (destination, port, protocol, service). */
  tlsVariants: 5,
  /** Distinct agents at one (destination, port, protocol, service). */
  appAgents: 3,
  /** Records of `dns` in the scope that ask for a zone (ZONE_TRANSFERS), or whose target is no HTTP's (OTHER_THAN_HTTP). */
  oddRequests: 1,
  /** Distinct services at one (destination, port, protocol) but `fileinfo`. */
  appServices: 3,
  /** IDS alerts in the scope of severity 1 or 2 (Suricata's scale), or that speak of scans (SCAN_WORDS). */
  alerts: 1,
} as const;

/** What makes a set of sources a group worth a look. */
export const GROUP = {
  /** Sources in it. */
  sources: 3,
  /** Distinct (destination, port, protocol) that failed, over all of them. */
  failedContacts: 4,
  /**
   * Of `destination`: distinct targets there (ports of the host, hosts of the network) of each source, and of all together.
   * Sources that divide targets among them have as many, whatever joins them (COVER); who touched one is a bystander.
   */
  perSourceThere: 2,
  togetherThere: 8,
  /** Sources that are named. */
  atMost: 512,
  /**
   * Share of failures among a source's first contacts that failed or were answered, all in the scope, below which it is
   * not looked at with others: its own successes would speak louder than what it failed at. Scanners on the internet fail at .996 of theirs, ordinary hosts at .01
   * to .09 (measured on four captures of a day each: docs/evaluation.md).
   */
  failedShare: 0.25,
} as const;
