import { compareSeverity, SEVERITIES, type Severity } from '../../findings/severity.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { portKey, type TransportProtocol } from '../../net/port-key.ts';
import { all, type QueryRunner } from '../../sql/ports.ts';
import type { Instant } from '../../time/instant.ts';
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
      const since = openRow(upIn.get(row.address) ?? [], new Set(row.runs), runs);
      if (since === undefined) continue;
      const key = portKey(row.portid, row.protocol as TransportProtocol);
      const expected = baseline?.hosts.get(row.address);
      found.push({
        address: row.address,
        portid: row.portid,
        protocol: row.protocol as TransportProtocol,
        service: row.service,
        openSince: since.info.start,
        newSinceBaseline: expected !== undefined && !expected.ports.has(key),
        severity: worst.get(`${row.address} ${key}`),
      });
    }
  }
  return found;
}

/** The first run of the unbroken row, in the series where it is longest, of runs that saw the port open; undefined when it is not open now. */
function openRow(
  up: readonly string[],
  open: ReadonlySet<string>,
  runs: ReadonlyMap<string, { readonly run: StoredRun; readonly index: number }>,
): StoredRun | undefined {
  const series = new Map<string, { readonly run: StoredRun; readonly index: number }[]>();
  for (const id of up) {
    const known = runs.get(id);
    if (known === undefined) continue;
    const name = `${known.run.info.vantage}\n${known.run.info.profile}`;
    const list = series.get(name);
    if (list === undefined) series.set(name, [known]);
    else list.push(known);
  }
  let earliest: { readonly run: StoredRun; readonly index: number } | undefined;
  for (const list of series.values()) {
    const newestFirst = list.toSorted((a, b) => b.index - a.index);
    let first: (typeof newestFirst)[number] | undefined;
    for (const each of newestFirst) {
      if (!open.has(each.run.info.id)) break;
      first = each;
    }
    if (first !== undefined && (earliest === undefined || first.index < earliest.index)) earliest = first;
  }
  return earliest?.run;
}
