import type { Finding } from '../finding.ts';

/** How soon somebody has to know, and why, in words without a full stop. */
export interface Urgency {
  /**
   * `wakes`: sent whatever the hour and the budget; `urgent`: sent beyond the budget, but not in quiet hours; `ordinary`:
   * one of those that the budget chooses from.
   */
  readonly class: 'wakes' | 'urgent' | 'ordinary';
  readonly why: string;
}

/**
 * The first line that fits:
 *
 * | what | class |
 * | --- | --- |
 * | severity critical | wakes |
 * | an attempt at a service that our own scans know to be open (Meeting of grade 4) | wakes |
 * | a new service was scanned or turned to (grade 3) | urgent |
 * | everything else | ordinary |
 */
export function urgencyOf({ severity, meeting }: Pick<Finding, 'severity' | 'meeting'>): Urgency {
  if (severity === 'critical') return { class: 'wakes', why: 'it is critical' };
  if (meeting?.grade === 4)
    return { class: 'wakes', why: 'somebody tried to get in at a service that we know to be open' };
  if (meeting?.grade === 3)
    return {
      class: 'urgent',
      why: 'a service that opened only lately, or that the baseline does not know, was found',
    };
  return { class: 'ordinary', why: '' };
}

/** The new services that a finding is about: of what was said of one of them within a day, the next is no longer urgent. */
export function topicsOf({ meeting }: Pick<Finding, 'meeting'>): readonly string[] {
  return (meeting?.services ?? []).filter(({ isNew }) => isNew).map(({ host, port }) => `${host} ${port}`);
}
