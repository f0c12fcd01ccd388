import * as z from 'zod';
import {
  Address,
  Confidence,
  Count,
  FindingState,
  Foreign,
  Note,
  PageQuery,
  pageOf,
  Score,
  Severity,
  Time,
  TimeParameter,
} from './fields.ts';
import { Standing } from './findings.ts';

/** What the targets look like together. */
export const Shape = z.enum(['vertical', 'horizontal', 'block', 'strobe', 'single']);
/** How deep it went; each includes the ones before. */
export const Depth = z.enum(['touched', 'identified', 'enumerated', 'attempted', 'entered']);
/** What kind of scan. */
export const Family = z.enum([
  'fast-fan-out',
  'full-range',
  'service-enumeration',
  'slow',
  'fragmented-or-decoy',
  'distributed',
  'application-fingerprint',
  'internal-discovery',
]);
/** What came back. */
export const Outcome = z.enum([
  'answered',
  'refused',
  'silent',
  'unreachable',
  'half-open',
  'unknown',
  'backscatter',
]);
/** What a machine is on the network. */
export const Role = z.enum([
  'scanner',
  'domain-controller',
  'ci-runner',
  'workstation',
  'server',
  'database',
  'resolver',
  'proxy',
  'monitoring',
  'crawler',
  'load-balancer',
  'backup',
  'peer-to-peer',
  'router',
  'unknown',
]);

/** Identifier of an episode; the finding of the episode has the same one. */
export const EpisodeId = z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits');

/** One line of the list: one actor's reconnaissance. */
export const EpisodeRow = z
  .object({
    id: EpisodeId,
    title: Foreign.meta({ description: 'As the finding says it.' }),
    severity: Severity,
    score: Score,
    standing: Standing,
    state: FindingState,
    sources: z.array(Address).meta({ description: 'The first of them, at most 8.' }),
    sourceCount: Count,
    joinedBy: z.string().nullable().meta({ description: 'How a campaign was joined; null for one source.' }),
    internal: z.boolean(),
    first: Time,
    last: Time,
    shape: Shape,
    families: z.array(Family),
    depth: Depth,
    hosts: Count,
    ports: Count,
    contacts: Count,
    transition: z.boolean().meta({ description: 'Whether it went from looking to trying, or got in.' }),
  })
  .meta({ id: 'EpisodeRow' });

/** GET /episodes and /campaigns */
export const EpisodesQuery = PageQuery.extend({
  from: TimeParameter.optional().meta({ description: 'Still going on then or later.' }),
  to: TimeParameter.optional().meta({ description: 'Begun before.' }),
  source: z.string().max(64).optional(),
  target: z.string().max(64).optional().meta({ description: 'An address that it touched.' }),
  standing: Standing.optional().meta({ description: 'Left out: all but noise.' }),
  severity: Severity.optional().meta({ description: 'This severe or worse.' }),
  family: Family.optional(),
});
/** A page of episodes, newest first. */
export const EpisodesPage = pageOf(EpisodeRow);

const touched = {
  destination: Address,
  port: Count.meta({ description: 'Type and code of ICMP as type × 256 + code.' }),
  protocol: Count.meta({ description: 'IP protocol number: 6 TCP, 17 UDP, 1 ICMP.' }),
};

/** Time × target and time × port. */
export const Picture = z
  .object({
    sources: z.array(Address),
    targets: z.array(Address),
    ports: z.array(z.string()).meta({ description: '443/tcp, icmp type 8 code 0' }),
    points: z.array(
      z.object({
        at: Time,
        source: Count.meta({ description: 'Index of `sources`.' }),
        target: Count.meta({ description: 'Index of `targets`.' }),
        port: Count.meta({ description: 'Index of `ports`.' }),
        outcome: Outcome,
      }),
    ),
    contacts: Count.meta({ description: 'How many contacts the points stand for: they are thinned evenly.' }),
  })
  .meta({ id: 'EpisodePicture' });

