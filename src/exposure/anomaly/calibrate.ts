import type { SurpriseChannel } from '../model/surprise.ts';

/** Channels with their own calibration, in the order in which rows keep their surprises. */
export const CHANNELS: readonly SurpriseChannel[] = [
  'new-port',
  'missing-port',
  'service',
  'product',
  'version',
  'os',
  'new-host',
  'combination',
  'drift',
];

/** Scans per profile that are kept for calibration. */
export const CALIBRATION_SCANS = 60;
/** Of profiles that ask few ports, only so many of the last count: they come daily, and the network moves on. */
const RECENT_SCANS = 20;
/** From so many TCP ports on a profile is broad; it is run seldom, and all of its scans count. */
const BROAD_PORTS = 10_000;
/** Rows of a scan that are kept: evidence beyond is everyday. */
export const ROWS_KEPT = 20_000;
/** Rows of a scan of which it is kept what they were about: those that a person may have judged. */
export const STRATA_KEPT = 0.02;
export const STRATA_KEPT_LEAST = 64;

/** What a row was about: by these, verdicts speak of other rows (`feedback.ts`). */
export interface RowStrata {
  readonly channel: SurpriseChannel;
  readonly group: number;
  readonly network: string;
  /** Key of the token; empty for a host as a whole. */
  readonly token: string;
  readonly identity: string;
}

/** What one scan left behind. The arrays run in parallel, the largest score first. */
export interface CalibrationScan {
  readonly census: string;
  readonly profile: string;
  readonly broad: boolean;
  /** Host-scans, those without evidence included. */
  readonly judged: number;
  /** identityHash of each row. */
  readonly identities: Uint32Array;
  /** Scores before offsets. */
  readonly scores: Float32Array;
  /** Surprise by channel: row × CHANNELS. */
  readonly channels: Float32Array;
  /** Of the first rows. */
  readonly strata: readonly RowStrata[];
  /** Share of host-scans with p ≤ DRIFT_P; undefined before calibration. */
  readonly low: number | undefined;
  /** Alerts as a person was told them. */
  readonly told: number;
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo; RFC 9923): enough to find a row again within one scan. */
export function identityHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Whether a profile asks so many ports that it is run seldom. A profile without TCP is as well. */
export function isBroad(tcpPorts: number): boolean {
  return tcpPorts === 0 || tcpPorts >= BROAD_PORTS;
}

/** Scans that the next one of a profile is held against, the last first. */
export function calibrationScans(history: readonly CalibrationScan[], profile: string): CalibrationScan[] {
  const same = history.filter((scan) => scan.profile === profile).toReversed();
  return same[0] !== undefined && !same[0].broad ? same.slice(0, RECENT_SCANS) : same;
}

/** Scans of the profile, and host-scans in them, before p-values are given. */
const SCANS_NEEDED = 2;
/** Censuses learned before: the first ones of a network are all news. */
export const LEARNED_NEEDED = 8;
/** At the budget, so many earlier rows must be at least as surprising: one alone is chance. */
const ROWS_NEEDED = 2;

/** Adds a scan; of each profile, the last ones are kept. */
export function keepForCalibration(history: CalibrationScan[], scan: CalibrationScan): void {
  history.push(scan);
  const same = history.filter(({ profile }) => profile === scan.profile);
  if (same.length > CALIBRATION_SCANS) history.splice(history.indexOf(same[0]!), 1);
}

/** The empirical distribution that p-values are taken from. */
export class Calibration {
  /** Ascending. */
  readonly #scores: Float64Array;
  readonly #channels: readonly Float32Array[];
  readonly #judged: number;
  readonly #scans: number;

  /**
   * `offset` moves a row's score as verdicts move the scores of today. Rows that `confirmed` names were events:
   * they do not show what is usual.
   */
  constructor(
    scans: readonly CalibrationScan[],
    offset: (strata: RowStrata) => number,
    confirmed: (census: string, identity: number) => boolean,
  ) {
    const scores: number[] = [];
    const channels = CHANNELS.map(() => [] as number[]);
    let judged = 0;
    for (const scan of scans) {
      judged += scan.judged;
      for (const [row, raw] of scan.scores.entries()) {
        if (confirmed(scan.census, scan.identities[row]!)) {
          judged -= 1;
          continue;
        }
        const strata = scan.strata[row];
        scores.push(strata === undefined ? raw : Math.fround(raw + offset(strata)));
        for (const [index, values] of channels.entries()) {
          const value = scan.channels[row * CHANNELS.length + index]!;
          if (value > 0) values.push(value);
        }
      }
    }
    this.#scores = Float64Array.from(scores).toSorted();
    this.#channels = channels.map((values) => Float32Array.from(values).toSorted());
    this.#judged = judged;
    this.#scans = scans.length;
  }

  /** Whether p-values may be given for a budget of false alerts per 1,000 host-scans. */
  isReady(budget: number): boolean {
    return this.#scans >= SCANS_NEEDED && this.#judged * budget >= 1_000 * ROWS_NEEDED;
  }

  /**
   * Conformal p-value of a score: the share of host-scans at least as surprising, this one included (Vovk,
   * Gammerman, Shafer, Algorithmic Learning in a Random World, 2005, 2.2). Valid as far as scans are exchangeable.
   */
  ofScore(score: number): number {
    return (1 + atLeast(this.#scores, Math.fround(score))) / (this.#judged + 1);
  }

  /** The same of one channel's surprise, by its position in CHANNELS; 1 where it is silent. */
  ofChannel(channel: number, surprise: number): number {
    if (surprise <= 0) return 1;
    return (1 + atLeast(this.#channels[channel]!, Math.fround(surprise))) / (this.#judged + 1);
  }
}

/** How many of an ascending list are at least as large. */
function atLeast(ascending: Float64Array | Float32Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
}

/** The environment is said to have changed by the rate of p-values up to here (`assessment.md`, cold start). */
export const DRIFT_P = 0.05;
const DRIFT_SCANS = 3;
const DRIFT_FACTOR = 2;
/** Scans of the profile with a rate before "usual" means anything. */
const USUAL_SCANS = 5;

/** Whether low p-values have been twice as frequent as usual in the last three scans of a profile. */
export function driftOf(
  history: readonly CalibrationScan[],
  profile: string,
): { readonly rate: number; readonly usual: number; readonly scans: number } | undefined {
  const rates = history.flatMap((scan) =>
    scan.profile === profile && scan.low !== undefined ? [scan.low] : [],
  );
  const before = rates.slice(0, -DRIFT_SCANS);
  const last = rates.slice(-DRIFT_SCANS);
  if (before.length < USUAL_SCANS) return undefined;
  const usual = Math.max(DRIFT_P / 2, before.reduce((sum, rate) => sum + rate, 0) / before.length);
  if (last.some((rate) => rate < DRIFT_FACTOR * usual)) return undefined;
  return { rate: last.reduce((sum, rate) => sum + rate, 0) / last.length, usual, scans: DRIFT_SCANS };
}
