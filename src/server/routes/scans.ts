import { Readable } from 'node:stream';
import type { DiffPage, Change as WireChange } from '../../api/scans.ts';
import { askedCoverage } from '../../exposure/model/coverage.ts';
import type { ChangeSet } from '../../exposure/model/change.ts';
import { sameSeries } from '../../exposure/flow/stored-scans.ts';
import type { HostState } from '../../exposure/model/host.ts';
import { addressValue, isIpv6, parseIpAddress } from '../../net/ip-address.ts';
import { parsePrefix } from '../../net/prefix.ts';
import type { Context, Handlers } from '../handlers.ts';
import { Kept } from '../kept.ts';
import { Refused } from '../problem.ts';
import { pageOfList, readCursor, writeCursor } from '../wire/paging.ts';
import { assessmentOf, changeOf, diffSide, hostOfChange, scanHost, scanRow } from '../wire/scans.ts';
import { blockIn, instantOf, portIn } from '../wire/values.ts';

type Names = 'scans.list' | 'scans.show' | 'scans.hosts' | 'scans.raw' | 'diff.show' | 'baseline.diff';

/** Problems of a file that its page shows. */
const MOST_PROBLEMS = 100;
/** Diffs that are kept in memory while somebody pages through them. */
const KEPT_DIFFS = 4;
/** Milliseconds that one is good for: an approval may end meanwhile. */
const DIFF_MILLIS = 60_000;
const HOST_STATES: ReadonlySet<string> = new Set(['up', 'down', 'skipped', 'unknown']);

/** Scans, their hosts and files, and what differs between two. */
export function scanRoutes({ workspace }: Context): Handlers<Names> {
  const diffs = new Kept<Grouped>(KEPT_DIFFS, DIFF_MILLIS);

  /** What differs, with a scan or `baseline:N` on the left. */
  async function diffOf(a: string, b: string): Promise<Grouped> {
    const run = await workspace.findRun(b);
    const version = /^baseline(?::(\d{1,9}|pinned|latest))?$/.exec(a);
    const options = { evenIfIncomparable: true };
    if (version !== null) {
      const baseline = await workspace.baselines.find(version[1] ?? 'pinned');
      return diffs.of(`baseline ${baseline.version} ${run.info.id}`, async () =>
        grouped(await workspace.baselines.diff(baseline, run, options)),
      );
    }
    const before = await workspace.findRun(a);
    return diffs.of(`${before.info.id} ${run.info.id}`, async () =>
      grouped(await workspace.diffRuns(before, run, options)),
    );
  }

  return {
    'scans.list': async ({ query }) => {
      const { vantage, profile, cursor, limit } = query;
      const filter = { vantage, profile, from: instantOf(query.from), to: instantOf(query.to) };
      const page = await workspace.pageOfRuns({ filter, cursor, limit });
      return {
        items: page.runs.map(scanRow),
        ...(page.next === undefined ? {} : { next: page.next }),
        total: page.total,
      };
    },
    'scans.show': async ({ parameters: { id } }) => {
      const run = await workspace.findRun(id);
      const { info } = run;
      const series = (await workspace.listRuns({ vantage: info.vantage, profile: info.profile })).filter(
        (other) => sameSeries(other, run),
      );
      const place = series.findIndex((other) => other.info.id === info.id);
      const [assessed, problems] = await Promise.all([
        workspace.assessmentOf(run),
        workspace.problemsOf(run),
      ]);
      const count = (severity: 'info' | 'low' | 'medium' | 'high' | 'critical'): number =>
        assessed?.bySeverity.get(severity) ?? 0;
      return {
        scan: scanRow(run),
        exit: info.exit ?? null,
        errormsg: info.errormsg ?? null,
        asked: info.scaninfo.map(({ type, protocol, services, numservices }) => ({
          type,
          protocol,
          services: services ?? null,
          numservices: numservices ?? null,
        })),
        coverage: Array.from(askedCoverage(info), ([protocol, ports]) => ({
          protocol,
          ports: ports === 'unknown' ? null : ports.toString(),
          count: ports === 'unknown' ? null : ports.size,
        })),
        previous: series[place - 1]?.info.id ?? null,
        following: series[place + 1]?.info.id ?? null,
        assessment: assessed === undefined ? null : assessmentOf(assessed.assessment),
        findings: {
          info: count('info'),
          low: count('low'),
          medium: count('medium'),
          high: count('high'),
          critical: count('critical'),
        },
        problems: problems.slice(0, MOST_PROBLEMS).map(({ code, message, where }) => ({
          code,
          message,
          line: where.line ?? null,
          offset: where.offset ?? null,
          field: where.field ?? null,
        })),
      };
    },
    'scans.hosts': async ({ parameters: { id }, query }) => {
      const run = await workspace.findRun(id);
      const within = blockIn(query.network);
      const [last] = query.cursor === undefined ? [] : readCursor(query.cursor);
      const after = last === undefined ? undefined : parseIpAddress(String(last));
      if (last !== undefined && after === undefined) throw noCursor();
      const page = await workspace.scanHosts(run, {
        filter: {
          text: query.text,
          within: within === undefined ? undefined : parsePrefix(within),
          port: portIn(query.port),
          states: query.state?.filter((state): state is HostState => HOST_STATES.has(state)),
        },
        after,
        limit: query.limit,
      });
      const end = page.hosts.at(-1);
      return {
        items: page.hosts.map(scanHost),
        ...(page.more && end !== undefined ? { next: writeCursor([end.address]) } : {}),
        total: page.total,
      };
    },
    'scans.raw': async ({ parameters: { id } }, _caller, { reply }) => {
      const run = await workspace.findRun(id);
      // The name is ours: what the file was called came from outside.
      reply
        .type('application/octet-stream')
        .header(
          'content-disposition',
          `attachment; filename="scan-${run.info.id}.${extensionOf(run.info.format)}"`,
        );
      return Readable.from(workspace.rawRun(run));
    },
    'diff.show': async ({ query }) => pageOfDiff(await diffOf(query.a, query.b), query),
    'baseline.diff': async ({ parameters: { version }, query }) =>
      pageOfDiff(await diffOf(`baseline:${version}`, query.scan), query),
  };
}

