import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Call, ExitStatus, Run } from '../call.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { safe } from '../print.ts';

/** `tidemark init`: a commented tidemark.yaml, and a look at what scanning here needs. Asks nothing. */
export function initCommand(run: Run): CommandUnknownOpts {
  const command = new Command('init').description(
    'write a commented tidemark.yaml, and check Nmap and privileges',
  );
  command
    .option('--force', 'overwrite a file that is there')
    .option('--vantage <name>', 'where the scanner stands', 'default')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark init', 'write ./tidemark.yaml'],
          ['tidemark init --vantage office', 'and say where this scanner stands'],
          ['tidemark init --config /etc/tidemark/tidemark.yaml', 'write another file'],
        ],
        ANSWERS,
      ),
    )
    .action((options) => run((call) => init(call, options)));
  return command;
}

async function init(call: Call, options: { force?: true; vantage: string }): Promise<ExitStatus> {
  const { print, process } = call;
  const [{ starterFile }, { CONFIG_NAME }, { Fault }, { exposureConfig }] = await Promise.all([
    import('../../config/starter-file.ts'),
    import('../../config/locate.ts'),
    import('../../fault/fault.ts'),
    import('../../exposure/config.ts'),
  ]);
  const { error } = exposureConfig.safeParse({ vantage: options.vantage });
  if (error !== undefined) {
    const demand = error.issues[0]?.message ?? 'is not a name';
    throw new Fault('cli/usage', `the vantage ${demand}`, 'Choose a short name, as office or dmz-2.', {
      field: '--vantage',
    });
  }
  const file = resolve(process.cwd, call.options.config ?? CONFIG_NAME);
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, starterFile({ vantage: options.vantage }), {
      flag: options.force === true ? 'w' : 'wx',
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new Fault(
      'cli/exists',
      'there is a configuration file already',
      'Keep it, or overwrite it with --force.',
      { file },
      { cause },
    );
  }
  const { checkNmap, checkScanPrivileges } = await import('../checks/nmap.ts');
  const nmap = await checkNmap();
  const checks = nmap.state === 'ok' ? [nmap, await checkScanPrivileges('nmap', process.env)] : [nmap];
  if (print.json) {
    await print.value({ schema: 'tidemark/init/1', file, checks });
    return 0;
  }
  const { formatChecks } = await import('../checks/format.ts');
  await print.text(`wrote ${safe(file)}\n\n${formatChecks(checks, print)}\nnext:\n`);
  await print.text(
    '  tidemark import SCAN.xml    put scans into the history\n  tidemark baseline learn     learn what is normal\n  tidemark assess             see what is exposed and what drifted\n',
  );
  return 0;
}
