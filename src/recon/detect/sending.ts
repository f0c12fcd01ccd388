import type { Opening } from '../../fingerprint/opening.ts';
import { isSyn } from '../../fingerprint/opening-facts.ts';
import { median } from '../../stats/median.ts';
import { formatCount } from '../../text/phrase.ts';
import type { SendingTrait } from '../model/sending.ts';
import type { EpisodeFacts } from './episode-facts.ts';
import { orderTrait } from './order.ts';

/** Below this nothing is said: packets, targets, gaps. */
const FEWEST = 5;
/** Share from which a habit is one; below it there are two. */
const MOSTLY = 0.9;

/** What first packets tell beyond the flow records that they are in: who made them and what followed silence. */
export function sendingOfOpenings(openings: readonly Opening[]): readonly SendingTrait[] {
  const alone = new Set(openings.map(({ source }) => source)).size === 1;
  const after = afterSilence(openings);
  return [
    stackOf(openings),
    retriesOf(after),
    // Tries that are repeated keep the pace, too.
    paceOf(alone ? openings.map(({ time }) => time).toSorted((a, b) => a - b) : []) ?? hasteOf(after),
  ].filter((trait) => trait !== undefined);
}

/** What the order and the times of first contacts tell, of one actor; any telemetry has them. */
export function sendingOfContacts(facts: EpisodeFacts): readonly SendingTrait[] {
  const { contacts } = facts;
  return [orderTrait(facts), paceOf(contacts.map(({ first }) => first))].filter(
    (trait) => trait !== undefined,
  );
}

/** Seconds, with as many digits as say something. */
function seconds(micros: number): string {
  const value = micros / 1e6;
  return `${Number(value.toPrecision(value >= 10 ? 3 : 2))} s`;
}

/**
 * What Linux, Windows, macOS and the BSDs have in a SYN: segment size, selective acknowledgement and window scale, and (IPv4)
 * Don't Fragment (p0f.fp of p0f 3.09b; packets captured in a laboratory).
 */
function isOfSystem(opening: Opening): boolean {
  const { options, df, destination } = opening;
  return (
    isSyn(opening) &&
    /(^|,)M/.test(options) &&
    /(^|,)S(,|$)/.test(options) &&
    /(^|,)W/.test(options) &&
    (df || destination.includes(':'))
  );
}

function stackOf(openings: readonly Opening[]): SendingTrait | undefined {
  const of = openings.length;
  if (of < FEWEST) return undefined;
  const system = openings.filter(isOfSystem).length;
  const raw = of - system;
  const completed = openings.filter(({ handshake }) => handshake === 'completed').length;
  const left = openings.filter(({ handshake }) => handshake === 'left').length;
  const offered = completed + left;
  const trait = (value: 'raw-socket' | 'system' | 'both', held: number, text: string): SendingTrait => ({
    aspect: 'stack',
    value,
    held,
    of,
    unit: 'first packets',
    text: `${text}${offered === 0 ? '' : `; it left ${formatCount(left)} of ${formatCount(offered)} handshakes that were offered`}.`,
  });
  const counted = (held: number): string => `${formatCount(held)} of ${formatCount(of)} first packets`;
  if (raw >= MOSTLY * of)
    return trait('raw-socket', raw, `Made by a program of its own: ${counted(raw)} have not the form that operating systems give them`); // prettier-ignore
  if (system < MOSTLY * of)
    return trait('both', raw, `Made in two ways: ${counted(raw)} have not the form that operating systems give them`); // prettier-ignore
  // Whoever copies the form of a system cannot finish the handshakes that the real system knows nothing of.
  if (completed === 0 && left >= FEWEST)
    return trait('raw-socket', left, `Made by a program of its own in the form of an operating system's: ${counted(system)} have it`); // prettier-ignore
  return trait('system', system, `Made by an operating system, for some program that connects: ${counted(system)} have its form`); // prettier-ignore
}

/** What followed at targets that said nothing. Waits in microseconds, one for each target that was tried again. */
interface AfterSilence {
  readonly targets: number;
  readonly none: number;
  readonly packets: number;
  readonly newPort: readonly number[];
  readonly samePort: readonly number[];
}

/** Silent targets alone: who was answered has no reason to ask again. */
function afterSilence(openings: readonly Opening[]): AfterSilence {
  const targets = new Map<string, Opening[]>();
  for (const opening of openings) {
    const key = `${opening.source} ${opening.destination} ${opening.destinationPort}`;
    const same = targets.get(key);
    if (same === undefined) targets.set(key, [opening]);
    else same.push(opening);
  }
  const silent = [...targets.values()].filter((same) =>
    same.every(({ handshake }) => handshake === 'silent'),
  );
  const newPort: number[] = [];
  const samePort: number[] = [];
  let packets = 0;
  for (const same of silent) {
    const [first, second] = same.toSorted((a, b) => a.time - b.time);
    if (first === undefined) continue;
    for (const opening of same) packets += opening.packets;
    if (first.packets > 1) samePort.push(first.duration / (first.packets - 1));
    else if (second !== undefined)
      (second.sourcePort === first.sourcePort ? samePort : newPort).push(second.time - first.time);
  }
  return {
    targets: silent.length,
    none: silent.length - newPort.length - samePort.length,
    packets,
    newPort,
    samePort,
  };
}

