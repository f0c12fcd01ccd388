import { Command, InvalidArgumentError, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Verdict } from '../../assembly/stored-findings.ts';
import { FINDING_STATES, SCOPE_KINDS } from '../../findings/judgement.ts';
import { SEVERITIES } from '../../findings/severity.ts';
import { address, instant, network, wholeNumber } from '../arguments.ts';
import type { Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';

const HALVES = ['exposure', 'recon', 'all'] as const;

/** `tidemark findings`: what was found, as it is stored, and what people say of it. */
export function findingsCommand(run: Run): CommandUnknownOpts {
  const command = new Command('findings')
    .description('list what was found in scans and telemetry, show, judge, and tell how it came')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark findings', 'what is open, the worst first'],
          ['tidemark findings show 34f9 --evidence', 'one, with its evidence'],
          ['tidemark findings judge 34f9 --as expected --why CHG-7', 'say what it was'],
          ['tidemark findings history 34f9', 'how it came to stand as it does'],
        ],
        ANSWERS,
      ),
    );
  addList(command, run);
  addShow(command, run);
  addJudge(command, run);
  command
    .command('history')
    .description('tell when a finding was seen, not seen and judged, and by whom')
    .argument('<id>', 'identifier or its beginning')
    .addHelpText('after', helpAfter([['tidemark findings history 34f9 --json', 'for programs']], ANSWERS))
    .action((id) =>
      run(async (call) => {
        const { findingHistory } = await import('../findings/history.ts');
        return findingHistory(call, id);
      }),
    );
  return command;
}

function addList(command: CommandUnknownOpts, run: Run): void {
  const listing = command
    .command('list', { isDefault: true })
    .description('list findings, the most severe first; those that are open, unless --state says otherwise')
    .option('-n, --limit <count>', 'how many at most', wholeNumber, 20)
    .addOption(new Option('--state <state...>', 'only those that stand so').choices(FINDING_STATES))
    .addOption(new Option('--half <half>', 'of scans, or of telemetry').choices(HALVES))
    .option('--host <address>', 'only about this host', address)
    .addOption(new Option('--severity <least>', 'this severe or worse').choices(SEVERITIES))
    .option('--from <time>', 'only what was seen at this date or time, or later', instant)
    .option('--to <time>', 'only what began before this one', instant)
    .option('--source <address>', 'only scanning from this address', address)
    .option('--all', 'those that are done with, noise and authorised scans too')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark findings list --state expected acknowledged', 'what was put aside, and until when'],
          ['tidemark findings list --source 198.51.100.23 --all', 'everything from one address'],
        ],
        ANSWERS,
      ),
    )
    .action((options) =>
      run(async (call) => {
        const { listFindings } = await import('../findings/list.ts');
        return listFindings(call, options);
      }),
    );
  guardDefault(command, listing);
}

function addShow(command: CommandUnknownOpts, run: Run): void {
  command
    .command('show')
    .description('show one finding: what it says, how it stands and why, and what to do')
    .argument('<id>', 'identifier or its beginning, or latest')
    .option('--evidence', 'print the records behind it, out of the store')
    .option('-n, --limit <count>', 'how many records at most', wholeNumber, 100)
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark findings show latest', 'the newest'],
          ['tidemark findings show 34f9 --evidence --limit 1000 --json', 'for programs'],
        ],
        ANSWERS,
      ),
    )
    .action((id, options) =>
      run(async (call) => {
        const { showFinding } = await import('../recon/findings.ts');
        return showFinding(call, id, options);
      }),
    );
}

function addJudge(command: CommandUnknownOpts, run: Run): void {
  command
    .command('judge')
    .description('say what findings are; what was said is kept, and what is done because of it is told')
    .argument('[ids...]', 'identifiers or their beginnings')
    .addOption(new Option('--as <state>', 'what they are').choices(FINDING_STATES).makeOptionMandatory())
    .requiredOption('--why <text>', 'why; kept with it')
    .option('--until <time>', 'of acknowledged, expected and noise: when that ends by itself', instant)
    .option(
      '--scope <scope>',
      'what else of the same rule: port, host, role, network, network:10.0.0.0/24 (default: nothing)',
      scope,
    )
    .option('--all-matching', 'all findings that the following options select, instead of naming them')
    .option('--yes', 'with --all-matching: do it; without, they are only counted')
    .addOption(new Option('--state <state...>', 'that stand so (default: open)').choices(FINDING_STATES))
    .addOption(new Option('--half <half>', 'of scans, or of telemetry').choices(HALVES))
    .option('--host <address>', 'about this host', address)
    .addOption(new Option('--severity <least>', 'this severe or worse').choices(SEVERITIES))
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark findings judge 34f9 a01b --as resolved --why "patched"', 'several at once'],
          [
            'tidemark findings judge 34f9 --as expected --scope host --until 2027-01-01 --why CHG-7',
            'also what comes of it on that host, for a time',
          ],
          [
            'tidemark findings judge --all-matching --host 10.20.0.7 --as acknowledged --why "with Ben" --yes',
            'whatever is open of a host; without --yes, how many that would be',
          ],
          ['tidemark findings judge 34f9 --as open --why "wrong host"', 'take it back'],
        ],
        ['0 done', '1 findings that match were only counted: say --yes', '2 the command failed'],
      ),
    )
    .action((ids, options) =>
      run(async (call) => {
        const { judgeFindings } = await import('../findings/judge.ts');
        return judgeFindings(call, ids, options);
      }),
    );
}

/** A scope: its kind, and with a colon which one. */
function scope(text: string): Verdict['scope'] {
  const [name = '', ...rest] = text.split(':');
  const value = rest.join(':');
  const kind = SCOPE_KINDS.find((each) => each === name);
  const takesValue = kind === 'role' || kind === 'network';
  if (kind === undefined || (rest.length > 0 && (!takesValue || value === '')))
    throw new InvalidArgumentError('It must be port, host, role, role:NAME, network or network:CIDR.');
  if (value === '') return { kind };
  return { kind, value: kind === 'network' ? network(value) : value };
}
