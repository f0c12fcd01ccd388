import type { PeerGroup, SurpriseState } from './surprise-state.ts';
import type { ScanWindow } from './scan-window.ts';

/** Earlier scans that did not see a port count up to here: features that grow for ever break calibration. */
export const MISSES_CAP = 14;

/** π₀: how common a token is in the network, the host itself left out (formula 1). */
export function networkRate(hosts: number, among: number): number {
  return (hosts + 0.02) / (among + 1);
}

/** π_g: how common it is among peers, shrunk towards the network by three pseudo-hosts (formula 1). */
export function peerRate(hosts: number, among: number, network: number): number {
  return (hosts + 3 * network) / (among + 3);
}

/** e: how often scans miss an open port of this host (formula 2). */
export function missRate(missed: number, looks: number): number {
  return (missed + 0.1) / (looks + 10);
}

/** λ_g: new ports per host-scan of a group, shrunk towards the network's by 200 host-scans (formula 2). */
export function groupRate(newPorts: number, hostScans: number, network: number): number {
  return (newPorts + 200 * network) / (hostScans + 200);
}

/** λ_h: the same of one host, shrunk towards its group's by 40 scans (formula 2). */
export function hostRate(newPorts: number, scans: number, group: number): number {
  return (newPorts + 40 * group) / (scans + 40);
}

/** λ₀: of the network, with one new port in a thousand host-scans assumed before any was counted. */
export function networkNewRate(window: ScanWindow): number {
  return (window.total('new-port') + 0.5) / (window.total('host') + 500);
}

/** What formula 2 asks of a port that was not seen before. */
export interface NewPortFacts {
  /** π_g. */
  readonly peers: number;
  /** e. */
  readonly missRate: number;
  /** n: scans that covered it and did not see it. */
  readonly misses: number;
  /** λ_h. */
  readonly rate: number;
  /** T_g(q). */
  readonly tail: number;
  /** Scans since the last one that asked: λ is per scan, and any of them may have been the one. */
  readonly gap: number;
}

/**
 * −ln of the probability that a scan shows a port for the first time (formula 2): either it was there all
 * along, as it is among peers, and n scans missed it (Bayes), or it is one of the new ports that this host
 * shows now and then, and one at least as odd.
 */
export function newPortSurprise({ peers, missRate: e, misses, rate, tail, gap }: NewPortFacts): number {
  const missed = peers * e ** Math.min(misses, MISSES_CAP);
  const there = missed / (missed + 1 - peers);
  return Math.max(0, -Math.log(Math.min(1, there + Math.min(1, rate * gap) * tail)));
}

/** Before anything was counted every port is as likely as another. */
const UNIFORM = 1 / 65_536;

/**
 * How likely new ports are to be this or that token in a group, and how likely one at least as odd is
 * (formula 3). Made once per group and scan.
 */
export class NewPortTail {
  readonly #group: PeerGroup | undefined;
  readonly #state: SurpriseState;
  /** Likelihoods in ascending order and their running sums. */
  readonly #ascending: Float64Array;
  readonly #mass: Float64Array;
  readonly #unseen: number;

  constructor(state: SurpriseState, group: PeerGroup | undefined) {
    this.#state = state;
    this.#group = group;
    const candidates = new Set<number>();
    for (const map of [group?.window.tokens, group?.counts.tokens, state.window.tokens]) {
      for (const token of map?.keys() ?? []) candidates.add(token);
    }
    this.#ascending = Float64Array.from(candidates, (token) => this.likelihood(token, 0)).toSorted();
    this.#mass = new Float64Array(this.#ascending.length);
    let sum = 0;
    for (const [index, q] of this.#ascending.entries()) {
      sum += q;
      this.#mass[index] = sum;
    }
    const network = (state.window.singles + 1) / (state.window.total('new-port') + 2);
    this.#unseen =
      ((group?.window.singles ?? 0) + 10 * network) / ((group?.window.total('new-port') ?? 0) + 10);
  }

  /** q_g(t); `same` counts other hosts of the group with the same new token in this scan. */
  likelihood(token: number, same: number): number {
    const { counts, window } = this.#state;
    const group = this.#group;
    const inGroup = group?.counts.tokens.get(token)?.hosts ?? 0;
    const inNetwork = counts.tokens.get(token)?.hosts ?? 0;
    return (
      ((group?.window.ofToken(token) ?? 0) +
        3 * same +
        (5 * inGroup) / Math.max(1, group?.counts.held ?? 0) +
        (2 * inNetwork) / Math.max(1, counts.held) +
        (2 * window.ofToken(token)) / Math.max(1, window.total('new-port')) +
        UNIFORM) /
      ((group?.window.total('new-port') ?? 0) + 3 * same + 10)
    );
  }

  /**
   * T_g(q): half of the unseen mass as Good and Turing estimate it (Good, Biometrika 40, 1953: tokens seen
   * once / tokens seen), and the mass of tokens at most as likely.
   */
  tail(q: number): number {
    let low = 0;
    let high = this.#ascending.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ascending[middle]! <= q) low = middle + 1;
      else high = middle;
    }
    return Math.min(1, 0.5 * this.#unseen + (low === 0 ? 0 : this.#mass[low - 1]!));
  }
}
