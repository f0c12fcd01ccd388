import type { IpAddress } from '../net/ip-address.ts';
import type { Instant } from '../time/instant.ts';
import type { AnomalySummary } from './anomaly.ts';
import type { Confidence, Finding } from './finding.ts';
import type { RiskLevel, Severity } from './severity.ts';

/** One addend of a score. `text` may name a host: escape. */
export interface RiskPart {
  /**
   * `category`: points of findings of one kind; `most`: what is cut off above 100; `floor`: what the worst severity lifts
   * the score by; `worst` and `breadth`: of a run or a subnet, its worst host, and how many share its level.
   */
  readonly kind: 'category' | 'most' | 'floor' | 'worst' | 'breadth';
  /** Whole; negative for `most` only. */
  readonly points: number;
  readonly text: string;
}

/** Overall risk: the word, the 0–100 score behind it, and the parts whose points sum to the score exactly. */
export interface Risk {
  readonly level: RiskLevel;
  readonly score: number;
  /** Empty when the score is 0. */
  readonly parts: readonly RiskPart[];
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

/** One part of the network in a summary: a configured network, else a /24 (IPv4) or /64 (IPv6). */
export interface SubnetSummary {
  /** CIDR. */
  readonly network: string;
  readonly risk: Risk;
  /** Hosts that were assessed, those that disappeared included. */
  readonly hosts: number;
  readonly openPorts: number;
  readonly hostsByRisk: Readonly<Record<RiskLevel, number>>;
  /** The findings above `info` that come first here, with their hosts here and in the whole run. */
  readonly findings: readonly SubnetFinding[];
  /** Those of them that are concentrated here: see exposure/assess/subnets.ts. */
  readonly concentrated: readonly SubnetFinding[];
  /** How the scores are spread: the worst tenth of the hosts, and the points they carry of all. */
  readonly worstTenth: { readonly hosts: number; readonly points: number; readonly ofPoints: number };
}

/** A rule's findings at one severity, counted over a subnet. */
export interface SubnetFinding {
  readonly rule: string;
  /** Of drift with its port: attacker-written parts inside, escape. */
  readonly title: string;
  readonly severity: Severity;
  readonly hosts: number;
  readonly ofHosts: number;
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
  /** Highest risk first. Of a large network only the first are here. */
  readonly subnets: readonly SubnetSummary[];
  readonly subnetsLeftOut: number;
  readonly changes: readonly ChangeLine[];
  /** Absent when the model was not asked. */
  readonly anomaly?: AnomalySummary;
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
