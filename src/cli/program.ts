import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { Fault } from '../fault/fault.ts';
import { wholeNumber } from './arguments.ts';
import type { Run } from './call.ts';
import { alertsCommand } from './commands/alerts.ts';
import { announceCommand } from './commands/announce.ts';
import { featuresCommand } from './commands/features.ts';
import { feedbackCommand } from './commands/feedback.ts';
import { assessCommand } from './commands/assess.ts';
import { baselineCommand } from './commands/baseline.ts';
import { completionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config.ts';
import { demoCommand } from './commands/demo.ts';
import { detectCommand } from './commands/detect.ts';
import { diffCommand } from './commands/diff.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { expectedCommand } from './commands/expected.ts';
import { findingsCommand } from './commands/findings.ts';
import { fingerprintCommand } from './commands/fingerprint.ts';
import { hostsCommand } from './commands/hosts.ts';
import { importCommand } from './commands/import.ts';
import { initCommand } from './commands/init.ts';
import { nseCommand } from './commands/nse.ts';
import { policyCommand } from './commands/policy.ts';
import { queryCommand } from './commands/query.ts';
import { reportCommand } from './commands/report.ts';
import { rolesCommand } from './commands/roles.ts';
import { auditCommand } from './commands/audit.ts';
import { profilesCommand } from './commands/profiles.ts';
import { scanCommand } from './commands/scan.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { verifyCommand } from './commands/verify.ts';
import { sinksCommand } from './commands/sinks.ts';
import { serveCommand } from './commands/serve.ts';
import { statusCommand } from './commands/status.ts';
import { scopeCommand } from './commands/scope.ts';
import { scansCommand } from './commands/scans.ts';
import { tokenCommand } from './commands/token.ts';
import { telemetryCommand } from './commands/telemetry.ts';
import { watchCommand } from './commands/watch.ts';
import { isGuarded } from './default-subcommand.ts';
import { helpAfter } from './help.ts';

/** The options before every command, in words only: their values are read by `readGlobalOptions`. */
function addGlobalOptions(program: Command): void {
  program
    .option(
      '--config <file>',
      'configuration file (default: TIDEMARK_CONFIG, ./tidemark.yaml, user configuration)',
    )
    .option(
      '--data-dir <folder>',
      'where the history is kept (default: TIDEMARK_DATA_DIR, or what the configuration says)',
    )
    .option(
      '--wait <seconds>',
      'how long to wait while another tidemark uses the data folder (default: not at all)',
      wholeNumber,
    )
    .option('--json', 'print the result as JSON, and errors as a JSON object on stderr')
    .option('-q, --quiet', 'no remarks and no progress on stderr')
    .option('--no-color', 'no colour (NO_COLOR is honoured too)')
    .option('--debug', 'print the stack of an error');
}

/** Builds the command line. Cheap: a command's work is imported when it runs. */
export function buildProgram(version: string, run: Run): CommandUnknownOpts {
  const program = new Command('tidemark');
  addGlobalOptions(program);
  program
    .description(
      'Learns what is normal on your network from your own scans and telemetry, and says in plain words when it drifts and who is scanning you.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false, helpWidth: 100 })
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark init', 'write a commented tidemark.yaml here'],
          ['tidemark import scans/*.xml', 'put scans into the history'],
          ['tidemark baseline learn', 'learn what is normal from them'],
          ['tidemark assess', 'what is exposed, what drifted, what to do'],
          ['tidemark detect conn.log eve.json', 'who is scanning you, and what they found'],
          ['tidemark diff monday.xml tuesday.xml', 'compare two files, nothing stored'],
        ],
        ['0 nothing of note', '1 findings or differences', '2 the command failed'],
      ),
    );
  for (const command of [
    initCommand(run),
    demoCommand(run),
    scanCommand(run),
    verifyCommand(run),
    scheduleCommand(run),
    profilesCommand(run),
    scopeCommand(run),
    auditCommand(run),
    importCommand(run),
    scansCommand(run),
    hostsCommand(run),
    diffCommand(run),
    baselineCommand(run),
    assessCommand(run),
    feedbackCommand(run),
    announceCommand(run),
    featuresCommand(run),
    reportCommand(run),
    nseCommand(run),
    detectCommand(run),
    watchCommand(run),
    serveCommand(run),
    tokenCommand(run),
    statusCommand(run),
    findingsCommand(run),
    alertsCommand(run),
    sinksCommand(run),
    telemetryCommand(run),
    fingerprintCommand(run),
    rolesCommand(run),
    expectedCommand(run),
    policyCommand(run),
    queryCommand(run),
    evaluateCommand(run),
    doctorCommand(run),
    configCommand(run),
    completionCommand(run),
  ]) {
    program.addCommand(command);
  }
  prepare(program);
  return program;
}

/** Errors are thrown, not printed, by this command and all below it; help is laid out alike. */
function prepare(command: CommandUnknownOpts): void {
  command
    .exitOverride((error) => {
      refusedBy.set(error, command);
      throw error;
    })
    .configureOutput({ writeErr: () => undefined });
  for (const child of command.commands) {
    child.copyInheritedSettings(command).allowExcessArguments(isGuarded(child));
    prepare(child);
  }
}

/** Which command did not take its command line. */
const refusedBy = new WeakMap<CommanderError, CommandUnknownOpts>();

/** A usage error of commander as a Fault with a fix; undefined when help or the version was all that was wanted. */
export function usageFault(error: CommanderError, program: CommandUnknownOpts): Fault | undefined {
  if (error.exitCode === 0) return undefined;
  const command = refusedBy.get(error) ?? program;
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const meant = /\(Did you mean (.+)\?\)/.exec(rest.join(' '))?.[1]?.replace(/^one of /, '');
  if (error.code === 'commander.help') {
    return new Fault(
      'cli/usage',
      'no command given',
      `Run \`${pathOf(command)} --help\` to see the commands.`,
    );
  }
  return new Fault(
    'cli/usage',
    first,
    meant === undefined
      ? (missingOption(error, command) ?? `See \`${pathOf(command)} --help\`.`)
      : `Did you mean ${meant}?`,
  );
}

/** `Add --role viewer | analyst | admin; see …`, where an option is left out that has to be there. */
function missingOption({ code, message }: CommanderError, command: CommandUnknownOpts): string | undefined {
  if (code !== 'commander.missingMandatoryOptionValue') return undefined;
  const option = command.options.find(({ flags }) => message.includes(`'${flags}'`));
  if (option === undefined) return undefined;
  const { argChoices = [], long, flags } = option;
  const wanted = argChoices.length === 0 ? flags : `${long ?? flags} ${argChoices.join(' | ')}`;
  return `Add ${wanted}; see \`${pathOf(command)} --help\`.`;
}

/** `tidemark token create` */
function pathOf(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
