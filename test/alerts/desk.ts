import { AlertCalendar } from '../../src/findings/alerts/calendar.ts';
import { alertsConfig } from '../../src/findings/alerts/config.ts';
import type { AlertCandidate, AlertEntry, AlertPlan } from '../../src/findings/alerts/entry.ts';
import { alertLogOf } from '../../src/findings/alerts/log.ts';
import type { PlannedChange } from '../../src/findings/alerts/planned.ts';
import { decideAlerts, type AlertSetting } from '../../src/findings/alerts/policy.ts';
import type { Finding } from '../../src/findings/finding.ts';
import type { Instant } from '../../src/time/instant.ts';

/** A setting as the section says it. */
export function setting(section: object = {}, planned: readonly PlannedChange[] = []): AlertSetting {
  const { budget, minSeverity, ...rest } = alertsConfig.parse(section);
  return { budget, minSeverity, planned, calendar: new AlertCalendar(rest) };
}

/** A finding that stands so, open and news unless said otherwise. */
export function standing(
  finding: Finding,
  more: Partial<AlertCandidate> & { readonly since?: Instant } = {},
): AlertCandidate {
  const { state = 'open', since = finding.firstSeen, ...rest } = more;
  return {
    finding,
    state,
    lifecycle: { since, why: state === 'open' ? 'first seen' : 'said so', reopened: 0 },
    asks: state === 'open',
    news: true,
    ...rest,
  };
}

/** The policy with its log in memory: what it decides is what it knows the next time. */
export class MemoryDesk {
  readonly entries: AlertEntry[] = [];
  readonly #setting: AlertSetting;

  constructor(made: AlertSetting) {
    this.#setting = made;
  }

  /** One pass; `keep` false: killed before it was written. */
  pass(findings: readonly AlertCandidate[], now: Instant, { keep = true } = {}): AlertPlan {
    const digested = this.entries.filter(({ decision }) => decision === 'digested');
    const plan = decideAlerts(findings, alertLogOf(this.entries, digested, now), this.#setting, now);
    if (keep) this.entries.push(...plan.entries);
    return plan;
  }
}
