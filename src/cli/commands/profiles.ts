import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Call, ExitStatus, Run } from '../call.ts';
import { ANSWERS, helpAfter } from '../help.ts';

/** `tidemark profiles`: the ways of scanning. */
export function profilesCommand(run: Run): CommandUnknownOpts {
  return new Command('profiles')
    .description('list the scan profiles and plans, and what each asks of Nmap')
    .addHelpText(
      'after',
      helpAfter([['tidemark profiles', 'what `tidemark scan` can be asked for']], ANSWERS),
    )
    .action(() => run(list));
}

async function list(call: Call): Promise<ExitStatus> {
  const [{ SCAN_PLANS, SCAN_PROFILES }, { renderTable }] = await Promise.all([
    import('../../exposure/flow/run-nmap.ts'),
    import('../../report/table.ts'),
  ]);
  const { print } = call;
  if (print.json) {
    await print.value({ schema: 'tidemark/profiles/1', profiles: SCAN_PROFILES, plans: SCAN_PLANS });
    return 0;
  }
  await print.text(
    renderTable(
      [{ title: 'PROFILE' }, { title: 'WHAT IT SHOWS' }, { title: 'PORTS' }, { title: 'NMAP' }],
      SCAN_PROFILES.map((profile) => [
        profile.name,
        `${profile.purpose}${profile.needs === 'raw' ? ' Needs raw packets.' : ''}${profile.onlyByName ? ' Only where a grant names it.' : ''}`,
        profile.ports.startsWith('top:')
          ? `${profile.ports.slice(4)} most common`
          : profile.ports.length > 30
            ? 'a list'
            : profile.ports,
        [
          ...profile.options,
          ...(profile.scripts === undefined ? [] : [`--script "${profile.scripts}"`]),
        ].join(' '),
      ]),
      { width: print.width, paint: print.paint },
    ),
  );
  await print.text(
    `\nPlans:\n${SCAN_PLANS.map(({ name, purpose, profiles }) => `  ${name.padEnd(8)} ${profiles.join(', ')}: ${purpose}`).join('\n')}\n`,
  );
  return 0;
}
