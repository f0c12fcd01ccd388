import { jaccard, type Probes } from './probes.ts';

/** Members that are compared with each other: 2,016 pairs. */
const COMPARED = 64;

/**
 * How alike two sources are, 0–1: 1 with a fingerprint in common; else the mean of the two that agree best of ports,
 * destinations, pace and size. Sources that divide the ports of one host agree in destination and size, sources that
 * divide a network in port and size; strangers agree in one thing by chance.
 */
export function likeness(a: Probes, b: Probes): number {
  for (const print of a.fingerprints) if (b.fingerprints.has(print)) return 1;
  const sizes = [a.contacts.length, b.contacts.length];
  const parts = [
    jaccard(a.ports, b.ports),
    jaccard(a.destinations, b.destinations),
    a.gap === 0 || b.gap === 0 ? 0 : Math.min(a.gap, b.gap) / Math.max(a.gap, b.gap),
    Math.min(...sizes) / Math.max(1, ...sizes),
  ].toSorted((left, right) => right - left);
  return (parts[0]! + parts[1]!) / 2;
}

/** How alike the members of a group are: the mean over pairs. */
export function purityOf(members: readonly Probes[]): number {
  const compared = members.slice(0, COMPARED);
  let sum = 0;
  let pairs = 0;
  for (const [index, a] of compared.entries()) {
    for (const b of compared.slice(index + 1)) {
      sum += likeness(a, b);
      pairs += 1;
    }
  }
  return pairs === 0 ? 1 : sum / pairs;
}
