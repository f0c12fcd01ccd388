import type { IpAddress } from '../net/ip-address.ts';
import type { Instant } from '../time/instant.ts';
import type { Confidence, Finding } from './finding.ts';
import type { RiskLevel } from './severity.ts';

/** Overall risk: the word and the 0–100 score behind it. */
export interface Risk {
  readonly level: RiskLevel;
  readonly score: number;
}

/** One host of a summary. */
export interface HostSummary {
  readonly host: IpAddress;
  readonly names: readonly string[];
  readonly risk: Risk;
  readonly confidence: Confidence;
  /** Most severe first, each about this host alone: what the run says once for several hosts is said here for one. */
  readonly findings: readonly Finding[];
  /** Open ports in the assessed run. */
  readonly openPorts: number;
}

/** What a run was, as far as a reader of the summary needs it. */
export interface AssessedRun {
  readonly id: string;
  readonly scanner: string;
  /** The scanner's command line; may be attacker-influenced: escape. */
  readonly args: string;
  readonly start: Instant | undefined;
  readonly status: 'complete' | 'interrupted' | 'truncated';
  readonly vantage: string;
  readonly profile: string;
  readonly hostsUp: number;
  readonly hostsTotal: number;
}

/** A line of the "what changed" list, said once for all its hosts. */
export interface ChangeLine {
  readonly kind: string;
  readonly host: IpAddress | undefined;
  /** One sentence; attacker-written parts inside: escape. */
  readonly text: string;
  readonly comparable: boolean;
}

/**
 * What the summaries of both halves share: the verdict, its findings, and what to do. Schema `tidemark/summary/1`:
 * fields are only ever added within a version. `half` says which of the two it is.
 */
export interface SummaryBase {
  readonly schema: 'tidemark/summary/1';
  readonly half: 'exposure' | 'recon';
  readonly generated: Instant;
  readonly risk: Risk;
  readonly confidence: Confidence;
  /** All findings, ranked. */
  readonly findings: readonly Finding[];
  /** Potential impact, one sentence each, most severe first, each said once. */
  readonly impact: readonly string[];
  /** Recommended review steps, each said once, in order of what they settle. */
  readonly actions: readonly string[];
  /** Blind spots: what could not be seen, in words. */
  readonly blindSpots: readonly string[];
}

/**
 * How exposed the network is, from one run of our own scans. The same rule on several hosts is one finding with
 * `subject.hosts`.
 */
export interface ExposureSummary extends SummaryBase {
  readonly half: 'exposure';
  readonly run: AssessedRun;
  /** What the run was held against. */
  readonly against:
    | { readonly kind: 'baseline'; readonly version: number; readonly runs: number }
    | { readonly kind: 'run'; readonly id: string; readonly start: Instant | undefined }
    | { readonly kind: 'nothing'; readonly why: string };
  /** Highest risk first. Of a large run only the first hosts are here, and `hostsLeftOut` says how many are not. */
  readonly hosts: readonly HostSummary[];
  readonly hostsLeftOut: number;
  readonly changes: readonly ChangeLine[];
  /** Counts that the pictures are drawn from. */
  readonly figures: {
    readonly openPorts: number;
    readonly hostsByRisk: Readonly<Record<RiskLevel, number>>;
    readonly services: readonly { readonly name: string; readonly hosts: number }[];
    /** Earlier runs of the same kind, oldest first, this run last: open ports over time. */
    readonly trend: readonly {
      readonly run: string;
      readonly start: Instant | undefined;
      readonly openPorts: number;
      readonly hostsUp: number;
    }[];
  };
}
