import type { StoredFindings } from '../../assembly/stored-findings.ts';
import type { Judgement } from '../../findings/judgement.ts';
import type { Lifecycle } from '../../findings/lifecycle.ts';
import { formatInstant, formatMinute } from '../../time/instant.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe } from '../print.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `tidemark findings history` */
export function findingHistory(call: Call, id: string): Promise<ExitStatus> {
  return withWorkspace(call, ({ findings }) => history(call, findings, id));
}

/** The work of findingHistory, over an open workspace. */
export async function history(
  call: Call,
  findings: Pick<StoredFindings, 'find'>,
  id: string,
): Promise<ExitStatus> {
  const { print } = call;
  for (const { finding, lifecycle, judgements } of await findings.find([id])) {
    if (print.json) {
      await print.value({
        schema: 'tidemark/finding-history/1',
        id: finding.id,
        half: finding.half,
        rule: finding.rule,
        title: finding.title,
        ...lifecycleJson(lifecycle),
        steps: lifecycle.steps.map(({ at, from, to, why, by, reopened }) => ({
          at: formatInstant(at),
          from: from ?? null,
          to,
          why,
          by: by ?? null,
          reopened,
        })),
        judgements: judgements.map(judgementJson),
      });
      continue;
    }
    const until = lifecycle.until === undefined ? '' : ` until ${formatMinute(lifecycle.until)}`;
    await print.text(
      `${print.paint('strong', finding.id)}  ${safe(finding.title)}\n${lifecycle.state}${until}, ${lifecycle.present ? 'reported' : 'not reported'} by the last look that could tell\n\n`,
    );
    for (const { at, to, why } of lifecycle.steps)
      await print.text(`${formatMinute(at)}  ${to.padEnd(12)}  ${safe(why)}\n`);
    const effects = judgements.flatMap((judgement) => judgement.effects);
    if (effects.length > 0) await print.text(`\nWhat was done because of it:\n`);
    for (const effect of effects) await print.text(`  ${safe(effect)}\n`);
  }
  return 0;
}

/** How a finding stands, as JSON has it. */
export function lifecycleJson(lifecycle: Lifecycle): Record<string, unknown> {
  const { state, since, why, until, present, reopened } = lifecycle;
  return {
    state,
    since: formatInstant(since),
    why,
    until: until === undefined ? null : formatInstant(until),
    present,
    reopened: { count: reopened.count, reason: reopened.reason ?? null },
  };
}

/** What was said, as JSON has it. */
export function judgementJson({ at, until, ...rest }: Judgement): Record<string, unknown> {
  return { ...rest, at: formatInstant(at), until: until === undefined ? null : formatInstant(until) };
}
