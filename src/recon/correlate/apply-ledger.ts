import type { IpAddress } from '../../net/ip-address.ts';
import { contains } from '../../net/prefix.ts';
import { formatInstant } from '../../time/instant.ts';
import { serviceKey, type AppTrait, type Contact, type SourceActivity } from '../model/contact.ts';
import type { AuthorisedPart, Episode, TransitionStep } from '../model/episode.ts';
import { touchedName } from '../model/ip-protocol.ts';
import { counted } from '../../text/phrase.ts';
import type { AuthorisedScan, Site } from '../model/site.ts';
import { entriesFor, inWindow, partitionByLedger, type Reason } from './ledger-partition.ts';
import { LOGIN_SERVICES } from './login-service.ts';

/** Reasons that an episode lists before it counts the rest. */
const REASONS = 8;

/**
 * Labels what the ledger explains of an episode, and says what it does not. An episode that is covered whole stays as
 * evidence with severity `info` and score 0. An episode of several sources is covered as far as each of them is named.
 * Only addresses, times, ports and pace count: whatever a source says of itself covers nothing.
 *
 * A login or an attempt that no entry covers takes the contact that it rests on out of what is covered, so that
 * `contacts + remainderContacts` are all contacts of the episode but ordinary use.
 * @param activities of the episode's sources
 */
export function applyLedger(
  episode: Episode,
  activities: readonly SourceActivity[],
  site: Pick<Site, 'ledger' | 'networks' | 'expected'>,
): Episode {
  const account = new Account();
  const entries = new Map(activities.map(({ source }) => [source, entriesFor(source, site)] as const));
  for (const activity of activities) {
    const contacts = activity.contacts.filter((contact) => belongsTo(contact, episode));
    const own = entries.get(activity.source) ?? [];
    if (own.length === 0) {
      const text = `${activity.source} is not a source of any entry`;
      for (const contact of contacts)
        account.leave(contact, { kind: 'outside the scope', text, together: text });
      continue;
    }
    const { covered, remainder } = partitionByLedger(contacts, own, {
      services: activity.services,
      site,
      role: episode.role?.role,
    });
    for (const { contact, entry } of covered) account.cover(contact, entry);
    for (const { contact, reason } of remainder) account.leave(contact, reason);
  }
  if (account.covered === 0) return episode;
  const destinations = new Set(account.coveredDestinations());
  const loggedInAt = new Set<IpAddress>();
  for (const { source, app } of activities) {
    const own = entries.get(source) ?? [];
    for (const trait of app) {
      if (!destinations.has(trait.destination) || !isLoginSince(trait, episode)) continue;
      if (own.length === 0 || own.some((entry) => allowsLogin(trait, entry))) continue;
      loggedInAt.add(trait.destination);
      account.takeBack(
        trait.destination,
        trait.port,
        `login at ${trait.destination} ${touchedName(trait.protocol, trait.port)} (${trait.service}) at ${formatInstant(trait.last)}`,
      );
    }
  }
  const kept = uncoveredDestinations(episode.transition, entries);
  for (const step of episode.transition) {
    if (!destinations.has(step.destination) || !isAct(step) || isCovered(step, entries)) continue;
    if (step.step === 'session' && loggedInAt.has(step.destination)) continue;
    account.takeBack(
      step.destination,
      undefined,
      `${step.step} at ${step.destination} at ${formatInstant(step.at)}`,
    );
  }
  // Contacts that were too many to look at are not known to be covered.
  const unseen = activities.reduce((sum, { contactsLeftOut }) => sum + contactsLeftOut, 0);
  const authorised: AuthorisedPart = {
    entry: account.entries().join(', '),
    contacts: account.covered,
    remainder: [
      ...account.texts(),
      ...(unseen === 0 ? [] : [`${counted(unseen, 'contact')} too many to be looked at one by one`]),
    ],
    remainderContacts: account.left + unseen,
  };
  if (isFullyAuthorised({ authorised }))
    return { ...episode, authorised, transition: [], severity: 'info', score: 0, noise: false };
  return {
    ...episode,
    authorised,
    depth: loggedInAt.size > 0 ? 'entered' : episode.depth,
    // What was done with leave is no reason for alarm; what was done without is.
    transition: episode.transition.filter(({ destination }) => kept.has(destination)),
    exposed: episode.exposed.filter(({ destination, port, protocol }) =>
      account.isLeft(serviceKey(destination, port, protocol)),
    ),
  };
}

/** Whether all of an episode is in the ledger. */
export function isFullyAuthorised({ authorised }: Pick<Episode, 'authorised'>): boolean {
  return authorised !== undefined && authorised.remainderContacts === 0;
}

