import type { ListedFinding, StoredFindings } from '../../assembly/stored-findings.ts';
import type { FindingFilter } from '../../findings/current.ts';
import { hostsOfFinding, type FindingState } from '../../findings/judgement.ts';
import type { Severity } from '../../findings/severity.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { standingOf } from '../../recon/model/standing.ts';
import { episodeJson, findingJson } from '../../report/episode-json.ts';
import { renderTable } from '../../report/table.ts';
import { formatMinute, type Instant } from '../../time/instant.ts';
import type { Call, ExitStatus } from '../call.ts';
import { withWorkspace } from '../with-workspace.ts';
import { lifecycleJson } from './history.ts';

/** Which findings are meant, as options say it. */
export interface Selection {
  readonly state?: readonly FindingState[];
  readonly half?: 'exposure' | 'recon' | 'all';
  readonly host?: IpAddress;
  readonly severity?: Severity;
}

/** What `tidemark findings list` takes. */
export interface ListOptions extends Selection {
  readonly limit: number;
  readonly from?: Instant;
  readonly to?: Instant;
  readonly source?: IpAddress;
  readonly all?: true;
}

/** Digits of an identifier that lists show; every command takes them. */
export const SHORT_ID = 10;

/** `tidemark findings` */
export function listFindings(call: Call, options: ListOptions): Promise<ExitStatus> {
  return withWorkspace(call, ({ findings }) => list(call, findings, options));
}

/** What options select: open findings of both halves, unless said otherwise. */
export function filterOf({ state, half, host, severity }: Selection): FindingFilter {
  return {
    states: state ?? ['open'],
    half: half === 'all' ? undefined : half,
    host,
    severity,
  };
}

/** The work of listFindings, over an open workspace. */
export async function list(
  call: Call,
  findings: Pick<StoredFindings, 'list'>,
  options: ListOptions,
): Promise<ExitStatus> {
  const { print } = call;
  const { limit, from, to, source, all } = options;
  const filter = filterOf(options);
  const found = await findings.list({
    ...filter,
    from,
    to,
    ...(source === undefined ? {} : { half: 'recon' as const, host: source }),
    ...(all === true ? { unreviewed: true, states: options.state } : {}),
  });
  const shown = found.slice(0, limit);
  if (print.json) {
    await print.value({
      schema: 'tidemark/findings/1',
      total: found.length,
      findings: shown.map((each) => ({
        ...lifecycleJson(each.lifecycle),
        standing: each.episode === undefined ? null : standingOf(each.episode),
        scan: each.run ?? null,
        finding: findingJson(each.finding),
        episode: each.episode === undefined ? null : episodeJson(each.episode),
      })),
    });
    return 0;
  }
  if (found.length === 0) {
    print.note(
      'no findings; assess a scan with `tidemark assess`, judge telemetry with `tidemark detect FILE…`, see those that are done with by `tidemark findings --all`',
    );
    return 0;
  }
  await print.text(
    renderTable(
      [
        { title: 'FINDING', min: SHORT_ID },
        { title: 'SEVERITY', min: 8 },
        { title: 'STATE', min: 8 },
        { title: 'BEGAN', min: 16 },
        { title: 'WHAT', min: 20, overflow: 'wrap' },
      ],
      shown.map((each) => [
        each.finding.id.slice(0, SHORT_ID),
        { text: each.finding.severity, tone: each.finding.severity },
        each.lifecycle.state,
        // In UTC as everywhere; the words of the title say how long it went on.
        formatMinute(each.finding.firstSeen).replace(/ UTC$/, ''),
        whatOf(each),
      ]),
      { width: print.width, paint: print.paint },
    ),
  );
  if (found.length > shown.length) print.note(`${shown.length} of ${found.length}; more with --limit`);
  return 0;
}

function whatOf({ finding, episode, lifecycle }: ListedFinding): string {
  const standing = episode === undefined ? 'review' : standingOf(episode);
  const { count, reason } = lifecycle.reopened;
  const marks = [
    ...(standing === 'review' ? [] : [standing]),
    ...(lifecycle.state === 'open' && count > 0 ? [`opened again: ${reason ?? ''}`] : []),
    ...(lifecycle.until === undefined ? [] : [`until ${formatMinute(lifecycle.until)}`]),
  ];
  // Titles of telemetry name their sources; those of scans are said of a host.
  const hosts = episode === undefined ? hostsOfFinding(finding) : [];
  const about = hosts.length > 1 ? `${hosts.length} hosts` : hosts[0];
  return `${finding.title}${about === undefined ? '' : ` – ${about}`}${marks.length === 0 ? '' : ` (${marks.join('; ')})`}`;
}
