import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Call, ExitStatus, Run } from '../call.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { safe } from '../print.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `tidemark nse`: a baseline for Nmap's own scripting engine. */
export function nseCommand(run: Run): CommandUnknownOpts {
  return new Command('nse')
    .description('write a script with which Nmap itself says how a scan departs from the baseline')
    .option('-o, --out <folder>', 'where to write the script and its data', '.')
    .option('--baseline <version>', 'number, pinned or latest', 'pinned')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark nse --out /etc/tidemark', 'the baseline in force'],
          ['nmap -sV --script /etc/tidemark/tidemark-baseline.nse 10.20.0.0/24', 'scan with it'],
          ['tidemark nse --baseline 3', 'version 3, into this folder'],
        ],
        ANSWERS,
      ),
    )
    .action((options) => run((call) => writeNse(call, options.out, options.baseline)));
}

async function writeNse(call: Call, out: string, reference: string): Promise<ExitStatus> {
  const { expectedAt, nextEnd } = await import('../../exposure/flow/baselines.ts');
  const { BASELINE_SCRIPT } = await import('../../exposure/model/baseline.ts');
  const { nseData } = await import('../../report/nse-data.ts');
  const { nseScript } = await import('../../report/nse-script.ts');
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const version = await workspace.baselines.find(reference);
    const written = call.process.clock();
    const baseline = expectedAt(await workspace.baselines.load(version), written);
    const until = nextEnd(baseline);
    const folder = resolve(call.process.cwd, out);
    const script = join(folder, `${BASELINE_SCRIPT}.nse`);
    const data = join(folder, `${BASELINE_SCRIPT}.tsv`);
    await mkdir(folder, { recursive: true });
    await writeFile(data, nseData(baseline, { written, ...(until === undefined ? {} : { until }) }));
    await writeFile(script, nseScript(data));
    if (print.json) {
      await print.value({ schema: 'tidemark/nse/1', baseline: version.version, script, data });
    } else {
      await print.text(`${safe(script)}\n${safe(data)}\n`);
      print.note(`use it: nmap -sV --script ${safe(script)} TARGET`);
    }
    return 0;
  });
}
