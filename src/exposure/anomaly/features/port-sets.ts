import type { CensusHost, CensusPort } from '../../model/census.ts';

/** The ports of a host that are open, without those that may be. */
export function openPorts(host: CensusHost): readonly CensusPort[] {
  return host.ports.filter((port) => port.state === 'open');
}

/** |a ∩ b| / |a ∪ b|, 1 for two empty sets (Jaccard 1912). */
export function likeness<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): number {
  if (a.size === 0 && b.size === 0) return 1;
  let both = 0;
  for (const member of a) if (b.has(member)) both += 1;
  return both / (a.size + b.size - both);
}
