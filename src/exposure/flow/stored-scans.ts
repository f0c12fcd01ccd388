import { Fault, type Problem } from '../../fault/fault.ts';
import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import { all, first, type QueryRunner } from '../../sql/ports.ts';
import type { Host } from '../model/host.ts';
import { mergePieces } from '../model/merge-hosts.ts';
import type { ScanRun } from '../model/scan-run.ts';
import { unfoldLists } from '../queries/folded-ports.ts';
import { hostHistory, hostsOfRun, someHostsOfRun } from '../queries/hosts.ts';
import {
  listRuns,
  loadProblems,
  rawPieces,
  runKeyset,
  runsByPrefix,
  runsInAll,
  runsOnPage,
  type RunPageFilter,
  type StoredRun,
} from '../queries/runs.ts';

/** The series of the runs that `tidemark verify` makes. */
export const VERIFY_PROFILE = 'verify';

/** Which runs a question is about; an absent field does not narrow. */
export interface RunFilter {
  readonly vantage?: string;
  readonly profile?: string;
}

/** Committed runs, oldest first. */
export async function runsOf(store: QueryRunner, filter: RunFilter = {}): Promise<readonly StoredRun[]> {
  const runs = await all(store, listRuns, {});
  return runs.filter(
    ({ info }) =>
      (filter.vantage === undefined || info.vantage === filter.vantage) &&
      (filter.profile === undefined || info.profile === filter.profile),
  );
}

