import type { IpAddress } from '../../../net/ip-address.ts';
import { RST } from '../../../net/tcp-flags.ts';
import { serviceKey, type Contact } from '../../model/contact.ts';
import { hasOutcome } from '../../model/outcome.ts';
import { counted } from '../../../text/phrase.ts';
import type { Joined } from './joined.ts';
import type { Probes } from './probes.ts';

/**
 * When sources are one scanner and its decoys (Nmap's -D sends every probe from each address in turn). The second is
 * the design's; the parts leave room for packets that one of the sensors lost.
 */
export const DECOYS = {
  sources: 3,
  targets: 4,
  /** Longest time between the first and the last source at one target, in microseconds. */
  within: 1e6,
  /** Part of a source's probes that it has to share with the others. */
  shared: 0.5,
  /** Part of neighbouring targets that come in the same order for each. */
  ordered: 0.8,
} as const;

/** The decoys among the members of a group, and the one that is none; undefined when they are not together. */
export function joinDecoys(members: readonly Probes[]): Joined | undefined {
  const together = sharedTargets(members);
  const most = Math.max(0, ...[...together.values()].map((targets) => targets.size));
  if (most < DECOYS.targets) return undefined;
  const close = members.filter((member) => {
    const shared = together.get(member.activity.source)?.size ?? 0;
    return (
      shared >= DECOYS.targets &&
      shared >= DECOYS.shared * most &&
      shared >= DECOYS.shared * member.targets.size
    );
  });
  const [reference] = close;
  if (reference === undefined || close.length < DECOYS.sources) return undefined;
  const alike = close.filter(
    (member) => sameOrder(reference, member) && flagsOf(reference) === flagsOf(member),
  );
  if (alike.length < DECOYS.sources) return undefined;
  const real = otherThanDecoys(alike, together);
  return {
    by: 'decoys',
    key: alike.map(({ activity }) => activity.source).join(' '),
    members: alike,
    trueSource: real?.source,
    family: {
      family: 'fragmented-or-decoy',
      text: `${counted(alike.length, 'source')} touched the same ${counted(most, 'target')} in the same order, each within a second of the others; ${real === undefined ? 'which of them is real cannot be told' : `only ${real.source} ${real.why}`}`,
    },
  };
}

/** For each source the targets that it touched within the same second as at least two others. */
function sharedTargets(members: readonly Probes[]): ReadonlyMap<IpAddress, ReadonlySet<string>> {
  const byTarget = new Map<string, Contact[]>();
  for (const { contacts } of members) {
    for (const contact of contacts) {
      const key = serviceKey(contact.destination, contact.port, contact.protocol);
      const known = byTarget.get(key);
      if (known === undefined) byTarget.set(key, [contact]);
      else known.push(contact);
    }
  }
  const together = new Map<IpAddress, Set<string>>();
  for (const [key, contacts] of byTarget) {
    if (contacts.length < DECOYS.sources) continue;
    for (const { source } of densest(contacts.toSorted((a, b) => a.first - b.first))) {
      const targets = together.get(source);
      if (targets === undefined) together.set(source, new Set([key]));
      else targets.add(key);
    }
  }
  return together;
}

/** The second with the most contacts, the earliest of several; empty when it has too few. Each source is there once. */
function densest(sorted: readonly Contact[]): readonly Contact[] {
  let best: readonly Contact[] = [];
  for (let begin = 0, end = 0; begin < sorted.length; begin += 1) {
    while (end < sorted.length && sorted[end]!.first - sorted[begin]!.first <= DECOYS.within) end += 1;
    if (end - begin > best.length) best = sorted.slice(begin, end);
  }
  return best.length >= DECOYS.sources ? best : [];
}

function sameOrder(reference: Probes, other: Probes): boolean {
  const times = new Map(
    other.contacts.map(({ destination, port, protocol, first }) => [
      serviceKey(destination, port, protocol),
      first,
    ]),
  );
  const shared = reference.contacts
    .map(({ destination, port, protocol }) => times.get(serviceKey(destination, port, protocol)))
    .filter((time) => time !== undefined);
  let ordered = 0;
  for (let index = 1; index < shared.length; index += 1)
    if (shared[index]! >= shared[index - 1]!) ordered += 1;
  return shared.length < 2 || ordered >= DECOYS.ordered * (shared.length - 1);
}

/** What most of its failed probes were made of. */
function flagsOf({ contacts }: Probes): number {
  const counts = new Map<number, number>();
  for (const { flags, outcome } of contacts) {
    if (outcome === 'half-open') continue;
    const made = flags & ~RST;
    counts.set(made, (counts.get(made) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1] || a[0] - b[0]);
  return most?.[0] ?? 0;
}

/** By weight of the evidence. */
const WHY_REAL: Readonly<Record<number, string>> = {
  3: 'went on to use what it found',
  2: 'reset the open ports, so that somebody is there',
  1: 'went on to other ports',
};

/**
 * The one member that is no decoy. In order of what they say: who finished a connection or spoke a protocol with a
 * target, because an address that was only borrowed never gets the answer; who alone reset the open ports, because a
 * SYN-ACK to an address where nobody is meets silence; who alone went on to other ports of the same hosts.
 */
function otherThanDecoys(
  members: readonly Probes[],
  together: ReadonlyMap<IpAddress, ReadonlySet<string>>,
): { readonly source: IpAddress; readonly why: string } | undefined {
  const hosts = new Set(members.flatMap(({ destinations }) => [...destinations]));
  const evidence = members.map(({ activity, contacts }) => {
    const finished = activity.contacts.filter(
      ({ destination, outcomes, sourceBytes }) =>
        hosts.has(destination) && hasOutcome(outcomes, 'answered') && sourceBytes > 0,
    ).length;
    const spoke = activity.app.filter(({ destination }) => hosts.has(destination)).length;
    const alone = contacts.filter(
      ({ destination, port, protocol }) =>
        hosts.has(destination) &&
        together.get(activity.source)?.has(serviceKey(destination, port, protocol)) !== true,
    ).length;
    const reset = contacts.some(({ outcome, flags }) => outcome === 'half-open' && (flags & RST) !== 0);
    return { source: activity.source, weight: finished + spoke > 0 ? 3 : reset ? 2 : alone > 0 ? 1 : 0 };
  });
  const most = Math.max(...evidence.map(({ weight }) => weight));
  const best = evidence.filter(({ weight }) => weight === most);
  const why = WHY_REAL[most];
  return why !== undefined && best.length === 1 ? { source: best[0]!.source, why } : undefined;
}
