import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { TOKEN_ROLES } from '../../access/token.ts';
import { instant } from '../arguments.ts';
import type { Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';

/** `tidemark token`: who may use the API and the dashboard. */
export function tokenCommand(run: Run): CommandUnknownOpts {
  const command = new Command('token')
    .description('make, list and revoke the tokens that open the API and the dashboard')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark token create anna --role analyst', 'prints the secret this once'],
          ['tidemark token list', 'what was made, without secrets'],
          ['tidemark token revoke anna', 'from now on it opens nothing'],
        ],
        ANSWERS,
      ),
    );
  command
    .command('create')
    .description('make a token; its secret is printed this once and is kept nowhere')
    .argument('<name>', 'who or what it is for: the audit log calls it token:NAME')
    .addOption(
      new Option('--role <role>', 'viewer reads, analyst judges and approves, admin does the rest')
        .choices(TOKEN_ROLES)
        .makeOptionMandatory(),
    )
    .option('--until <time>', 'when it ends by itself (default: never)', instant)
    .option('--note <text>', 'a word on it; kept with the token', '')
    .addHelpText(
      'after',
      helpAfter(
        [
          [
            'tidemark token create grafana --role viewer --until 2027-01-01',
            'for a program, until the end of the year',
          ],
        ],
        ANSWERS,
      ),
    )
    .action((name, options) =>
      run(async (call) => {
        const { createToken } = await import('../tokens.ts');
        return createToken(call, { ...options, name, until: options.until });
      }),
    );
  const listing = command
    .command('list', { isDefault: true })
    .description('list the tokens that were ever made')
    .addHelpText('after', helpAfter([['tidemark token list --json', 'for programs']], ANSWERS))
    .action(() =>
      run(async (call) => {
        const { listTokens } = await import('../tokens.ts');
        return listTokens(call);
      }),
    );
  guardDefault(command, listing);
  command
    .command('revoke')
    .description('revoke a token at once, and every browser that logged in with it')
    .argument('<token>', 'its name or identifier')
    .addHelpText('after', helpAfter([['tidemark token revoke anna', 'by name']], ANSWERS))
    .action((reference) =>
      run(async (call) => {
        const { revokeToken } = await import('../tokens.ts');
        return revokeToken(call, reference);
      }),
    );
  return command;
}
