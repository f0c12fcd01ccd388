import type { IpAddress } from '../net/ip-address.ts';
import type { Depth, Family, LikelihoodTerm, Shape } from '../recon/model/episode.ts';
import type { Outcome } from '../recon/model/outcome.ts';
import type { Instant } from '../time/instant.ts';
import type { Part } from './truth.ts';

/** What became of one labelled scanner. */
export interface ScannerResult {
  readonly source: IpAddress;
  /** Its labels' words, joined. Foreign: escape. */
  readonly words: string;
  /** What the flows show of it; 0 contacts when they do not show it at all. */
  readonly contacts: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** See plainStatistic; nats. */
  readonly statistic: number;
  readonly found: Found | undefined;
}

/** That a source was found, and how soon. */
export interface Found {
  /** When the evidence sufficed, on the records' clock. */
  readonly at: Instant;
  /** Distinct contacts, and seconds, from the onset of the labelled scan to that moment; undefined when it came before. */
  readonly targets: number | undefined;
  readonly seconds: number | undefined;
  /** In every episode it is background for the daily digest, not on the list. */
  readonly digestOnly: boolean;
}

/** What became of one labelled scan: of a source's several scans, each counts under its family. */
export interface LabelResult {
  readonly source: IpAddress;
  readonly words: string;
  readonly family: Family | undefined;
  readonly shape: Shape | undefined;
  /** Whether an episode of the source covers its time. */
  readonly found: boolean;
  /** Whether such an episode names the family, and has the shape. */
  readonly familyNamed: boolean;
  readonly shapeNamed: boolean;
  /** The tool as the truth names it, and those that such an episode names; both foreign: escape. */
  readonly tool: string | undefined;
  readonly toolsNamed: readonly string[];
  /** Families that such an episode names, and how deep the deepest went; undefined when there is none. */
  readonly families: readonly Family[];
  readonly depth: Depth | undefined;
}

/** A source that was flagged and is no labelled scanner. */
export interface OtherFlagged {
  readonly source: IpAddress;
  /** For a harmless source, what the truth says of it. Foreign: escape. */
  readonly note: string;
  readonly at: Instant;
  readonly families: readonly Family[];
  readonly shape: Shape;
  readonly contacts: number;
  /** What the earliest of its episodes rests on, heaviest term first. */
  readonly terms: readonly LikelihoodTerm[];
  /** In every episode it is background for the daily digest, not on the list. */
  readonly digestOnly: boolean;
}

/** Several sources that were joined into one episode. */
export interface GroupResult {
  readonly joinedBy: string;
  readonly sources: number;
  readonly scanners: number;
  readonly harmless: number;
  readonly unlabelled: number;
}

/** What one peer made of the data set. */
export interface PeerResult {
  readonly name: string;
  readonly found: readonly { readonly source: IpAddress; readonly targets: number | undefined }[];
  /** Harmless sources that it flagged. */
  readonly falseAlarms: readonly IpAddress[];
  readonly unlabelled: number;
}

/** What became of the data set when only one of `rate` packets was seen. */
export interface SampledResult {
  readonly rate: number;
  readonly flows: number;
  readonly found: number;
  /** Harmless sources that were flagged. */
  readonly falseAlarms: readonly IpAddress[];
  readonly unlabelled: number;
  readonly peers: readonly {
    readonly name: string;
    readonly found: number;
    readonly falseAlarms: number;
  }[];
}

/** The same traffic, as another sensor logged it, judged. */
export type LogResult = Pick<
  DataSetResult,
  'file' | 'format' | 'records' | 'flows' | 'problems' | 'scanners' | 'labels' | 'falseAlarms'
>;

/** One data set, judged. */
export interface DataSetResult {
  readonly name: string;
  readonly part: Part;
  readonly file: string;
  readonly format: string;
  readonly records: number;
  readonly flows: number;
  readonly problems: number;
  /** Seconds between the first and the last flow. */
  readonly seconds: number;
  readonly scanners: readonly ScannerResult[];
  readonly labels: readonly LabelResult[];
  readonly harmless: number;
  /** Days that harmless sources were watched, each from its first flow to its last: a host that came once adds nothing. */
  readonly hostDays: number;
  readonly falseAlarms: readonly OtherFlagged[];
  readonly unlabelled: readonly OtherFlagged[];
  readonly groups: readonly GroupResult[];
  readonly peers: readonly PeerResult[];
  readonly sampled: readonly SampledResult[];
  /** Undefined where the recording is no capture, or there is no log beside it. */
  readonly log: LogResult | undefined;
}
