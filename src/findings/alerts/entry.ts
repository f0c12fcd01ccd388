import type { Instant } from '../../time/instant.ts';
import type { Finding, FindingId } from '../finding.ts';
import type { DigestItem, OutgoingDigest, OutgoingLifecycle } from '../outgoing.ts';
import type { Severity } from '../severity.ts';

/**
 * What becomes of a finding that stands otherwise than people were told: it goes out at once, it waits for an hour at
 * which people may be told, or it goes into the next digest. `digest`: the digest itself, which tells many.
 */
export const ALERT_DECISIONS = ['sent', 'held', 'digested', 'digest'] as const;

/** See ALERT_DECISIONS. */
export type AlertDecision = (typeof ALERT_DECISIONS)[number];

/** A finding as it stands now, as far as the policy looks at it. */
export interface AlertCandidate {
  readonly finding: Finding;
  /** One of FINDING_STATES. */
  readonly state: string;
  readonly lifecycle: OutgoingLifecycle;
  /** Whether it asks for somebody: open, and neither noise, nor a note, nor covered by the ledger. */
  readonly asks: boolean;
  /** Whether it is news: worked out lately. What is not is told only to whom was told of it. */
  readonly news: boolean;
  /**
   * Of one that asked for somebody and is resolved by itself: how it last was open. Absent where that is history. In a
   * message that says so although it is over, the finding stands as it did then.
   */
  readonly opened?: OutgoingLifecycle | undefined;
}

/** One line of the log of alerts: what was decided about a finding, or a digest that went out. */
export interface AlertLine {
  /** Key of the line, unique: the same decision worked out twice has the same. */
  readonly key: string;
  /** Of the finding; of a digest its own identifier. */
  readonly id: string;
  /** 1 for the first line of the finding, then 2, 3, … */
  readonly revision: number;
  /** See versionOf: what was told, or would have been. */
  readonly version: string;
  readonly at: Instant;
  readonly decision: AlertDecision;
  /** Why, in words, without a full stop. May quote a ticket: escape. */
  readonly reason: string;
  /** Whether it asked for somebody then. */
  readonly asks: boolean;
  /** How often the finding had come back by then; absent in digests, and in lines of before this was kept. */
  readonly reopened?: number;
  readonly severity: Severity;
  /** See Meeting: 0 where the halves do not meet. */
  readonly grade: number;
  /** See consequenceOf. */
  readonly consequence: number;
  /** Whether it stood for one alert before the budget; of a group one of its lines does. */
  readonly spends: boolean;
  /** Whether a message of its own is out there that nobody has closed: what is done with it goes there too. */
  readonly ticketed: boolean;
  /** Digest, ticket or fleet that it was told with; empty for what stands alone. */
  readonly group: string;
  /** What it is about, so that the same is not urgent twice: fresh services that were touched. */
  readonly topics: readonly string[];
  /** Of a digest: the keys of the lines that it tells. */
  readonly members: readonly string[];
}

/** A line of the log with what lists show of it. */
export interface AlertEntry extends AlertLine {
  readonly item: DigestItem;
}

/** What was decided before, as far as the policy needs it. */
export interface AlertLog {
  /** The newest line of each finding. */
  readonly newest: ReadonlyMap<FindingId, AlertLine>;
  /** The newest line of each finding that was not held; the same line mostly. */
  readonly told: ReadonlyMap<FindingId, AlertLine>;
  /** Lines that ask for somebody and were not held, of the last days that are learned from. */
  readonly recent: readonly AlertLine[];
  /** When the first line of all was written; undefined when there is none. */
  readonly since: Instant | undefined;
  /** Lines that wait for a digest, oldest first. */
  readonly untold: readonly AlertEntry[];
  /** Digests, tickets and fleets that went out, with their newest revision. */
  readonly digests: ReadonlyMap<string, number>;
}

/** A message that is to go out: one finding, or several as one. */
export type AlertMessage =
  | { readonly kind: 'finding'; readonly entry: AlertEntry; readonly candidate: AlertCandidate }
  | { readonly kind: 'digest'; readonly entry: AlertEntry; readonly outgoing: OutgoingDigest };

/** What the policy came to: lines for the log, and the messages that they stand for. */
export interface AlertPlan {
  readonly entries: readonly AlertEntry[];
  readonly messages: readonly AlertMessage[];
}
