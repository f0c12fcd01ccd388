import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Run } from '../call.ts';
import { helpAfter } from '../help.ts';

/** `tidemark diff [A] [B]`: what differs between two scans, or the baseline and a scan. */
export function diffCommand(run: Run): CommandUnknownOpts {
  const command = new Command('diff').description(
    'say what differs between two scans: files, scans of the history, or a baseline version',
  );
  command
    .argument('[a]', 'file, identifier, latest~1, baseline, v3, or - for standard input', 'latest~1')
    .argument('[b]', 'the same', 'latest')
    .option('--xml', "print ndiff's XML")
    .option('-v, --verbose', 'print what did not change too')
    .option('--anyway', 'go on although the scans are not comparable')
    .option('--udp-silence', 'say too where UDP ports turned to or from open|filtered')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark diff', 'the newest scan and the one before it in its series'],
          ['tidemark diff monday.xml tuesday.xml', 'two files, nothing stored'],
          ['tidemark diff baseline latest', 'what departs from the baseline in force'],
          ['tidemark diff latest~4 latest --json', 'for programs'],
        ],
        ['0 no difference', '1 differences', '2 the command failed, or the scans are not comparable'],
      ),
    )
    .action((a, b, options) =>
      run(async (call) => {
        const { diff } = await import('../diff.ts');
        return diff(call, a, b, options);
      }),
    );
  return command;
}
