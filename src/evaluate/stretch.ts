import type { Episode } from '../recon/model/episode.ts';
import { constantScan, SCANNER, type ScanShape } from './constant-scan.ts';
import type { Detect } from './detector.ts';
import type { Peer, PeerContext } from './peers/peer.ts';

/** Seconds between probes that are tried: one second to one day. */
export const INTERVALS = [
  1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 400, 600, 900, 1200, 1800,
  2700, 3600, 5400, 7200, 10_800, 14_400, 21_600, 28_800, 43_200, 64_800, 86_400,
] as const;

/** How slow a scan a detector still finds. */
export interface StretchResult {
  readonly detector: string;
  readonly shape: ScanShape;
  /** Longest interval tried that is found, in seconds; undefined when none is. */
  readonly slowest: number | undefined;
  /** Shorter intervals that are missed all the same. */
  readonly holes: readonly number[];
  /** Targets until the alarm at the slowest interval; undefined for peers and when none is found. */
  readonly targets: number | undefined;
}

/**
 * Runs a detection over scans of one shape at each interval. A scan goes on for at most `horizonDays`, as far as the
 * detection looks back.
 */
export async function stretchDetection(
  detect: Detect,
  shape: ScanShape,
  horizonDays: number,
): Promise<StretchResult> {
  const found: number[] = [];
  let last: Episode | undefined;
  for (const interval of INTERVALS) {
    const episodes = await detect(constantScan(shape, interval, horizonDays * 86_400));
    const episode = episodes.find((one) => one.sources.includes(SCANNER));
    if (episode === undefined) continue;
    found.push(interval);
    last = episode;
  }
  const targets = last?.likelihood.contactsToAlarm;
  return { ...resultOf('tidemark', shape, found), targets };
}

/** The same for a published detector. Its scans end with their targets: rules without memory do not care. */
export function stretchPeer(peer: Peer, shape: ScanShape, context: PeerContext): StretchResult {
  const found = INTERVALS.filter((interval) => peer.flag(constantScan(shape, interval), context).length > 0);
  return resultOf(peer.name, shape, found);
}

function resultOf(detector: string, shape: ScanShape, found: readonly number[]): StretchResult {
  const slowest = found.at(-1);
  return {
    detector,
    shape,
    slowest,
    holes: INTERVALS.filter((interval) => interval < (slowest ?? 0) && !found.includes(interval)),
    targets: undefined,
  };
}
