import { z } from 'zod';
import { query } from '../../sql/query.ts';
import { address, count } from './columns.ts';

/** How many distinct flow records lie behind each contact of the sources that has more than one. */
export const repeatedContacts = query(
  'recon.paces.repeated-contacts',
  `
SELECT source, destination, destination_port AS port, protocol, count() AS records
FROM flow FINAL
WHERE source IN {sources:Array(IPv6)}
GROUP BY source, destination, destination_port, protocol
HAVING count() > 1`,
  z.object({ source: address, destination: address, port: count, protocol: count, records: count }),
);
