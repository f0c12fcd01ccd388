import type { CurrentFinding } from '../findings/current.ts';
import { AlertCalendar } from '../findings/alerts/calendar.ts';
import type { AlertsConfig } from '../findings/alerts/config.ts';
import type {
  AlertCandidate,
  AlertDecision,
  AlertEntry,
  AlertLine,
  AlertPlan,
} from '../findings/alerts/entry.ts';
import { alertLogOf } from '../findings/alerts/log.ts';
import type { PlannedChange } from '../findings/alerts/planned.ts';
import { ALERTS } from '../findings/alerts/limits.ts';
import { decideAlerts } from '../findings/alerts/policy.ts';
import { shortDigest, type OutgoingLifecycle } from '../findings/outgoing.ts';
import {
  alertEntries,
  alertEntriesByKey,
  alertLinesOf,
  firstAlert,
  heldFindings,
  recentAlertLines,
  untoldAlerts,
} from '../findings/queries/alert-log.ts';
import { all, first, type QueryRunner } from '../sql/ports.ts';
import { formatColumnTime, type Instant } from '../time/instant.ts';

/** Which lines of the log. Undefined: does not matter. */
export interface AlertFilter {
  /** Findings, digests, tickets and fleets by their identifiers. */
  readonly ids?: readonly string[] | undefined;
  readonly decisions?: readonly AlertDecision[] | undefined;
  readonly since?: Instant | undefined;
  readonly limit?: number | undefined;
}

const DAY = 86_400e6;
/** Identifiers in one question: parameters travel in the text of the statement. */
const AT_ONCE = 2000;

/** The log of alerts, and what the policy makes of it, over an open store. */
export class StoredAlerts {
  readonly #store: QueryRunner;
  readonly #config: AlertsConfig;
  readonly #planned: () => Promise<readonly PlannedChange[]>;

  /** `planned` gives announced changes that were not withdrawn. */
  constructor(
    store: QueryRunner,
    config: AlertsConfig,
    planned: () => Promise<readonly PlannedChange[]> = () => Promise.resolve([]),
  ) {
    this.#store = store;
    this.#config = config;
    this.#planned = planned;
  }

  /** Findings that wait for an hour, or for the end of an announced change. */
  held(): Promise<readonly string[]> {
    return all(this.#store, heldFindings, {});
  }

  /** What becomes of findings that stand otherwise than they were told; nothing is written. Throws a Fault `store/…`. */
  async plan(findings: readonly AlertCandidate[], now: Instant): Promise<AlertPlan> {
    const { budget, minSeverity, ...times } = this.#config;
    const since = formatColumnTime((now - (ALERTS.learnedDays + 2) * DAY) as Instant);
    const lines: AlertLine[] = [...(await all(this.#store, recentAlertLines, { since }))];
    const ids = findings.map(({ finding }) => finding.id as string);
    for (let from = 0; from < ids.length; from += AT_ONCE)
      lines.push(...(await all(this.#store, alertLinesOf, { ids: ids.slice(from, from + AT_ONCE) })));
    const log = alertLogOf(lines, await all(this.#store, untoldAlerts, {}), now);
    const began = await first(this.#store, firstAlert, {});
    const setting = {
      budget,
      minSeverity,
      calendar: new AlertCalendar(times),
      planned: await this.#planned(),
    };
    return decideAlerts(findings, { ...log, since: began }, setting, now);
  }

  /** The log, newest first. Throws a Fault `store/…`. */
  list({ ids = [], decisions = [], since = 0 as Instant, limit = 1000 }: AlertFilter = {}): Promise<
    readonly AlertEntry[]
  > {
    return all(this.#store, alertEntries, { ids, decisions, since: formatColumnTime(since), most: limit });
  }

  /**
   * A digest and what it tells: by the date of its day, or by its identifier as messages have it. Undefined when there is
   * none. Throws a Fault `store/…`.
   */
  async digest(
    reference: string,
  ): Promise<{ readonly digest: AlertEntry; readonly members: readonly AlertEntry[] } | undefined> {
    const id = /^\d{4}-\d{2}-\d{2}$/.test(reference) ? shortDigest(['day', reference]) : reference;
    const [digest] = await this.list({ ids: [id], decisions: ['digest'], limit: 1 });
    if (digest === undefined) return undefined;
    const members: AlertEntry[] = [];
    for (let from = 0; from < digest.members.length; from += AT_ONCE)
      members.push(
        ...(await all(this.#store, alertEntriesByKey, { keys: digest.members.slice(from, from + AT_ONCE) })),
      );
    return { digest, members };
  }
}

/** A finding of the list as the policy looks at it. */
export function candidateOf(one: CurrentFinding, news: boolean): AlertCandidate {
  const { finding, lifecycle, standing } = one;
  const { state, since, why, reopened, steps } = lifecycle;
  const by = steps.at(-1)?.by;
  return {
    finding,
    state,
    lifecycle: { since, why, reopened: reopened.count, ...(by === undefined ? {} : { by }) },
    asks: state === 'open' && standing === 'review',
    news,
    opened: openingOf(one),
  };
}

/** How a finding last was open that asked for somebody and is resolved by itself; undefined for every other. */
export function openingOf({ lifecycle, standing }: CurrentFinding): OutgoingLifecycle | undefined {
  const { state, steps } = lifecycle;
  const last = steps.at(-1);
  // What a person had called expected or noise is over by that word.
  if (state !== 'resolved' || standing !== 'review' || last?.by !== undefined) return undefined;
  if (last?.from === 'expected' || last?.from === 'noise') return undefined;
  const index = steps.findLastIndex(({ to }) => to === 'open');
  const opened = steps[index];
  if (opened === undefined) return undefined;
  const { at, why, by } = opened;
  const reopened = steps.slice(0, index + 1).filter((step) => step.reopened).length;
  return { since: at, why, reopened, ...(by === undefined ? {} : { by }) };
}
