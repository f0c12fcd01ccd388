import { Readable } from 'node:stream';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Workspace } from '../../assembly/workspace.ts';
import type { ImportedSource } from '../../exposure/flow/import-scans.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { helpAfter } from '../help.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `tidemark import FILE…`: scans into the history. */
export function importCommand(run: Run): CommandUnknownOpts {
  const command = new Command('import').description(
    'put scans into the history: Nmap XML and -oG, masscan XML, JSON and list; plain, gz or zst',
  );
  command
    .argument('<file...>', 'files, folders, patterns (quote them), or - for standard input')
    .option('--vantage <name>', 'where the scanner stood (default: exposure.vantage)')
    .option('--profile <name>', 'the series that the scans belong to (default: exposure.profile)')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark import scan.xml', 'one scan; importing it again changes nothing'],
          ['tidemark import scans/ --vantage dmz', 'everything in a folder, seen from the DMZ'],
          ['nmap -oX - 10.0.0.0/24 | tidemark import -', 'straight from Nmap'],
        ],
        ['0 every file is in', '2 a file was refused; the others are in'],
      ),
    )
    .action((files, options) => run((call) => importFiles(call, files, options)));
  return command;
}

async function importFiles(
  call: Call,
  files: readonly string[],
  options: { vantage?: string; profile?: string },
): Promise<ExitStatus> {
  const { print, progress } = call;
  await checkNames(options);
  const [{ formatImport, importJson, summariseImport }, { putByStdin }] = await Promise.all([
    import('../import-report.ts'),
    import('../stdin.ts'),
  ]);
  const putBy = files.includes('-') ? await putByStdin(call.process.stdin, call.process.signal) : undefined;
  const work = async (workspace: Workspace): Promise<ExitStatus> => {
    const done: ImportedSource[] = [];
    const sources = workspace.importScans(files, {
      ...options,
      stdin: putBy?.stream ?? Readable.from([]),
      signal: call.process.signal,
      onProgress: ({ name, read, size }) => {
        progress.update({ label: name, done: read, total: size, unit: 'bytes' });
      },
    });
    for await (const source of sources) {
      done.push(source);
      if (print.json) continue;
      progress.end();
      if (!call.options.quiet || 'fault' in source) await print.text(formatImport(source, print));
    }
    if (print.json) await print.value(importJson(done));
    else if (done.length === 0) print.note('nothing to import: there is no file in what was named');
    else if (done.length > 1 && !call.options.quiet) await print.text(`${summariseImport(done)}\n`);
    return done.some((source) => 'fault' in source) ? 2 : 0;
  };
  try {
    return await withWorkspace(call, work);
  } finally {
    await putBy?.discard();
  }
}

/** The names of a place and of a series are held to what the configuration asks of them. */
async function checkNames(names: Readonly<Record<string, string | undefined>>): Promise<void> {
  const given = Object.entries(names).filter(([, name]) => name !== undefined);
  if (given.length === 0) return;
  const { GIVEN_NAME_RULE, isGivenName } = await import('../../exposure/config.ts');
  for (const [option, name = ''] of given) {
    if (isGivenName(name)) continue;
    const { Fault } = await import('../../fault/fault.ts');
    throw new Fault('cli/usage', `--${option} ${name}: it ${GIVEN_NAME_RULE}`, 'Choose another name.');
  }
}
