import { compareSeverity, SEVERITIES, type Severity } from '../../findings/severity.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { portKey, type TransportProtocol } from '../../net/port-key.ts';
import { all, type QueryRunner } from '../../sql/ports.ts';
import type { Instant } from '../../time/instant.ts';
import { askedCoverage } from '../model/coverage.ts';
import { openRunsOfPorts, portFindings, runsOfHosts } from '../queries/exposed-ports.ts';
import type { StoredRun } from '../queries/runs.ts';
import { loadBaseline, pinnedVersion } from './baselines.ts';
import { runsOf } from './stored-scans.ts';

/** A port that is open as far as the newest scans know. */
export interface ExposedEndpoint {
  readonly address: IpAddress;
  readonly portid: number;
  readonly protocol: TransportProtocol;
  /** Service, product and version in one line; attacker-written. */
  readonly service: string;
  /** Start of the first scan of the unbroken row of scans that saw it open; undefined when no scan says when it was. */
  readonly openSince: Instant | undefined;
  /** Start of the scan before that, of the same series, which asked the port and did not find it open; undefined when none did. */
  readonly closedUntil: Instant | undefined;
  /** The newest scan that saw it open. */
  readonly run: string;
  /** A baseline is in force, knows the host, and does not expect the port. */
  readonly newSinceBaseline: boolean;
  /** The worst finding about it. */
  readonly severity: Severity | undefined;
}

/** Addresses asked for at a time: parameters travel in the text of the statement. */
const ASKED_AT_ONCE = 1000;

/**
 * What is open on the given hosts now: open in the newest scan of any series that saw the host up. Hosts that were
 * never scanned are simply not there. Throws a Fault `store/…`.
 */
export async function exposedEndpoints(
  store: QueryRunner,
  hosts: readonly IpAddress[],
): Promise<readonly ExposedEndpoint[]> {
  const runs = new Map((await runsOf(store)).map((run, index) => [run.info.id as string, { run, index }]));
  if (runs.size === 0 || hosts.length === 0) return [];
  const pinned = await pinnedVersion(store);
  const baseline = pinned === undefined ? undefined : await loadBaseline(store, pinned);
  const found: ExposedEndpoint[] = [];
  for (let from = 0; from < hosts.length; from += ASKED_AT_ONCE) {
    const addresses = hosts.slice(from, from + ASKED_AT_ONCE);
    const upIn = new Map(
      (await all(store, runsOfHosts, { addresses })).map((row) => [row.address, row.runs] as const),
    );
    const worst = new Map<string, Severity>();
    for (const row of await all(store, portFindings, { hosts: addresses })) {
      const [first] = SEVERITIES.filter((each) => row.severities.includes(each)).toSorted(compareSeverity);
      if (first !== undefined) worst.set(`${row.host} ${row.port}`, first);
    }
    for (const row of await all(store, openRunsOfPorts, { addresses })) {
      const protocol = row.protocol as TransportProtocol;
      const open = openRow(upIn.get(row.address) ?? [], new Set(row.runs), runs);
      if (open === undefined) continue;
      const key = portKey(row.portid, protocol);
      const expected = baseline?.hosts.get(row.address);
      found.push({
        address: row.address,
        portid: row.portid,
        protocol,
        service: row.service,
        openSince: open.first.info.start,
        closedUntil:
          open.before !== undefined && hasAsked(open.before, row.portid, protocol)
            ? open.before.info.start
            : undefined,
        run: open.newest.info.id,
        newSinceBaseline: expected !== undefined && !expected.ports.has(key),
        severity: worst.get(`${row.address} ${key}`),
      });
    }
  }
  return found;
}

/** Whether a run asked for the port; what it did not name as open on a host that answered was not open then. */
function hasAsked({ info }: StoredRun, portid: number, protocol: TransportProtocol): boolean {
  const asked = askedCoverage(info).get(protocol);
  return asked !== undefined && asked !== 'unknown' && asked.has(portid);
}

/** An unbroken row of runs of one series that saw a port open, and the run before the first, where there is one. */
interface OpenRow {
  readonly first: StoredRun;
  readonly newest: StoredRun;
  readonly before: StoredRun | undefined;
}

/** The row that reaches up to now, in the series where it begins earliest; undefined when the port is not open now. */
function openRow(
  up: readonly string[],
  open: ReadonlySet<string>,
  runs: ReadonlyMap<string, { readonly run: StoredRun; readonly index: number }>,
): OpenRow | undefined {
  const series = new Map<string, { readonly run: StoredRun; readonly index: number }[]>();
  for (const id of up) {
    const known = runs.get(id);
    if (known === undefined) continue;
    const name = `${known.run.info.vantage}\n${known.run.info.profile}`;
    const list = series.get(name);
    if (list === undefined) series.set(name, [known]);
    else list.push(known);
  }
  let earliest: { readonly row: OpenRow; readonly index: number } | undefined;
  for (const list of series.values()) {
    const newestFirst = list.toSorted((a, b) => b.index - a.index);
    let first: (typeof newestFirst)[number] | undefined;
    let before: StoredRun | undefined;
    for (const each of newestFirst) {
      if (!open.has(each.run.info.id)) {
        before = each.run;
        break;
      }
      first = each;
    }
    if (first !== undefined && (earliest === undefined || first.index < earliest.index))
      earliest = { row: { first: first.run, newest: newestFirst[0]!.run, before }, index: first.index };
  }
  return earliest?.row;
}
