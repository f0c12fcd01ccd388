import type { EvidenceRow, ReconWorkspace } from '../../assembly/recon-workspace.ts';
import { toFinding } from '../../recon/flow/summarise-episodes.ts';
import { standingOf } from '../../recon/model/standing.ts';
import { episodeJson, findingJson } from '../../report/episode-json.ts';
import { episodeText } from '../../report/telemetry-text.ts';
import { printable } from '../../report/text-page.ts';
import { truncate, wrap } from '../../report/wrap.ts';
import { formatInstant } from '../../time/instant.ts';
import type { Call, ExitStatus } from '../call.ts';
import type { Print } from '../print.ts';
import { withRecon } from '../with-recon.ts';

/** What `tidemark findings show` takes. */
export interface ShowOptions {
  readonly evidence?: true;
  readonly limit: number;
}

/** `tidemark findings show` */
export function showFinding(call: Call, id: string, options: ShowOptions): Promise<ExitStatus> {
  return withRecon(call, (recon) => show(call, recon, id, options));
}

/** The work of showFinding, over an open workspace. */
export async function show(
  call: Call,
  recon: ReconWorkspace,
  id: string,
  options: ShowOptions,
): Promise<ExitStatus> {
  const { print } = call;
  const episode = await recon.findEpisode(id);
  const finding = toFinding(episode);
  if (print.json) {
    const evidence: Record<string, unknown>[] = [];
    if (options.evidence === true)
      for await (const row of recon.evidenceOf(episode, options.limit)) evidence.push(evidenceJson(row));
    await print.value({
      schema: 'tidemark/finding/1',
      standing: standingOf(episode),
      finding: findingJson(finding),
      episode: episodeJson(episode),
      ...(options.evidence === true ? { evidence } : {}),
    });
    return 0;
  }
  await print.text(episodeText(episode, finding, { colour: print.color, width: print.width, full: true }));
  if (options.evidence !== true) return 0;
  let printed = 0;
  for await (const row of recon.evidenceOf(episode, options.limit)) {
    await print.text(`${printed === 0 ? '\n' : ''}${evidenceText(row, print)}`);
    printed += 1;
  }
  if (printed === 0)
    print.note('the records are no longer stored: recon.retention says how long they are kept');
  else if (printed >= options.limit) print.note(`the first ${printed} records; more with --limit`);
  return 0;
}

/** `2026-11-21T03:12:04Z  flow  sensor edge`, where it stands, and the fields of the record below. */
function evidenceText(row: EvidenceRow, print: Pick<Print, 'paint' | 'width'>): string {
  const fields = Object.entries(row.fields).map(([name, value]) => `${name}=${printable(String(value))}`);
  const below = (text: string): readonly string[] => wrap(text, print.width - 4);
  return [
    `${print.paint('strong', `${formatInstant(row.at)}  ${row.kind}`)}  ${print.paint('quiet', `sensor ${truncate(printable(row.sensor), 40)}`)}`,
    ...below(printable(`${row.file}:${row.line}`)).map((line) => `    ${print.paint('quiet', line)}`),
    ...below(fields.join(' ')).map((line) => `    ${line}`),
    '',
  ].join('\n');
}

function evidenceJson({ at, ...row }: EvidenceRow): Record<string, unknown> {
  return { ...row, at: formatInstant(at) };
}
