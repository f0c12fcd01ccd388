import { addressOf, isIpv6, type IpAddress } from '../../net/ip-address.ts';
import { rangeOf } from '../../net/address-set.ts';
import type { PortKey } from '../../net/port-key.ts';
import type { Prefix } from '../../net/prefix.ts';
import { all, first, type QueryRunner } from '../../sql/ports.ts';
import type { Host, HostState } from '../model/host.ts';
import { mergePieces } from '../model/merge-hosts.ts';
import { unfoldLists } from '../queries/folded-ports.ts';
import type { StoredRun } from '../queries/runs.ts';
import { countScanHosts, scanHostsAfter } from '../queries/scan-hosts.ts';

/** Which hosts of a run. Undefined: does not matter. */
export interface ScanHostsFilter {
  /** Part of the address or of a name; case does not matter. */
  readonly text?: string | undefined;
  readonly within?: Prefix | undefined;
  /** Open there. */
  readonly port?: PortKey | undefined;
  readonly states?: readonly HostState[] | undefined;
}

/** Which part of them, in address order, IPv4 first. */
export interface ScanHostsAsk {
  readonly filter: ScanHostsFilter;
  /** The last host of the part before. */
  readonly after: IpAddress | undefined;
  readonly limit: number;
}

/** A part of the hosts of a run. */
export interface ScanHostsPage {
  readonly hosts: readonly Host[];
  /** Whether there are more after the last one. */
  readonly more: boolean;
  /** All that fit. */
  readonly total: number;
}

/** A part of the hosts of a stored run; a host that the scanner wrote in several pieces is one. Throws a Fault `store/…`. */
export async function scanHostsPage(
  store: QueryRunner,
  run: StoredRun,
  { filter, after, limit }: ScanHostsAsk,
): Promise<ScanHostsPage> {
  const { load, ordinal, info } = run;
  const { text = '', within, port = '', states = [] } = filter;
  const range = within === undefined ? undefined : rangeOf(within);
  const fitting = {
    load,
    ordinal,
    only: range?.family ?? 0,
    lowest: range === undefined ? '::' : addressOf(range.family, range.from),
    highest:
      range === undefined ? 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' : addressOf(range.family, range.to),
    word: text,
    port,
    states,
  };
  const pieces = new Map<IpAddress, Host[]>();
  for (const row of await all(store, scanHostsAfter, {
    ...fitting,
    family: after === undefined ? 0 : isIpv6(after) ? 6 : 4,
    after: after ?? '::',
    most: limit + 1,
  })) {
    const host = unfoldLists(info, row);
    const known = pieces.get(host.address);
    if (known === undefined) pieces.set(host.address, [host]);
    else known.push(host);
  }
  const hosts = Array.from(pieces.values(), mergePieces);
  return {
    hosts: hosts.slice(0, limit),
    more: hosts.length > limit,
    total: (await first(store, countScanHosts, fitting)) ?? 0,
  };
}
