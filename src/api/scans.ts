import * as z from 'zod';
import {
  Address,
  BySeverity,
  Count,
  Foreign,
  PageQuery,
  pageOf,
  PortKey,
  Risk,
  RiskLevel,
  Score,
  several,
  Time,
  TimeParameter,
} from './fields.ts';

/** What was found behind a port; every text is written by the scanned host. */
export const Service = z
  .object({
    name: Foreign,
    product: Foreign.nullable(),
    version: Foreign.nullable(),
    extrainfo: Foreign.nullable(),
    tunnel: z.string().nullable().meta({ description: 'ssl when found behind TLS.' }),
    method: z.string().nullable().meta({ description: 'probed, or table: a guess from the number.' }),
    cpe: z.array(z.string()),
  })
  .meta({ id: 'Service' });

/** A script and what it said. */
export const ScriptOutput = z.object({ id: z.string(), output: Foreign });

/** A listed port of a host. */
export const Port = z
  .object({
    port: PortKey,
    state: z.string().meta({ description: 'As Nmap names it: open, closed, filtered, …' }),
    reason: z.string().nullable(),
    service: Service.nullable(),
    scripts: z.array(ScriptOutput),
  })
  .meta({ id: 'Port' });

/** Ports that share a state and are not listed one by one. */
export const Extraports = z.object({ state: z.string(), count: z.number() });

/** One scan. */
export const ScanRow = z
  .object({
    id: z.string(),
    status: z.enum(['complete', 'interrupted', 'truncated']),
    scanner: z.string(),
    version: z.string(),
    format: z.string(),
    args: Foreign.meta({ description: 'The command line; empty when the file has none.' }),
    start: Time.nullable(),
    end: Time.nullable(),
    imported: Time,
    vantage: z.string(),
    profile: z.string(),
    privileges: z.enum(['raw', 'connect', 'unknown']),
    hostsUp: Count,
    hostsTotal: Count,
    openPorts: Count,
    problems: Count.meta({ description: 'Pieces of the file that were set aside.' }),
    source: Foreign.meta({ description: 'The file as it was named.' }),
    sha256: z.string(),
    bytes: Count,
  })
  .meta({ id: 'ScanRow' });

/** The overall verdict on a scan, as it was assessed last. */
export const Assessment = z
  .object({
    scan: z.string(),
    assessed: Time,
    against: z.string().meta({ description: 'baseline v3, run 1f2e…, or nothing.' }),
    risk: RiskLevel,
    score: Score,
    parts: Risk.shape.parts.meta({
      description:
        'Their points sum to the score; none when it is 0, and of assessments from before the parts were kept.',
    }),
    confidence: z.number().min(0).max(1),
    findings: Count,
  })
  .meta({ id: 'Assessment' });

/** GET /scans */
export const ScansQuery = PageQuery.extend({
  vantage: z.string().max(64).optional(),
  profile: z.string().max(200).optional(),
  from: TimeParameter.optional().meta({ description: 'Begun then or later.' }),
  to: TimeParameter.optional().meta({ description: 'Begun before.' }),
});
/** A page of scans, newest first. */
export const ScansPage = pageOf(ScanRow);

/** GET /scans/{id} */
export const ScanDetail = z
  .object({
    scan: ScanRow,
    exit: Foreign.nullable(),
    errormsg: Foreign.nullable(),
    asked: z
      .array(
        z.object({
          type: z.string(),
          protocol: z.string(),
          services: z.string().nullable().meta({ description: "Ports in Nmap's syntax." }),
          numservices: z.number().nullable(),
        }),
      )
      .meta({ description: 'What was asked of the scanner.' }),
    coverage: z.array(
      z.object({
        protocol: z.string(),
        ports: z.string().nullable().meta({ description: "In Nmap's syntax; null when it is not known." }),
        count: Count.nullable(),
      }),
    ),
    previous: z.string().nullable().meta({ description: 'The scan before it in its series.' }),
    following: z.string().nullable().meta({ description: 'The scan after it in its series.' }),
    assessment: Assessment.nullable(),
    findings: BySeverity.meta({ description: 'What its newest assessment made.' }),
    problems: z
      .array(
        z.object({
          code: z.string(),
          message: Foreign,
          line: Count.nullable(),
          offset: Count.nullable(),
          field: z.string().nullable(),
        }),
      )
      .meta({ description: 'At most 100.' }),
  })
  .meta({ id: 'ScanDetail' });

