import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { address, instant, portName, wholeNumber } from '../arguments.ts';
import type { Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';

const NOTE = 'why; kept with the version';
const VERSION = 'number, pinned or latest';

/** `tidemark baseline …`: what is expected, in numbered versions that are made and never edited. */
export function baselineCommand(run: Run): CommandUnknownOpts {
  const command = new Command('baseline')
    .description('learn, look at and approve what is normal')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark baseline learn', 'learn from every scan of the newest series'],
          ['tidemark baseline show', 'what is expected of each host'],
          ['tidemark baseline approve --host 10.20.0.7 --port 8443/tcp', 'expect a port from now on'],
          ['tidemark baseline pin 3', 'measure deviations against version 3'],
        ],
        ANSWERS,
      ),
    );
  const versions = command
    .command('versions', { isDefault: true })
    .description('list the versions')
    .addHelpText('after', helpAfter([['tidemark baseline versions', 'who made them, when and why']], ANSWERS))
    .action(() =>
      run(async (call) => {
        const { listVersions } = await import('../baseline/look.ts');
        return listVersions(call);
      }),
    );
  guardDefault(command, versions);
  command
    .command('learn')
    .description('make a version from scans of a time that is known to be safe')
    .argument('[scan...]', 'the scans (default: all of the newest series)')
    .option('--first <count>', 'only the oldest so many', wholeNumber)
    .option('--last <count>', 'only the newest so many', wholeNumber)
    .option('--before <scan>', 'only scans older than this one')
    .option('--note <text>', NOTE, '')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark baseline learn --before latest', 'all but the newest scan'],
          ['tidemark baseline learn --first 6 --note "quiet weeks"', 'the oldest six'],
        ],
        ANSWERS,
      ),
    )
    .action((scans, options) =>
      run(async (call) => {
        const { learn } = await import('../baseline/make.ts');
        return learn(call, scans, options);
      }),
    );
  command
    .command('show')
    .description('show what a version expects')
    .argument('[version]', VERSION, 'pinned')
    .option('--host <address>', 'only this host', address)
    .addHelpText(
      'after',
      helpAfter([['tidemark baseline show latest --host 10.20.0.7', 'one host']], ANSWERS),
    )
    .action((version, options) =>
      run(async (call) => {
        const { showVersion } = await import('../baseline/look.ts');
        return showVersion(call, version, options.host);
      }),
    );
  command
    .command('approve')
    .description(
      'make a version that expects what is now so: of hosts, of ports, or of what a finding is about',
    )
    .option('--host <address...>', 'everything in which these hosts depart', collect(address))
    .option(
      '--port <port...>',
      'only these ports, as 443/tcp; one that does not depart yet is expected open',
      collect(portName),
    )
    .option('--finding <id>', 'what this finding is about')
    .option('--scan <scan>', 'the scan that shows how things are', 'latest')
    .option('--until <time>', 'date or time after which this no longer holds', instant)
    .option('--note <text>', NOTE, '')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark baseline approve --host 10.20.0.7 --port 8443/tcp --note CHG-1142', 'one port'],
          ['tidemark baseline approve --host 10.20.0.7', 'the host as it is now'],
          ['tidemark baseline approve --finding c961a958 --until 2027-01-31', 'a finding, for a while'],
          ['tidemark baseline approve --host 10.20.0.7 10.20.0.8 --port 80/tcp 443/tcp', 'a deployment'],
        ],
        ANSWERS,
      ),
    )
    .action((options) =>
      run(async (call) => {
        const { approve } = await import('../baseline/make.ts');
        return approve(call, options);
      }),
    );
  command
    .command('diff')
    .description('say what two versions expect differently')
    .argument('[a]', VERSION, 'pinned')
    .argument('[b]', VERSION, 'latest')
    .addHelpText(
      'after',
      helpAfter(
        [['tidemark baseline diff 1 3', 'what came and went between versions 1 and 3']],
        ['0 no difference', '1 differences', '2 the command failed'],
      ),
    )
    .action((a, b) =>
      run(async (call) => {
        const { diffVersions } = await import('../baseline/look.ts');
        return diffVersions(call, a, b);
      }),
    );
  command
    .command('pin')
    .description('measure deviations against this version, whatever is learned later')
    .argument('<version>', VERSION)
    .option('--note <text>', NOTE, '')
    .addHelpText(
      'after',
      helpAfter([['tidemark baseline pin latest', 'put the newest version in force']], ANSWERS),
    )
    .action((version, options) =>
      run(async (call) => {
        const { pin } = await import('../baseline/make.ts');
        return pin(call, version, options.note);
      }),
    );
  command
    .command('rollback')
    .description('make a new version with the content of an old one, and put it in force')
    .argument('<version>', VERSION)
    .option('--note <text>', NOTE, '')
    .addHelpText(
      'after',
      helpAfter([['tidemark baseline rollback 2 --note "approved in error"', 'back to version 2']], ANSWERS),
    )
    .action((version, options) =>
      run(async (call) => {
        const { rollBack } = await import('../baseline/make.ts');
        return rollBack(call, version, options.note);
      }),
    );
  return command;
}

/** Gathers a repeated or variadic option, each value read by the parser. */
function collect<T>(
  parse: (text: string) => T,
): (text: string, previous: readonly T[] | undefined) => readonly T[] {
  return (text, previous) => [...(previous ?? []), parse(text)];
}
