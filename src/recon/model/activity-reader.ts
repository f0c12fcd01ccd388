import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { SourceActivity } from './contact.ts';

/**
 * Where activity is read: the store, or a table in memory. Narrowing is generous: it may give sources that the
 * judgement then lets go, and never misses one that it would not. What comes out is the same from both.
 */
export interface ActivityReader {
  /** Sources worth a judgement, in batches, each once: see CANDIDATE. `touchedSince`: only those with a record that came in since that load moment. */
  candidates(scope: ActivityScope): AsyncIterable<readonly IpAddress[]>;
  /** Sets of sources that may act together; a source may be in several. */
  groups(scope: ActivityScope): AsyncIterable<SourceGroup>;
  /** What the sources did, one activity each, in the order given; a source without contacts is left out. */
  activities(sources: readonly IpAddress[], scope: ActivityScope): AsyncIterable<SourceActivity>;
  /** Time of the newest record, or undefined when there is none. */
  newest(): Promise<Instant | undefined>;
}

/** What part of the history is looked at. */
export interface ActivityScope {
  /** First contacts from this moment on. */
  readonly from: Instant;
  /** And up to, not including, this one. */
  readonly to: Instant;
  /** Only these sources (a live round looks at those that were just seen); undefined: all. */
  readonly sources?: readonly IpAddress[];
}

/** Sources that may be one actor. */
export interface SourceGroup {
  /**
   * - `simultaneous`: the same targets within a second of each other (decoys)
   * - `prefix`: one /24 or /64
   * - `destination`: one destination host or one port of one /24, each source a part of it
   */
  readonly by: 'simultaneous' | 'prefix' | 'destination';
  /** `198.51.100.0/24`, `10.0.0.5`, `10.0.0.0/24 port 443/tcp`. */
  readonly key: string;
  /** At most 512, those with most contacts first. */
  readonly sources: readonly IpAddress[];
}

/**
 * What makes a source a candidate: any one of these within the scope. Far below what the judgement needs: the
 * sequential test needs four failed first contacts (Wald's bound at α = 1e-4).
 */
export const CANDIDATE = {
  /** First contacts that were refused, silent, unreachable or half-open. */
  failedContacts: 3,
  /** First contacts of any outcome but backscatter. */
  contacts: 10,
  /** Distinct HTTP request targets, DNS names or SMB shares at one destination port. */
  appTargets: 20,
  /** Distinct TLS ClientHello fingerprints, or TLS hellos that were not accepted, at one destination port. */
  tlsVariants: 5,
  /** IDS alerts of severity 1 or 2 (Suricata's scale), or a scan notice of Zeek. */
  alerts: 1,
} as const;

/** What makes a set of sources a group worth a look. */
export const GROUP = {
  /** Sources in it. */
  sources: 3,
  /** Distinct (destination, port) that failed, over all of them. */
  failedContacts: 4,
} as const;
