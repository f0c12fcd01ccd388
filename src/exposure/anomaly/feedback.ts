import type { SurpriseVerdict } from '../model/surprise.ts';
import { identityHash, type CalibrationScan, type RowStrata } from './calibrate.ts';

/** Something that several rows have in common, and that a verdict on one of them says something about. */
export interface Stratum {
  readonly by: 'channel-group' | 'channel-network' | 'token' | 'channel-host';
  /** What it is, for a list of effects. */
  readonly name: string;
  /** Verdicts: true, and expected or noise. */
  readonly confirmed: number;
  readonly dismissed: number;
  /** Added to scores of its rows, in log odds. */
  readonly offset: number;
}

/** A stratum starts with so many imagined verdicts of the usual mix. */
const PRIOR_VERDICTS = 8;
/** A row moves by this much at most, whatever its strata say. */
const LOWEST = -3;
const HIGHEST = 1;
/** The budget is a promise: what is aimed for lies a little below it. */
const AIM = 0.9;
/** How fast the level follows, and ln 12: how far it may go. */
const STEP = 0.25;
const LEVEL_MOST = 2.5;
/** No verdict lowers a row that shows a port of this severity: it must be looked at each time. */
export const SEVERITY_FLOOR = 0.9;

/** The strata of a row, as keys: kind, then name. */
function keysOf({ channel, group, network, token, identity }: RowStrata): readonly string[] {
  return [
    `channel-group ${channel} ${group}`,
    `channel-network ${channel} ${network}`,
    ...(token === '' ? [] : [`token ${token}`]),
    `channel-host ${channel} ${identity}`,
  ];
}

/**
 * What verdicts do. Made anew from all of them each time, so that one taken back leaves no trace. Verdicts on
 * rows that are no longer kept for calibration have no effect any more.
 */
export class Feedback {
  readonly #offsets = new Map<string, Stratum>();
  readonly #confirmed = new Set<string>();
  /** Per census: rows that were judged, and those of them that were dismissed. */
  readonly #looked = new Map<string, { judged: number; dismissed: number }>();

  constructor(verdicts: readonly SurpriseVerdict[], history: readonly CalibrationScan[]) {
    const scans = new Map(history.map((scan) => [scan.census, scan]));
    const counts = new Map<string, { confirmed: number; dismissed: number }>();
    let confirmed = 0;
    let dismissed = 0;
    for (const { census, identity, verdict } of verdicts) {
      const hash = identityHash(identity);
      if (verdict === 'true') this.#confirmed.add(`${census} ${hash}`);
      const looked = this.#looked.get(census) ?? { judged: 0, dismissed: 0 };
      looked.judged += 1;
      if (verdict !== 'true') looked.dismissed += 1;
      this.#looked.set(census, looked);
      const scan = scans.get(census);
      const strata = scan?.strata[scan.identities.indexOf(hash)];
      if (strata === undefined) continue;
      if (verdict === 'true') confirmed += 1;
      else dismissed += 1;
      for (const key of keysOf(strata)) {
        const count = counts.get(key) ?? { confirmed: 0, dismissed: 0 };
        if (verdict === 'true') count.confirmed += 1;
        else count.dismissed += 1;
        counts.set(key, count);
      }
    }
    // Of the usual mix, half a verdict of each kind is assumed: no share is ever 0 or 1.
    const usual = (confirmed + 0.5) / (confirmed + dismissed + 1);
    for (const [key, count] of counts) {
      const space = key.indexOf(' ');
      this.#offsets.set(key, {
        by: key.slice(0, space) as Stratum['by'],
        name: key.slice(space + 1),
        ...count,
        offset: stratumOffset(count.confirmed, count.dismissed, usual),
      });
    }
  }

  /** All that is in force, the largest effect first. */
  get effects(): readonly Stratum[] {
    return [...this.#offsets.values()].toSorted(
      (a, b) => Math.abs(b.offset) - Math.abs(a.offset) || (a.name < b.name ? -1 : 1),
    );
  }

  /** What is added to a row's score. */
  offset(strata: RowStrata): number {
    if (this.#offsets.size === 0) return 0;
    const sum = keysOf(strata).reduce((total, key) => total + (this.#offsets.get(key)?.offset ?? 0), 0);
    return Math.min(HIGHEST, Math.max(LOWEST, sum));
  }

  /** Strata of a row that verdicts were given on. */
  strataOf(strata: RowStrata): readonly Stratum[] {
    return keysOf(strata).flatMap((key) => this.#offsets.get(key) ?? []);
  }

  /**
   * By what the budget is multiplied so that false alerts come to it in the long run: adaptive conformal inference
   * (Gibbs, Candès, NeurIPS 2021), on the logarithm. After each scan it grows where fewer alerts were false than
   * allowed, and shrinks where more were. Alerts that nobody has judged count as false: without verdicts all alerts
   * together come to the budget, which is the safe side.
   */
  level(history: readonly CalibrationScan[], budget: number): number {
    let level = 0;
    for (const { census, judged, told, low } of history) {
      if (low === undefined) continue;
      const looked = this.#looked.get(census);
      const wrong = looked === undefined ? told : (told * looked.dismissed) / looked.judged;
      const allowed = (AIM * budget * judged) / 1_000;
      level += (STEP * (allowed - wrong)) / (allowed + 1);
      level = Math.min(LEVEL_MOST, Math.max(-LEVEL_MOST, level));
    }
    return Math.exp(level);
  }

  /** Whether a row of an earlier scan was called true. */
  isConfirmed(census: string, identity: number): boolean {
    return this.#confirmed.size > 0 && this.#confirmed.has(`${census} ${identity}`);
  }
}

/**
 * logit((m+8π)/(m+b+8)) − logit π for m true and b dismissed verdicts where the usual share of true ones is π
 * (`assessment.md`, "Feedback").
 */
export function stratumOffset(confirmed: number, dismissed: number, usual: number): number {
  const share = (confirmed + PRIOR_VERDICTS * usual) / (confirmed + dismissed + PRIOR_VERDICTS);
  return Math.min(HIGHEST, Math.max(LOWEST, logit(share) - logit(usual)));
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}
