import * as z from 'zod';
import {
  Address,
  Count,
  Flag,
  Foreign,
  PageQuery,
  pageOf,
  PortKey,
  Risk,
  RiskLevel,
  Score,
  Severity,
  Time,
} from './fields.ts';
import { FindingRow } from './findings.ts';
import { EpisodeRow } from './recon.ts';
import { Extraports, Port, ScriptOutput } from './scans.ts';

/** One host that was ever seen. */
export const HostRow = z
  .object({
    address: Address,
    names: z.array(Foreign),
    vendor: Foreign.meta({ description: 'Of its network card; empty when not known.' }),
    os: Foreign.meta({ description: 'Empty when not known.' }),
    firstSeen: Time,
    lastSeen: Time,
    scans: Count.meta({ description: 'Scans that saw it.' }),
    lastScan: z.string(),
    openPorts: z.array(PortKey).meta({ description: 'In the newest scan that tried ports; the first 50.' }),
    openPortCount: Count,
    risk: Score.meta({ description: 'Posture of its open findings.' }),
    riskLevel: RiskLevel.meta({ description: 'What that score is called.' }),
    worst: Severity.nullable().meta({ description: 'Of its open findings.' }),
    openFindings: Count,
  })
  .meta({ id: 'HostRow' });

/** GET /hosts */
export const HostsQuery = PageQuery.extend({
  text: z.string().trim().min(1).max(200).optional().meta({
    description: 'Words that all stand in the address, a name, the vendor or the operating system.',
  }),
  network: z.string().max(64).optional().meta({ description: 'Address block in CIDR notation.' }),
  port: PortKey.max(16).optional().meta({ description: 'Open there when last tried: 443/tcp.' }),
  severity: Severity.optional().meta({ description: 'With an open finding this severe or worse.' }),
  sort: z.enum(['address', 'risk', 'last-seen']).default('address'),
  reverse: Flag.optional(),
});
/** A page of hosts. */
export const HostsPage = pageOf(HostRow).extend({
  worst: z.array(z.object({ value: z.string(), count: Count })).meta({
    description: 'How many hosts have which worst severity of an open finding; none for those without.',
  }),
});

/** GET /hosts/{address} */
export const HostDetail = z
  .object({
    host: HostRow,
    risk: Risk.meta({ description: 'Posture of its open findings, as a sum.' }),
    otherAddresses: z.array(Address),
    mac: z.object({ address: z.string(), vendor: Foreign.nullable() }).nullable(),
    os: z.array(z.object({ name: Foreign, accuracy: z.number() })),
    newest: z.object({
      scan: z.string(),
      at: Time.nullable(),
      state: z.enum(['up', 'down', 'skipped', 'unknown']),
      reason: z.string().nullable(),
      timedOut: z.boolean(),
      distance: z.number().nullable(),
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
            profile: z.string(),
            state: z.string().meta({ description: 'Of the host: up, down, skipped, unknown.' }),
          }),
        ),
        ports: z.array(PortKey),
        services: z.array(Foreign).meta({ description: '`ssl/http nginx 1.22.1`' }),
        cells: z
          .array(
            z.object({
              scan: Count.meta({ description: 'Index of `scans`.' }),
              port: Count.meta({ description: 'Index of `ports`.' }),
              state: z.string(),
              service: Count.nullable().meta({ description: 'Index of `services`.' }),
            }),
          )
          .meta({ description: 'A pair without a cell: that scan lists nothing of that port.' }),
        leftOut: z.object({ scans: Count, ports: Count }),
      })
      .meta({ description: 'Ports over time: scans across, oldest first; ports down.' }),
    findings: z
      .array(FindingRow)
      .meta({ description: 'Whatever their state, in the order to look at them.' }),
    findingsTotal: Count,
    touchedBy: z
      .array(EpisodeRow)
      .meta({ description: 'Episodes that touched it, newest first, at most 50.' }),
    touchedByTotal: Count,
    from: z.array(EpisodeRow).meta({ description: 'Episodes that came from it, newest first, at most 50.' }),
    fromTotal: Count,
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
