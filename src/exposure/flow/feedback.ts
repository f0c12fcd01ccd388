import { randomUUID } from 'node:crypto';
import { Fault } from '../../fault/fault.ts';
import { parsePortKey, type PortKey } from '../../net/port-key.ts';
import { formatPrefix, type Prefix } from '../../net/prefix.ts';
import { all, type QueryRunner, type RowWriter } from '../../sql/ports.ts';
import type { Instant } from '../../time/instant.ts';
import {
  allAnnouncements,
  allVerdicts,
  announcedChangeTable,
  encodeAnnouncement,
  encodeVerdict,
  surpriseVerdictTable,
  type Announcement,
  type GivenVerdict,
} from '../queries/surprise.ts';

export type { Announcement, GivenVerdict } from '../queries/surprise.ts';

/** Who says it, when and why. */
export interface Said {
  readonly by: string;
  readonly note: string;
  readonly at: Instant;
  /** Called once nothing refuses it any more, before anything is kept; when it throws, nothing is. */
  readonly before?: () => Promise<void>;
}

/** Keeps what a person says of an unusual host. */
export async function giveVerdict(
  store: RowWriter,
  about: Pick<GivenVerdict, 'run' | 'identity' | 'host' | 'said'>,
  { by, note, at, before }: Said,
): Promise<GivenVerdict> {
  const verdict = { id: randomUUID(), ...about, by, note, at };
  await before?.();
  await store.insert(surpriseVerdictTable, [encodeVerdict(verdict)]);
  return { ...verdict, takenBack: undefined };
}

/** All verdicts, oldest first; those that were taken back say so. */
export function listVerdicts(store: QueryRunner): Promise<readonly GivenVerdict[]> {
  return all(store, allVerdicts, {});
}

/** Takes a verdict back: nothing that follows from it holds from then on. Throws a Fault `feedback/…`. */
export async function takeBack(
  store: QueryRunner & RowWriter,
  reference: string,
  { by, note, at, before }: Said,
): Promise<GivenVerdict> {
  const verdict = oneOf(await listVerdicts(store), reference, 'verdict', 'tidemark feedback list');
  if (verdict.takenBack !== undefined) {
    throw new Fault('feedback/taken-back', 'that verdict was taken back before', 'Nothing is left to do.');
  }
  await before?.();
  await store.insert(surpriseVerdictTable, [encodeVerdict({ ...verdict, by, note, at }, 'taken-back')]);
  return { ...verdict, takenBack: { at, by, note } };
}

/** A change that is to come. */
export interface ToAnnounce {
  readonly ticket: string;
  readonly hosts: readonly Prefix[];
  readonly ports: readonly PortKey[];
  readonly from: Instant;
  readonly to: Instant;
}

/** Announces a change. Throws a Fault `feedback/ends-before-it-begins`. */
export async function announce(
  store: RowWriter,
  change: ToAnnounce,
  { before, ...said }: Said,
): Promise<Announcement> {
  if (change.to <= change.from) {
    throw new Fault(
      'feedback/ends-before-it-begins',
      'the change would end before it begins',
      'Give --to a later time.',
    );
  }
  const announcement = {
    id: randomUUID(),
    ...said,
    ticket: change.ticket,
    hosts: change.hosts.map(formatPrefix),
    ports: change.ports.filter((port) => parsePortKey(port) !== undefined),
    from: change.from,
    to: change.to,
  };
  await before?.();
  await store.insert(announcedChangeTable, [encodeAnnouncement(announcement)]);
  return { ...announcement, withdrawn: false };
}

/** All announcements, oldest first. */
export function listAnnouncements(store: QueryRunner): Promise<readonly Announcement[]> {
  return all(store, allAnnouncements, {});
}

/** Withdraws an announcement. Throws a Fault `feedback/…`. */
export async function withdraw(
  store: QueryRunner & RowWriter,
  reference: string,
  { before, ...said }: Said,
): Promise<Announcement> {
  const announcement = oneOf(
    await listAnnouncements(store),
    reference,
    'announcement',
    'tidemark announce list',
  );
  if (announcement.withdrawn) {
    throw new Fault('feedback/withdrawn', 'that announcement was withdrawn before', 'Nothing is left to do.');
  }
  const { withdrawn: _, ...rest } = announcement;
  await before?.();
  await store.insert(announcedChangeTable, [encodeAnnouncement({ ...rest, ...said }, 'withdrawn')]);
  return { ...announcement, withdrawn: true };
}

function oneOf<T extends { readonly id: string }>(
  list: readonly T[],
  reference: string,
  what: string,
  listing: string,
): T {
  const fits = list.filter(({ id }) => id.startsWith(reference.toLowerCase()));
  const [first] = fits;
  if (reference !== '' && first !== undefined && fits.length === 1) return first;
  throw new Fault(
    first === undefined ? 'feedback/unknown' : 'feedback/ambiguous',
    first === undefined
      ? `there is no ${what} ${JSON.stringify(reference.slice(0, 40))}`
      : `${reference.slice(0, 40)} fits ${fits.length} of them`,
    `See \`${listing}\`.`,
  );
}
