import type { EvidenceRow, ReconWorkspace } from '../../assembly/recon-workspace.ts';
import { toFinding } from '../../recon/flow/summarise-episodes.ts';
import { standingOf } from '../../recon/model/standing.ts';
import { episodeJson, findingJson } from '../../report/episode-json.ts';
import { episodeText } from '../../report/telemetry-text.ts';
import { printable } from '../../report/text-page.ts';
import { truncate, wrap } from '../../report/wrap.ts';
import { formatInstant, formatMinute } from '../../time/instant.ts';
import type { Call, ExitStatus } from '../call.ts';
import type { Print } from '../print.ts';
import type { Workspace } from '../../assembly/workspace.ts';
import { Fault } from '../../fault/fault.ts';
import type { ListedFinding } from '../../assembly/stored-findings.ts';
import type { AlertEntry } from '../../findings/alerts/entry.ts';
import { alertJson, alertWords } from '../alerts/list.ts';
import { judgementJson, lifecycleJson } from '../findings/history.ts';
import { SHORT_ID } from '../findings/list.ts';
import { withWorkspace } from '../with-workspace.ts';

/** Decisions about one finding that are shown. */
const ALERTS_SHOWN = 50;

/** What `tidemark findings show` takes. */
export interface ShowOptions {
  readonly evidence?: true;
  readonly limit: number;
}

/** `tidemark findings show` */
export function showFinding(call: Call, id: string, options: ShowOptions): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    try {
      return await show(
        call,
        workspace.recon,
        id,
        options,
        (found) => workspace.findings.show(found),
        (found) => decided(workspace, found),
      );
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'recon/no-such-episode' || id === 'latest') throw error;
      const found = await workspace.scanning.findFinding(id).catch((other: unknown) => {
        throw other instanceof Fault && other.code === 'finding/unknown' ? error : other;
      });
      const { id: known } = found.stored.finding;
      const finding = await workspace.contacted(found.stored.finding);
      return showExposure(
        call,
        { ...found, stored: { ...found.stored, finding } },
        await workspace.findings.show(known),
        await decided(workspace, known),
      );
    }
  });
}

/** How a finding stands, what was said of it, and what was done because of that. */
function standLines({ lifecycle, judgements }: ListedFinding): readonly string[] {
  const { state, why, until, judgement, reopened } = lifecycle;
  const scope = judgement?.scope;
  return [
    `${state}: ${printable(why)}`,
    ...(scope === undefined || scope.kind === 'finding'
      ? []
      : [`holds for what the same rule finds of ${scope.kind} ${printable(scope.value)}`]),
    ...(until === undefined
      ? []
      : [`until ${formatMinute(until)}, and is open again then if it is still there`]),
    ...(reopened.count === 0
      ? []
      : [`opened again ${reopened.count === 1 ? 'once' : `${reopened.count} times`}`]),
    ...judgements.flatMap(({ effects }) => effects.map((effect) => `- ${printable(effect)}`)),
  ];
}

/** The same for programs. */
function standJson({ lifecycle, judgements }: ListedFinding): Record<string, unknown> {
  return { ...lifecycleJson(lifecycle), judgements: judgements.map(judgementJson) };
}

/** What was decided about telling people of a finding, newest first. */
function decided({ alerts }: Workspace, id: string): Promise<readonly AlertEntry[]> {
  return alerts.list({ ids: [id], limit: ALERTS_SHOWN });
}

/** A finding about exposure: what it says, where it comes from, how it stands, and what verifying it came to. */
async function showExposure(
  { print }: Call,
  { stored, verification }: Awaited<ReturnType<Workspace['scanning']['findFinding']>>,
  listed: ListedFinding,
  alerts: readonly AlertEntry[],
): Promise<ExitStatus> {
  const { finding, run } = stored;
  if (print.json) {
    await print.value({
      schema: 'tidemark/exposure-finding/1',
      run,
      finding,
      verification:
        verification === undefined ? null : { ...verification, at: formatInstant(verification.at) },
      ...standJson(listed),
      alerts: alerts.map(alertJson),
    });
    return 0;
  }
  const { host, hosts, port } = finding.subject;
  const about = [(hosts ?? (host === undefined ? [] : [host])).join(', '), port].filter(Boolean).join(' ');
  const lines = [
    `${print.paint(finding.severity, finding.severity.toUpperCase())}  ${printable(finding.title)}`,
    `finding ${finding.id}, rule ${printable(finding.rule)}, of scan ${run}`,
    about,
    ...standLines(listed),
    ...alerts.slice(0, 1).map((entry) => printable(alertWords(entry))),
    ...finding.observations.map(({ text }) => `- ${printable(text)}`),
    verification === undefined
      ? `not verified: tidemark verify ${finding.id.slice(0, SHORT_ID)}`
      : `verified at ${formatMinute(verification.at)}: ${printable(verification.told)}`,
    ...finding.actions.map((action, index) => `${index + 1}. ${printable(action)}`),
  ].filter((line) => line !== '');
  await print.text(`${lines.flatMap((line) => wrap(line, print.width)).join('\n')}\n`);
  return 0;
}

/** The work of showFinding, over an open workspace. */
export async function show(
  call: Call,
  recon: ReconWorkspace,
  id: string,
  options: ShowOptions,
  standOf: (id: string) => Promise<ListedFinding>,
  decisions: (finding: string) => Promise<readonly AlertEntry[]> = () => Promise.resolve([]),
): Promise<ExitStatus> {
  const { print } = call;
  const episode = await recon.findEpisode(id);
  const listed = await standOf(episode.id);
  const finding = toFinding(episode);
  const alerts = await decisions(finding.id);
  if (print.json) {
    const evidence: Record<string, unknown>[] = [];
    if (options.evidence === true)
      for await (const row of recon.evidenceOf(episode, options.limit)) evidence.push(evidenceJson(row));
    await print.value({
      schema: 'tidemark/finding/1',
      standing: standingOf(episode),
      ...standJson(listed),
      finding: findingJson(finding),
      episode: episodeJson(episode),
      alerts: alerts.map(alertJson),
      ...(options.evidence === true ? { evidence } : {}),
    });
    return 0;
  }
  await print.text(episodeText(episode, finding, { colour: print.color, width: print.width, full: true }));
  await print.text(
    `\n${standLines(listed)
      .flatMap((line) => wrap(line, print.width))
      .join('\n')}\n`,
  );
  const [newest] = alerts;
  if (newest !== undefined)
    await print.text(`${wrap(printable(alertWords(newest)), print.width).join('\n')}\n`);
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