/** A diff, host by host. */
interface Grouped {
  readonly set: ChangeSet;
  readonly run: readonly WireChange[];
  readonly hosts: readonly { readonly host: string; readonly changes: WireChange[] }[];
  readonly counts: DiffPage['counts'];
}

function grouped(set: ChangeSet): Grouped {
  const run: WireChange[] = [];
  const hosts = new Map<string, WireChange[]>();
  const counts = new Map<WireChange['kind'], number>();
  for (const change of set.changes) {
    counts.set(change.kind, (counts.get(change.kind) ?? 0) + 1);
    const host = hostOfChange(change);
    if (host === undefined) {
      run.push(changeOf(change));
      continue;
    }
    const known = hosts.get(host);
    if (known === undefined) hosts.set(host, [changeOf(change)]);
    else known.push(changeOf(change));
  }
  return {
    set,
    run,
    hosts: Array.from(hosts, ([host, changes]) => ({ host, changes })),
    counts: Array.from(counts, ([kind, count]) => ({ kind, count })),
  };
}

function pageOfDiff(
  { set, run, hosts, counts }: Grouped,
  query: { readonly limit: number; readonly cursor?: string | undefined } & Pick<
    { kind?: WireChange['kind'][] | undefined; text?: string | undefined },
    'kind' | 'text'
  >,
): DiffPage {
  const { comparability } = set;
  const kinds = query.kind === undefined ? undefined : new Set(query.kind);
  const word = query.text?.toLowerCase();
  const fits =
    (host: string) =>
    (change: WireChange): boolean =>
      (kinds === undefined || kinds.has(change.kind)) &&
      (word === undefined || host.includes(word) || change.text.toLowerCase().includes(word));
  const fitting =
    kinds === undefined && word === undefined
      ? hosts
      : hosts
          .map(({ host, changes }) => ({ host, changes: changes.filter(fits(host)) }))
          .filter(({ changes }) => changes.length > 0);
  const page = pageOfList(fitting, query, ({ host }) => addressKey(host));
  return {
    before: diffSide(set.a),
    after: diffSide(set.b),
    comparable: comparability.comparable,
    why: comparability.comparable ? [] : [...comparability.why],
    limits: comparability.comparable ? [...comparability.limits] : [],
    counts,
    run: run.filter(fits('')),
    items: page.items,
    ...(page.next === undefined ? {} : { next: page.next }),
    total: fitting.length,
  };
}

/** Addresses in the order of compareIpAddresses, as a key: family, then the number in hexadecimal. */
function addressKey(text: string): readonly [number, string] {
  const address = parseIpAddress(text);
  if (address === undefined) return [9, text];
  return [isIpv6(address) ? 6 : 4, addressValue(address).toString(16).padStart(32, '0')];
}

function extensionOf(format: string): string {
  if (format.endsWith('xml')) return 'xml';
  return format.endsWith('json') ? 'json' : 'txt';
}

function noCursor(): Refused {
  return new Refused(422, 'request/cursor', 'The cursor is none of this list.', 'Begin again without one.');
}
