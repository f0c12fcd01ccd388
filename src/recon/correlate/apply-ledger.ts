import type { IpAddress } from '../../net/ip-address.ts';
import { contains, parsePrefix, segmentOf } from '../../net/prefix.ts';
import { formatInstant, formatMinute, type Instant } from '../../time/instant.ts';
import { serviceKey, type AppTrait, type Contact, type SourceActivity } from '../model/contact.ts';
import type { AuthorisedPart, Episode } from '../model/episode.ts';
import { ARP, ICMP, ICMP6, touchedName } from '../model/ip-protocol.ts';
import { hasOutcome } from '../model/outcome.ts';
import { counted } from '../model/phrase.ts';
import type { AuthorisedScan, Site } from '../model/site.ts';
import { LOGIN_SERVICES } from './login-service.ts';

/** Reasons that an episode lists before it counts the rest. */
const REASONS = 8;

/** A rate in the ledger is first contacts per second over this many microseconds: one minute (model/site.ts). */
const RATE_SPAN = 60e6;

/** Sources that a destination port must have answered before its use counts as ordinary: so few share no secret. */
const ORDINARY_USERS = 3;

/** DNS, NTP, DHCP and syslog: what every machine talks to, whoever else does (IANA registry). */
const INFRASTRUCTURE: ReadonlySet<number> = new Set([53, 67, 123, 514, 547]);

/** What the ledger says of the contacts of one source. Every contact is in exactly one of the three. */
export interface LedgerPartition {
  readonly covered: readonly { readonly contact: Contact; readonly entry: AuthorisedScan }[];
  readonly remainder: readonly { readonly contact: Contact; readonly reason: Reason }[];
  /** Ordinary use of a service that others use too: no part of a scan, authorised or not. */
  readonly ordinary: readonly Contact[];
}

/** Why a contact is not covered, and the words for it. */
interface Reason {
  readonly kind: 'outside the scope' | 'port not covered' | 'outside the window' | 'over the rate';
  readonly text: string;
  /** What is said when there are too many to be named. */
  readonly together: string;
}

/** Entries that name the source. */
export function entriesFor(source: IpAddress, site: Pick<Site, 'ledger'>): readonly AuthorisedScan[] {
  return site.ledger.filter((entry) => entry.sources.some((prefix) => contains(prefix, source)));
}

