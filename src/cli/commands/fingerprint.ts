import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { wholeNumber } from '../arguments.ts';
import type { Run } from '../call.ts';
import { helpAfter } from '../help.ts';

/** `tidemark fingerprint FILE…`: what tells clients apart, and the tools that they look like. */
export function fingerprintCommand(run: Run): CommandUnknownOpts {
  return new Command('fingerprint')
    .description('list the fingerprints of every source in captures, and the tools that they look like')
    .argument('<file...>', 'captures, or logs that carry fingerprints: files, folders, patterns, or -')
    .option('--limit <number>', 'print so many sources (default: 50)', wholeNumber)
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark fingerprint capture.pcap', 'first packets, TLS, SSH and HTTP clients'],
          ['tidemark fingerprint *.pcapng.gz --json', 'all sources and values, for programs'],
          ['tcpdump -w - -c 10000 | tidemark fingerprint -', 'a capture from standard input'],
        ],
        ['0 done', '2 the command failed, or a file was refused'],
      ),
    )
    .action((files, options) =>
      run(async (call) => {
        const { fingerprint } = await import('../recon/fingerprint.ts');
        return fingerprint(call, files, options);
      }),
    );
}
