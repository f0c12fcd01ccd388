import { Argument, Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { ROLES } from '../../recon/model/episode.ts';
import { network } from '../arguments.ts';
import type { Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';

/** `tidemark roles`: what machines are, as configured, learned or approved. */
export function rolesCommand(run: Run): CommandUnknownOpts {
  const command = new Command('roles')
    .description('list what machines are for, which decides what is normal for them; approve or reject it')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark roles', 'what was configured, learned and approved, and why'],
          ['tidemark roles approve 10.20.9.10 scanner --why "CHG-1142"', 'from now on'],
          ['tidemark roles reject 10.20.9.10', 'not used, and not learned again'],
        ],
        ANSWERS,
      ),
    );
  const listing = command
    .command('list', { isDefault: true })
    .description('list roles by address')
    .addHelpText('after', helpAfter([['tidemark roles list --json', 'for programs']], ANSWERS))
    .action(() =>
      run(async (call) => {
        const { listRoles } = await import('../recon/roles.ts');
        return listRoles(call);
      }),
    );
  guardDefault(command, listing);
  command
    .command('approve')
    .description('say what a machine or an address block is')
    .argument('<address>', 'address, or block in CIDR notation', network)
    .addArgument(new Argument('<role>', 'what it is').choices(ROLES))
    .option('--why <text>', 'a word on it; kept with the role', '')
    .addHelpText(
      'after',
      helpAfter(
        [['tidemark roles approve 10.20.3.0/24 workstation --why "office floor 3"', 'a whole block']],
        ANSWERS,
      ),
    )
    .action((address, role, options) =>
      run(async (call) => {
        const { approveRole } = await import('../recon/roles.ts');
        return approveRole(call, address, role, options.why);
      }),
    );
  command
    .command('reject')
    .description('take an approved role back, or refuse a learned one')
    .argument('<address>', 'address, or block in CIDR notation', network)
    .option('--why <text>', 'a word on it; kept with the role', '')
    .addHelpText(
      'after',
      helpAfter([['tidemark roles reject 10.20.9.10 --why "no scanner of ours"', 'a learned one']], ANSWERS),
    )
    .action((address, options) =>
      run(async (call) => {
        const { rejectRole } = await import('../recon/roles.ts');
        return rejectRole(call, address, options.why);
      }),
    );
  return command;
}
