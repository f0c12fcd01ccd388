import * as z from 'zod';
import { query, type ParamsOf, type Query } from '../../sql/query.ts';
import type { Host } from '../model/host.ts';
import { decodeHost, HOST_COLUMNS } from './host-row.ts';

/** What a row must have to be listed; an empty text or list does not matter. A host may come in several rows. */
const FITTING = `load = {load:String} AND ordinal = {ordinal:UInt16}
  AND ({only:UInt8} = 0 OR family = {only:UInt8}) AND address >= {lowest:IPv6} AND address <= {highest:IPv6}
  AND ({word:String} = '' OR positionCaseInsensitiveUTF8(replaceRegexpOne(toString(address), '^::ffff:', ''), {word:String}) > 0
    OR arrayExists(name -> positionCaseInsensitiveUTF8(name, {word:String}) > 0, hostnames))
  AND ({port:String} = '' OR arrayExists((proto, number, state) -> concat(toString(number), '/', proto) = {port:String} AND state = 'open',
    \`port.protocol\`, \`port.portid\`, \`port.state\`))
  AND (empty({states:Array(String)}) OR has({states:Array(String)}, status))`;

const PAGE = `
SELECT ${HOST_COLUMNS} FROM scan_host
WHERE load = {load:String} AND ordinal = {ordinal:UInt16} AND (family, address) GLOBAL IN
(
    SELECT family, address FROM scan_host
    WHERE (family, address) > ({family:UInt8}, {after:IPv6}) AND ${FITTING}
    GROUP BY family, address ORDER BY family, address LIMIT {most:UInt32}
)
ORDER BY load, ordinal, family, address` as const;

/** The rows of the next hosts of a run after an address, in address order (IPv4 first). */
export const scanHostsAfter: Query<ParamsOf<typeof PAGE>, Host> = {
  name: 'exposure.scan-hosts.after',
  text: PAGE,
  decode: decodeHost,
};

/** How many hosts of a run fit. */
export const countScanHosts = query(
  'exposure.scan-hosts.count',
  `SELECT uniqExact(family, address) AS hosts FROM scan_host WHERE ${FITTING}`,
  z.object({ hosts: z.coerce.number() }).transform(({ hosts }) => hosts),
);