/** GET /scans/{id}/hosts */
export const ScanHostsQuery = PageQuery.extend({
  text: z.string().trim().min(1).max(200).optional().meta({ description: 'Part of the address or a name.' }),
  network: z.string().max(64).optional(),
  port: z.string().max(16).optional().meta({ description: 'Open there: 443/tcp.' }),
  state: several(z.string().max(20)).meta({ description: 'up, down, skipped, unknown.' }),
});
/** One host of a scan. */
export const ScanHost = z
  .object({
    address: Address,
    state: z.enum(['up', 'down', 'skipped', 'unknown']),
    reason: z.string().nullable(),
    names: z.array(Foreign),
    mac: z.object({ address: z.string(), vendor: Foreign.nullable() }).nullable(),
    os: z.object({ name: Foreign, accuracy: z.number() }).nullable(),
    timedOut: z.boolean(),
    open: z.array(z.object({ port: PortKey, service: Foreign })).meta({ description: 'At most 200.' }),
    openPorts: Count,
    extraports: z.array(Extraports),
  })
  .meta({ id: 'ScanHost' });
/** Hosts in address order. */
export const ScanHostsPage = pageOf(ScanHost);

/** One side of a change. */
export const ChangeSide = z
  .object({
    words: Foreign.meta({ description: 'In words: open ssh OpenSSH 9.2p1.' }),
    state: z.string().nullable().meta({ description: 'Of a port.' }),
    service: Service.nullable(),
  })
  .nullable();

/** A fact that differs between two scans, or a baseline and a scan. */
export const Change = z
  .object({
    kind: z.enum([
      'host-appeared',
      'host-disappeared',
      'host-went-down',
      'host-came-up',
      'addresses-changed',
      'hostnames-changed',
      'mac-changed',
      'os-changed',
      'extraports-changed',
      'port-opened',
      'port-closed',
      'port-filtered',
      'port-state-changed',
      'service-changed',
      'product-changed',
      'version-changed',
      'extrainfo-changed',
      'script-changed',
      'service-moved',
      'coverage-changed',
    ]),
    port: PortKey.nullable(),
    text: Foreign,
    before: ChangeSide,
    after: ChangeSide,
  })
  .meta({ id: 'Change' });

/** One side of a diff. */
export const DiffSide = z.object({
  scan: z.string().nullable().meta({ description: 'Null when the side is a baseline.' }),
  baseline: z.int().nullable(),
  start: Time.nullable(),
  vantage: z.string(),
  profile: z.string(),
  status: z.string(),
  args: Foreign,
});

/** What differs, host by host. */
export const DiffPage = z
  .object({
    before: DiffSide,
    after: DiffSide,
    comparable: z.boolean(),
    why: z.array(z.string()).meta({ description: 'Why not; empty when they are.' }),
    limits: z.array(z.string()).meta({ description: 'What still limits the comparison.' }),
    counts: z.array(z.object({ kind: Change.shape.kind, count: Count })),
    run: z.array(Change).meta({ description: 'Changes of the scan as a whole.' }),
    items: z.array(z.object({ host: Address, changes: z.array(Change) })),
    next: z.string().optional(),
    total: Count.meta({ description: 'Hosts with changes.' }),
  })
  .meta({ id: 'DiffPage' });

/** GET /diff */
export const DiffQuery = PageQuery.extend({
  a: z.string().min(1).max(64).default('latest~1').meta({
    description: 'A scan: its identifier or the beginning, `latest`, `latest~2`, or `baseline:3`.',
  }),
  b: z.string().min(1).max(64).default('latest'),
  kind: several(Change.shape.kind),
  text: z.string().trim().min(1).max(200).optional(),
});

/** A scan in a path: its identifier or the beginning, `latest`, `latest~2`. */
export const ScanParameters = z.object({
  id: z.string().regex(/^(?:latest(?:~\d{1,6})?|[0-9a-f]{1,16}(?:-\d{1,6})?)$/, 'must name a scan'),
});

export type Service = z.output<typeof Service>;
export type Port = z.output<typeof Port>;
export type ScanRow = z.output<typeof ScanRow>;
export type ScansQuery = z.input<typeof ScansQuery>;
export type ScansPage = z.output<typeof ScansPage>;
export type ScanDetail = z.output<typeof ScanDetail>;
export type Assessment = z.output<typeof Assessment>;
export type ScanHost = z.output<typeof ScanHost>;
export type ScanHostsQuery = z.input<typeof ScanHostsQuery>;
export type ScanHostsPage = z.output<typeof ScanHostsPage>;
export type Change = z.output<typeof Change>;
export type ChangeSide = z.output<typeof ChangeSide>;
export type DiffSide = z.output<typeof DiffSide>;
export type DiffPage = z.output<typeof DiffPage>;
export type DiffQuery = z.input<typeof DiffQuery>;