/** GET /episodes/{id} */
export const EpisodeDetail = z
  .object({
    episode: EpisodeRow,
    alarm: Time.meta({ description: 'When the evidence sufficed.' }),
    techniques: z.array(z.string()),
    allSources: z.array(Address).meta({ description: 'At most 10,000.' }),
    trueSource: Address.nullable(),
    familiesWhy: z.array(z.object({ family: Family, text: Foreign })),
    likelihood: z.object({
      score: z.number(),
      threshold: z.number(),
      contactsToAlarm: Count,
      terms: z.array(z.object({ term: z.string(), contacts: Count, weight: z.number(), total: z.number() })),
    }),
    confidence: Confidence,
    targets: z.object({
      hosts: Count,
      ports: Count,
      contacts: Count,
      networks: z.array(z.string()),
      topPorts: z.array(z.object({ port: z.string(), hosts: Count })),
      portRanges: z.string(),
    }),
    outcomes: z.array(z.object({ outcome: Outcome, contacts: Count })),
    openPorts: z.array(z.object({ ...touched, service: Foreign })),
    openPortsLeftOut: Count,
    pace: z.object({ perSecond: z.number(), medianGapSeconds: z.number() }),
    order: z.string(),
    traits: z.array(Foreign),
    tools: z.array(
      z.object({
        tool: z.string(),
        signature: z.string(),
        basis: z.enum(['packets', 'targets', 'said']),
        confidence: z.enum(['very high', 'high', 'medium']),
        held: Count,
        of: Count,
        unit: z.string(),
        text: Foreign,
        evasions: z.string(),
      }),
    ),
    sending: z.array(
      z.object({
        aspect: z.enum(['stack', 'retries', 'order', 'pace']),
        value: z.string(),
        held: Count,
        of: Count,
        unit: z.string(),
        text: Foreign,
      }),
    ),
    role: z
      .object({ role: Role, how: z.enum(['configured', 'approved', 'learned']), why: z.string() })
      .nullable(),
    process: z.object({ executable: Foreign, user: Foreign, host: Foreign }).nullable(),
    authorised: z
      .object({
        entry: z.string(),
        contacts: Count,
        remainder: z.array(z.string()),
        remainderContacts: Count,
      })
      .nullable(),
    transition: z.array(
      z.object({
        step: z.enum([
          'discovery',
          'service-probe',
          'exploit-attempt',
          'credential-burst',
          'session',
          'outbound',
        ]),
        destination: Address,
        at: Time,
        source: Address,
        text: Foreign,
      }),
    ),
    exposed: z.array(
      z.object({
        ...touched,
        service: Foreign,
        openSince: Time.nullable(),
        newSinceBaseline: z.boolean(),
        severity: Severity.nullable(),
      }),
    ),
    unusual: z.array(Foreign),
    timeline: z
      .array(z.object({ at: Time, what: z.enum(['first', 'alarm', 'step', 'last']), text: Foreign }))
      .meta({ description: 'Its turning points, oldest first.' }),
    picture: Picture,
    records: z.array(z.object({ sensor: z.string(), file: Foreign, line: Count, at: Time, text: Foreign })),
  })
  .meta({ id: 'EpisodeDetail' });

/** A role in force, or one that waits for a word. */
export const RoleRow = z
  .object({
    network: z.string(),
    role: Role,
    how: z.enum(['configured', 'approved', 'learned']),
    why: z.string(),
    since: Time.nullable(),
    by: Foreign,
    rejected: z.boolean(),
  })
  .meta({ id: 'RoleRow' });
/** GET /roles */
export const RolesPage = pageOf(RoleRow);
/** POST /roles/approve */
export const ApproveRoleBody = z.strictObject({
  network: z.string().min(2).max(64),
  role: Role,
  note: Note,
  until: TimeParameter.optional(),
});
/** POST /roles/reject */
export const RejectRoleBody = z.strictObject({ network: z.string().min(2).max(64), note: Note });

/** GET /sensors: where telemetry came from in the last 30 days, and what could not be seen. */
export const Sensors = z
  .object({
    from: Time,
    to: Time,
    sensors: z.array(
      z.object({
        sensor: z.string(),
        records: z.object({ flow: Count, app: Count, alert: Count, process: Count }),
        sampling: Count.meta({ description: 'One of how many packets; 1 is every packet.' }),
        first: Time,
        last: Time,
        coverage: z
          .array(z.object({ from: Time, to: Time }))
          .meta({ description: 'Whole hours with records, joined where they touch; oldest first.' }),
        formats: z.array(z.string()),
        files: Count.meta({ description: 'Files that were read to their end, ever.' }),
        problems: Count.meta({ description: 'Lines of them that were set aside.' }),
        skipped: Count.meta({ description: 'Lines of them that say nothing for us.' }),
      }),
    ),
    vantages: z.array(
      z.object({ vantage: z.string(), scans: Count, first: Time.nullable(), last: Time.nullable() }),
    ),
    networks: z
      .array(
        z.object({
          network: z.string(),
          from: z
            .array(z.enum(['exposure', 'recon', 'scope']))
            .meta({ description: 'Sections of the configuration that name it.' }),
          hosts: Count.meta({ description: 'Hosts ever seen in it.' }),
          lastSeen: Time.nullable().meta({ description: 'When a scan last saw a host of it.' }),
        }),
      )
      .meta({ description: 'Networks of the configuration, at most 200.' }),
    blindSpots: z.array(
      z.object({
        kind: z.enum(['sampling', 'gap', 'silent', 'vantage', 'never-scanned', 'stale', 'no-telemetry']),
        about: z.string(),
        text: z.string(),
      }),
    ),
  })
  .meta({ id: 'Sensors' });

export type EpisodeRow = z.output<typeof EpisodeRow>;
export type EpisodesQuery = z.input<typeof EpisodesQuery>;
export type EpisodesPage = z.output<typeof EpisodesPage>;
export type EpisodeDetail = z.output<typeof EpisodeDetail>;
export type Picture = z.output<typeof Picture>;
export type RoleRow = z.output<typeof RoleRow>;
export type RolesPage = z.output<typeof RolesPage>;
export type ApproveRoleBody = z.input<typeof ApproveRoleBody>;
export type RejectRoleBody = z.input<typeof RejectRoleBody>;
export type Sensors = z.output<typeof Sensors>;
export type Shape = z.output<typeof Shape>;
export type Depth = z.output<typeof Depth>;
export type Family = z.output<typeof Family>;
export type Outcome = z.output<typeof Outcome>;
export type Role = z.output<typeof Role>;
