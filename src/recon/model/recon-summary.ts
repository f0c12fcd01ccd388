import type { SummaryBase } from '../../findings/summary.ts';
import type { Instant } from '../../time/instant.ts';
import type { Episode } from './episode.ts';
import type { TelemetryRecord } from './telemetry-record.ts';

/** What was looked at to come to the verdict. */
export interface TelemetryFacts {
  /** Records by kind, within the window. */
  readonly records: Readonly<Record<TelemetryRecord['kind'], number>>;
  /** Files that the records came from. */
  readonly files: number;
  /** Names of the sensors, sorted. */
  readonly sensors: readonly string[];
  /** Lines that should have been records and were not: set aside, with a reason each. */
  readonly problems: number;
  /** Lines that are fine and say nothing for us: headers, comments, event types without use here. */
  readonly skipped: number;
  /** Largest sampling rate among the records: 1 is every packet. */
  readonly sampling: number;
}

/** Background noise from outside, rolled into one line: see `Episode.noise`. */
export interface NoiseLine {
  /** What joins the sources: `198.51.100.0/24`, `AS64500 Example`. Names of networks are foreign: escape. */
  readonly from: string;
  readonly sources: number;
  readonly episodes: number;
  /** First contacts of them all. */
  readonly contacts: number;
  /** What they tried most, as `23/tcp`, at most 5. */
  readonly ports: readonly string[];
  readonly first: Instant;
  readonly last: Instant;
}

/** Who scans us, from the telemetry of a time. */
export interface ReconSummary extends SummaryBase {
  readonly half: 'recon';
  /** What part of the history was judged; undefined when there is no telemetry at all. */
  readonly window: { readonly from: Instant; readonly to: Instant } | undefined;
  readonly telemetry: TelemetryFacts;
  /**
   * Those that a person should see, worst first, then the authorised ones. Each has a finding of the same `id` in
   * `findings`; noise is in `digest` only.
   */
  readonly episodes: readonly Episode[];
  /** Internet background, most contacts first. */
  readonly digest: readonly NoiseLine[];
  /** Lines of the digest that are not here. */
  readonly digestLeftOut: number;
  /** Counts that the pictures are drawn from. */
  readonly figures: {
    /** Episodes by the UTC day in which they began, without gaps, oldest first, at most the last 60 days. */
    readonly days: readonly {
      /** Midnight at which the day begins. */
      readonly day: Instant;
      readonly toReview: number;
      readonly authorised: number;
      readonly noise: number;
    }[];
    /** Distinct sources. */
    readonly sources: {
      readonly toReview: number;
      readonly authorised: number;
      readonly noise: number;
    };
    /** What was looked for: ports by how many of the episodes to review touched them, at most 20. */
    readonly ports: readonly { readonly port: string; readonly episodes: number }[];
    /** Where: the networks of the episodes to review, at most 20. */
    readonly networks: readonly { readonly network: string; readonly episodes: number }[];
  };
}
