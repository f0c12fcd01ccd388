import * as z from 'zod';
import { parsePortKey, TRANSPORT_PROTOCOLS, type PortKey } from '../../net/port-key.ts';
import { SEVERITIES, type Severity } from '../../findings/severity.ts';
import { wordsOf, withinBlock } from '../../findings/queries/listed.ts';
import { Keyset, type Asked, type SortKey } from '../../sql/keyset.ts';
import { query, type ParameterValue } from '../../sql/query.ts';
import { addressFromColumn } from './host-row.ts';
import type { IpAddress } from '../../net/ip-address.ts';

/** Which hosts. Undefined: does not matter. All that are given must fit. Texts are hostile: escape. */
export interface HostFilter {
  /** Words that all stand in the address, a name, the vendor of the network card or the operating system; case does not matter. */
  readonly text?: string | undefined;
  /** In this block in CIDR notation. */
  readonly within?: string | undefined;
  /** This port was open in the newest scan that tried ports. */
  readonly port?: PortKey | undefined;
  /** With an open finding this severe or worse. */
  readonly severity?: Severity | undefined;
}

/** In which order: by address (IPv4 first); the highest risk first; the newest seen first. */
export const HOST_SORTS = ['address', 'risk', 'last-seen'] as const;

/** See HOST_SORTS. */
export type HostSort = (typeof HOST_SORTS)[number];

const ADDRESS: readonly SortKey[] = [
  { expression: 'family', type: 'UInt8' },
  { expression: 'c.address', type: 'IPv6' },
];

const SORTS: Readonly<Record<HostSort, readonly SortKey[]>> = {
  address: ADDRESS,
  risk: [
    { expression: 'risk', type: 'UInt8', descending: true },
    { expression: 'worst', type: 'UInt8', descending: true },
    { expression: 'open_findings', type: 'UInt32', descending: true },
    ...ADDRESS,
  ],
  'last-seen': [
    { expression: 'toUnixTimestamp64Micro(last_seen)', type: 'Int64', descending: true },
    ...ADDRESS,
  ],
};

/** An order of hosts. */
export function hostKeyset(sort: HostSort, reverse: boolean): Keyset {
  return new Keyset(sort, SORTS[sort], reverse);
}

const HOSTS = `(SELECT address, family, last_seen, words, open AS ports FROM host_current FINAL) AS c
GLOBAL LEFT JOIN (SELECT address, risk, worst, open AS open_findings FROM host_risk FINAL) AS r ON c.address = r.address`;

type Params = Record<string, ParameterValue>;

/** Conditions but the one on the worst severity, which the facet counts. */
function conditionsOf({ text, within, port }: HostFilter, params: Params): string[] {
  const conditions = wordsOf(text).map((word, index) => {
    params[`word${index}`] = word;
    return `position(words, {word${index}:String}) > 0`;
  });
  if (within !== undefined) conditions.push(withinBlock('c.address', within, params));
  const parsed = port === undefined ? undefined : parsePortKey(port);
  if (parsed !== undefined) {
    params['port'] = 1 + 4 * parsed.portid + TRANSPORT_PROTOCOLS.indexOf(parsed.protocol);
    conditions.push('has(ports, {port:UInt32})');
  }
  return conditions;
}

const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;

/** Addresses of a part of the list in its order, each with its place. */
export function hostPlaces(
  filter: HostFilter,
  keyset: Keyset,
  cursor: string | undefined,
  limit: number,
): Asked<{ readonly address: IpAddress; readonly place: readonly string[] }> {
  const params: Params = { limit };
  const conditions = conditionsOf(filter, params);
  if (filter.severity !== undefined) conditions.push(`worst >= ${SEVERITIES.indexOf(filter.severity) + 1}`);
  if (cursor !== undefined) conditions.push(keyset.after(cursor, params));
  return {
    query: query(
      'exposure.host-pages.places',
      `SELECT toString(c.address) AS host, ${keyset.place} AS key FROM ${HOSTS} ${where(conditions)} ORDER BY ${keyset.order} LIMIT {limit:UInt32}`,
      z
        .object({ host: z.string(), key: z.array(z.string()) })
        .transform(({ host, key }) => ({ address: addressFromColumn(host), place: key })),
    ),
    params,
  };
}

/** How many hosts of a filter have which worst severity of an open finding, without the filter's condition on it. */
export function hostsByWorst(
  filter: HostFilter,
): Asked<{ readonly worst: Severity | 'none'; readonly hosts: number }> {
  const params: Params = {};
  return {
    query: query(
      'exposure.host-pages.by-worst',
      `SELECT worst, count() AS hosts FROM ${HOSTS} ${where(conditionsOf(filter, params))} GROUP BY worst`,
      z.object({ worst: z.number(), hosts: z.coerce.number() }).transform(({ worst, hosts }) => ({
        worst: worst === 0 ? ('none' as const) : SEVERITIES[worst - 1]!,
        hosts,
      })),
    ),
    params,
  };
}
