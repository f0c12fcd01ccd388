/**
 * Conformal p-values: how many earlier host-scans of the profile were at least as surprising (Vovk, Gammerman,
 * Shafer, Algorithmic Learning in a Random World, 2005, chapter 2). Valid as far as scans are exchangeable.
 */

/** What one scan left behind for calibration. */
export interface CalibrationScan {
  readonly census: string;
  readonly profile: string;
  /** Host-scans, those without evidence included. */
  readonly judged: number;
  readonly rows: readonly CalibrationRow[];
}

/** One scored host-scan. */
export interface CalibrationRow {
  readonly identity: string;
  readonly score: number;
  /** Surprise per channel, as in CHANNELS. */
  readonly channels: readonly number[];
}

export class CalibrationHistory {
  readonly scans: CalibrationScan[] = [];
}
