import type { ReconWorkspace, TelemetryFile } from '../../assembly/recon-workspace.ts';
import { formatWhere } from '../../fault/fault.ts';
import { renderTable } from '../../report/table.ts';
import { formatInstant, formatMinute } from '../../time/instant.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe } from '../print.ts';
import { withRecon } from '../with-recon.ts';
import { recordsOf, skippedReasons } from './skipped-reasons.ts';

/** `tidemark telemetry` */
export function listTelemetry(call: Call): Promise<ExitStatus> {
  return withRecon(call, (recon) => list(call, recon));
}

/** `tidemark telemetry problems` */
export function listProblems(call: Call, file: string): Promise<ExitStatus> {
  return withRecon(call, (recon) => problems(call, recon, file));
}

/** The work of listTelemetry, over an open workspace. */
export async function list(call: Call, recon: ReconWorkspace): Promise<ExitStatus> {
  const { print } = call;
  const files = await recon.telemetryFiles();
  if (print.json) {
    await print.value({ schema: 'tidemark/telemetry/1', files: files.map(fileJson) });
    return 0;
  }
  if (files.length === 0) {
    print.note('no telemetry yet; put some into the store with `tidemark detect FILE…`');
    return 0;
  }
  await print.text(
    renderTable(
      [
        { title: 'FILE', min: 16 },
        { title: 'SENSOR' },
        { title: 'FORMAT', min: 9 },
        { title: 'RECORDS', align: 'right', min: 7 },
        { title: 'SET ASIDE', align: 'right', min: 9 },
        { title: 'FROM', min: 16 },
        { title: 'TO', min: 16 },
      ],
      files.map((file) => [
        file.name,
        file.sensor,
        file.format,
        recordsOf(file),
        file.problems === 0 ? 0 : { text: file.problems, tone: 'medium' as const },
        minute(file.from),
        minute(file.to),
      ]),
      { width: print.width, paint: print.paint },
    ),
  );
  for (const file of files) {
    for (const reason of skippedReasons(file)) print.note(`${safe(file.name)}: no records; ${reason}`);
  }
  return 0;
}

/** The work of listProblems, over an open workspace. */
export async function problems(call: Call, recon: ReconWorkspace, file: string): Promise<ExitStatus> {
  const { print } = call;
  const found = await recon.telemetryProblems(file);
  if (print.json) {
    await print.value({ schema: 'tidemark/telemetry-problems/1', problems: found });
    return 0;
  }
  if (found.length === 0) print.note('nothing was set aside');
  for (const { message, where } of found)
    await print.text(`${print.paint('quiet', safe(formatWhere(where)))}  ${safe(message)}\n`);
  return 0;
}

/** Without the zone, which is UTC as everywhere: two of them would not fit beside each other. */
function minute(at: TelemetryFile['from']): string | undefined {
  return at === undefined ? undefined : formatMinute(at).replace(/ UTC$/, '');
}

function fileJson({ imported, from, to, ...rest }: TelemetryFile): Record<string, unknown> {
  return {
    ...rest,
    imported: formatInstant(imported),
    from: from === undefined ? null : formatInstant(from),
    to: to === undefined ? null : formatInstant(to),
  };
}
