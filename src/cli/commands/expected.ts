import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { ROLES } from '../../recon/model/episode.ts';
import { network, portName } from '../arguments.ts';
import type { Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';

/** `tidemark expected`: contacts that are normal here. */
export function expectedCommand(run: Run): CommandUnknownOpts {
  const command = new Command('expected')
    .description('list contacts that are normal here and say nothing of a scan, add some, take some back')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark expected', 'what was approved, by whom and why'],
          ['tidemark expected add --source 10.20.9.4 --port 161/udp --why "SNMP poller"', 'from now on'],
        ],
        ANSWERS,
      ),
    );
  const listing = command
    .command('list', { isDefault: true })
    .description('list what was approved, newest first')
    .addHelpText('after', helpAfter([['tidemark expected list --json', 'for programs']], ANSWERS))
    .action(() =>
      run(async (call) => {
        const { listExpected } = await import('../recon/expected.ts');
        return listExpected(call);
      }),
    );
  guardDefault(command, listing);
  const contacts = [
    ['add', 'approve contacts as normal: of sources or of a role, to targets, at a port', 'why it is normal'],
    ['withdraw', 'take back what was added with just these options', 'why it is no longer normal'],
  ] as const;
  for (const [name, means, why] of contacts) {
    command
      .command(name)
      .description(means)
      .option('--source <address...>', 'addresses or blocks (default: every source)', gather)
      .addOption(new Option('--role <role>', 'sources of this role').choices(ROLES))
      .option('--target <address...>', 'addresses or blocks (default: every target)', gather)
      .option('--port <port>', 'only this port, as 443/tcp (default: every port)', portName)
      .requiredOption('--why <text>', `${why}; kept with it`)
      .addHelpText(
        'after',
        helpAfter(
          [
            [
              `tidemark expected ${name} --role monitoring --target 10.20.0.0/16 --port 22/tcp --why "checks"`,
              'what monitoring hosts do',
            ],
          ],
          ANSWERS,
        ),
      )
      .action((options) =>
        run(async (call) => {
          const { addExpected, withdrawExpected } = await import('../recon/expected.ts');
          return name === 'add' ? addExpected(call, options) : withdrawExpected(call, options);
        }),
      );
  }
  return command;
}

/** Gathers a variadic option of address blocks. */
function gather(text: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), network(text)];
}