/** Whether a contact is one of the episode's: it began within its time, and is nobody's answer. */
export function belongsTo(contact: Contact, episode: Pick<Episode, 'first' | 'last'>): boolean {
  return contact.outcome !== 'backscatter' && contact.first >= episode.first && contact.first <= episode.last;
}

/** What is covered, by which entry, and what is left, for which reason. */
class Account {
  left = 0;
  readonly #covered = new Set<Contact>();
  readonly #entries = new Set<string>();
  readonly #left = new Set<string>();
  readonly #reasons = new Map<string, { readonly reason: Reason; contacts: number }>();
  readonly #more: string[] = [];

  get covered(): number {
    return this.#covered.size;
  }

  cover(contact: Contact, entry: AuthorisedScan): void {
    this.#covered.add(contact);
    this.#entries.add(entry.id);
  }

  leave(contact: Contact, reason: Reason): void {
    this.left += 1;
    this.#left.add(serviceKey(contact.destination, contact.port, contact.protocol));
    const known = this.#reasons.get(reason.text);
    if (known === undefined) this.#reasons.set(reason.text, { reason, contacts: 1 });
    else known.contacts += 1;
  }

  /** Something was done at a destination that no entry covers: the contact with the port, or else any, is left. */
  takeBack(destination: IpAddress, port: number | undefined, text: string): void {
    const there = [...this.#covered].filter((contact) => contact.destination === destination);
    const contact = there.find((one) => one.port === port) ?? there[0];
    this.#more.push(text);
    if (contact === undefined) return;
    this.#covered.delete(contact);
    this.left += 1;
    this.#left.add(serviceKey(contact.destination, contact.port, contact.protocol));
  }

  isLeft(key: string): boolean {
    return this.#left.has(key);
  }

  *coveredDestinations(): Generator<IpAddress> {
    for (const { destination } of this.#covered) yield destination;
  }

  /** Entries that cover something, in order of their names. */
  entries(): string[] {
    return [...this.#entries].toSorted();
  }

  /** Reasons as sentences: each contact by name while they are few, else together with its like. */
  texts(): string[] {
    if (this.#reasons.size <= REASONS) return [...this.#more, ...withCounts([...this.#reasons.entries()])];
    const together = new Map<string, { contacts: number }>();
    for (const { reason, contacts } of this.#reasons.values()) {
      const known = together.get(reason.together);
      if (known === undefined) together.set(reason.together, { contacts });
      else known.contacts += contacts;
    }
    return [...this.#more, ...withCounts([...together.entries()])];
  }
}

function withCounts(counts: readonly (readonly [text: string, { readonly contacts: number }])[]): string[] {
  const named = counts
    .slice(0, REASONS)
    .map(([text, { contacts }]) => (contacts === 1 ? text : `${text} (${counted(contacts, 'contact')})`));
  const rest = counts.slice(REASONS).reduce((sum, [, { contacts }]) => sum + contacts, 0);
  return rest === 0 ? named : [...named, `${counted(rest, 'more contact')} for reasons like these`];
}

function isLoginSince(trait: AppTrait, episode: Episode): boolean {
  return trait.accepted > 0 && LOGIN_SERVICES.has(trait.service) && trait.last >= episode.first;
}

function allowsLogin(trait: AppTrait, entry: AuthorisedScan): boolean {
  return (
    entry.logins === true &&
    entry.targets.some((prefix) => contains(prefix, trait.destination)) &&
    inWindow(trait.first, entry) &&
    inWindow(trait.last, entry)
  );
}

/** Whether the source did it, and it is more than looking. */
function isAct({ step }: TransitionStep): boolean {
  return step === 'credential-burst' || step === 'exploit-attempt' || step === 'session';
}

/** Whether a step was taken with leave: its source, its target and its moment are in an entry. */
function isCovered(
  { source, destination, at }: TransitionStep,
  entries: ReadonlyMap<IpAddress, readonly AuthorisedScan[]>,
): boolean {
  return (entries.get(source) ?? []).some(
    (entry) => entry.targets.some((prefix) => contains(prefix, destination)) && inWindow(at, entry),
  );
}

/** Destinations at which an attempt or a session is not covered; what followed there counts too. */
function uncoveredDestinations(
  steps: readonly TransitionStep[],
  entries: ReadonlyMap<IpAddress, readonly AuthorisedScan[]>,
): ReadonlySet<IpAddress> {
  return new Set(
    steps.filter((step) => isAct(step) && !isCovered(step, entries)).map(({ destination }) => destination),
  );
}