/**
 * Nmap sends a new probe from another port, systems the same SYN after a second and more (RFC 6298), masscan and ZMap
 * nothing unless they are told to (captured in a laboratory).
 */
function retriesOf({
  targets: of,
  none,
  packets,
  newPort,
  samePort,
}: AfterSilence): SendingTrait | undefined {
  if (of < FEWEST) return undefined;
  const trait = (value: 'none' | 'same-port' | 'new-port' | 'both', held: number, text: string): SendingTrait => ({
    aspect: 'retries',
    value,
    held,
    of,
    unit: 'silent targets',
    text: `${formatCount(held)} of ${formatCount(of)} silent targets ${text}.`,
  }); // prettier-ignore
  const each = (packets / of).toFixed(1);
  if (none >= MOSTLY * of) return trait('none', none, 'were not tried again');
  if (newPort.length >= MOSTLY * of)
    return trait('new-port', newPort.length, `were tried again from another source port, after ${seconds(median(newPort))} in the middle, with ${each} packets each`); // prettier-ignore
  if (samePort.length >= MOSTLY * of)
    return trait('same-port', samePort.length, `were tried again from the same source port, every ${seconds(median(samePort))}, with ${each} packets each`); // prettier-ignore
  const again = of - none;
  return trait('both', again, `were tried again, ${formatCount(newPort.length)} of them from another source port, with ${each} packets each`); // prettier-ignore
}

/**
 * Waits between two probes of the templates that send one at a time, in microseconds (nmap.org/book/performance-timing-templates.html;
 * captured: 300.08, 15.01 and 0.401 s). The others send as fast as answers come, and look alike from outside.
 */
const TEMPLATES = [
  { value: 'nmap-T0', words: "Nmap's -T0 (paranoid)", wait: 300e6 },
  { value: 'nmap-T1', words: "Nmap's -T1 (sneaky)", wait: 15e6 },
  { value: 'nmap-T2', words: "Nmap's -T2 (polite)", wait: 0.4e6 },
] as const;
/** What a system's timers and the network add. */
const LATE = { share: 0.01, micros: 20e3 };
const EARLY = 5e3;
const FITS = 0.8;
/** Coefficient of variation below which somebody counts the time; schedulers and pollers do, too. */
const REGULAR = 0.05;
/** Shorter waits are the network's. */
const SHORTEST = 20e3;

/** The least that Nmap waits before it tries again, in microseconds: 0.05 s with -T5, 0.1 s with all others (nmap.org/book/man-performance.html, --min-rtt-timeout). */
const HASTE = { from: 45e3, to: 95e3 };

/** The one of the fast templates that shows: where targets are silent, and near. */
function hasteOf({ newPort }: AfterSilence): SendingTrait | undefined {
  const of = newPort.length;
  const held = newPort.filter((wait) => wait >= HASTE.from && wait <= HASTE.to).length;
  if (of < FEWEST || held < FITS * of) return undefined;
  const text = `The waits are those of Nmap's -T5 (insane): ${formatCount(held)} of ${formatCount(of)} new probes to silent targets came before 0.1 s.`;
  return { aspect: 'pace', value: 'nmap-T5', held, of, unit: 'new probes', text };
}

/** @param times in order; microseconds */
function paceOf(times: readonly number[]): SendingTrait | undefined {
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  const of = gaps.length;
  if (of < FEWEST) return undefined;
  for (const { value, words, wait } of TEMPLATES) {
    const held = gaps.filter(
      (gap) => gap >= wait - EARLY && gap <= wait * (1 + LATE.share) + LATE.micros,
    ).length;
    if (held >= FITS * of)
      return { aspect: 'pace', value, held, of, unit: 'gaps', text: `The waits are those of ${words}: ${formatCount(held)} of ${formatCount(of)} gaps are ${seconds(wait)}.` }; // prettier-ignore
  }
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / of;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / of;
  const variation = mean === 0 ? Infinity : Math.sqrt(variance) / mean;
  if (mean < SHORTEST || variation > REGULAR) return undefined;
  const held = gaps.filter((gap) => Math.abs(gap - mean) <= 2 * REGULAR * mean).length;
  return { aspect: 'pace', value: 'regular', held, of, unit: 'gaps', text: `The waits are regular: ${formatCount(of)} gaps of ${seconds(mean)} that vary by ${(100 * variation).toFixed(1)} %.` }; // prettier-ignore
}
