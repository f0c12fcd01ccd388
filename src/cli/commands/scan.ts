import { counted } from '../../text/phrase.ts';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ScanEvent } from '../../assembly/scan-ask.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { helpAfter } from '../help.ts';
import { safe } from '../print.ts';
import { whoActs } from '../who.ts';
import { withWorkspace } from '../with-workspace.ts';

interface ScanOptions {
  readonly plan?: string;
  readonly ports?: string;
  readonly targetsFile?: string;
  readonly connect?: true;
  readonly note?: string;
  readonly dryRun?: true;
  readonly assess: boolean;
  readonly full?: true;
}

/** `tidemark scan [PROFILE] TARGET…`: an authorised scan, stored and assessed. */
export function scanCommand(run: Run): CommandUnknownOpts {
  return new Command('scan')
    .description('run an authorised Nmap scan, keep it, and say what it shows')
    .argument('<profile>', 'what to look for: see `tidemark profiles`; with --plan the first target')
    .argument('[target...]', 'addresses, blocks, ranges such as 10.0.0.1-20, host names')
    .option('--plan <name>', 'several profiles over the same targets: full, weekly')
    .option('-p, --ports <list>', 'these ports instead of the profile’s: 22,80,8000-8100')
    .option('--targets-file <file>', 'further targets, one a line')
    .option('--connect', 'make full connections even where raw packets may be sent')
    .option('--note <text>', 'why, for the audit log')
    .option('--dry-run', 'say what would be scanned, send nothing')
    .option('--no-assess', 'store the scan and stop there')
    .option('--full', 'print every entry of every list')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark scan services 10.20.0.0/24', 'what answers there, with versions'],
          ['tidemark scan --plan full 10.20.0.0/24', 'exposure, services, systems and UDP'],
          ['tidemark scan exposure 10.20.0.7 --dry-run', 'what the scope says of it'],
        ],
        ['0 nothing to review', '1 there are findings', '2 refused, or the scan failed'],
      ),
    )
    .action((profile, targets, options) =>
      run((call) =>
        scan(
          call,
          options.plan === undefined ? profile : undefined,
          options.plan === undefined ? targets : [profile, ...targets],
          options,
        ),
      ),
    );
}

async function scan(
  call: Call,
  profile: string | undefined,
  targets: readonly string[],
  options: ScanOptions,
): Promise<ExitStatus> {
  if (options.dryRun === true) return dryRun(call, profile, targets, options);
  return withWorkspace(call, async (workspace) => {
    const { print, process } = call;
    const scanned = await workspace.scanning.scan(
      {
        targets,
        profiles: profile === undefined ? [] : [profile],
        ...(options.plan === undefined ? {} : { plan: options.plan }),
        ...(options.targetsFile === undefined ? {} : { targetsFile: options.targetsFile }),
        ...(options.ports === undefined ? {} : { ports: options.ports }),
        raw: options.connect !== true,
        note: options.note ?? '',
        actor: { user: whoActs('', process.env).by, face: 'cli' },
        purpose: 'scan',
      },
      { signal: process.signal, env: process.env, onEvent: (event) => tellScan(call, event) },
    );
    call.progress.end();
    const last = scanned.at(-1);
    if (last === undefined) return 0;
    if (last.end.stopped !== undefined) {
      print.note(`warning: the scan was ended early (${last.end.stopped}); what it had seen is kept`);
    }
    if (!options.assess) {
      const { scansTable, scanJson } = await import('../scans-table.ts');
      const runs = scanned.map(({ run }) => run);
      if (print.json)
        await print.value({ schema: 'tidemark/scans/1', total: runs.length, scans: runs.map(scanJson) });
      else await print.text(scansTable(runs, print));
      return 0;
    }
    const [{ summaryText }, { summaryJson }, { findingsToReview }] = await Promise.all([
      import('../../report/summary-text.ts'),
      import('../../report/summary-json.ts'),
      import('../../report/summary-words.ts'),
    ]);
    let found = false;
    for (const { run } of scanned) {
      const summary = await workspace.assess(run);
      found ||= findingsToReview(summary).length > 0;
      await print.text(
        print.json
          ? summaryJson(summary)
          : summaryText(summary, { colour: print.color, width: print.width, full: options.full === true }),
      );
    }
    return found ? 1 : 0;
  });
}

/** Says on stderr how a scan goes. */
export function tellScan(call: Call, event: ScanEvent): void {
  const { print, progress } = call;
  switch (event.kind) {
    case 'allowed': {
      const { allowances, addresses, leftOut } = event.decision;
      const by = allowances.map(({ grant }) => grant.id).join(', ');
      print.note(
        `${event.profile}: ${counted(addresses.size, 'address', 'addresses')}, allowed by ${safe(by)}${leftOut.isEmpty ? '' : `; ${leftOut.size} excluded`}`,
      );
      return;
    }
    case 'started':
      print.note(`nmap ${event.argv.join(' ')}`);
      return;
    case 'progress': {
      const { task, percent, remaining, hosts } = event.progress;
      const eta = remaining === undefined ? '' : `, about ${remaining} s left`;
      progress.update({
        label: `${task} ${percent.toFixed(0)} %${eta}; hosts done`,
        done: hosts,
        unit: 'items',
      });
      return;
    }
    case 'scanned':
      progress.end();
      for (const line of event.scanned.end.warnings) print.note(`nmap: ${safe(line)}`);
      return;
    default:
      event satisfies never;
  }
}

/** What the scope says of it; nothing is stored, sent or written down. */
async function dryRun(
  call: Call,
  profile: string | undefined,
  targets: readonly string[],
  options: ScanOptions,
): Promise<ExitStatus> {
  const [{ checkTargets }, { profilesOfPlan }] = await Promise.all([
    import('./scope.ts'),
    import('../../assembly/authorised-scan.ts'),
  ]);
  let status: ExitStatus = 0;
  for (const name of options.plan === undefined ? [profile ?? ''] : profilesOfPlan(options.plan)) {
    const asked = { profile: name, targetsFile: options.targetsFile, at: undefined };
    if ((await checkTargets(call, targets, asked)) !== 0) status = 2;
  }
  return status;
}
