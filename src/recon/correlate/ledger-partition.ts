import { FIRST_EPHEMERAL_PORT } from '../../net/port-ranges.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { contains, segmentOf } from '../../net/prefix.ts';
import { formatInstant, formatMinute, type Instant } from '../../time/instant.ts';
import { isChatter } from '../model/chatter.ts';
import { serviceKey, type Contact, type SourceActivity } from '../model/contact.ts';
import { ARP, ICMP, ICMP6, NO_PORT, touchedName } from '../model/ip-protocol.ts';
import type { Role } from '../model/episode.ts';
import { hasOutcome, outcomeBit } from '../model/outcome.ts';
import { isOurs, type AuthorisedScan, type ExpectedContact, type Site } from '../model/site.ts';

/** A rate in the ledger is first contacts per second over this many microseconds: one minute (model/site.ts). */
const RATE_SPAN = 60e6;

/** Sources that a destination port must have answered before its use counts as ordinary: so few share no secret. */
const ORDINARY_USERS = 3;

/** DNS, NTP, DHCP and syslog: what every machine talks to, whoever else does (IANA registry). */
const INFRASTRUCTURE: ReadonlySet<number> = new Set([53, 67, 123, 514, 547]);

/** HTTP and HTTPS, where updates come from (IANA registry). */
const WEB: ReadonlySet<number> = new Set([80, 443]);

/** What the ledger says of the contacts of one source. Every contact is in exactly one of the three. */
export interface LedgerPartition {
  readonly covered: readonly { readonly contact: Contact; readonly entry: AuthorisedScan }[];
  readonly remainder: readonly { readonly contact: Contact; readonly reason: Reason }[];
  /** Ordinary use of a service that others use too: no part of a scan, authorised or not. */
  readonly ordinary: readonly Contact[];
}

/** Why a contact is not covered, and the words for it. */
export interface Reason {
  readonly kind: 'outside the scope' | 'port not covered' | 'outside the window' | 'over the rate';
  readonly text: string;
  /** What is said when there are too many to be named. */
  readonly together: string;
}

/** Entries that name the source. */
export function entriesFor(source: IpAddress, site: Pick<Site, 'ledger'>): readonly AuthorisedScan[] {
  return site.ledger.filter((entry) => entry.sources.some((prefix) => contains(prefix, source)));
}

/** What tells ordinary use from a scan. */
export interface Surroundings {
  readonly services: SourceActivity['services'];
  readonly site: Pick<Site, 'networks' | 'expected'>;
  readonly role: Role | undefined;
}

/** Holds each contact against the entries that name its source; `contacts` in order of compareContacts. */
export function partitionByLedger(
  contacts: readonly Contact[],
  entries: readonly AuthorisedScan[],
  surroundings: Surroundings,
): LedgerPartition {
  const covered: { contact: Contact; entry: AuthorisedScan }[] = [];
  const remainder: { contact: Contact; reason: Reason }[] = [];
  const ordinary: Contact[] = [];
  const recent = new Map<AuthorisedScan, Instant[]>();
  for (const contact of contacts) {
    const refusals: Reason[] = [];
    let taken: AuthorisedScan | undefined;
    for (const entry of entries) {
      const reason = refusal(contact, entry) ?? overRate(contact, entry, recent);
      if (reason === undefined) {
        taken = entry;
        break;
      }
      refusals.push(reason);
    }
    if (taken !== undefined) covered.push({ contact, entry: taken });
    else if (isOrdinaryUse(contact, surroundings)) ordinary.push(contact);
    else remainder.push({ contact, reason: nearest(refusals) });
  }
  return { covered, remainder, ordinary };
}

const CLOSENESS: readonly Reason['kind'][] = [
  'over the rate',
  'outside the window',
  'port not covered',
  'outside the scope',
];

/** Of several entries the one that came closest to covering it gives the reason. */
function nearest(refusals: readonly Reason[]): Reason {
  let best: Reason | undefined;
  for (const reason of refusals) {
    if (best === undefined || CLOSENESS.indexOf(reason.kind) < CLOSENESS.indexOf(best.kind)) best = reason;
  }
  return best ?? { kind: 'outside the scope', text: 'outside the scope', together: 'outside the scope' };
}

function refusal(contact: Contact, entry: AuthorisedScan): Reason | undefined {
  const { destination, port, protocol } = contact;
  const name = `${destination} ${touchedName(protocol, port)}`;
  if (!entry.targets.some((prefix) => contains(prefix, destination)))
    return {
      kind: 'outside the scope',
      text: `outside the scope: ${name}`,
      together: `outside the scope: ${segmentOf(destination)}`,
    };
  if (!portCovered(contact, entry))
    return {
      kind: 'port not covered',
      text: `port not covered: ${name}`,
      together: `ports not covered: of ${destination}`,
    };
  if (!inWindow(contact.first, entry)) return outsideWindow(contact.first, entry, name);
  // A port that answers is used again later, by the same machine and for its own ends; one that does not was tried again.
  if (!hasOutcome(contact.outcomes, 'answered') && !inWindow(contact.last, entry))
    return outsideWindow(contact.last, entry, name);
  return undefined;
}

