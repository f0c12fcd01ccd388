import { Fault } from '../../fault/fault.ts';
import type { AlertDecision, AlertEntry } from '../../findings/alerts/entry.ts';
import type { StoredAlerts } from '../../assembly/stored-alerts.ts';
import type { StoredFindings } from '../../assembly/stored-findings.ts';
import { renderTable } from '../../report/table.ts';
import { formatInstant, formatMinute, type Instant } from '../../time/instant.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe } from '../print.ts';
import { withWorkspace } from '../with-workspace.ts';

/** What `tidemark alerts list` takes. */
export interface AlertOptions {
  readonly limit: number;
  readonly decision?: readonly AlertDecision[];
  readonly from?: Instant;
  readonly finding?: string;
  readonly digest?: string;
}

const SHORT_ID = 10;
/** How a decision is called in lists. */
const WORDS: Readonly<Record<AlertDecision, string>> = {
  sent: 'sent',
  held: 'held',
  digested: 'in digest',
  digest: 'digest',
};

/** `tidemark alerts` */
export function listAlerts(call: Call, options: AlertOptions): Promise<ExitStatus> {
  return withWorkspace(call, ({ alerts, findings }) => list(call, alerts, findings, options));
}

/** The work of listAlerts, over an open workspace. */
export async function list(
  call: Call,
  alerts: Pick<StoredAlerts, 'list' | 'digest'>,
  findings: Pick<StoredFindings, 'find'>,
  options: AlertOptions,
): Promise<ExitStatus> {
  const { print } = call;
  const { limit, decision, from, finding, digest } = options;
  let found: readonly AlertEntry[];
  if (digest === undefined) {
    const ids =
      finding === undefined ? undefined : (await findings.find([finding])).map((one) => one.finding.id);
    // One more than is shown tells whether there are more.
    found = await alerts.list({ ids, decisions: decision, since: from, limit: limit + 1 });
  } else {
    const told = await alerts.digest(digest);
    if (told === undefined)
      throw new Fault(
        'alerts/no-digest',
        `there is no digest ${digest}`,
        'List them: tidemark alerts list --decision digest',
      );
    if (!print.json) print.note(safe(told.digest.item.title));
    found = told.members;
  }
  const shown = found.slice(0, limit);
  if (print.json) {
    await print.value({
      schema: 'tidemark/alerts/1',
      more: found.length > shown.length,
      alerts: shown.map(alertJson),
    });
    return 0;
  }
  if (shown.length === 0) {
    print.note(
      'nothing was decided yet; `tidemark sinks deliver` decides, for sinks that are told alerts (see sinks[].tell)',
    );
    return 0;
  }
  await print.text(
    renderTable(
      [
        { title: 'WHEN', min: 16 },
        { title: 'DECISION', min: 9 },
        { title: 'FINDING', min: SHORT_ID },
        { title: 'SEVERITY', min: 8 },
        { title: 'WHAT, AND WHY', min: 30, overflow: 'wrap' },
      ],
      shown.map(({ at, decision: what, id, severity, item, reason }) => [
        formatMinute(at).replace(/ UTC$/, ''),
        WORDS[what],
        id.slice(0, SHORT_ID),
        { text: severity, tone: severity },
        `${item.title} – ${reason}`,
      ]),
      { width: print.width, paint: print.paint },
    ),
  );
  if (found.length > shown.length) print.note(`the newest ${shown.length}; more with --limit`);
  return 0;
}

/** A line of the log, as JSON has it. */
export function alertJson(entry: AlertEntry): Record<string, unknown> {
  const { id, at, decision, reason, severity, consequence, group, item } = entry;
  return {
    finding: id,
    at: formatInstant(at),
    decision,
    reason,
    severity,
    consequence,
    state: item.state,
    title: item.title,
    rule: item.rule,
    hosts: item.hosts,
    toldWith: group === '' ? null : group,
    members: entry.members.length,
  };
}

/** `sent on 2026-11-22 04:02 UTC: 3 of the day's 5 alerts are left`: the newest of what was decided, for one finding. */
export function alertWords(entry: AlertEntry): string {
  const what = { sent: 'alert sent', held: 'alert held', digested: 'alert in the digest', digest: 'digest' };
  return `${what[entry.decision]} on ${formatMinute(entry.at)}: ${entry.reason}`;
}
