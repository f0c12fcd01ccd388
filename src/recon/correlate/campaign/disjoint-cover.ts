import { compareIpAddresses, parseIpv4 } from '../../../net/ip-address.ts';
import { parsePrefix } from '../../../net/prefix.ts';
import { median } from '../../../stats/median.ts';
import { poissonAtMost } from '../../../stats/poisson-bound.ts';
import { GROUP, type SourceGroup } from '../../model/activity-reader.ts';
import type { Contact } from '../../model/contact.ts';
import { counted } from '../../../text/phrase.ts';
import type { Site } from '../../model/site.ts';
import type { Joined } from './joined.ts';
import type { Probes } from './probes.ts';

/**
 * When sources divide targets among them. Sources that choose n of N targets each without knowing of one another
 * leave a part of e^(−sum/N) uncovered and overlap in the rest; where sum is about N that is 37 %. To cover 80 % of a
 * range of 30 or more with 5 % in common is no accident. Without a range to cover, something else has to join them.
 */
export const COVER = {
  sources: 3,
  /** Targets in the range, and of each source. */
  range: 30,
  perSource: 3,
  /** Part of all touches that are the only one of their target. */
  disjoint: 0.95,
  /** Part of the sources that is left out at a time, those with most in common first. */
  leaveOut: 0.05,
  /** Part of its own targets that a source may share with the others. */
  inCommon: 0.34,
  /** Part of the range, from the lowest target to the highest, that is touched. */
  covered: 0.8,
  /** Where a trait joins them: targets together, and how much they differ in size at most. */
  together: GROUP.togetherThere,
  perJoinedSource: GROUP.perSourceThere,
  sizes: 3,
  /** Where pace alone joins them: part of the whole time within which all begin; and either so many targets of each … */
  begin: 0.1,
  perPacedSource: 5,
  /** … or so many sources of at least two targets. */
  manySources: 10,
  /** Chance that strangers look so, over all choices of as many of them, from which on pace joins nobody. */
  byChance: 0.001,
} as const;

/** Ports of a host for one protocol. */
const PORTS = 65_536;

/** A member's targets at the group's destination: ports of a host, or hosts of a range. */
interface Part {
  readonly member: Probes;
  readonly contacts: readonly Contact[];
  readonly targets: ReadonlySet<number>;
}

/** Sources that divide one host's ports, or one network's hosts, among them; several campaigns may share a destination. */
export function joinDisjointCovers(
  group: SourceGroup,
  members: readonly Probes[],
  site: Pick<Site, 'asOf'>,
): Joined[] {
  const isRange = group.key.includes(' port ');
  const parts = members
    .map((member): Part => {
      const contacts = member.byKey.get(group.key) ?? [];
      return { member, contacts, targets: new Set(contacts.map((one) => targetNumber(one, isRange))) };
    })
    .filter(({ targets }) => targets.size > 0)
    .toSorted((a, b) => compareIpAddresses(a.member.activity.source, b.member.activity.source));
  const found: Joined[] = [];
  const join = (chosen: readonly Part[], by: string, what: string): void => {
    const touched = new Set(chosen.flatMap(({ targets }) => [...targets]));
    found.push({
      by,
      key: group.key,
      members: chosen.map(({ member }) => member),
      trueSource: undefined,
      family: {
        family: 'distributed',
        text: `${counted(chosen.length, 'source')} share out ${counted(touched.size, isRange ? 'host' : 'port')} of ${group.key} with hardly one in common${what}`,
      },
    });
  };
  const covering = disjointOf(parts.filter(({ targets }) => targets.size >= COVER.perSource));
  if (covering.length >= COVER.sources && coversRange(covering))
    join(covering, 'disjoint cover', ', and leave little of the range out');
  for (const [trait, bucket] of byTrait(parts, site)) {
    const chosen = alikeInSize(disjointOf(bucket));
    if (chosen.length >= COVER.sources && unionSize(chosen) >= COVER.together)
      join(chosen, `disjoint cover, ${trait}`, `; all of them have ${trait} in common`);
  }
  for (const bucket of byPace(parts)) {
    const chosen = disjointOf(bucket);
    const few = chosen.some(({ targets }) => targets.size < COVER.perPacedSource);
    if (
      chosen.length >= (few ? COVER.manySources : COVER.sources) &&
      beginTogether(chosen) &&
      chanceOfStrangers(chosen, bucket.length, targetsOf(group.key)) < COVER.byChance
    )
      join(chosen, 'disjoint cover, pace', '; they began together and keep the same pace');
  }
  return found;
}

