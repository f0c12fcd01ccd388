import type { IpAddress } from '../../../net/ip-address.ts';
import { segmentOf } from '../../../net/prefix.ts';
import { serviceKey, type Contact, type SourceActivity } from '../../model/contact.ts';
import { protocolName, TCP, UDP } from '../../model/ip-protocol.ts';

/** How long before a failure a service may have answered to be an outage: a week, in microseconds. */
const RECENTLY = 7 * 86_400e6;
/** A client that does not give up: so many records … */
const STUBBORN_RECORDS = 5;
/** … over so long, in microseconds. */
const STUBBORN_SPAN = 3_600e6;

/** What one source of a group did that could be a part of a scan. */
export interface Probes {
  readonly activity: SourceActivity;
  /** First contacts that failed and that no outage explains, in order. */
  readonly contacts: readonly Contact[];
  /** The same by what a destination group is named by: a host, or one port of a network (SourceGroup.key). */
  readonly byKey: ReadonlyMap<string, readonly Contact[]>;
  /** serviceKeys of them. */
  readonly targets: ReadonlySet<string>;
  /** `443/tcp`, as `6 443`. */
  readonly ports: ReadonlySet<string>;
  readonly destinations: ReadonlySet<IpAddress>;
  /** JA4, JA3, HASSH and what it calls itself. */
  readonly fingerprints: ReadonlySet<string>;
  /** Median time between two of them, in microseconds; 0 for one alone. */
  readonly gap: number;
  /** Part of its TCP and UDP contacts that are among them. */
  readonly share: number;
}

/** What was seen of activities that are still held: a source is a member of many groups, and looked at once. */
const seen = new WeakMap<SourceActivity, Probes>();

/** Looks at one member of a group. */
export function probesOf(activity: SourceActivity): Probes {
  let probes = seen.get(activity);
  if (probes === undefined) seen.set(activity, (probes = lookAt(activity)));
  return probes;
}

function lookAt(activity: SourceActivity): Probes {
  const contacts = activity.contacts.filter((contact) => isTelling(contact, activity));
  const transport = activity.contacts.filter(({ protocol }) => protocol === TCP || protocol === UDP).length;
  const gaps = contacts
    .slice(1)
    .map((contact, index) => contact.first - contacts[index]!.first)
    .toSorted((a, b) => a - b);
  return {
    activity,
    contacts,
    byKey: byKey(contacts),
    targets: new Set(
      contacts.map(({ destination, port, protocol }) => serviceKey(destination, port, protocol)),
    ),
    ports: new Set(contacts.map(({ port, protocol }) => `${protocol} ${port}`)),
    destinations: new Set(contacts.map(({ destination }) => destination)),
    fingerprints: new Set(
      activity.app.flatMap(({ ja4, ja3, hassh, agents }) => [
        ...(ja4.length > 0 ? ja4 : ja3),
        ...hassh,
        ...agents,
      ]),
    ),
    gap: gaps[Math.floor(gaps.length / 2)] ?? 0,
    share: Math.min(1, contacts.length / Math.max(1, transport)),
  };
}

/**
 * Whether a contact can speak for a scan by several: it failed, it was not one of a client's endless tries, and the
 * port had not answered anybody shortly before. A popular server that goes down fails for all of its clients; that
 * joins none of them.
 */
function isTelling(contact: Contact, { services, paces }: SourceActivity): boolean {
  const { destination, port, protocol, outcome, first } = contact;
  if (outcome !== 'refused' && outcome !== 'silent' && outcome !== 'unreachable' && outcome !== 'half-open')
    return false;
  const key = serviceKey(destination, port, protocol);
  const pace = paces.get(key);
  if (pace !== undefined && pace.records >= STUBBORN_RECORDS && pace.last - pace.first >= STUBBORN_SPAN)
    return false;
  const history = services.get(key);
  if (history?.firstAnswered === undefined || history.lastAnswered === undefined) return true;
  return history.firstAnswered > first || history.lastAnswered < first - RECENTLY;
}

function byKey(contacts: readonly Contact[]): ReadonlyMap<string, readonly Contact[]> {
  const found = new Map<string, Contact[]>();
  const put = (key: string, contact: Contact): void => {
    const known = found.get(key);
    if (known === undefined) found.set(key, [contact]);
    else known.push(contact);
  };
  for (const contact of contacts) {
    const { destination, port, protocol } = contact;
    put(destination, contact);
    put(`${segmentOf(destination)} port ${port}/${protocolName(protocol)}`, contact);
  }
  return found;
}

/** Part of the union that both have; 1 for two empty sets. */
export function jaccard<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): number {
  const [few, many] = a.size <= b.size ? [a, b] : [b, a];
  let both = 0;
  for (const one of few) if (many.has(one)) both += 1;
  const union = a.size + b.size - both;
  return union === 0 ? 1 : both / union;
}
