import { createHash } from 'node:crypto';
import type { Finding, FindingId, Subject } from './finding.ts';

/**
 * The identifier of a finding: the same for the same thing, whenever it is seen.
 * @param variant tells apart findings that one rule makes of one subject, such as the expected and the new
 *   part of a group. Hosts of a group are not part of its identity: one host more is the same finding.
 */
export function findingId(half: Finding['half'], rule: string, subject: Subject, variant = ''): FindingId {
  const text = JSON.stringify([
    half,
    rule,
    subject.host ?? '',
    subject.port ?? '',
    subject.network ?? '',
    variant,
  ]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16) as FindingId;
}
