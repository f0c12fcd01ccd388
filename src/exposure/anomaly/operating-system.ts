import type { ScanWindow } from './scan-window.ts';

/** A machine is set up anew about once in 1,000 scans. */
const REINSTALLED = 0.001;
/** Wrong families per OS guess before any was counted. */
const WRONG = 0.01;
/** After so many scans in a row that see another family, it is the host's family. */
export const ACCEPTED_AFTER = 4;

/** What formula 5 asks of an OS family that differs from the remembered one. */
export interface OsFacts {
  /** Scans in a row, this one included, that saw the other family. */
  readonly run: number;
  /** Nmap's accuracy in percent. */
  readonly accuracy: number;
  /** Scans that saw the remembered family. */
  readonly scans: number;
}

/** −ln of the probability that guesses were wrong `run` times in a row or that the machine was set up anew (formula 5). */
export function osSurprise(
  { run, accuracy, scans }: OsFacts,
  group: ScanWindow | undefined,
  network: ScanWindow,
): number {
  const base = (network.total('os') + 200 * WRONG) / (network.total('os-seen') + 200);
  const wrong = ((group?.total('os') ?? 0) + 100 * base) / ((group?.total('os-seen') ?? 0) + 100);
  const surprise = -Math.log(REINSTALLED + (1 - REINSTALLED) * wrong ** run);
  return Math.max(0, surprise * (accuracy / 100) * (scans / (scans + 1)));
}
