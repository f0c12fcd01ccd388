import type { IpAddress } from '../../src/net/ip-address.ts';
import { parsePrefix, type Prefix } from '../../src/net/prefix.ts';
import { byDestination, type EpisodeFacts } from '../../src/recon/detect/episode-facts.ts';
import {
  compareContacts,
  serviceKey,
  type AlertTrait,
  type AppTrait,
  type Contact,
  type ContactPace,
  type ServiceHistory,
  type SourceActivity,
} from '../../src/recon/model/contact.ts';
import { TCP } from '../../src/recon/model/ip-protocol.ts';
import { outcomeBit } from '../../src/recon/model/outcome.ts';
import type { Site } from '../../src/recon/model/site.ts';
import type { Instant } from '../../src/time/instant.ts';

/** 2026-11-22T10:00:00Z and so many seconds. */
export function at(seconds: number): Instant {
  return (1_795_341_600e6 + Math.round(seconds * 1e6)) as Instant;
}

/** The source of activities, inside; and one outside. */
export const INSIDE = '10.1.1.50' as IpAddress;
export const OUTSIDE = '198.51.100.7' as IpAddress;

/** A first contact at a second: TCP, refused, never repeated, unless it says otherwise. */
export function contact(
  second: number,
  destination: string,
  port: number,
  rest: Partial<Omit<Contact, 'first' | 'last'>> & { readonly lastSecond?: number } = {},
): Contact {
  const { lastSecond, ...known } = rest;
  const outcome = rest.outcome ?? 'refused';
  const answered = outcome === 'answered';
  return {
    source: INSIDE,
    destination: destination as IpAddress,
    port,
    protocol: TCP,
    first: at(second),
    outcome,
    last: at(lastSecond ?? second),
    outcomes: outcomeBit(outcome),
    flags: answered ? 0x1b : 0x02,
    service: '',
    sourceBytes: answered ? 900 : 0,
    destinationBytes: answered ? 20_000 : 0,
    duration: 0,
    sampling: 1,
    ...known,
  };
}

/** What a source did: its contacts, in any order, and what else is known. */
export function activity(
  contacts: readonly Contact[],
  rest: Partial<{
    source: IpAddress;
    services: readonly ServiceHistory[];
    paces: readonly ContactPace[];
    app: readonly AppTrait[];
    alerts: readonly AlertTrait[];
    processes: SourceActivity['processes'];
    contactsLeftOut: number;
  }> = {},
): SourceActivity {
  const source = rest.source ?? INSIDE;
  const keyed = <T extends { destination: IpAddress; port: number; protocol: number }>(
    values: readonly T[] = [],
  ): Map<string, T> =>
    new Map(values.map((value) => [serviceKey(value.destination, value.port, value.protocol), value]));
  return {
    source,
    contacts: contacts.map((one) => ({ ...one, source })).toSorted(compareContacts),
    contactsLeftOut: rest.contactsLeftOut ?? 0,
    services: keyed(rest.services),
    paces: keyed(rest.paces),
    app: rest.app ?? [],
    alerts: rest.alerts ?? [],
    processes: rest.processes ?? [],
    outboundAfter: [],
  };
}

/** How a contact was repeated. */
export function paced(of: Contact, records: number, lastSecond: number): ContactPace {
  const { destination, port, protocol, first } = of;
  return { destination, port, protocol, records, first, last: at(lastSecond) };
}

/** What others met at a destination port. */
export function history(of: Contact, rest: Partial<ServiceHistory> = {}): ServiceHistory {
  const { destination, port, protocol } = of;
  return {
    destination,
    port,
    protocol,
    answeredSources: 0,
    failedSources: 0,
    firstAnswered: undefined,
    lastAnswered: undefined,
    ...rest,
  };
}

/** What was said to a destination port. */
export function said(
  destination: string,
  port: number,
  service: string,
  rest: Partial<AppTrait> = {},
): AppTrait {
  return {
    destination: destination as IpAddress,
    port,
    protocol: TCP,
    service,
    first: at(0),
    last: at(1),
    events: 1,
    actions: [],
    names: [],
    targets: [],
    agents: [],
    statuses: [],
    ja3: [],
    ja4: [],
    hassh: [],
    distinctTargets: 0,
    accepted: 0,
    rejected: 0,
    ...rest,
  };
}

/** A site with private address space and the default test. */
export function site(rest: Partial<Site> = {}): Site {
  return {
    networks: blocks('10.0.0.0/8', '192.168.0.0/16', 'fd00::/8'),
    dark: [],
    test: { thetaBenign: 0.92, thetaScan: 0.1, alpha: 1e-4 },
    quiet: 72 * 3600e6,
    roles: [],
    expected: [],
    ledger: [],
    exposed: new Map(),
    asOf: () => undefined,
    ...rest,
  };
}

/** Blocks by their text. */
export function blocks(...texts: readonly string[]): readonly Prefix[] {
  return texts.map((text) => parsePrefix(text)).filter((prefix) => prefix !== undefined);
}

/** An episode's facts, for a family to look at. */
export function facts(contacts: readonly Contact[], rest: Partial<EpisodeFacts> = {}): EpisodeFacts {
  const inOrder = contacts.toSorted(compareContacts);
  return {
    contacts: inOrder,
    hosts: byDestination(inOrder),
    observations: [],
    paces: new Map(),
    app: [],
    alerts: [],
    first: inOrder[0]?.first ?? at(0),
    last: inOrder.at(-1)?.first ?? at(0),
    internal: true,
    internalTargets: true,
    ...rest,
  };
}

/** So many values of a function of 0, 1, 2, … */
export function times<T>(many: number, make: (n: number) => T): readonly T[] {
  return Array.from({ length: many }, (_, n) => make(n));
}
