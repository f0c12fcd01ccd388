import * as z from 'zod';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Row } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import type { Table } from '../../sql/table.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../../time/instant.ts';
import { addressFromColumn } from './host-row.ts';

/** A scan of ours as the other half must know it: from where, at what, when. */
export interface OwnScan {
  readonly id: string;
  /** Grants that allowed it, by name. */
  readonly grants: readonly string[];
  readonly owner: string;
  readonly ticket: string;
  readonly profile: string;
  readonly vantage: string;
  /** Address that the packets come from. */
  readonly source: IpAddress;
  /** CIDR blocks. */
  readonly targets: readonly string[];
  /** Protocol and ports in Nmap's syntax: `tcp 1-1024`. */
  readonly protocol: 'tcp' | 'udp';
  readonly ports: string;
  readonly from: Instant;
  /** When it ended; while it runs, when it must have ended. */
  readonly to: Instant;
  /** The stored run, once there is one. */
  readonly run: string | undefined;
}

/** Our own scans, written before the first packet and again when the last was sent; the newest row of a scan holds. */
export const authorisedScanTable: Table = {
  name: 'authorised_scan',
  comment: 'Scans that we made ourselves, as telemetry sees them',
  columns: [
    { name: 'id', type: 'UUID', comment: 'Identifier of the scan' },
    { name: 'recorded', type: "DateTime64(6, 'UTC')", comment: 'When the row was written' },
    { name: 'grants', type: 'Array(String)', comment: 'Grants of the scope that allowed it' },
    { name: 'owner', type: 'String', comment: 'Who answers for the network' },
    { name: 'ticket', type: 'String', comment: 'Ticket or other reference' },
    { name: 'profile', type: 'LowCardinality(String)', comment: 'Scan profile' },
    { name: 'vantage', type: 'LowCardinality(String)', comment: 'Where the scanner stood' },
    { name: 'source', type: 'IPv6', comment: 'Address that the packets came from; IPv4 is stored mapped' },
    { name: 'targets', type: 'Array(String)', comment: 'Scanned address blocks' },
    { name: 'protocol', type: 'LowCardinality(String)', comment: 'tcp or udp' },
    { name: 'ports', type: 'String', comment: 'Scanned ports: 1-1024,8080' },
    { name: 'started', type: "DateTime64(6, 'UTC')", comment: 'From when on' },
    {
      name: 'ended',
      type: "DateTime64(6, 'UTC')",
      comment: 'Until when; while it runs, when it must have ended',
    },
    { name: 'run', type: 'String', comment: 'The stored run; empty until there is one' },
  ],
  engine: 'MergeTree',
  orderBy: ['id', 'recorded'],
  shardBy: 'cityHash64(id)',
  durable: true,
};

/** A scan of ours → its row. */
export function encodeOwnScan(scan: OwnScan, recorded: Instant): Row {
  return {
    id: scan.id,
    recorded: formatColumnTime(recorded),
    grants: scan.grants,
    owner: scan.owner,
    ticket: scan.ticket,
    profile: scan.profile,
    vantage: scan.vantage,
    source: scan.source,
    targets: scan.targets,
    protocol: scan.protocol,
    ports: scan.ports,
    started: formatColumnTime(scan.from),
    ended: formatColumnTime(scan.to),
    run: scan.run ?? '',
  };
}

/** Our own scans that had not ended by an instant, oldest first. */
export const ownScansSince = query(
  'exposure.authorised-scans.since',
  `
SELECT toString(id) AS scan, grants, owner, ticket, profile, vantage, toString(source) AS address, targets, protocol, ports, started, ended, run
FROM (SELECT * FROM authorised_scan ORDER BY id, recorded DESC LIMIT 1 BY id)
WHERE ended >= {since:DateTime64(6, 'UTC')}
ORDER BY started, scan`,
  z
    .object({
      scan: z.string(),
      grants: z.array(z.string()),
      owner: z.string(),
      ticket: z.string(),
      profile: z.string(),
      vantage: z.string(),
      address: z.string(),
      targets: z.array(z.string()),
      protocol: z.enum(['tcp', 'udp']),
      ports: z.string(),
      started: z.string(),
      ended: z.string(),
      run: z.string(),
    })
    .transform((row): OwnScan => ({
      id: row.scan,
      grants: row.grants,
      owner: row.owner,
      ticket: row.ticket,
      profile: row.profile,
      vantage: row.vantage,
      source: addressFromColumn(row.address),
      targets: row.targets,
      protocol: row.protocol,
      ports: row.ports,
      from: parseColumnTime(row.started),
      to: parseColumnTime(row.ended),
      run: row.run === '' ? undefined : row.run,
    })),
);
