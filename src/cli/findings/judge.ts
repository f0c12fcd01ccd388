import type { JudgedFinding, StoredFindings, Verdict } from '../../assembly/stored-findings.ts';
import { Fault } from '../../fault/fault.ts';
import type { FindingState } from '../../findings/judgement.ts';
import { formatMinute, type Instant } from '../../time/instant.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe } from '../print.ts';
import { whoActs } from '../who.ts';
import { withWorkspace } from '../with-workspace.ts';
import { judgementJson, lifecycleJson } from './history.ts';
import { filterOf, firstOf, SHORT_ID, type Selection } from './list.ts';

/** Findings judged in one step: each step that expects ports makes one version of the baseline. */
const AT_ONCE = 1000;
/** Findings that a preview names. */
const NAMED = 10;

/** What `tidemark findings judge` takes. */
export interface JudgeOptions extends Selection {
  readonly as: FindingState;
  readonly why: string;
  readonly until?: Instant;
  /** Undefined: only the finding itself. */
  readonly scope?: Verdict['scope'];
  readonly allMatching?: true;
  /** Do it: without, all that match are only counted. */
  readonly yes?: true;
}

/** `tidemark findings judge` */
export function judgeFindings(
  call: Call,
  ids: readonly string[],
  options: JudgeOptions,
): Promise<ExitStatus> {
  return withWorkspace(call, ({ findings }) => judge(call, findings, ids, options));
}

/** The work of judgeFindings, over an open workspace. */
export async function judge(
  call: Call,
  findings: Pick<StoredFindings, 'find' | 'page' | 'matching' | 'judge'>,
  ids: readonly string[],
  options: JudgeOptions,
): Promise<ExitStatus> {
  const { print } = call;
  const { as: state, scope = { kind: 'finding' }, until, why, allMatching } = options;
  const { state: states, half, host, severity } = options;
  const filtered = [states, half, host, severity].some((each) => each !== undefined);
  if ((ids.length === 0) !== (allMatching === true) || (filtered && allMatching !== true))
    throw new Fault(
      'cli/usage',
      'it must be clear which findings are meant',
      'Name them, or say --all-matching with --state, --half, --host or --severity.',
    );
  if (allMatching === true && !filtered)
    throw new Fault(
      'cli/usage',
      'that would judge every open finding',
      'Narrow it with --state, --half, --host or --severity.',
    );
  if (allMatching === true && options.yes !== true) return preview(call, findings, options);
  const meant = allMatching === true ? await findings.matching(filterOf(options)) : ids;
  const judged: JudgedFinding[] = [];
  for (let from = 0; from < meant.length; from += AT_ONCE)
    judged.push(
      ...(await findings.judge(
        await findings.find(meant.slice(from, from + AT_ONCE)),
        { state, scope, ...(until === undefined ? {} : { until }) },
        whoActs(why, call.process.env),
      )),
    );
  if (print.json) {
    await print.value({
      schema: 'tidemark/judgements/1',
      judged: judged.map(({ finding, judgement, lifecycle, offers }) => ({
        ...lifecycleJson(lifecycle),
        title: finding.title,
        judgement: judgementJson(judgement),
        offers,
      })),
    });
    return 0;
  }
  if (judged.length === 0) print.note('no finding fits');
  for (const { finding, judgement, lifecycle, offers } of judged) {
    const { kind, value } = judgement.scope;
    const words = [
      judgement.state,
      ...(kind === 'finding' ? [] : [`for ${finding.rule} of ${kind} ${value}`]),
      ...(judgement.until === undefined ? [] : [`until ${formatMinute(judgement.until)}`]),
    ].join(' ');
    await print.text(`${finding.id.slice(0, SHORT_ID)}  ${safe(words)}: ${safe(finding.title)}\n`);
    if (lifecycle.state !== judgement.state)
      await print.text(`            but ${lifecycle.state}: ${safe(lifecycle.why)}\n`);
    for (const effect of judgement.effects) await print.text(`            ${safe(effect)}\n`);
    for (const offer of offers) await print.text(`            ${print.paint('quiet', safe(offer))}\n`);
  }
  return 0;
}

/** What would be judged: how many, and the first of them. */
async function preview(
  { print }: Call,
  findings: Pick<StoredFindings, 'page'>,
  options: JudgeOptions,
): Promise<ExitStatus> {
  const { shown, total } = await firstOf(findings, NAMED, filterOf(options));
  if (print.json) {
    await print.value({
      schema: 'tidemark/judgement-preview/1',
      total,
      as: options.as,
      first: shown.map(({ finding: { id, title, severity }, lifecycle: { state } }) => ({
        id,
        title,
        severity,
        state,
      })),
    });
    return total === 0 ? 0 : 1;
  }
  if (total === 0) {
    print.note('no finding fits');
    return 0;
  }
  for (const { finding, lifecycle } of shown)
    await print.text(
      `${finding.id.slice(0, SHORT_ID)}  ${finding.severity}, ${lifecycle.state}: ${safe(finding.title)}\n`,
    );
  if (total > shown.length) await print.text(`and ${total - shown.length} more\n`);
  print.note(
    `${total === 1 ? '1 finding' : `${total} findings`} would be ${options.as}; nothing was done: say --yes to do it`,
  );
  return 1;
}
