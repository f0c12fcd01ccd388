import type { IpAddress } from '../net/ip-address.ts';
import type { Family, Shape } from '../recon/model/episode.ts';
import type { Instant } from '../time/instant.ts';

/** One scan that a person, or the script that ran it, says took place. A source may have several in one data set. */
export interface LabelledScan {
  readonly source: IpAddress;
  /** As the truth words it: `vertical-slow`, `tcp_syn horizontal`. Foreign text: escape. */
  readonly words: string;
  /** Families of which one should be named, counted under the first; empty where none says what it is. */
  readonly families: readonly Family[];
  /** Shapes of which it should have one, counted under the first; empty where the truth does not say. */
  readonly shapes: readonly Shape[];
  /** The tool that made it, as the truth names it; absent where it does not. Foreign: escape. */
  readonly tool?: string | undefined;
  /** When it ran. Not to be relied on: clocks, zones and relative times differ between truth and data. */
  readonly start: Instant | undefined;
  readonly end: Instant | undefined;
}

/** A source that behaves well, however it looks. */
export interface HarmlessSource {
  readonly source: IpAddress;
  /** Why somebody might think otherwise. Foreign text: escape. */
  readonly note: string;
}

/**
 * One recording with its truth. The truth is three-valued: scanners must be found, harmless sources must not be
 * flagged, and of everybody else nothing is known: flagging them is neither right nor wrong.
 */
export interface DataSet {
  /** Its name in reports: what the truth calls the file. Foreign text: escape. */
  readonly name: string;
  /** Where the recording may be, relative to the folder above the truth file's; the first that exists and can be read is. */
  readonly files: readonly string[];
  /** Where a log of the same traffic may be: held against the recording when that is a capture. */
  readonly logs?: readonly string[];
  /** See PARTS. */
  readonly part: Part;
  readonly scans: readonly LabelledScan[];
  readonly harmless: readonly HarmlessSource[];
}

/**
 * - `development`: data that constants were chosen on
 * - `held-out`: data that was not looked at for it
 * - `made-up`: traffic of our own generator, which says what we thought of, not what the world is like
 */
export const PARTS = ['development', 'held-out', 'made-up'] as const;

/** See PARTS. */
export type Part = (typeof PARTS)[number];

/** The distinct sources that must be found, in order of their first label. */
export function scannersOf(dataSet: Pick<DataSet, 'scans'>): readonly IpAddress[] {
  return [...new Set(dataSet.scans.map((scan) => scan.source))];
}