/** Which part of the runs. */
export interface RunPageAsk {
  readonly filter?: RunPageFilter | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** A part of the runs, newest first. */
export interface RunPage {
  readonly runs: readonly StoredRun[];
  readonly next: string | undefined;
  readonly total: number;
}

/** A part of the committed runs, newest first; the store counts and cuts. Throws a Fault `page/cursor` or `store/…`. */
export async function pageOfRuns(
  store: QueryRunner,
  { filter = {}, cursor, limit }: RunPageAsk,
): Promise<RunPage> {
  const asked = runsOnPage(filter, cursor, limit + 1);
  const counted = runsInAll(filter);
  const [rows, total] = await Promise.all([
    all(store, asked.query, asked.params),
    first(store, counted.query, counted.params),
  ]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    runs: shown.map(({ run }) => run),
    next: rows.length > limit && last !== undefined ? runKeyset.cursor(last.place) : undefined,
    total: total ?? 0,
  };
}

/** Whether two runs belong to one series: same vantage, profile and privileges. */
export function sameSeries(a: StoredRun, b: StoredRun): boolean {
  return (
    a.info.vantage === b.info.vantage &&
    a.info.profile === b.info.profile &&
    a.info.privileges === b.info.privileges
  );
}

/**
 * Without the copies of a scan that a fuller copy of it supersedes: a file that is imported while Nmap still
 * writes it, and again when it is whole, is one scan. Copies are told by scanner, command line and start.
 */
export function withoutSuperseded(runs: readonly StoredRun[]): readonly StoredRun[] {
  const fullest = new Map<string, StoredRun>();
  for (const run of runs) {
    const key = scanKey(run);
    const other = fullest.get(key);
    if (other === undefined || isFuller(run, other)) fullest.set(key, run);
  }
  return runs.filter((run) => fullest.get(scanKey(run)) === run);
}

function scanKey({ info }: StoredRun): string {
  // Without a start nothing tells two scans apart but their content.
  if (info.start === undefined) return info.id;
  return JSON.stringify([info.scanner, info.version, info.args, info.start, info.vantage, info.profile]);
}

/** Complete before cut short; then the one with more hosts; then the later import. */
function isFuller(run: StoredRun, other: StoredRun): boolean {
  const whole = Number(run.info.status === 'complete') - Number(other.info.status === 'complete');
  return (whole || run.hostsUp - other.hostsUp || run.imported - other.imported) > 0;
}

/**
 * Resolves what a person types for a run: an identifier or its beginning, `latest`, or `latest~2`
 * (two before the newest in the newest run's series). Throws a Fault `scan/…` when none or several fit.
 */
export async function findRun(
  store: QueryRunner,
  reference: string,
  filter: RunFilter = {},
): Promise<StoredRun> {
  const relative = /^latest(?:~(\d{1,6}))?$/.exec(reference);
  if (relative !== null) {
    const runs = withoutSuperseded(await runsOf(store, filter));
    // A verification looks at a port or two: it is nobody's latest scan.
    const newest = runs.findLast(
      ({ info }) => info.profile !== VERIFY_PROFILE || filter.profile === VERIFY_PROFILE,
    );
    if (newest === undefined) {
      throw new Fault('scan/none', 'no scan has been imported yet', 'Import one: tidemark import FILE…');
    }
    const series = runs.filter((run) => sameSeries(run, newest));
    const back = Number(relative[1] ?? 0);
    const found = series.at(-1 - back);
    if (found === undefined) {
      throw new Fault(
        'scan/none',
        `${reference} does not exist: the series “${newest.info.profile}” has ${series.length} scan${series.length === 1 ? '' : 's'}`,
        'List them: tidemark scans',
      );
    }
    return found;
  }
  const matches = /^[0-9a-f]{1,16}(-\d+)?$/.test(reference)
    ? await all(store, runsByPrefix, { prefix: reference })
    : [];
  const exact = matches.find((run) => run.info.id === reference);
  if (exact !== undefined) return exact;
  if (matches.length > 1) {
    throw new Fault(
      'scan/ambiguous',
      `${reference} fits several scans: ${matches.map((run) => run.info.id).join(', ')}…`,
      'Give more digits.',
    );
  }
  if (matches[0] === undefined) {
    throw new Fault('scan/unknown', `no scan is called ${reference}`, 'List them: tidemark scans');
  }
  return matches[0];
}

/** Hosts that are read at once rather than streamed. */
const FEW_HOSTS = 256;

/**
 * The hosts of a stored run in address order, IPv4 first, one per address; streamed.
 * @param addresses only these.
 */
export async function* hostsOf(
  store: QueryRunner,
  run: StoredRun,
  addresses?: readonly IpAddress[],
): AsyncGenerator<Host> {
  const { load, ordinal } = run;
  const rows =
    addresses === undefined
      ? store.run(hostsOfRun, { load, ordinal })
      : store.run(someHostsOfRun, { load, ordinal, addresses }, { whole: addresses.length <= FEW_HOSTS });
  let pieces: Host[] = [];
  for await (const row of rows) {
    const host = unfoldLists(run.info, row);
    if (pieces[0] !== undefined && pieces[0].address !== host.address) {
      yield mergePieces(pieces);
      pieces = [];
    }
    pieces.push(host);
  }
  if (pieces.length > 0) yield mergePieces(pieces);
}

/**
 * A stored run with its hosts in memory. The count of hosts that the import wrote down is held against what came
 * back, and a difference is settled by reading again: a verdict on half a scan would be worse than none.
 * Throws a Fault `store/short-answer` when the store does not say the same twice.
 */
export async function loadRun(store: QueryRunner, run: StoredRun): Promise<ScanRun> {
  const read = async (): Promise<Host[]> => {
    const hosts: Host[] = [];
    for await (const host of hostsOf(store, run)) hosts.push(host);
    return hosts;
  };
  let hosts = await read();
  if (
    hosts.filter(({ status }) => status.state !== 'down' && status.state !== 'skipped').length !== run.hostsUp
  ) {
    const again = await read();
    const settled = again.length === hosts.length ? again : await read();
    if (settled.length !== again.length) throw shortAnswer(`scan ${run.info.id}`);
    hosts = settled;
  }
  return { info: run.info, hosts: hosts.toSorted((a, b) => compareIpAddresses(a.address, b.address)) };
}

/** The store gave different answers to one question. */
export function shortAnswer(what: string): Fault {
  return new Fault(
    'store/short-answer',
    `the store gave different answers for ${what}`,
    'Run the command again; if it happens again, look at the store with `tidemark doctor`.',
  );
}

/** One host in every run that recorded it, oldest first. @param every all runs; read when they are not given. */
export async function historyOfHost(
  store: QueryRunner,
  address: IpAddress,
  every?: Promise<readonly StoredRun[]>,
): Promise<readonly { readonly run: string; readonly host: Host }[]> {
  const [runs, rows] = await Promise.all([every ?? runsOf(store), all(store, hostHistory, { address })]);
  const pieces = new Map<string, Host[]>();
  for (const { load, ordinal, host } of rows) {
    const key = `${load} ${ordinal}`;
    const ofRun = pieces.get(key);
    if (ofRun === undefined) pieces.set(key, [host]);
    else ofRun.push(host);
  }
  return runs.flatMap(({ info, load, ordinal }) => {
    const ofRun = (pieces.get(`${load} ${ordinal}`) ?? []).map((host) => unfoldLists(info, host));
    return ofRun.length === 0 ? [] : [{ run: info.id, host: mergePieces(ofRun) }];
  });
}

/** The raw file of a run, byte for byte. */
export async function* rawOf(store: QueryRunner, run: StoredRun): AsyncGenerator<Uint8Array> {
  yield* store.run(rawPieces, { load: run.load });
}

/** What the import of a run's file set aside. */
export async function problemsOf(store: QueryRunner, run: StoredRun): Promise<readonly Problem[]> {
  return all(store, loadProblems, { load: run.load });
}
