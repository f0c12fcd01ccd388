import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Run } from '../call.ts';
import { helpAfter } from '../help.ts';
import { addTelemetryOptions } from '../telemetry-options.ts';

/** `tidemark watch PATH…`: who scans us, while it happens. */
export function watchCommand(run: Run): CommandUnknownOpts {
  const command = new Command('watch').description(
    'follow logs through rotation and restarts, and say at once who is scanning you',
  );
  addTelemetryOptions(command);
  command
    .argument('<path...>', 'files, folders, patterns (quote them), or - for standard input')
    .option('--once', 'read what is there, say what is new, and end')
    .option('--all', 'print episodes of background noise and authorised scans too')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark watch /var/log/suricata/eve.json', 'until Ctrl-C'],
          ['tcpdump -i eth0 -U -w - | tidemark watch -', 'a live capture'],
          ['tidemark watch --json zeek/current/ >> episodes.ndjson', 'a finding a line, for a pipe'],
          ['tidemark watch --once zeek/current/', 'from cron: what is new since last time'],
        ],
        [
          '0 nothing to review (with --once)',
          '1 there are findings (with --once)',
          '2 the command failed',
          '130 stopped by Ctrl-C',
        ],
      ),
    )
    .action((paths, options) =>
      run(async (call) => {
        const { watchPaths } = await import('../recon/watch.ts');
        return watchPaths(call, paths, options);
      }),
    );
  return command;
}
