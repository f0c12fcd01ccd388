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
  /** Start of the first record; of several at one microsecond the one whose outcome stands first in OUTCOMES counts. */
  readonly first: Instant;
  /** Outcome of that record. */
  readonly outcome: Outcome;
  /** Start of the latest record. */
  readonly last: Instant;
  /** Every outcome that was seen, as bits (outcome.ts). */
  readonly outcomes: number;
  /** TCP flags of the source over all records, or-ed; 0 when unknown. */
  readonly flags: number;
  /** Application protocol found: empty when none, the smallest by UTF-8 bytes when there were several. */
  readonly service: string;
  /** Greatest number of payload bytes that either side sent in one record. */
  readonly sourceBytes: number;
  readonly destinationBytes: number;
  /** Longest record, in microseconds. */
  readonly duration: number;
  /** Largest sampling rate of its records. */
  readonly sampling: number;
  /** Application records alone tell of it (told-contacts.ts): bytes, flags and duration are not known. Absent otherwise. */
  readonly told?: true;
}

/**
 * What is known of a destination port from everybody's traffic, the judged source's own included, to weigh a contact
 * with it. Over all records there are, whatever the scope.
 */
export interface ServiceHistory {
  readonly destination: IpAddress;
  readonly port: number;
  readonly protocol: number;
  /** Sources that it answered at least once. */
  readonly answeredSources: number;
  /** Sources that were refused, met silence or an ICMP error, and never got an answer nor a SYN-ACK (half-open). */
  readonly failedSources: number;
  /** Start of the first and the last record in which it answered anybody; undefined when there is none. */
  readonly firstAnswered: Instant | undefined;
  readonly lastAnswered: Instant | undefined;
}

/**
 * One application-layer trait of a source towards one destination port and service, over the distinct records whose
 * time lies in the scope.
 */
export interface AppTrait {
  readonly destination: IpAddress;
  readonly port: number;
  readonly protocol: number;
  readonly service: string;
  readonly first: Instant;
  readonly last: Instant;
  /** Distinct records. */
  readonly events: number;
  /** Distinct values that are not empty, attacker-written: the SAMPLES smallest by UTF-8 bytes, in that order. */
  readonly actions: readonly string[];
  readonly names: readonly string[];
  readonly targets: readonly string[];
  readonly agents: readonly string[];
  readonly statuses: readonly string[];
  readonly ja3: readonly string[];
  readonly ja4: readonly string[];
  readonly hassh: readonly string[];
  /** How many distinct targets there are, in the sample or not. */
  readonly distinctTargets: number;
  /** Distinct records whose peer went along, and whose peer did not. */
  readonly accepted: number;
  readonly rejected: number;
  /**
   * Distinct records whose status says no although the request was answered: see saysNo. Absent where nobody
   * counted them.
   */
  readonly denied?: number;
}

/**
 * Alerts of one signature (provider, text and number) from one source to one destination port, over the distinct
 * records whose time lies in the scope.
 */
export interface AlertTrait {
  readonly destination: IpAddress;
  readonly port: number;
  readonly provider: string;
  readonly signature: string;
  readonly signatureId: number;
  /** The smallest by UTF-8 bytes that is not empty; empty when all are. */
  readonly category: string;
  /** The smallest that is not 0 (the worst); 0 when all are. */
  readonly severity: number;
  readonly first: Instant;
  readonly last: Instant;
  readonly events: number;
}

/** Distinct flow records behind a contact: how often and how regularly. */
export interface ContactPace {
  readonly destination: IpAddress;
  readonly port: number;
  readonly protocol: number;
  /** Distinct records. */
  readonly records: number;
  readonly first: Instant;
  readonly last: Instant;
}

/**
 * A process (host, executable, user, pid) behind a source's connections, over the distinct `connect` records from the
 * source's address whose time lies in the scope.
 */
export interface ProcessTrait {
  readonly host: string;
  readonly executable: string;
  /**
   * The smallest by UTF-8 bytes that is not empty, of these records and of any `start` record of the same host,
   * executable and pid before the end of the scope: the record of a connection seldom has it. Empty when none has.
   */
  readonly commandLine: string;
  readonly user: string;
  /** Chosen as commandLine is. */
  readonly parent: string;
  readonly pid: number;
  readonly first: Instant;
  readonly last: Instant;
  /** Distinct (destination, port, protocol) it connected to. */
  readonly destinations: number;
}

/**
 * Everything the judgement of one source rests on: plain data, bounded in size. Contacts come of flow records alone;
 * a contact is in when its first record, of all there are, lies in the scope, and then speaks of all its records.
 * Where no contact of a source is in, they are made of its application records in the scope: toldContacts.
 */
export interface SourceActivity {
  readonly source: IpAddress;
  /** By first, then destination, protocol and port: compareContacts. At most CONTACTS_PER_SOURCE; `contactsLeftOut` says how many more there are. */
  readonly contacts: readonly Contact[];
  readonly contactsLeftOut: number;
  /** History of the destination ports in `contacts` that anybody else has a contact with, by serviceKey. */
  readonly services: ReadonlyMap<string, ServiceHistory>;
  /** How often and how long each contact was repeated, by serviceKey; a contact without an entry had one record. */
  readonly paces: ReadonlyMap<string, ContactPace>;
  /** By first, then destination, port, protocol, service; the first TRAITS_PER_SOURCE. */
  readonly app: readonly AppTrait[];
  /** By first, then destination, port, provider, signature, signatureId; the first TRAITS_PER_SOURCE. */
  readonly alerts: readonly AlertTrait[];
  /** By first, then host, executable, user, pid; the first TRAITS_PER_SOURCE. */
  readonly processes: readonly ProcessTrait[];
  /**
   * Connections that destinations opened later, to anywhere new (also back to the source): what an exploited host
   * does. Contacts in the scope, not backscatter, of a destination that answered the source (one of `contacts` between
   * the two has `answered` among its outcomes), begun later than the first such contact did and at most
   * OUTBOUND_WINDOW after the last record of the last of them. Of a destination its first OUTBOUND_PER_DESTINATION
   * are looked at; of what is left, by compareContacts, then source, the first OUTBOUND_PER_SOURCE.
   */
  readonly outboundAfter: readonly Contact[];
}

/** Contacts of one source that are looked at; a source with more is judged by the first so many and by counts. */
export const CONTACTS_PER_SOURCE = 100_000;

/** App, alert and process traits of one source that are looked at, of each. */
export const TRAITS_PER_SOURCE = 20_000;

/** Distinct values kept of each text of an AppTrait. */
export const SAMPLES = 50;

/** How long after a contact a connection of its destination may still be its consequence, in microseconds: a day. */
export const OUTBOUND_WINDOW = 86_400e6;

/** Connections of destinations that are looked at per source. */
export const OUTBOUND_PER_SOURCE = 1000;

/** Connections of one destination that are looked at, the first in the scope: a proxy or resolver has no end of them. */
export const OUTBOUND_PER_DESTINATION = 10_000;

/** Whether the peer answered that there is nothing, or nothing for you: HTTP 400 to 599 (RFC 9110, 15), a DNS rcode but NOERROR (RFC 6895). */
export function saysNo(service: string, status: string): boolean {
  if (service === 'http') return /^[45]\d\d$/.test(status);
  return service === 'dns' && status !== '' && status !== 'NOERROR';
}

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
