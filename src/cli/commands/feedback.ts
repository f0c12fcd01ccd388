import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { GivenVerdict } from '../../exposure/flow/feedback.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { formatMinute } from '../../time/instant.ts';
import { address } from '../arguments.ts';
import { writeDown } from '../audit.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { safe } from '../print.ts';
import { whoActs } from '../who.ts';
import { withWorkspace } from '../with-workspace.ts';

const VERDICTS = {
  expected: 'the change was meant: alike alerts weigh less',
  noise: 'nothing happened: alike alerts weigh less',
  true: 'it was worth looking at: alike alerts weigh more',
} as const;

/** `tidemark feedback`: what people say of unusual hosts. */
export function feedbackCommand(run: Run): CommandUnknownOpts {
  const command = new Command('feedback')
    .description('say what an unusual host was, list what was said, take it back')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark feedback expected 10.20.0.7 --note CHG-7', 'the change was meant'],
          ['tidemark feedback list', 'what was said, and what follows from it'],
          ['tidemark feedback undo 1f2e', 'as if it had never been said'],
        ],
        ANSWERS,
      ),
    );
  const listing = command
    .command('list', { isDefault: true })
    .description('list verdicts, newest first, and their effects as things stand')
    .addHelpText('after', helpAfter([['tidemark feedback list --json', 'for programs']], ANSWERS))
    .action(() => run(list));
  guardDefault(command, listing);
  for (const [said, means] of Object.entries(VERDICTS)) {
    command
      .command(said)
      .description(means)
      .argument('<host>', 'an address that a scan found unusual', address)
      .option('--scan <scan>', 'identifier or its beginning, latest, latest~1, …', 'latest')
      .requiredOption('--note <text>', 'why; kept with it')
      .addHelpText('after', helpAfter([[`tidemark feedback ${said} 10.20.0.7 --note CHG-7`, means]], ANSWERS))
      .action((host, options) => run((call) => say(call, said as GivenVerdict['said'], host, options)));
  }
  command
    .command('undo')
    .description('take a verdict back; nothing follows from it any more, and both stay in the list')
    .argument('<verdict>', 'identifier or its beginning')
    .option('--note <text>', 'why', '')
    .addHelpText(
      'after',
      helpAfter([['tidemark feedback undo 1f2e --note "wrong host"', 'take it back']], ANSWERS),
    )
    .action((verdict, { note }) =>
      run((call) =>
        withWorkspace(call, async (workspace) => {
          const taken = await writeDown(
            call,
            'feedback.changed',
            { subject: `take back ${verdict}`, why: note },
            (before) => workspace.anomalies.takeBack(verdict, { ...whoActs(note, call.process.env), before }),
          );
          await call.print.text(`taken back: ${taken.said} on ${safe(taken.host)}, by ${safe(taken.by)}\n`);
          return 0;
        }),
      ),
    );
  return command;
}

async function say(
  call: Call,
  said: GivenVerdict['said'],
  host: IpAddress,
  options: { readonly scan: string; readonly note: string },
): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const scan = await workspace.findRun(options.scan);
    const verdict = await writeDown(
      call,
      'feedback.changed',
      { subject: host, why: options.note, details: { said, scan: scan.info.id } },
      (before) =>
        workspace.anomalies.say(scan, host, said, { ...whoActs(options.note, call.process.env), before }),
    );
    if (call.print.json) await call.print.value({ schema: 'tidemark/verdict/1', ...verdictJson(verdict) });
    else await call.print.text(`${verdict.id.slice(0, 8)}  ${said}: ${safe(host)} (${VERDICTS[said]})\n`);
    return 0;
  });
}

async function list(call: Call): Promise<ExitStatus> {
  const { renderTable } = await import('../../report/table.ts');
  return withWorkspace(call, async (workspace) => {
    const verdicts = (await workspace.anomalies.verdicts()).toReversed();
    const [newest] = (await workspace.listRuns()).toReversed();
    const effects = newest === undefined ? [] : (await workspace.anomalies.judge(newest)).effects;
    const { print } = call;
    if (print.json) {
      await print.value({ schema: 'tidemark/feedback/1', verdicts: verdicts.map(verdictJson), effects });
      return 0;
    }
    if (verdicts.length === 0) {
      await print.text(
        'Nothing was said yet. Say something with tidemark feedback expected|noise|true HOST.\n',
      );
      return 0;
    }
    await print.text(
      renderTable(
        [
          { title: 'VERDICT', min: 8 },
          { title: 'WHEN' },
          { title: 'BY' },
          { title: 'SAID' },
          { title: 'HOST' },
          { title: 'SCAN' },
          { title: 'NOTE' },
        ],
        verdicts.map((verdict) => [
          verdict.id.slice(0, 8),
          formatMinute(verdict.at),
          verdict.by,
          verdict.takenBack === undefined ? verdict.said : `${verdict.said}, taken back`,
          verdict.host,
          verdict.run.slice(0, 10),
          verdict.note,
        ]),
        { width: print.width, paint: print.paint },
      ),
    );
    const moved = effects.filter(({ offset }) => offset !== 0);
    if (moved.length > 0) {
      await print.text('\nWhat follows from it:\n');
      for (const { by, name, offset, confirmed, dismissed } of moved.slice(0, 20)) {
        await print.text(
          `  ${offset > 0 ? '+' : ''}${offset.toFixed(2)}  ${by}: ${safe(name)} (${confirmed} true, ${dismissed} expected or noise)\n`,
        );
      }
    }
    return 0;
  });
}

function verdictJson({ at, takenBack, ...verdict }: GivenVerdict): Record<string, unknown> {
  return {
    ...verdict,
    at: formatMinute(at),
    ...(takenBack === undefined ? {} : { takenBack: { ...takenBack, at: formatMinute(takenBack.at) } }),
  };
}
