import { pairKey, type SurpriseState } from './surprise-state.ts';

/**
 * How seldom two tokens stand together, given how common each is: max(0, −ln((N_ab+.5)/(N_a·N_b/N+.5))), the
 * negative pointwise mutual information, smoothed (formula 6; Church and Hanks, Computational Linguistics 16,
 * 1990). Zero while the network has too few hosts to tell.
 */
export function pairSurprise(together: number, a: number, b: number, hosts: number): number {
  if (hosts === 0) return 0;
  return Math.max(0, -Math.log((together + 0.5) / ((a * b) / hosts + 0.5)));
}

/** The pairs of one token with others of its host that stand together least: at most three, and their mean. */
export function combination(
  state: SurpriseState,
  token: number,
  others: readonly number[],
): { readonly surprise: number; readonly with: readonly number[] } {
  const hosts = state.counts.hosts;
  const own = state.counts.tokens.get(token)?.hosts ?? 0;
  const pairs: { readonly other: number; readonly surprise: number }[] = [];
  for (const other of others) {
    if (other === token) continue;
    const together = state.pairs.get(pairKey(token, other)) ?? 0;
    const theirs = state.counts.tokens.get(other)?.hosts ?? 0;
    const surprise = pairSurprise(together, own, theirs, hosts);
    if (surprise > 0) pairs.push({ other, surprise });
  }
  pairs.sort((a, b) => b.surprise - a.surprise || compareText(state, a.other, b.other));
  const largest = pairs.slice(0, PAIRS_ASKED);
  const sum = largest.reduce((total, pair) => total + pair.surprise, 0);
  return { surprise: sum / PAIRS_ASKED, with: largest.map(({ other }) => other) };
}

/** Formula 6 takes the mean of the three largest; a host with one odd pair is a third as odd as one with three. */
const PAIRS_ASKED = 3;

function compareText(state: SurpriseState, a: number, b: number): number {
  const left = state.tokens.token(a).key;
  const right = state.tokens.token(b).key;
  return left < right ? -1 : left > right ? 1 : 0;
}
