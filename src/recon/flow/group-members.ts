import type { IpAddress } from '../../net/ip-address.ts';
import type { ActivityReader, Stretch } from '../model/activity-reader.ts';
import { serviceKey, type SourceActivity } from '../model/contact.ts';

/**
 * Contacts of one group that are looked at, its members' first ones and as many of each: who has more than its part is
 * found alone. About 1.5 kB each while the group is judged.
 */
const LOOKED_AT = 100_000;
/** Contacts that are kept from one group to the next, of all members: those of two groups. */
const KEPT_CONTACTS = 2 * LOOKED_AT;

/** What is kept of one member. */
interface Member {
  /** As much as a group has looked at. */
  readonly most: SourceActivity;
  /** How many contacts that may be; it has no more where it has fewer. */
  readonly atMost: number;
  /** Its beginnings, by how many contacts they may have. */
  readonly beginnings: Map<number, SourceActivity>;
  contacts: number;
}

/**
 * Reads what members of groups did, and remembers the last of them: a source is a member of many groups. What is
 * remembered is the same object each time, so that what was made of it serves again (probesOf).
 */
export class GroupMembers {
  readonly #reader: ActivityReader;
  readonly #scope: Stretch;
  readonly #kept = new Map<IpAddress, Member>();
  #contacts = 0;

  constructor(reader: ActivityReader, scope: Stretch) {
    this.#reader = reader;
    this.#scope = scope;
  }

  /** The activities, in the order given, each with its part of LOOKED_AT. Throws what the reader throws. */
  async of(sources: readonly IpAddress[]): Promise<readonly SourceActivity[]> {
    const atMost = Math.floor(LOOKED_AT / sizeClass(sources.length));
    const begun = new Map<IpAddress, SourceActivity>();
    for (const source of sources) {
      const known = this.#remembered(source, atMost);
      if (known !== undefined) begun.set(source, known);
    }
    const missing = sources.filter((source) => !begun.has(source));
    if (missing.length > 0)
      for await (const activity of this.#reader.activities(missing, this.#scope))
        begun.set(activity.source, this.#keep(activity, atMost));
    this.#forget();
    return sources.flatMap((source) => begun.get(source) ?? []);
  }

  #remembered(source: IpAddress, atMost: number): SourceActivity | undefined {
    const member = this.#kept.get(source);
    if (member === undefined) return undefined;
    const { most, beginnings } = member;
    if (atMost > member.atMost && most.contacts.length === member.atMost) return undefined;
    // Used last, forgotten last.
    this.#kept.delete(source);
    this.#kept.set(source, member);
    let beginning = beginnings.get(atMost);
    if (beginning === undefined) {
      beginning = beginningOf(most, atMost);
      beginnings.set(atMost, beginning);
      if (beginning !== most) {
        member.contacts += beginning.contacts.length;
        this.#contacts += beginning.contacts.length;
      }
    }
    return beginning;
  }

  #keep(activity: SourceActivity, atMost: number): SourceActivity {
    const { source } = activity;
    this.#contacts -= this.#kept.get(source)?.contacts ?? 0;
    this.#kept.delete(source);
    const most = beginningOf(activity, atMost);
    const contacts = most.contacts.length;
    this.#kept.set(source, { most, atMost, beginnings: new Map([[atMost, most]]), contacts });
    this.#contacts += contacts;
    return most;
  }

  #forget(): void {
    for (const [source, { contacts }] of this.#kept) {
      if (this.#contacts <= KEPT_CONTACTS) break;
      this.#kept.delete(source);
      this.#contacts -= contacts;
    }
  }
}

/**
 * A number of sources, rounded up to three significant bits: members of groups of about one size are cut alike, and
 * what was made of them serves again.
 */
function sizeClass(sources: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(sources)) - 2);
  return Math.ceil(sources / step) * step;
}

/** An activity with the first of its contacts, and what is known of their ports; itself where it has no more. */
function beginningOf(activity: SourceActivity, atMost: number): SourceActivity {
  const { contacts, contactsLeftOut, services, paces } = activity;
  if (contacts.length <= atMost) return activity;
  const first = contacts.slice(0, atMost);
  const keys = first.map(({ destination, port, protocol }) => serviceKey(destination, port, protocol));
  const among = <V>(of: ReadonlyMap<string, V>): ReadonlyMap<string, V> =>
    new Map(
      keys.flatMap((key) => {
        const value = of.get(key);
        return value === undefined ? [] : [[key, value] as const];
      }),
    );
  return {
    ...activity,
    contacts: first,
    contactsLeftOut: contactsLeftOut + contacts.length - atMost,
    services: among(services),
    paces: among(paces),
  };
}
