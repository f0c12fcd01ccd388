import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { Outcome } from './outcome.ts';

/**
 * The first time that a source turned to a (destination, port, protocol), and what has been seen of the three
 * since. All fields merge by minimum, maximum or union, so that records may come twice, late or in any batching.
 */
export interface Contact {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly port: number;
  readonly protocol: number;
  /** First record; of several at one microsecond the one with the smallest content hash counts. */
  readonly first: Instant;
  /** Outcome of that record. */
  readonly outcome: Outcome;
  /** Start of the latest record. */
  readonly last: Instant;
  /** Every outcome that was seen, as bits (outcome.ts). */
  readonly outcomes: number;
  /** TCP flags of the source over all records, or-ed; 0 when unknown. */
  readonly flags: number;
  /** Application protocols found, or-ed over records: empty when none. The smallest by text when there were several. */
  readonly service: string;
  /** Greatest number of payload bytes that either side sent in one record. */
  readonly sourceBytes: number;
  readonly destinationBytes: number;
  /** Longest record, in microseconds. */
  readonly duration: number;
  /** Largest sampling rate of its records. */
  readonly sampling: number;
}

/** What is known of a destination port from everybody's traffic, to weigh a contact with it. */
export interface ServiceHistory {
  readonly destination: IpAddress;
  readonly port: number;
  readonly protocol: number;
  /** Sources that it answered. */
  readonly answeredSources: number;
  /** Sources that tried and were never answered. */
  readonly failedSources: number;
  /** When it first and last answered anybody; undefined when never. */
  readonly firstAnswered: Instant | undefined;
  readonly lastAnswered: Instant | undefined;
}

/** One application-layer trait of a source towards one destination port, counted over distinct records. */
export interface AppTrait {
  readonly destination: IpAddress;
  readonly port: number;
  readonly protocol: number;
  readonly service: string;
  readonly first: Instant;
  readonly last: Instant;
  /** Distinct records. */
  readonly events: number;
  /** Distinct values, attacker-written, at most 50 each, sorted. */
  readonly actions: readonly string[];
  readonly names: readonly string[];
  readonly targets: readonly string[];
  readonly agents: readonly string[];
  readonly statuses: readonly string[];
  readonly ja3: readonly string[];
  readonly ja4: readonly string[];
  readonly hassh: readonly string[];
  /** Distinct values beyond the samples above. */
  readonly distinctTargets: number;
  readonly accepted: number;
  readonly rejected: number;
}

/** Alerts of one signature from one source to one destination. */
export interface AlertTrait {
  readonly destination: IpAddress;
  readonly port: number;
  readonly provider: string;
  readonly signature: string;
  readonly signatureId: number;
  readonly category: string;
  readonly severity: number;
  readonly first: Instant;
  readonly last: Instant;
  readonly events: number;
}

/** Distinct records of one source towards one (destination, port, protocol): how often and how regularly. */
export interface ContactPace {
  readonly destination: IpAddress;
  readonly port: number;
  readonly protocol: number;
  /** Distinct records. */
  readonly records: number;
  readonly first: Instant;
  readonly last: Instant;
}

/** Processes behind a source's connections. */
export interface ProcessTrait {
  readonly host: string;
  readonly executable: string;
  readonly commandLine: string;
  readonly user: string;
  readonly parent: string;
  readonly pid: number;
  readonly first: Instant;
  readonly last: Instant;
  /** Distinct (destination, port) it connected to. */
  readonly destinations: number;
}

/** Everything the judgement of one source rests on: plain data, bounded in size. */
export interface SourceActivity {
  readonly source: IpAddress;
  /** By first, then destination, protocol and port: compareContacts. At most CONTACTS_PER_SOURCE; `contactsLeftOut` says how many more there are. */
  readonly contacts: readonly Contact[];
  readonly contactsLeftOut: number;
  /** History of the destination ports in `contacts` that anybody else touched, by serviceKey. */
  readonly services: ReadonlyMap<string, ServiceHistory>;
  /** How often and how long each contact was repeated, by serviceKey; a contact without an entry had one record. */
  readonly paces: ReadonlyMap<string, ContactPace>;
  readonly app: readonly AppTrait[];
  readonly alerts: readonly AlertTrait[];
  readonly processes: readonly ProcessTrait[];
  /** Connections that destinations opened later, to anywhere new: what an exploited host does. */
  readonly outboundAfter: readonly Contact[];
}

/** Contacts of one source that are looked at; a source with more is judged by the first so many and by counts. */
export const CONTACTS_PER_SOURCE = 100_000;

/** Key of `services` and `paces`. */
export function serviceKey(destination: IpAddress, port: number, protocol: number): string {
  return `${destination} ${port} ${protocol}`;
}

/** The order of contacts: first time, then destination, protocol, port. Total on the contacts of one source. */
export function compareContacts(a: Contact, b: Contact): number {
  return (
    a.first - b.first ||
    (a.destination < b.destination ? -1 : a.destination > b.destination ? 1 : 0) ||
    a.protocol - b.protocol ||
    a.port - b.port
  );
}
