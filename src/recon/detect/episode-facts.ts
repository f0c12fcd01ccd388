import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { AlertTrait, AppTrait, Contact, ContactPace } from '../model/contact.ts';
import { SCTP, TCP, UDP } from '../model/ip-protocol.ts';
import type { Observation, TermName } from './observation.ts';

/** What an episode is made of: what families, shape and depth are read from. */
export interface EpisodeFacts {
  /** Contacts that belong to it, in order. Never empty, unless alerts alone made it. */
  readonly contacts: readonly Contact[];
  /** The same by destination, destinations in order of their first contact. */
  readonly hosts: ReadonlyMap<IpAddress, readonly Contact[]>;
  /** The observations of it, from onset to end. */
  readonly observations: readonly Observation[];
  /** By serviceKey. */
  readonly paces: ReadonlyMap<string, ContactPace>;
  /** Of the destinations and the time of the episode. */
  readonly app: readonly AppTrait[];
  readonly alerts: readonly AlertTrait[];
  readonly first: Instant;
  readonly last: Instant;
  /** Whether a source is ours, and whether any target is. */
  readonly internal: boolean;
  readonly internalTargets: boolean;
}

/** Whether the protocol has ports. */
export function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === SCTP;
}

/** Contacts by destination, destinations in order of their first contact. */
export function byDestination(contacts: readonly Contact[]): ReadonlyMap<IpAddress, readonly Contact[]> {
  const found = new Map<IpAddress, Contact[]>();
  for (const contact of contacts) {
    const same = found.get(contact.destination);
    if (same === undefined) found.set(contact.destination, [contact]);
    else same.push(contact);
  }
  return found;
}

/** Distinct port numbers over the protocols that have ports. */
export function distinctPorts(contacts: readonly Contact[]): ReadonlySet<number> {
  return new Set(contacts.filter(({ protocol }) => hasPorts(protocol)).map(({ port }) => port));
}

/** Whether an open port was found by it. */
export function isOpen({ outcome, outcomes, protocol }: Contact): boolean {
  return (
    (outcome === 'answered' || outcome === 'half-open' || (outcomes & 0b1_0001) !== 0) && hasPorts(protocol)
  );
}

/** How many observations have the term. */
export function countTerm(facts: EpisodeFacts, ...terms: readonly TermName[]): number {
  return facts.observations.filter((observation) =>
    observation.terms.some(({ term }) => terms.includes(term)),
  ).length;
}
