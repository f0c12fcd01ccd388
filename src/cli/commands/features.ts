import { counted } from '../../text/phrase.ts';
import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { Fault } from '../../fault/fault.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `tidemark features [SCAN]`: what each host comes to in numbers. */
export function featuresCommand(run: Run): CommandUnknownOpts {
  return new Command('features')
    .description('print the features of every host of a scan, for models and spreadsheets')
    .argument('[scan]', 'identifier or its beginning, latest, latest~1, …', 'latest')
    .option('--csv', 'as CSV (the default)')
    .addOption(new Option('--parquet <file>', 'as a Parquet file').conflicts('csv'))
    .option('--list', 'explain every feature in a sentence')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark features --list', 'what each column means'],
          ['tidemark features latest --csv > hosts.csv', 'the newest scan'],
          ['tidemark features --parquet hosts.parquet', 'the same, typed and compressed'],
        ],
        ANSWERS,
      ),
    )
    .action((scan, options) => run((call) => features(call, scan, options)));
}

async function features(
  call: Call,
  reference: string,
  options: { readonly parquet?: string; readonly list?: true },
): Promise<ExitStatus> {
  const { FEATURES, FEATURES_VERSION } = await import('../../exposure/flow/run-features.ts');
  const { print } = call;
  if (options.list === true) {
    if (print.json)
      await print.value({ schema: 'tidemark/features/1', version: FEATURES_VERSION, features: FEATURES });
    else
      for (const { name, group, unit, meaning } of FEATURES)
        await print.text(`${name.padEnd(26)} ${group.padEnd(10)} ${unit.padEnd(10)} ${meaning}\n`);
    return 0;
  }
  return withWorkspace(call, async (workspace) => {
    const run = await workspace.findRun(reference);
    const table = await workspace.anomalies.features(run);
    if (options.parquet !== undefined) {
      await writeParquet(options.parquet, run.info.id, table);
      print.note(
        `${counted(table.hosts.length, 'host')}, ${table.names.length} features (version ${table.version})`,
      );
    } else if (print.json) {
      await print.value({
        schema: 'tidemark/features/1',
        scan: run.info.id,
        version: table.version,
        names: table.names,
        hosts: table.hosts.map(({ host, identity, values }) => ({ host, identity, values: [...values] })),
      });
    } else {
      const { csvRecord } = await import('../../report/escape-csv.ts');
      await print.text(csvRecord(['scan', 'version', 'host', 'identity', ...table.names]));
      for (const { host, identity, values } of table.hosts) {
        await print.text(csvRecord([run.info.id, table.version, host, identity, ...values]));
      }
    }
    return 0;
  });
}

/** Throws a Fault `features/not-written`. */
async function writeParquet(
  file: string,
  scan: string,
  table: Awaited<ReturnType<import('../../assembly/stored-anomalies.ts').StoredAnomalies['features']>>,
): Promise<void> {
  const [{ parquetWriteBuffer }, { writeFile }] = await Promise.all([
    import('hyparquet-writer'),
    import('node:fs/promises'),
  ]);
  const { hosts, names, version } = table;
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'scan', data: hosts.map(() => scan), type: 'STRING' },
      { name: 'version', data: hosts.map(() => version), type: 'INT32' },
      { name: 'host', data: hosts.map(({ host }) => host), type: 'STRING' },
      { name: 'identity', data: hosts.map(({ identity }) => identity), type: 'STRING' },
      ...names.map((name, column) => ({
        name,
        data: hosts.map(({ values }) => values[column]!),
        type: 'DOUBLE' as const,
      })),
    ],
  });
  try {
    await writeFile(file, new Uint8Array(buffer));
  } catch (cause) {
    throw new Fault(
      'features/not-written',
      `the file cannot be written: ${(cause as Error).message}`,
      'Name a file in a folder of yours.',
      { file },
      { cause },
    );
  }
}