/** A ledger's ports limit what is scanned; to ask whether a host is there (ARP, ICMP) belongs to every scan. */
function portCovered({ port, protocol }: Contact, { ports }: AuthorisedScan): boolean {
  if (ports === undefined || protocol === ICMP || protocol === ICMP6 || protocol === ARP) return true;
  return ports.get(protocol)?.some(([from, to]) => from <= port && port <= to) === true;
}

/** Whether the moment lies in a window of the entry: from its begin up to, not including, its end. */
export function inWindow(at: Instant, entry: AuthorisedScan): boolean {
  const windows = mergedWindows(entry);
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (windows[middle]!.to <= at) low = middle + 1;
    else high = middle;
  }
  return low < windows.length && windows[low]!.from <= at;
}

/** Sorted and not overlapping: a ledger may hold thousands of windows, and every contact asks. */
const MERGED = new WeakMap<AuthorisedScan, AuthorisedScan['windows']>();

function mergedWindows(entry: AuthorisedScan): AuthorisedScan['windows'] {
  const known = MERGED.get(entry);
  if (known !== undefined) return known;
  const merged: { from: Instant; to: Instant }[] = [];
  for (const { from, to } of entry.windows.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || from > last.to) merged.push({ from, to });
    else if (to > last.to) last.to = to;
  }
  MERGED.set(entry, merged);
  return merged;
}

function outsideWindow(at: Instant, entry: AuthorisedScan, name: string): Reason {
  const windows = mergedWindows(entry);
  const before = windows.findLast(({ to }) => to <= at);
  const after = windows.find(({ from }) => from > at);
  const text =
    before === undefined
      ? `before the window that begins ${after === undefined ? 'never' : formatMinute(after.from)}`
      : `after the window that ended ${formatMinute(before.to)}`;
  return { kind: 'outside the window', text: `${text}: ${name} at ${formatInstant(at)}`, together: text };
}

/** Counts what the entry would cover; who is too fast is not covered until slow enough again. */
function overRate(
  contact: Contact,
  entry: AuthorisedScan,
  recent: Map<AuthorisedScan, Instant[]>,
): Reason | undefined {
  if (entry.ratePerSecond === undefined) return undefined;
  let times = recent.get(entry);
  if (times === undefined) recent.set(entry, (times = []));
  times.push(contact.first);
  const from = contact.first - RATE_SPAN;
  // Sorted by time: the number within the minute is what is left after the first that lies in it.
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= from) low = middle + 1;
    else high = middle;
  }
  if (times.length - low <= (entry.ratePerSecond * RATE_SPAN) / 1e6) return undefined;
  const text = `over the rate of ${entry.ratePerSecond} contacts per second`;
  return { kind: 'over the rate', text, together: text };
}

/**
 * Whether the contact is what every machine does besides. A scanner asks its DNS server, fetches its updates from the
 * web, uses what others use too, and answers whoever reads its reports; none of that is outside its scope. Whatever
 * was approved as normal is ordinary too.
 */
function isOrdinaryUse(contact: Contact, { services, site, role }: Surroundings): boolean {
  const { source, destination, port, protocol, outcomes, sourceBytes, destinationBytes } = contact;
  if (isChatter({ source, destination, sourcePort: NO_PORT, destinationPort: port, protocol })) return true;
  if (site.expected.some((normal) => isExpected(contact, normal, role))) return true;
  const conversed = sourceBytes > 0 && destinationBytes > 0;
  // Seen from the middle, with the ends swapped: the "port" is the one that a client of the source was given.
  if (outcomes === outcomeBit('unknown')) return conversed && port >= FIRST_EPHEMERAL_PORT;
  if (!hasOutcome(outcomes, 'answered')) return false;
  if (INFRASTRUCTURE.has(port)) return true;
  if (!conversed) return false;
  if (WEB.has(port) && isOurs(site, source) && !isOurs(site, destination)) return true;
  const history = services.get(serviceKey(destination, port, protocol));
  return history !== undefined && history.answeredSources >= ORDINARY_USERS;
}

function isExpected(contact: Contact, normal: ExpectedContact, role: Role | undefined): boolean {
  const { sources, targets, port, protocol } = normal;
  if (normal.role === undefined ? sources.length === 0 : normal.role !== role) return false;
  return (
    (sources.length === 0 || sources.some((prefix) => contains(prefix, contact.source))) &&
    (targets.length === 0 || targets.some((prefix) => contains(prefix, contact.destination))) &&
    (port === undefined || port === contact.port) &&
    (protocol === undefined || protocol === contact.protocol)
  );
}
