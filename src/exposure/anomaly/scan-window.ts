/** What is counted of a group, a subnet or the network in one scan, beside new ports by token. */
export const RATE_KINDS = [
  /** Hosts that answered. */
  'host',
  /** Ports that a scan covering them saw for the first time on a known host. */
  'new-port',
  /** Open ports that were known before and were seen again with a recognised service. */
  'reseen',
  'service',
  'product',
  /** Ports that were absent for the third time in a row: closed, as far as one can tell. */
  'closed',
  'version-up',
  'version-down',
  'banner-lost',
  /** Hosts with an OS guess that had one before, and those of another family. */
  'os-seen',
  'os',
  'new-host',
  /** Address-only hosts that turned out to be another machine. */
  'swap',
] as const;
export type RateKind = (typeof RATE_KINDS)[number];

/** Position of a kind in a tally. */
export const RATE: Readonly<Record<RateKind, number>> = Object.fromEntries(
  RATE_KINDS.map((kind, index) => [kind, index]),
) as Record<RateKind, number>;

/** Scans over which rates are taken (`assessment.md`, formula 2: λ over 30 scans). */
export const RATE_SCANS = 30;

/** One scan's counts. */
export interface ScanTally {
  readonly counts: number[];
  /** New ports by token. */
  readonly tokens: Map<number, number>;
}

export function emptyTally(): ScanTally {
  return { counts: RATE_KINDS.map(() => 0), tokens: new Map() };
}

/** Sums of the last RATE_SCANS scans. All counts are whole numbers: sums do not depend on their order. */
export class ScanWindow {
  readonly #tallies: ScanTally[] = [];
  readonly #totals = RATE_KINDS.map(() => 0);
  readonly #tokens = new Map<number, number>();
  #singles = 0;

  get tallies(): readonly ScanTally[] {
    return this.#tallies;
  }

  total(kind: RateKind): number {
    return this.#totals[RATE[kind]]!;
  }

  /** How often a token was new, over the window. */
  ofToken(token: number): number {
    return this.#tokens.get(token) ?? 0;
  }

  get tokens(): ReadonlyMap<number, number> {
    return this.#tokens;
  }

  /** Tokens that were new exactly once: what Good and Turing estimate the unseen from. */
  get singles(): number {
    return this.#singles;
  }

  push(tally: ScanTally): void {
    this.#tallies.push(tally);
    this.#add(tally, 1);
    if (this.#tallies.length > RATE_SCANS) this.#add(this.#tallies.shift()!, -1);
  }

  #add(tally: ScanTally, sign: 1 | -1): void {
    for (const [index, count] of tally.counts.entries()) this.#totals[index]! += sign * count;
    for (const [token, count] of tally.tokens) {
      const before = this.#tokens.get(token) ?? 0;
      const after = before + sign * count;
      if (before === 1) this.#singles -= 1;
      if (after === 1) this.#singles += 1;
      if (after === 0) this.#tokens.delete(token);
      else this.#tokens.set(token, after);
    }
  }
}
