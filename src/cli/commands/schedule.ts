import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { formatInstant, formatMinute } from '../../time/instant.ts';
import { wholeNumber } from '../arguments.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { safe } from '../print.ts';
import { whoActs } from '../who.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `tidemark schedule`: scans that are made again and again. */
export function scheduleCommand(run: Run): CommandUnknownOpts {
  const command = new Command('schedule')
    .description('scans that are made again and again, inside the windows of their grants')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark schedule list', 'when each runs next, and what became of it last'],
          ['tidemark schedule units', 'how cron or systemd starts them'],
        ],
        ANSWERS,
      ),
    );
  command
    .command('list')
    .description('print the next times of each schedule, and what became of it last')
    .option('-n, --next <count>', 'how many times of each', wholeNumber, 3)
    .addHelpText('after', helpAfter([['tidemark schedule list --next 10 --json', 'for programs']], ANSWERS))
    .action(({ next }) => run((call) => list(call, Math.min(next, 1_000))));
  command
    .command('run-due')
    .description('make the scans whose time has come; start it every few minutes')
    .option('--no-assess', 'store the scans and stop there')
    .addHelpText(
      'after',
      helpAfter(
        [['tidemark --wait 60 schedule run-due', 'what cron starts']],
        ['0 nothing was due, or nothing to review', '1 there are findings', '2 a scan was missed or failed'],
      ),
    )
    .action(({ assess }) => run((call) => runDue(call, assess)));
  command
    .command('units')
    .description('print a systemd service and timer, and a line for cron')
    .addHelpText('after', helpAfter([['tidemark schedule units', 'to be copied']], ANSWERS))
    .action(() => run(units));
  return command;
}

async function list(call: Call, count: number): Promise<ExitStatus> {
  const [{ schedulesOf }, { nextOccurrences }, { renderTable }] = await Promise.all([
    import('../../scope/config.ts'),
    import('../../scope/schedule.ts'),
    import('../../report/table.ts'),
  ]);
  const { config } = await call.loadConfig();
  const { print } = call;
  const now = call.process.clock();
  const schedules = schedulesOf(config.schedules).map((schedule) => ({
    schedule,
    next: nextOccurrences(schedule, now, count),
  }));
  if (schedules.length === 0 && !print.json) {
    await print.text('No schedule is configured. Add one under schedules in tidemark.yaml.\n');
    return 0;
  }
  return withWorkspace(call, async (workspace) => {
    const runs = await workspace.scanning.lastRuns();
    if (print.json) {
      await print.value({
        schema: 'tidemark/schedules/1',
        schedules: schedules.map(({ schedule, next }) => {
          const last = runs.get(schedule.name);
          return {
            ...schedule,
            next: next.map(({ nominal, due }) => ({
              nominal: formatInstant(nominal),
              due: formatInstant(due),
            })),
            last:
              last === undefined
                ? null
                : { ...last, nominal: formatInstant(last.nominal), at: formatInstant(last.at) },
          };
        }),
      });
      return 0;
    }
    await print.text(
      renderTable(
        [{ title: 'SCHEDULE' }, { title: 'WHAT' }, { title: 'WHEN' }, { title: 'NEXT' }, { title: 'LAST' }],
        schedules.map(({ schedule, next }) => {
          const last = runs.get(schedule.name);
          return [
            schedule.name,
            `${schedule.plan ?? schedule.profiles.join(' ')} ${schedule.targets.join(' ')}`,
            `${schedule.cron} ${schedule.timeZone}`,
            next.map(({ due }) => formatMinute(due)).join(', '),
            last === undefined || last.event === 'registered'
              ? 'never'
              : `${last.event} ${formatMinute(last.nominal)}${last.why === '' ? '' : `: ${last.why}`}`,
          ];
        }),
        { width: print.width, paint: print.paint },
      ),
    );
    return 0;
  });
}

async function runDue(call: Call, assess: boolean): Promise<ExitStatus> {
  const [{ tellScan }, { findingsToReview }, { summaryJson }, { summaryText }] = await Promise.all([
    import('./scan.ts'),
    import('../../report/summary-words.ts'),
    import('../../report/summary-json.ts'),
    import('../../report/summary-text.ts'),
  ]);
  return withWorkspace(call, async (workspace) => {
    const { print, process } = call;
    const outcomes = await workspace.scanning.runDue(
      { user: whoActs('', process.env).by, face: 'cli' },
      { signal: process.signal, env: process.env, onEvent: (event) => tellScan(call, event) },
    );
    call.progress.end();
    let status: ExitStatus = 0;
    for (const outcome of outcomes) {
      const about = `schedule ${safe(outcome.schedule)}`;
      if (outcome.kind !== 'ran') {
        status = 2;
        const why = outcome.kind === 'failed' ? outcome.fault.message : outcome.why;
        print.note(`${about}: ${outcome.kind}: ${safe(why)}`);
        continue;
      }
      for (const { run } of outcome.scanned) {
        print.note(`${about}: ${run.info.profile} is scan ${run.info.id}`);
        if (!assess) continue;
        const summary = await workspace.assess(run);
        if (status === 0 && findingsToReview(summary).length > 0) status = 1;
        await print.text(
          print.json
            ? summaryJson(summary)
            : summaryText(summary, { colour: print.color, width: print.width }),
        );
      }
    }
    return status;
  });
}

/** Minutes between two looks: well within the grace of a schedule. */
const EVERY = 5;

async function units(call: Call): Promise<ExitStatus> {
  const { located } = await call.loadConfig();
  const { serviceUnits } = await import('../../report/service-units.ts');
  const words = [
    process.execPath,
    process.argv[1] ?? 'tidemark',
    ...(located.file === undefined ? [] : ['--config', located.file]),
    '--wait',
    '60',
    'schedule',
    'run-due',
  ];
  await call.print.text(serviceUnits(words, EVERY));
  return 0;
}
