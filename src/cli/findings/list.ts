import type { StoredFindings } from '../../assembly/stored-findings.ts';
import type { CurrentFinding, FindingFilter } from '../../findings/current.ts';
import { hostsOfFinding, type FindingState } from '../../findings/judgement.ts';
import type { Severity } from '../../findings/severity.ts';
import type { IpAddress } from '../../net/ip-address.ts';
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
  return withWorkspace(call, async ({ findings }) => {
    await findings.refresh();
    return list(call, findings, options);
  });
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
  findings: Pick<StoredFindings, 'page' | 'episodesOf'>,
  options: ListOptions,
): Promise<ExitStatus> {
  const { print } = call;
  const { limit, from, to, source, all } = options;
  const filter = filterOf(options);
  const { shown, total } = await firstOf(findings, limit, {
    ...filter,
    from,
    to,
    ...(source === undefined ? {} : { half: 'recon' as const, host: source }),
    ...(all === true ? { unreviewed: true, states: options.state } : {}),
  });
  if (print.json) {
    const recon = shown.filter(({ finding }) => finding.half === 'recon');
    const episodes = await findings.episodesOf(recon.map(({ finding }) => finding.id));
    await print.value({
      schema: 'tidemark/findings/1',
      total,
      findings: shown.map(({ finding, lifecycle, run, standing }) => {
        const episode = episodes.get(finding.id);
        return {
          ...lifecycleJson(lifecycle),
          standing: finding.half === 'recon' ? standing : null,
          scan: run ?? null,
          finding: findingJson(finding),
          episode: episode === undefined ? null : episodeJson(episode),
        };
      }),
    });
    return 0;
  }
  if (total === 0) {
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
  if (total > shown.length) print.note(`${shown.length} of ${total}; more with --limit`);
  return 0;
}

/** The first findings of a filter, page by page, and how many there are. */
export async function firstOf(
  findings: Pick<StoredFindings, 'page'>,
  limit: number,
  filter: FindingFilter,
): Promise<{ readonly shown: readonly CurrentFinding[]; readonly total: number }> {
  const shown: CurrentFinding[] = [];
  let cursor: string | undefined;
  let total = 0;
  do {
    const page = await findings.page({ filter, cursor, limit: Math.min(500, limit - shown.length) });
    shown.push(...page.items);
    ({ total, next: cursor } = page);
  } while (cursor !== undefined && shown.length < limit);
  return { shown: shown.slice(0, limit), total };
}

function whatOf({ finding, standing, lifecycle }: CurrentFinding): string {
  const { count, reason } = lifecycle.reopened;
  const marks = [
    ...(standing === 'review' ? [] : [standing]),
    ...(lifecycle.state === 'open' && count > 0 ? [`opened again: ${reason ?? ''}`] : []),
    ...(lifecycle.until === undefined ? [] : [`until ${formatMinute(lifecycle.until)}`]),
  ];
  // Titles of telemetry name their sources; those of scans are said of a host.
  const hosts = finding.half === 'exposure' ? hostsOfFinding(finding) : [];
  const about = hosts.length > 1 ? `${hosts.length} hosts` : hosts[0];
  return `${finding.title}${about === undefined ? '' : ` – ${about}`}${marks.length === 0 ? '' : ` (${marks.join('; ')})`}`;
}
