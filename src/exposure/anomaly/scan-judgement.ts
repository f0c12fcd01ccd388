import type { Census } from '../model/census.ts';
import type { HostSurprise, SurpriseItem } from '../model/surprise.ts';
import {
  Calibration,
  calibrationScans,
  CHANNELS,
  DRIFT_P,
  identityHash,
  isBroad,
  ROWS_KEPT,
  STRATA_KEPT,
  STRATA_KEPT_LEAST,
  type CalibrationScan,
  type RowStrata,
} from './calibrate.ts';
import type { Feedback } from './feedback.ts';
import { coveredPorts, type HostEvidence } from './host-evidence.ts';
import { channelSurprises } from './host-surprise.ts';
import type { HostParts } from './weights.ts';

/** A host with evidence, weighed. */
export interface JudgedHost {
  readonly evidence: HostEvidence;
  readonly parts: HostParts;
  /** Before verdicts and announcements. */
  readonly score: number;
  readonly items: readonly SurpriseItem[];
  readonly strata: RowStrata;
}

/**
 * How the budget is split between the score and the channels, which share their part equally: a learned score may
 * have unlearned what it never saw, a channel by itself has not (`assessment.md`, formula 8).
 */
const SCORE_SHARE = 0.7;
const CHANNEL_SHARE = (1 - SCORE_SHARE) / CHANNELS.length;

/** Holds the scores of one scan against earlier scans of its profile, and keeps what later ones are held against. */
export class ScanJudgement {
  readonly calibrated: boolean;
  readonly #calibration: Calibration;
  readonly #census: Census;
  readonly #judged: readonly JudgedHost[];
  readonly #allowed: number;
  #low = 0;

  constructor(
    history: readonly CalibrationScan[],
    census: Census,
    judged: readonly JudgedHost[],
    feedback: Feedback,
    { budget, ready }: { readonly budget: number; readonly ready: boolean },
  ) {
    this.#calibration = new Calibration(
      calibrationScans(history, census.profile),
      (strata) => feedback.offset(strata),
      (id, identity) => feedback.isConfirmed(id, identity),
    );
    this.calibrated = ready && this.#calibration.isReady(budget);
    this.#census = census;
    this.#judged = judged;
    this.#allowed = (budget / 1_000) * feedback.level(history, budget);
  }

  /** The p-value of a score, and the alert that it raises within the budget. */
  verdict({ parts }: JudgedHost, score: number): Pick<HostSurprise, 'p' | 'alert'> {
    if (!this.calibrated) return {};
    const p = this.#calibration.ofScore(score);
    if (p <= DRIFT_P) this.#low += 1;
    if (p <= SCORE_SHARE * this.#allowed) return { p, alert: { by: 'score', p } };
    for (const [index, surprise] of channelSurprises(parts).entries()) {
      const own = this.#calibration.ofChannel(index, surprise);
      if (own <= CHANNEL_SHARE * this.#allowed) return { p, alert: { by: CHANNELS[index]!, p: own } };
    }
    return { p };
  }

  /** What this scan leaves for later ones; call it after all verdicts. `told`: alerts as a person is told them. */
  left(told: number): CalibrationScan {
    const rows = this.#judged.toSorted((a, b) => b.score - a.score).slice(0, ROWS_KEPT);
    const judged = this.#census.hosts.length;
    const kept = Math.max(STRATA_KEPT_LEAST, Math.ceil(STRATA_KEPT * judged));
    const channels = new Float32Array(rows.length * CHANNELS.length);
    for (const [row, { parts }] of rows.entries())
      channels.set(channelSurprises(parts), row * CHANNELS.length);
    return {
      census: this.#census.id,
      profile: this.#census.profile,
      broad: isBroad(coveredPorts(this.#census, 'tcp')),
      judged,
      identities: Uint32Array.from(rows, ({ evidence }) => identityHash(evidence.identity)),
      scores: Float32Array.from(rows, ({ score }) => score),
      channels,
      strata: rows.slice(0, kept).map(({ strata }) => strata),
      told,
      low: this.calibrated ? this.#low / Math.max(1, judged) : undefined,
    };
  }
}