/** A port, or the last 32 bits of an address: numbers, so that a range has a length. */
function targetNumber({ destination, port, protocol }: Contact, isRange: boolean): number {
  if (!isRange) return protocol * 65_536 + port;
  const v4 = parseIpv4(destination);
  if (v4 !== undefined) return v4;
  // Of an IPv6 /64 nobody covers the range; what counts is that hosts differ.
  let hash = 0;
  for (let index = 0; index < destination.length; index += 1)
    hash = (Math.imul(hash, 31) + destination.charCodeAt(index)) | 0;
  return hash >>> 0;
}

function unionSize(parts: readonly Part[]): number {
  return new Set(parts.flatMap(({ targets }) => [...targets])).size;
}

/**
 * Leaves out who has most in common with the rest, until hardly anything is in common; then who is a bystander: small,
 * and with most of it in common.
 */
function disjointOf(parts: readonly Part[]): readonly Part[] {
  let chosen = parts;
  const touches = new Map<number, number>();
  let sum = 0;
  for (const { targets } of chosen) {
    sum += targets.size;
    for (const target of targets) touches.set(target, (touches.get(target) ?? 0) + 1);
  }
  const inCommon = ({ targets }: Part): number => {
    let common = 0;
    for (const target of targets) if ((touches.get(target) ?? 0) > 1) common += 1;
    return common;
  };
  const leaveOut = (left: readonly Part[]): void => {
    const out = new Set(left);
    for (const { targets } of left) {
      sum -= targets.size;
      for (const target of targets) touches.set(target, (touches.get(target) ?? 0) - 1);
    }
    chosen = chosen.filter((part) => !out.has(part));
  };
  while (chosen.length >= COVER.sources && touchedTargets(touches) < COVER.disjoint * sum) {
    const ranked = chosen
      .map((part) => ({ part, common: inCommon(part) }))
      .toSorted((a, b) => b.common - a.common || a.part.targets.size - b.part.targets.size);
    // A few at a time where there are many: a destination that everybody tries has hundreds.
    leaveOut(ranked.slice(0, Math.ceil(chosen.length * COVER.leaveOut)).map(({ part }) => part));
  }
  leaveOut(chosen.filter((part) => inCommon(part) > COVER.inCommon * part.targets.size));
  return chosen;
}

function touchedTargets(touches: ReadonlyMap<number, number>): number {
  let count = 0;
  for (const times of touches.values()) if (times > 0) count += 1;
  return count;
}

function coversRange(parts: readonly Part[]): boolean {
  const targets = [...new Set(parts.flatMap((part) => [...part.targets]))].toSorted((a, b) => a - b);
  if (targets.length < COVER.range) return false;
  return targets.length >= COVER.covered * (targets.at(-1)! - targets[0]! + 1);
}

/** Members by autonomous system and by fingerprint; one may be in several. */
function byTrait(parts: readonly Part[], site: Pick<Site, 'asOf'>): [trait: string, bucket: Part[]][] {
  const buckets = new Map<string, Part[]>();
  const put = (trait: string, part: Part): void => {
    const known = buckets.get(trait);
    if (known === undefined) buckets.set(trait, [part]);
    else known.push(part);
  };
  for (const part of parts) {
    if (part.targets.size < COVER.perJoinedSource) continue;
    for (const print of part.member.fingerprints) put(`the fingerprint ${print}`, part);
    const owner = site.asOf(part.member.activity.source);
    if (owner !== undefined) put(owner, part);
  }
  return [...buckets]
    .filter(([, bucket]) => bucket.length >= COVER.sources)
    .toSorted(([a, left], [b, right]) => right.length - left.length || (a < b ? -1 : 1));
}

