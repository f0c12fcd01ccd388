import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { instant } from '../arguments.ts';
import type { Run } from '../call.ts';
import { helpAfter } from '../help.ts';
import { addTelemetryOptions } from '../telemetry-options.ts';

/** `tidemark detect [FILE…]`: who scans us. */
export function detectCommand(run: Run): CommandUnknownOpts {
  const command = new Command('detect').description(
    'say who is scanning you: from Zeek, Suricata, NetFlow, firewall and endpoint logs, and captures',
  );
  addTelemetryOptions(command);
  command
    .argument(
      '[file...]',
      'telemetry to import and judge: files, folders, patterns (quote them), or - (default: what is stored)',
    )
    .option(
      '--from <time>',
      'judge from this date or time on (default: recon.detection.horizonDays)',
      instant,
    )
    .option('--to <time>', 'and up to this one (default: the newest record)', instant)
    .option('--full', 'every episode with every sentence and all terms of its likelihood')
    .option('--all', 'list the background noise of the internet too')
    .option('--markdown', 'print Markdown, for a ticket')
    .option('--html <file>', 'write the report with pictures to this file as well')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark detect conn.log.gz', 'import a log and say who scanned'],
          ['tidemark detect zeek/ eve.json --html scans.html', 'two sensors, with pictures'],
          ['tidemark detect --from 2026-11-20', 'judge again what is stored'],
          ['tcpdump -w - -c 100000 | tidemark detect -', 'a capture from standard input'],
          ['tidemark detect --json > summary.json', 'the same object for programs'],
        ],
        ['0 nothing to review', '1 there are findings', '2 the command failed, or a file was refused'],
      ),
    )
    .action((files, options) =>
      run(async (call) => {
        const { detectFiles } = await import('../recon/detect.ts');
        return detectFiles(call, files, options);
      }),
    );
  return command;
}
