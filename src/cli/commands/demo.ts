import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { wholeNumber } from '../arguments.ts';
import type { Run } from '../call.ts';
import { ANSWERS, helpAfter } from '../help.ts';

/** `tidemark demo`: the main job on a made-up network, in a history of its own. */
export function demoCommand(run: Run): CommandUnknownOpts {
  const command = new Command('demo').description(
    'do the whole job on a made-up network: weeks of scans, a baseline, findings, a report',
  );
  command
    .option('--hosts <count>', 'size of the network, 50 to 65536', wholeNumber, 250)
    .option('--weeks <count>', 'weekly scans, the first half of them quiet', wholeNumber, 12)
    .option('--seed <number>', 'another number makes another network', wholeNumber, 1)
    .option('--truth', 'list what was planted, to compare with what was found')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark demo', 'twelve weeks of 250 hosts, kept apart from your history'],
          ['tidemark demo --truth', 'and what was planted in them'],
          ['tidemark demo --hosts 4096 --weeks 6', 'a larger network'],
        ],
        ANSWERS,
      ),
    )
    .action((options) =>
      run(async (call) => {
        const { demo } = await import('../demo.ts');
        return demo(call, options);
      }),
    );
  return command;
}
