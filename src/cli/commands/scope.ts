import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { formatBlock } from '../../net/address-set.ts';
import { REFUSALS } from '../../scope/grant.ts';
import { formatMinute, type Instant } from '../../time/instant.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { LEDGER_FORMATS, type LedgerEntry, type LedgerFormat } from '../../report/ledger-export.ts';
import { instant } from '../arguments.ts';
import { withWorkspace } from '../with-workspace.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { safe } from '../print.ts';

interface CheckOptions {
  readonly profile: string;
  readonly targetsFile: string | undefined;
  readonly at: Instant | undefined;
}

/** `tidemark scope`: what may be scanned, and why a target may not. */
export function scopeCommand(run: Run): CommandUnknownOpts {
  const command = new Command('scope')
    .description('what may be scanned, when and how hard')
    .addHelpText(
      'after',
      helpAfter(
        [['tidemark scope check 10.20.0.0/24', 'which grant allows it, or which rule forbids it']],
        ANSWERS,
      ),
    );
  command
    .command('check')
    .description('say which grant allows each target, or which rule forbids it; sends nothing')
    .argument('<target...>', 'addresses, blocks, ranges, host names')
    .option('--profile <name>', 'the scan profile to ask for', 'exposure')
    .option('--targets-file <file>', 'further targets, one a line')
    .option('--at <time>', 'as if it were then: 2026-12-01T22:30:00Z', instant)
    .addHelpText(
      'after',
      helpAfter(
        [
          [
            'tidemark scope check 10.20.0.7 --profile udp --at 2026-12-01T22:30:00Z',
            'another profile, another time',
          ],
        ],
        ['0 all of it is allowed', '1 something is refused', '2 the command failed'],
      ),
    )
    .action((targets, { profile, targetsFile, at }) =>
      run((call) => checkTargets(call, targets, { profile, targetsFile, at })),
    );
  command
    .command('export')
    .description('print our own scans, and what grants name as sources, as an allow-list for an IDS')
    .addOption(
      new Option('--format <form>', 'for which tool').choices(LEDGER_FORMATS).default('csv' as const),
    )
    .option('--since <time>', 'scans that had not ended then (default: a week ago)', instant)
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark scope export --format suricata > own-scans.rules', 'pass rules for what holds now'],
          ['tidemark scope export --format zeek > own-scans.tsv', 'a set for the input framework'],
        ],
        ANSWERS,
      ),
    )
    .action(({ format, since }) => run((call) => exportScans(call, format, since)));
  command
    .command('list')
    .description('list the grants')
    .addHelpText('after', helpAfter([['tidemark scope list', 'what the configuration allows']], ANSWERS))
    .action(() => run(listGrants));
  return command;
}

/** Asks the scope and prints its answer: 0 when everything is allowed, 1 when something is refused. */
export async function checkTargets(
  call: Call,
  targets: readonly string[],
  options: CheckOptions,
): Promise<ExitStatus> {
  const { askScope } = await import('../../assembly/authorised-scan.ts');
  const { config } = await call.loadConfig();
  const at = options.at ?? call.process.clock();
  const decision = await askScope(
    { config },
    {
      targets,
      profile: options.profile,
      at,
      ...(options.targetsFile === undefined ? {} : { targetsFile: options.targetsFile }),
    },
  );
  const { print } = call;
  if (print.json) {
    await print.value({
      schema: 'tidemark/scope-check/1',
      profile: options.profile,
      vantage: config.exposure.vantage,
      ...(decision.allowed
        ? {
            allowed: true,
            grants: decision.allowances.map(({ grant, addresses }) => ({
              grant: grant.id,
              owner: grant.owner,
              ticket: grant.ticket,
              addresses: addresses.toString().split(' '),
            })),
            leftOut: decision.leftOut.isEmpty ? [] : decision.leftOut.toString().split(' '),
            timing: decision.timing,
            rate: decision.rate ?? null,
            until: formatMinute(decision.until),
          }
        : {
            allowed: false,
            refused: decision.refused.map((refused) => ({ ...refused, means: REFUSALS[refused.rule] })),
          }),
    });
    return decision.allowed ? 0 : 1;
  }
  if (!decision.allowed) {
    for (const { target, rule, why } of decision.refused) {
      await print.text(`refused  ${safe(target)}: ${safe(why)}\n         rule ${rule}: ${REFUSALS[rule]}\n`);
    }
    return 1;
  }
  for (const { grant, addresses } of decision.allowances) {
    const ticket = grant.ticket === '' ? '' : `, ${safe(grant.ticket)}`;
    await print.text(
      `allowed  ${addresses.toString()}\n         by grant ${safe(grant.id)} (${safe(grant.owner)}${ticket})\n`,
    );
  }
  if (!decision.leftOut.isEmpty)
    await print.text(`left out ${decision.leftOut.toString()}: excluded from scanning\n`);
  const rate = decision.rate === undefined ? '' : `, at most ${decision.rate} packets per second`;
  await print.text(
    `limits   -T${Math.min(decision.timing, 4)}${rate}; must end by ${formatMinute(decision.until)}\n`,
  );
  return 0;
}

