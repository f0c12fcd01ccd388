import type { PortKey } from '../../../net/port-key.ts';
import type { Instant } from '../../../time/instant.ts';
import type { CensusHost } from '../../model/census.ts';
import { likeness, openPorts } from './port-sets.ts';

/** Different ports and services that are remembered of a host; a host that shows more answers on everything. */
const REMEMBERED = 4_096;

/** What earlier scans of one series say of a host, as far as features ask. Grows with what the host ever showed, not with scans. */
export class HostPast {
  /** Scans that saw the host. */
  scans = 0;
  lastOpen: ReadonlySet<PortKey> = new Set();
  lastWords: ReadonlyMap<PortKey, string> = new Map();
  lastFamily: string | undefined;
  readonly everOpen = new Set<PortKey>();
  readonly everServices = new Set<string>();
  /** Sum of the likeness of consecutive scans. */
  likenessSum = 0;
  serviceChanges = 0;
  unchangedSince: Instant | undefined;
  #mean = 0;
  #squares = 0;

  /** Mean number of open ports. */
  get meanOpen(): number {
    return this.#mean;
  }

  /** Standard deviation of the number of open ports; 0 before the second scan. */
  get deviationOpen(): number {
    return this.scans < 2 ? 0 : Math.sqrt(this.#squares / (this.scans - 1));
  }

  /** Takes in what a scan saw of the host. */
  learn(host: CensusHost, at: Instant): void {
    const open = new Set(openPorts(host).map((port) => port.key));
    const words = wordsOf(host);
    if (this.scans > 0) {
      const same = likeness(this.lastOpen, open);
      this.likenessSum += same;
      if (same < 1) this.unchangedSince = at;
      this.serviceChanges += changedWords(this.lastWords, words).changed;
    } else this.unchangedSince = at;
    this.scans += 1;
    // Welford, "Note on a method for calculating corrected sums of squares and products", Technometrics 4, 1962.
    const before = this.#mean;
    this.#mean += (open.size - before) / this.scans;
    this.#squares += (open.size - before) * (open.size - this.#mean);
    for (const key of open) if (this.everOpen.size < REMEMBERED) this.everOpen.add(key);
    for (const port of openPorts(host)) {
      if (port.service !== '' && this.everServices.size < REMEMBERED) this.everServices.add(port.service);
    }
    this.lastOpen = open;
    this.lastWords = words;
    this.lastFamily = host.os?.family ?? this.lastFamily;
  }
}

/** What each open port says of itself, as far as the scan asked it. */
export function wordsOf(host: CensusHost): ReadonlyMap<PortKey, string> {
  return new Map(
    openPorts(host).map((port) => [port.key, [port.service, port.product, port.version].join('\u0000')]),
  );
}

/** On how many ports open in both the words differ; a scan that heard less than the other says nothing. */
export function changedWords(
  before: ReadonlyMap<PortKey, string>,
  after: ReadonlyMap<PortKey, string>,
): { readonly changed: number; readonly both: number } {
  let changed = 0;
  let both = 0;
  for (const [key, words] of after) {
    const known = before.get(key);
    if (known === undefined) continue;
    both += 1;
    const [was, is] = [known.split('\u0000'), words.split('\u0000')];
    if (was.some((part, index) => part !== '' && is[index] !== '' && part !== is[index])) changed += 1;
  }
  return { changed, both };
}
