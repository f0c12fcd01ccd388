import { Command, InvalidArgumentError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { formatInstant } from '../../time/instant.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { helpAfter } from '../help.ts';
import { safe } from '../print.ts';
import { whoActs } from '../who.ts';
import { withWorkspace } from '../with-workspace.ts';

interface VerifyOptions {
  readonly pause?: number;
  readonly note?: string;
}

/** `tidemark verify FINDING`: look again at exactly the ports of one finding. */
export function verifyCommand(run: Run): CommandUnknownOpts {
  return new Command('verify')
    .description('look again at exactly the ports of one finding, twice, to confirm or clear it')
    .argument('<finding>', 'identifier of a finding about exposure, or its beginning')
    .option('--pause <seconds>', 'between the two tries (default: exposure.verifyPauseSeconds)', seconds)
    .option('--note <text>', 'why, for the audit log')
    .addHelpText(
      'after',
      helpAfter(
        [['tidemark verify 3fa9', 'same vantage, same privileges, two tries']],
        [
          '0 cleared: both tries saw the opposite',
          '1 confirmed: both tries saw the same, or they cannot tell',
          '2 refused, or the scan failed',
        ],
      ),
    )
    .action((finding, options) => run((call) => verify(call, finding, options)));
}

async function verify(call: Call, finding: string, options: VerifyOptions): Promise<ExitStatus> {
  const { tellScan } = await import('./scan.ts');
  return withWorkspace(call, async (workspace) => {
    const { print, process } = call;
    const { stored, verification } = await workspace.scanning.verify(
      {
        finding,
        note: options.note ?? '',
        actor: { user: whoActs('', process.env).by, face: 'cli' },
        ...(options.pause === undefined ? {} : { pauseSeconds: options.pause }),
      },
      { signal: process.signal, env: process.env, onEvent: (event) => tellScan(call, event) },
    );
    call.progress.end();
    if (print.json) {
      await print.value({
        schema: 'tidemark/verification/1',
        ...verification,
        at: formatInstant(verification.at),
        title: stored.finding.title,
      });
    } else {
      const word = { confirmed: 'confirmed', cleared: 'cleared', 'cannot-tell': 'cannot tell' };
      await print.text(
        `${word[verification.outcome]}  ${safe(stored.finding.title)}\n           ${safe(verification.told)}\n`,
      );
    }
    return verification.outcome === 'cleared' ? 0 : 1;
  });
}

function seconds(text: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) > 3_600)
    throw new InvalidArgumentError('It must be a whole number of seconds, 3600 at most.');
  return Number(text);
}
