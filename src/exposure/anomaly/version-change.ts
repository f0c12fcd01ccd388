import type { CensusPort } from '../model/census.ts';
import type { RateKind, ScanWindow } from './scan-window.ts';
import type { TokenMemory } from './surprise-state.ts';

/** How an open port can answer otherwise than before. */
export type AnswerChange = Extract<
  RateKind,
  'service' | 'product' | 'version-up' | 'version-down' | 'banner-lost'
>;

/** From this confidence on Nmap has heard the service; below it guesses from the port number. */
const HEARD = 5;

/** How a port answers otherwise than remembered; undefined when it does not, or cannot be told. */
export function answerChange(before: TokenMemory, now: CensusPort): AnswerChange | undefined {
  const heard = now.confidence >= HEARD;
  if (before.product !== '' && now.product !== '') {
    if (before.product !== now.product) return before.rival === now.product ? undefined : 'product';
    if (before.version === '' || now.version === '') return undefined;
    const order = compareVersions(before.version, now.version);
    return order === 0 ? undefined : order < 0 ? 'version-up' : 'version-down';
  }
  if (heard && before.service !== '' && now.service !== '' && before.service !== now.service)
    return 'service';
  if (heard && before.product !== '' && now.product === '') return 'banner-lost';
  return undefined;
}

/**
 * Hazard of a change per re-seen service: the group's rate, shrunk towards the network's by 50, which itself
 * starts at `prior` with 500 (formula 5). Other hosts with the very same change in this scan are a wave that
 * explains it, each as much as three counted changes.
 */
export function hazard(
  kind: RateKind,
  among: RateKind,
  prior: number,
  group: ScanWindow | undefined,
  network: ScanWindow,
  same: number,
): number {
  const base = (network.total(kind) + 500 * prior) / (network.total(among) + 500);
  const rate = ((group?.total(kind) ?? 0) + 50 * base) / ((group?.total(among) ?? 0) + 50);
  return Math.min(1, rate + (1 - rate) * (same / (same + 3)));
}

/** Changes per re-seen service before any was counted. */
export const ANSWER_PRIOR: Readonly<Record<AnswerChange, number>> = {
  service: 0.0005,
  product: 0.0005,
  'version-up': 0.01,
  'version-down': 0.0005,
  'banner-lost': 0.02,
};

/**
 * Order of two versions as people read them: runs of digits by number, the rest by text; a version that has
 * more parts is the later one.
 */
export function compareVersions(a: string, b: string): number {
  const left = a.match(/\d+|[a-z]+/gi) ?? [];
  const right = b.match(/\d+|[a-z]+/gi) ?? [];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const x = left[index];
    const y = right[index];
    if (x === undefined || y === undefined) return x === y ? 0 : x === undefined ? -1 : 1;
    const numbers = Number(x) - Number(y);
    if (numbers !== 0 && !Number.isNaN(numbers)) return numbers;
    if (Number.isNaN(numbers) && x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
