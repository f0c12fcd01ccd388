import type { IpAddress } from '../net/ip-address.ts';
import type { PortKey } from '../net/port-key.ts';
import type { Instant } from '../time/instant.ts';
import type { Finding, FindingId } from './finding.ts';
import type { FindingState } from './judgement.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Severity } from './severity.ts';

/**
 * What becomes of a finding apart from what people say: `review` asks for somebody's minutes, `authorised` is covered
 * whole by the ledger of authorised scans, `note` is for completeness, `noise` belongs in the digest.
 */
export const STANDINGS = ['review', 'authorised', 'note', 'noise'] as const;

/** See STANDINGS. Findings of scans are always `review`. */
export type FindingStanding = (typeof STANDINGS)[number];

/** A finding as it stands now: one line of a list, with all that is needed to open it. */
export interface CurrentFinding {
  readonly finding: Finding;
  readonly lifecycle: Lifecycle;
  readonly standing: FindingStanding;
  /** The newest scan that has it; undefined for findings of telemetry. */
  readonly run: string | undefined;
  /** What its only host is on the network, where that is known. */
  readonly role: string | undefined;
  /** The network in which all its hosts lie: its own, else a configured one, else the block in which networks are dealt out. */
  readonly network: string | undefined;
}

/** Which findings. Undefined: does not matter. All that are given must fit. */
export interface FindingFilter {
  readonly half?: Finding['half'] | undefined;
  readonly states?: readonly FindingState[] | undefined;
  /** This severe or worse. */
  readonly severity?: Severity | undefined;
  /** Just these severities. */
  readonly severities?: readonly Severity[] | undefined;
  readonly rules?: readonly string[] | undefined;
  /** About this host, alone or with others. */
  readonly host?: IpAddress | undefined;
  /** About a host of this block in CIDR notation. */
  readonly within?: string | undefined;
  readonly port?: PortKey | undefined;
  readonly role?: string | undefined;
  /** The newest scan that has it. */
  readonly run?: string | undefined;
  /** Whether the last look that could tell made it. */
  readonly present?: boolean | undefined;
  /** Whether it was taken up again by itself at least once. */
  readonly reopened?: boolean | undefined;
  /** Seen at this instant or later. */
  readonly from?: Instant | undefined;
  /** First seen before this instant. */
  readonly to?: Instant | undefined;
  /** Those too that nobody has to review: authorised, background, for completeness. */
  readonly unreviewed?: boolean | undefined;
  /** Words that all stand in the title, a host, the port, the rule or the identifier; case does not matter. */
  readonly text?: string | undefined;
}

/**
 * In which order: `rank` as a person should look (see compareFindings); `changed` by the last change of state, newest
 * first; `last-seen` and `first-seen`, newest first; `host` by address and port; `rule` by name. Equals by identifier.
 */
export const FINDING_SORTS = ['rank', 'changed', 'last-seen', 'first-seen', 'host', 'rule'] as const;

/** See FINDING_SORTS. */
export type FindingSort = (typeof FINDING_SORTS)[number];

/** Which part of the list. */
export interface FindingPageAsk {
  readonly filter?: FindingFilter | undefined;
  /** Default: rank. */
  readonly sort?: FindingSort | undefined;
  /** The other way round. */
  readonly reverse?: boolean | undefined;
  /** `next` of the page before, with the same sort. */
  readonly cursor?: string | undefined;
  /** Default 50, at most 500. */
  readonly limit?: number | undefined;
}

/**
 * How many findings there would be with each value. A facet leaves its own part of the filter out, so that the other
 * values of it can be chosen; values without findings are absent.
 */
export interface FindingFacets {
  readonly state: Readonly<Partial<Record<FindingState, number>>>;
  readonly severity: Readonly<Partial<Record<Severity, number>>>;
  readonly half: Readonly<Partial<Record<Finding['half'], number>>>;
  readonly rule: Readonly<Record<string, number>>;
}

/** A part of the list. */
export interface FindingPage {
  readonly items: readonly CurrentFinding[];
  /** Undefined: this was the last. Opaque; what is found meanwhile makes nothing come twice and nothing be left out. */
  readonly next: string | undefined;
  /** All that fit the filter. */
  readonly total: number;
  readonly facets: FindingFacets;
}

/** How a finding came to stand otherwise than before. */
export interface FindingChange {
  readonly id: FindingId;
  readonly half: Finding['half'];
  /** `new`: it was not there; `state`: its state changed; `content`: only what it says, or whether it is seen. */
  readonly kind: 'new' | 'state' | 'content';
  readonly from: FindingState | undefined;
  readonly now: CurrentFinding;
}

/** What a refresh came to. */
export interface Refreshed {
  /** The finished refresh before this one, and this one: `changedSince` takes them. */
  readonly since: string;
  readonly version: string;
  /** Findings that were worked out again. */
  readonly worked: number;
  /** Those of them that stand or read otherwise than before. */
  readonly changed: number;
  /** The first thousand of those; `changedSince(since)` gives all. */
  readonly changes: readonly FindingChange[];
}

/** How many findings stand how. Only those that ask for review, unless said otherwise. */
export interface FindingCounts {
  readonly total: number;
  readonly state: Readonly<Record<FindingState, number>>;
  /** Of those that are open. */
  readonly open: Readonly<Record<Severity, number>>;
  readonly openByHalf: Readonly<Record<Finding['half'], number>>;
  /** By half, severity and state, in that order; combinations without findings are absent. */
  readonly cells: readonly {
    readonly half: Finding['half'];
    readonly severity: Severity;
    readonly state: FindingState;
    readonly findings: number;
  }[];
}

/** What a day (UTC) came to. Severities are those of today: how severe a finding was then is not kept. */
export interface TrendDay {
  /** Its beginning. */
  readonly day: Instant;
  /** Open at its end. */
  readonly open: Readonly<Record<Severity, number>>;
  /** Seen for the first time. */
  readonly fresh: number;
  /** Became resolved. */
  readonly resolved: number;
  /** Taken up again by themselves. */
  readonly reopened: number;
}
