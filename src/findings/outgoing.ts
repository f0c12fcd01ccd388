import { createHash } from 'node:crypto';
import type { Instant } from '../time/instant.ts';
import type { Finding, FindingId } from './finding.ts';

/** One version of a finding on its way out. */
export interface OutgoingFinding {
  /**
   * Identifier of the finding and a digest of its version: the same key is the same message, so that a receiver can
   * drop what comes twice. Delivery is at least once.
   */
  readonly key: string;
  /** 1 for the first version that a sink is told of, then 2, 3, … */
  readonly revision: number;
  readonly finding: Finding;
  /** What people made of it, where that is known: `open`, `suppressed`, `resolved`. */
  readonly state?: string;
  /** When it was put into the outbox. */
  readonly at: Instant;
}

/**
 * What makes a finding another message: 16 hex digits over rule, severity, subject and state, and of exposure the title.
 * Times, scores, evidence and the counts in the title of a scan that goes on change with every look and are no news.
 */
export function versionOf({ half, rule, severity, subject, title }: Finding, state?: string): string {
  const { host, port, network, hosts } = subject;
  return digest([half, rule, severity, host, port, network, hosts, half === 'exposure' ? title : '', state]);
}

/**
 * The key of a message. The revision is part of it: a finding that is high, low and high again is three messages, while
 * the same step worked out twice, after a kill, is one.
 */
export function outgoingKey(id: FindingId, revision: number, version: string): string {
  return `${id}-${digest([revision, version])}`;
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