/** Holds each contact against the entries that name its source; `contacts` in order of compareContacts. */
export function partitionByLedger(
  contacts: readonly Contact[],
  entries: readonly AuthorisedScan[],
  services: SourceActivity['services'],
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
    else if (isOrdinaryUse(contact, services)) ordinary.push(contact);
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

function inWindow(at: Instant, { windows }: AuthorisedScan): boolean {
  return windows.some(({ from, to }) => from <= at && at < to);
}

function outsideWindow(at: Instant, { windows }: AuthorisedScan, name: string): Reason {
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
 * Whether the contact is what every machine does besides: it was answered, payload went both ways, and others use the
 * service too. A scanner asks its DNS server; that is not outside its scope.
 */
function isOrdinaryUse(contact: Contact, services: SourceActivity['services']): boolean {
  const { destination, port, protocol, outcomes, sourceBytes, destinationBytes } = contact;
  if (isLocalChatter(destination)) return true;
  if (!hasOutcome(outcomes, 'answered')) return false;
  if (INFRASTRUCTURE.has(port)) return true;
  if (sourceBytes === 0 || destinationBytes === 0) return false;
  const history = services.get(serviceKey(destination, port, protocol));
  return history !== undefined && history.answeredSources >= ORDINARY_USERS;
}

/** Multicast, broadcast and link-local addresses (RFC 5771, RFC 919, RFC 3927, RFC 4291): no scan goes there. */
function isLocalChatter(destination: IpAddress): boolean {
  return LOCAL.some((prefix) => contains(prefix, destination));
}

const LOCAL = ['224.0.0.0/4', '255.255.255.255/32', '169.254.0.0/16', 'ff00::/8', 'fe80::/10']
  .map(parsePrefix)
  .filter((prefix) => prefix !== undefined);

/**
 * Labels what the ledger explains of an episode, and says what it does not. An episode that is covered whole stays as
 * evidence with severity `info` and score 0. An episode of several sources is covered as far as each of them is named.
 * Only addresses, times, ports and pace count: whatever a source says of itself covers nothing.
 * @param activities of the episode's sources
 */
export function applyLedger(
  episode: Episode,
  activities: readonly SourceActivity[],
  site: Pick<Site, 'ledger'>,
): Episode {
  const byEntry = new Map<string, number>();
  const reasons = new ReasonCounts();
  const left = new Set<string>();
  let covered = 0;
  let remaining = 0;
  const logins: string[] = [];
  for (const activity of activities) {
    const contacts = activity.contacts.filter((contact) => belongsTo(contact, episode));
    const entries = entriesFor(activity.source, site);
    if (entries.length === 0) {
      if (contacts.length === 0) continue;
      remaining += contacts.length;
      const text = `${activity.source} is not a source of any entry`;
      reasons.take({ kind: 'outside the scope', text, together: text }, contacts.length);
      for (const { destination, port, protocol } of contacts)
        left.add(serviceKey(destination, port, protocol));
      continue;
    }
    const partition = partitionByLedger(contacts, entries, activity.services);
    for (const { entry } of partition.covered) byEntry.set(entry.id, (byEntry.get(entry.id) ?? 0) + 1);
    for (const { contact, reason } of partition.remainder) {
      reasons.take(reason);
      left.add(serviceKey(contact.destination, contact.port, contact.protocol));
    }
    covered += partition.covered.length;
    remaining += partition.remainder.length;
    if (partition.covered.length > 0) logins.push(...loginsAfter(activity, episode, entries));
  }
  // Contacts that were too many to look at are not known to be covered.
  const unseen = activities.reduce((sum, { contactsLeftOut }) => sum + contactsLeftOut, 0);
  if (covered === 0) return episode;
  const authorised: AuthorisedPart = {
    entry: [...byEntry.keys()].toSorted().join(', '),
    contacts: covered,
    remainder: [...logins, ...reasons.texts(), ...unseenText(unseen)],
    remainderContacts: remaining + unseen,
  };
  if (isFullyAuthorised({ ...episode, authorised }))
    return { ...episode, authorised, transition: [], severity: 'info', score: 0, noise: false };
  return {
    ...episode,
    authorised,
    depth: logins.length > 0 ? 'entered' : episode.depth,
    // What was looked at with leave is no reason for alarm; what was looked at without is.
    exposed: episode.exposed.filter(({ destination, port, protocol }) =>
      left.has(serviceKey(destination, port, protocol)),
    ),
  };
}

/** Whether all of an episode is in the ledger. */
export function isFullyAuthorised({ authorised }: Pick<Episode, 'authorised'>): boolean {
  return authorised !== undefined && authorised.remainderContacts === 0 && authorised.remainder.length === 0;
}

/** Whether a contact is one of the episode's: it began within its time, and is nobody's answer. */
export function belongsTo(contact: Contact, episode: Pick<Episode, 'first' | 'last'>): boolean {
  return contact.outcome !== 'backscatter' && contact.first >= episode.first && contact.first <= episode.last;
}

/** How often each reason was met. */
class ReasonCounts {
  readonly #byText = new Map<string, { readonly reason: Reason; contacts: number }>();

  take(reason: Reason, contacts = 1): void {
    const known = this.#byText.get(reason.text);
    if (known === undefined) this.#byText.set(reason.text, { reason, contacts });
    else known.contacts += contacts;
  }

  /** As sentences: each contact by name while they are few, else together with its like. */
  texts(): string[] {
    if (this.#byText.size <= REASONS) return texts([...this.#byText.entries()]);
    const together = new Map<string, { contacts: number }>();
    for (const { reason, contacts } of this.#byText.values()) {
      const known = together.get(reason.together);
      if (known === undefined) together.set(reason.together, { contacts });
      else known.contacts += contacts;
    }
    return texts([...together.entries()]);
  }
}

function texts(counts: readonly (readonly [text: string, { readonly contacts: number }])[]): string[] {
  const named = counts
    .slice(0, REASONS)
    .map(([text, { contacts }]) => (contacts === 1 ? text : `${text} (${counted(contacts, 'contact')})`));
  const rest = counts.slice(REASONS).reduce((sum, [, { contacts }]) => sum + contacts, 0);
  return rest === 0 ? named : [...named, `${counted(rest, 'more contact')} for reasons like these`];
}

function unseenText(unseen: number): string[] {
  return unseen === 0 ? [] : [`${counted(unseen, 'contact')} too many to be looked at one by one`];
}

/** Logins of the source at its targets that succeeded since the scan began, and that no entry allows. */
function loginsAfter(
  activity: SourceActivity,
  episode: Episode,
  entries: readonly AuthorisedScan[],
): string[] {
  return activity.app
    .filter(
      (trait) =>
        trait.accepted > 0 &&
        LOGIN_SERVICES.has(trait.service) &&
        trait.last >= episode.first &&
        !entries.some((entry) => allowsLogin(trait, entry)),
    )
    .map(
      (trait) =>
        `login at ${trait.destination} ${touchedName(trait.protocol, trait.port)} (${trait.service}) at ${formatInstant(trait.last)}`,
    );
}

function allowsLogin(trait: AppTrait, entry: AuthorisedScan): boolean {
  return (
    entry.logins === true &&
    entry.targets.some((prefix) => contains(prefix, trait.destination)) &&
    inWindow(trait.first, entry) &&
    inWindow(trait.last, entry)
  );
}
