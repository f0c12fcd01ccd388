import type { IpAddress } from '../../net/ip-address.ts';
import { compareContacts, serviceKey, type AppTrait, type Contact, type SourceActivity } from './contact.ts';
import { hasOutcome, outcomeBit } from './outcome.ts';

/**
 * The contact behind an application trait where no flow record tells of it. That it was answered is known, and when;
 * how much was said, how long it took and with which flags is not.
 */
export function toldContact(source: IpAddress, trait: AppTrait): Contact {
  const outcome = trait.accepted + trait.rejected > 0 ? 'answered' : 'unknown';
  return {
    source,
    destination: trait.destination,
    port: trait.port,
    protocol: trait.protocol,
    first: trait.first,
    outcome,
    last: trait.last,
    outcomes: outcomeBit(outcome),
    flags: 0,
    service: trait.service,
    sourceBytes: 0,
    destinationBytes: 0,
    duration: 0,
    sampling: 1,
    told: true,
  };
}

/** The contacts of a source that application records alone tell of, one for each destination port, by compareContacts. */
export function toldContacts(source: IpAddress, traits: readonly AppTrait[]): readonly Contact[] {
  const contacts = new Map<string, Contact>();
  for (const trait of traits) {
    const contact = toldContact(source, trait);
    const key = serviceKey(contact.destination, contact.port, contact.protocol);
    const known = contacts.get(key);
    contacts.set(key, known === undefined ? contact : merged(known, contact));
  }
  return [...contacts.values()].toSorted(compareContacts);
}

/** Whether nothing is known of what the source did. */
export function isNothing({ contacts, app, alerts, processes }: SourceActivity): boolean {
  return contacts.length + app.length + alerts.length + processes.length === 0;
}

/** Two services of one port; the traits come by their first time. */
function merged(earlier: Contact, later: Contact): Contact {
  const outcomes = earlier.outcomes | later.outcomes;
  return {
    ...earlier,
    outcome: hasOutcome(outcomes, 'answered') ? 'answered' : 'unknown',
    outcomes,
    last: later.last > earlier.last ? later.last : earlier.last,
  };
}
