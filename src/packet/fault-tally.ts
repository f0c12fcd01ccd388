/** One reason, how often, and the first packet that had it. */
export interface TallyEntry {
  readonly reason: string;
  readonly count: number;
  readonly first: number;
}

/** Counts by reason, and remembers where each reason came up first. Reasons are the decoder's own words, so that there are few. */
export class FaultTally {
  readonly #counts = new Map<string, { count: number; first: number }>();

  /** Counts one. `packet` is the number of the packet. */
  add(reason: string, packet: number): void {
    const entry = this.#counts.get(reason);
    if (entry === undefined) this.#counts.set(reason, { count: 1, first: packet });
    else entry.count += 1;
  }

  /** How often a reason came up. */
  count(reason: string): number {
    return this.#counts.get(reason)?.count ?? 0;
  }

  /** Everything counted, by reason. */
  entries(): readonly TallyEntry[] {
    return [...this.#counts]
      .map(([reason, { count, first }]) => ({ reason, count, first }))
      .toSorted((a, b) => (a.reason < b.reason ? -1 : 1));
  }
}
