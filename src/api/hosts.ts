import * as z from 'zod';
import { Address, BySeverity, Count, Foreign, PageQuery, pageOf, PortKey, Severity, Time } from './fields.ts';
import { FindingRow } from './findings.ts';
import { EpisodeRow } from './recon.ts';
import { Extraports, Port, ScriptOutput } from './scans.ts';

/** One host that was ever seen. */
export const HostRow = z
  .object({
    address: Address,
    names: z.array(Foreign),
    firstSeen: Time,
    lastSeen: Time,
    scans: Count.meta({ description: 'Scans that saw it.' }),
    lastScan: z.string(),
    openPorts: Count,
    findings: BySeverity.meta({ description: 'Open findings about it.' }),
    worst: Severity.nullable(),
  })
  .meta({ id: 'HostRow' });

/** GET /hosts */
export const HostsQuery = PageQuery.extend({
  text: z.string().trim().min(1).max(200).optional().meta({ description: 'Part of the address or a name.' }),
  network: z.string().max(64).optional().meta({ description: 'Address block in CIDR notation.' }),
  port: z.string().max(16).optional().meta({ description: 'Open there when last seen: 443/tcp.' }),
  severity: Severity.optional().meta({ description: 'With an open finding this severe or worse.' }),
  sort: z.enum(['address', 'severity', 'last-seen', 'open-ports']).default('address'),
});
/** A page of hosts. */
export const HostsPage = pageOf(HostRow);

/** What one scan knew of one port. */
const Cell = z
  .object({
    state: z.string().meta({ description: 'As Nmap names it, also where it was counted and not listed.' }),
    service: Foreign.meta({ description: '`ssl/http nginx 1.22.1`; empty where nothing is known.' }),
  })
  .nullable()
  .meta({ description: 'Null: that scan did not look, or could not know.' });

/** GET /hosts/{address} */
export const HostDetail = z
  .object({
    host: HostRow,
    role: z.string().nullable(),
    otherAddresses: z.array(Address),
    mac: z.object({ address: z.string(), vendor: Foreign.nullable() }).nullable(),
    os: z.array(z.object({ name: Foreign, accuracy: Count })),
    newest: z.object({
      scan: z.string(),
      at: Time.nullable(),
      state: z.enum(['up', 'down', 'skipped', 'unknown']),
      reason: z.string().nullable(),
      timedOut: z.boolean(),
      distance: Count.nullable(),
      uptimeSeconds: z.number().nullable(),
      ports: z.array(Port),
      extraports: z.array(Extraports),
      scripts: z.array(ScriptOutput),
    }),
    matrix: z
      .object({
        scans: z.array(
          z.object({
            id: z.string(),
            at: Time.nullable(),
            vantage: z.string(),
            profile: z.string(),
            status: z.enum(['complete', 'interrupted', 'truncated']),
            state: z.enum(['up', 'down', 'skipped', 'unknown']),
          }),
        ),
        ports: z.array(z.object({ port: PortKey, cells: z.array(Cell) })),
        leftOut: z.object({ scans: Count, ports: Count }),
      })
      .meta({
        description:
          'Ports over time: a row for each port that ever was listed, with a cell for each scan, oldest first. The newest 120 scans, and 500 ports.',
      }),
    findings: z.array(FindingRow).meta({ description: 'In the order to look at them, at most 200.' }),
    episodes: z
      .array(EpisodeRow)
      .meta({ description: 'That came from it or touched a port of it, newest first, at most 100.' }),
  })
  .meta({ id: 'HostDetail' });

/** GET /hosts/{address}/anomaly */
export const HostAnomaly = z
  .object({
    scan: z.string(),
    stage: z.object({ name: z.string(), means: z.string() }),
    scans: Count.meta({ description: 'Earlier scans that were learned.' }),
    unusual: z
      .object({
        identity: Foreign,
        score: z.number(),
        p: z.number().nullable(),
        alert: z.boolean(),
        peers: z.object({ hosts: Count, share: z.array(z.string()) }),
        items: z.array(z.object({ text: Foreign, value: z.number(), ports: z.array(PortKey) })),
      })
      .nullable()
      .meta({ description: 'Null: nothing about it is unusual.' }),
  })
  .meta({ id: 'HostAnomaly' });

/** A host in a path. */
export const HostParameters = z.object({ address: z.string().min(2).max(64) });

export type HostRow = z.output<typeof HostRow>;
export type HostsQuery = z.input<typeof HostsQuery>;
export type HostsPage = z.output<typeof HostsPage>;
export type HostDetail = z.output<typeof HostDetail>;
export type HostAnomaly = z.output<typeof HostAnomaly>;
