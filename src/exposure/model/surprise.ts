import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import type { Census } from './census.ts';

/** Ways in which a host can be unusual. Each has its own words, calibration and share of the budget. */
export type SurpriseChannel =
  | 'new-port'
  | 'missing-port'
  | 'service'
  | 'product'
  | 'version'
  | 'os'
  | 'new-host'
  | 'combination'
  | 'drift';

/** A count behind a sentence: `0 of 31 earlier scans that covered it`. */
export interface SurpriseCount {
  readonly of:
    | 'scans'
    | 'peers'
    | 'network'
    | 'subnet'
    | 'same-today'
    | 'host-scans'
    | 'absences'
    | 'drift-steps';
  readonly seen: number;
  readonly among: number;
}

/** One addend of a host's score. The items of a host sum to its score, to 1e-9. */
export interface SurpriseItem {
  /**
   * `history`: the weight of evidence that everything starts from. `feedback`: what verdicts on alike rows add or
   * take off. `announced`: what a ticket takes off, its name in `after`.
   */
  readonly channel: SurpriseChannel | 'history' | 'feedback' | 'announced';
  /** The ports it is about; none for the host as a whole. */
  readonly ports: readonly PortKey[];
  /** Added to the score, in nats of log odds. */
  readonly value: number;
  /** Surprise in nats before weights, −ln of a probability. */
  readonly surprise: number;
  /** What was and what is, where the channel compares two: an OS, a product, a version. Hostile text. */
  readonly before?: string;
  readonly after?: string;
  readonly counts: readonly SurpriseCount[];
}

/** How far the model has come for a series: what it may say depends on it (`assessment.md`, cold start). */
export type LearningStage =
  /** First scan: outliers against peers, a ranked list. */
  | 'first-scan'
  /** Second and third: hand weights, a ranked list. */
  | 'young'
  /** From the fourth: learned weights, a ranked list. */
  | 'learned'
  /** Eight scans learned, two of the profile, and enough hosts in them for the budget: p-values and alerts. */
  | 'calibrated';

/** How unusual one host is in one census. */
export interface HostSurprise {
  /** Position in `Census.hosts`. */
  readonly index: number;
  readonly host: IpAddress;
  /** The model's identity of the host: `mac:…`, `name:…` or `address:…`. */
  readonly identity: string;
  /** Sum of the items. Only hosts with evidence are scored. */
  readonly score: number;
  /** Largest value first. */
  readonly items: readonly SurpriseItem[];
  /** Conformal p-value of the score among hosts of the profile, once calibrated. */
  readonly p?: number;
  /** What raised it within the budget, if anything did. */
  readonly alert?: { readonly by: 'score' | SurpriseChannel; readonly p: number; readonly group?: string };
  /** Earlier scans that the host answered: the shorter its history, the less a surprise says. */
  readonly scans: number;
  /** Comparable hosts: the peer group's size, and in words what they share. */
  readonly peers: { readonly hosts: number; readonly share: readonly string[] };
}

/** The verdict of a model on a census. */
export interface SurpriseReport {
  readonly stage: LearningStage;
  /** False alerts per 1,000 host-scans that the user allows. */
  readonly budget: number;
  /** Scored hosts, most surprising first. */
  readonly hosts: readonly HostSurprise[];
  /** Hosts of the census. */
  readonly judged: number;
  /** Set when the environment itself has changed (rate of p ≤ .05 doubled for 3 scans). */
  readonly drift?: { readonly rate: number; readonly usual: number; readonly scans: number };
}

/** What a person said of a surprise. */
export interface SurpriseVerdict {
  /** Census (run) identifier. */
  readonly census: string;
  readonly identity: string;
  readonly verdict: 'expected' | 'noise' | 'true';
}

/** A model that sees the scans of a network in time order: what `evaluate assess` compares. */
export interface AnomalyDetector {
  /** Short name of a table's row: `surprise`, `seed`, `set-novelty`, `any-change`, `forest`. */
  readonly name: string;
  /**
   * Judges a census and then learns it. One number per host of the census that has evidence, higher is more
   * suspicious; `alert` where the detector decides itself; `top`, the head of its explanation where it gives one.
   */
  judge(census: Census): readonly {
    readonly index: number;
    readonly score: number;
    readonly alert: boolean;
    readonly top?: Pick<SurpriseItem, 'channel' | 'ports'> | undefined;
  }[];
  /** Verdicts on what was judged before; optional. */
  feedback?(
    verdicts: readonly {
      readonly census: string;
      readonly index: number;
      readonly verdict: SurpriseVerdict['verdict'];
    }[],
  ): void;
}

/** How bad a port would be where it is not expected, 0 (harmless) to 1; constant for the variant without severity. */
export type PortSeverity = (port: {
  readonly key: PortKey;
  readonly service: string;
  readonly product: string;
}) => number;
