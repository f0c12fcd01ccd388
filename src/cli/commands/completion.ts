import { Argument, Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Run } from '../call.ts';
import { ANSWERS, helpAfter } from '../help.ts';

/** `tidemark completion SHELL`: the script that a shell loads. The shell then asks `tidemark complete -- …`. */
export function completionCommand(run: Run): CommandUnknownOpts {
  const command = new Command('completion')
    .description('print the completion script for a shell')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['source <(tidemark completion bash)', 'bash, this session (zsh alike)'],
          ['tidemark completion fish > ~/.config/fish/completions/tidemark.fish', 'fish, for good'],
          ['tidemark completion powershell | Out-String | Invoke-Expression', 'PowerShell'],
        ],
        ANSWERS,
      ),
    );
  command
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish', 'powershell'] as const))
    .action((shell) =>
      run(async () => {
        const { default: completions } = await import('@bomb.sh/tab');
        completions.setup('tidemark', 'tidemark', shell);
        return 0;
      }),
    );
  return command;
}