/** The most sources whose sizes differ by no more than the factor. */
function alikeInSize(parts: readonly Part[]): readonly Part[] {
  const sorted = parts.toSorted((a, b) => a.targets.size - b.targets.size);
  let best: readonly Part[] = [];
  for (let begin = 0; begin < sorted.length; begin += 1) {
    const most = COVER.sizes * sorted[begin]!.targets.size;
    const like = sorted.slice(begin).filter(({ targets }) => targets.size <= most);
    if (like.length > best.length) best = like;
  }
  return best.toSorted((a, b) => compareIpAddresses(a.member.activity.source, b.member.activity.source));
}

/** By powers of two of pace and size: sources of one tool with one setting. */
function byPace(parts: readonly Part[]): Part[][] {
  const buckets = new Map<string, Part[]>();
  for (const part of parts) {
    if (part.targets.size < COVER.perJoinedSource || part.member.gap === 0) continue;
    const key = `${Math.round(Math.log2(part.member.gap))} ${Math.round(Math.log2(part.targets.size))}`;
    const known = buckets.get(key);
    if (known === undefined) buckets.set(key, [part]);
    else known.push(part);
  }
  return [...buckets]
    .filter(([, bucket]) => bucket.length >= COVER.sources)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, bucket]) => bucket);
}

/** How many targets a destination has to choose from: ports of a host, hosts of a network. */
function targetsOf(key: string): number {
  const [network = '', port] = key.split(' port ');
  if (port === undefined) return PORTS;
  const prefix = parsePrefix(network);
  return prefix === undefined ? Infinity : 2 ** ((prefix.family === 4 ? 32 : 128) - prefix.length);
}

/**
 * The chance that sources which know nothing of one another, and go on all day as the background of the internet does,
 * have so little in common and begin and end so close together, in any choice of as many of them (Bonferroni).
 * Those who choose their targets freely meet Σ nᵢnⱼ/N times (Poisson). The first contacts of k sources that come every
 * `gap` on average lie within `w` with the chance (1 − e^(−w/gap))^(k−1), the range of exponential waiting times (Rényi,
 * "On the theory of order statistics", Acta Math. Acad. Sci. Hung. 4, 1953); so do the last ones, seen backwards.
 */
function chanceOfStrangers(chosen: readonly Part[], among: number, targets: number): number {
  const sizes = chosen.map((part) => part.targets.size);
  const sum = sizes.reduce((a, b) => a + b, 0);
  const squares = sizes.reduce((a, b) => a + b * b, 0);
  const meetings = (sum * sum - squares) / 2 / targets;
  const disjoint = poissonAtMost(sum - unionSize(chosen), meetings);
  const gap = median(chosen.map(({ member }) => member.gap));
  const within = (times: readonly number[]): number =>
    (1 - Math.exp((Math.min(...times) - Math.max(...times)) / gap)) ** (chosen.length - 1);
  const begins = within(chosen.map(({ contacts }) => contacts[0]!.first));
  const ends = within(chosen.map(({ contacts }) => contacts.at(-1)!.first));
  let choices = 1;
  for (let k = 1; k <= chosen.length; k += 1) choices *= (among - chosen.length + k) / k;
  return choices * disjoint * begins * ends;
}

function beginTogether(parts: readonly Part[]): boolean {
  const begins = parts.map(({ contacts }) => contacts[0]!.first);
  const ends = parts.map(({ contacts }) => contacts.at(-1)!.first);
  const span = Math.max(...ends) - Math.min(...begins);
  return Math.max(...begins) - Math.min(...begins) <= COVER.begin * span;
}