const WEEK = 7 * 86_400e6;

async function exportScans(
  call: Call,
  format: LedgerFormat,
  since: Instant | undefined,
): Promise<ExitStatus> {
  const [{ grantsOf }, { exportLedger }] = await Promise.all([
    import('../../scope/config.ts'),
    import('../../report/ledger-export.ts'),
  ]);
  const { config } = await call.loadConfig();
  const now = call.process.clock();
  return withWorkspace(call, async (workspace) => {
    const own = await workspace.scanning.ownScans(since ?? ((now - WEEK) as Instant));
    const made = own.map((scan): LedgerEntry => ({ ...scan, id: `scan ${scan.id.slice(0, 8)}` }));
    // Only a grant that says where its scans come from can be told to others beforehand.
    const planned = grantsOf(config.scope).flatMap((grant): LedgerEntry[] =>
      grant.source === undefined || grant.networks.isEmpty || grant.expires <= now
        ? []
        : [
            {
              id: `grant ${grant.id}`,
              owner: grant.owner,
              ticket: grant.ticket,
              source: grant.source,
              targets: grant.networks.subtract(grant.exclude).prefixes().map(formatBlock),
              protocol: 'any',
              ports: '',
              from: grant.begins ?? (0 as Instant),
              to: grant.expires,
            },
          ],
    );
    await call.print.text(exportLedger([...made, ...planned], format, now));
    return 0;
  });
}

async function listGrants(call: Call): Promise<ExitStatus> {
  const [{ grantsOf }, { formatWindow }, { renderTable }] = await Promise.all([
    import('../../scope/config.ts'),
    import('../../scope/window.ts'),
    import('../../report/table.ts'),
  ]);
  const { config } = await call.loadConfig();
  const { print } = call;
  if (print.json) {
    await print.value({ schema: 'tidemark/scope/1', grants: config.scope.grants });
    return 0;
  }
  const grants = grantsOf(config.scope);
  if (grants.length === 0) {
    await print.text(
      'No grant is configured, so nothing may be scanned. Add one under scope.grants in tidemark.yaml.\n',
    );
    return 0;
  }
  await print.text(
    renderTable(
      [
        { title: 'GRANT' },
        { title: 'NETWORKS AND NAMES' },
        { title: 'PROFILES' },
        { title: 'VANTAGE' },
        { title: 'OPEN' },
        { title: 'UNTIL' },
      ],
      grants.map((grant) => [
        grant.id,
        [grant.networks.toString(), ...grant.names].filter((part) => part !== '').join(' '),
        grant.profiles.join(' '),
        grant.vantage,
        grant.windows.length === 0 ? 'always' : grant.windows.map(formatWindow).join('; '),
        formatMinute(grant.expires),
      ]),
      { width: print.width, paint: print.paint },
    ),
  );
  return 0;
}
