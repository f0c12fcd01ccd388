import * as z from 'zod';
import {
  Address,
  Confidence,
  Count,
  FindingState,
  Flag,
  Foreign,
  Half,
  Note,
  PageQuery,
  pageOf,
  PortKey,
  Risk,
  Score,
  several,
  Severity,
  Time,
  TimeParameter,
} from './fields.ts';

/** Identifier of a finding. */
export const FindingId = z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits');
/** What becomes of a finding apart from what people say; findings of scans are always to review. */
export const Standing = z.enum(['review', 'authorised', 'note', 'noise']);
/** How far a judgement reaches. */
export const ScopeKind = z.enum(['finding', 'port', 'host', 'role', 'network']);

/** One line of the list. */
export const FindingRow = z
  .object({
    id: FindingId,
    half: Half,
    rule: z.string(),
    title: Foreign,
    severity: Severity,
    score: Score,
    confidence: z.number().min(0).max(1),
    state: FindingState,
    since: Time.meta({ description: 'Since when it is in this state.' }),
    why: Foreign.meta({ description: 'How it came into this state.' }),
    until: Time.nullable().meta({ description: 'When what was said of it ends by itself.' }),
    reopened: Count.meta({ description: 'How often it came back by itself.' }),
    present: z.boolean().meta({ description: 'Whether the last look that could tell made it.' }),
    hosts: z.array(Address).meta({ description: 'The first of its hosts, at most 8.' }),
    hostCount: Count,
    port: PortKey.nullable(),
    network: z.string().nullable().meta({ description: 'In which all its hosts lie.' }),
    role: z.string().nullable().meta({ description: 'What its only host is on the network.' }),
    firstSeen: Time,
    lastSeen: Time,
    scan: z.string().nullable().meta({ description: 'The newest scan that has it; null for telemetry.' }),
    standing: Standing.meta({ description: 'What becomes of it apart from what people say.' }),
  })
  .meta({ id: 'FindingRow' });

/** What a claim rests on. */
export const Evidence = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('scan'),
      run: z.string(),
      host: Address.nullable(),
      port: PortKey.nullable(),
      fact: Foreign,
    }),
    z.object({ kind: z.literal('baseline'), version: z.int(), fact: Foreign }),
    z.object({ kind: z.literal('rule'), rule: z.string(), fact: Foreign }),
    z.object({
      kind: z.literal('record'),
      sensor: z.string(),
      file: Foreign,
      line: Count,
      at: Time,
      fact: Foreign,
    }),
  ])
  .meta({ id: 'Evidence' });

/** One change of state. */
export const LifecycleStep = z.object({
  at: Time,
  from: FindingState.nullable(),
  to: FindingState,
  why: Foreign,
  by: Foreign.nullable().meta({ description: 'Who said it; null for what followed by itself.' }),
  reopened: z.boolean(),
});

/** What a person said. */
export const Judgement = z
  .object({
    id: z.string(),
    at: Time,
    by: Foreign,
    note: Foreign,
    finding: FindingId,
    rule: z.string(),
    severity: Severity,
    state: FindingState,
    scope: z.object({ kind: ScopeKind, value: z.string() }),
    until: Time.nullable(),
    effects: z.array(z.string()).meta({ description: 'What else was done, and how each is undone.' }),
  })
  .meta({ id: 'Judgement' });

/** Looking again at the ports of a finding. */
export const Verification = z.object({
  at: Time,
  outcome: z.enum(['confirmed', 'cleared', 'cannot-tell']),
  told: Foreign,
  runs: z.array(z.string()),
  by: Foreign,
});

/** Everything about one finding. */
export const FindingDetail = z
  .object({
    finding: FindingRow,
    risk: Risk.meta({ description: 'What it comes to by itself: its points, and what its severity adds.' }),
    confidence: Confidence,
    subject: z.object({
      host: Address.nullable(),
      port: PortKey.nullable(),
      network: z.string().nullable(),
      hosts: z.array(Address).meta({ description: 'All of them, at most 10,000.' }),
    }),
    observations: z.array(
      z.object({
        text: Foreign,
        since: Time.nullable(),
        unusual: Foreign.nullable(),
        evidence: z.array(Evidence),
      }),
    ),
    impact: z.string(),
    actions: z.array(z.string()),
    references: z.array(z.string()),
    steps: z.array(LifecycleStep).meta({ description: 'Every change of state, oldest first.' }),
    reopenedBecause: Foreign.nullable(),
    judgements: z.array(Judgement).meta({ description: 'What was said that covers it, oldest first.' }),
    verification: Verification.nullable(),
    verifying: z.boolean().meta({ description: 'Whether it is being verified now.' }),
    episode: z.string().nullable().meta({ description: 'The episode that it is, for /episodes/{id}.' }),
  })
  .meta({ id: 'FindingDetail' });

/** GET /findings */
export const FindingsQuery = PageQuery.extend({
  state: several(FindingState).meta({ description: 'Left out: every state.' }),
  severity: several(Severity).meta({ description: 'Just these.' }),
  least: Severity.optional().meta({ description: 'This severe or worse.' }),
  half: Half.optional(),
  rule: several(z.string().max(200)),
  host: z.string().max(64).optional().meta({ description: 'About this address, alone or with others.' }),
  network: z.string().max(64).optional().meta({ description: 'About a host of this block.' }),
  port: PortKey.max(16).optional(),
  role: z.string().max(64).optional(),
  scan: z.string().max(64).optional().meta({ description: 'The newest scan that has it.' }),
  text: z.string().trim().min(1).max(200).optional().meta({
    description: 'Words that all stand in the title, a host, the port, the rule or the identifier.',
  }),
  from: TimeParameter.optional().meta({ description: 'Seen then or later.' }),
  to: TimeParameter.optional().meta({ description: 'First seen before.' }),
  present: Flag.optional().meta({ description: 'Whether the last look that could tell made it.' }),
  reopened: Flag.optional().meta({ description: 'Whether it came back by itself at least once.' }),
  unreviewed: Flag.optional().meta({
    description: 'Those too that nobody has to review: authorised, background, for completeness.',
  }),
  sort: z
    .enum(['rank', 'changed', 'last-seen', 'first-seen', 'host', 'rule'])
    .default('rank')
    .meta({ description: 'rank: as a person should look; times newest first.' }),
  reverse: Flag.optional(),
});

const Bucket = z.object({ value: z.string(), count: Count });
/** How many findings there would be with each value; a facet leaves its own part of the filter out. */
export const Facets = z
  .object({
    state: z.array(Bucket),
    severity: z.array(Bucket),
    half: z.array(Bucket),
    rule: z.array(Bucket).meta({ description: 'The most frequent first.' }),
  })
  .meta({ id: 'FindingFacets' });

/** A page of findings. */
export const FindingsPage = pageOf(FindingRow).extend({ facets: Facets });

/** One piece of evidence on its own: of observations, or a record of telemetry with all its fields. */
export const EvidenceItem = z
  .union([
    Evidence,
    z.object({
      kind: z.literal('telemetry'),
      record: z.enum(['flow', 'app', 'alert', 'process']),
      at: Time,
      sensor: z.string(),
      file: Foreign,
      line: Count,
      fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    }),
  ])
  .meta({ id: 'EvidenceItem' });
/** A page of evidence. */
export const EvidencePage = pageOf(EvidenceItem);

/** POST /findings/judgements */
export const JudgeBody = z.strictObject({
  ids: z.array(FindingId).min(1).max(1_000),
  state: FindingState,
  note: Note,
  scope: z
    .strictObject({ kind: ScopeKind, value: z.string().max(200).optional() })
    .default({ kind: 'finding' })
    .meta({ description: 'How far it reaches; without a value the one of the finding.' }),
  until: TimeParameter.optional().meta({ description: 'For acknowledged, expected, noise: when it ends.' }),
});
/** What was judged, and what followed. */
export const Judged = z.object({
  judged: z.array(
    z.object({
      finding: FindingRow,
      judgement: Judgement,
      offers: z.array(z.string()).meta({ description: 'What was not done and could be.' }),
    }),
  ),
});

/** POST /findings/{id}/verify */
export const VerifyBody = z.strictObject({ note: Note });
/** What the scope said; the outcome is on the finding once there is one. */
export const VerifyStarted = z.object({
  finding: FindingId,
  profile: z.string(),
  targets: z.array(z.string()).meta({ description: 'Addresses, or blocks in CIDR notation.' }),
  grants: z.array(z.object({ grant: z.string(), owner: z.string(), ticket: z.string() })),
  mustEndBy: Time,
});

export type FindingRow = z.output<typeof FindingRow>;
export type FindingDetail = z.output<typeof FindingDetail>;
export type FindingsPage = z.output<typeof FindingsPage>;
export type FindingsQuery = z.input<typeof FindingsQuery>;
export type Facets = z.output<typeof Facets>;
export type Evidence = z.output<typeof Evidence>;
export type EvidenceItem = z.output<typeof EvidenceItem>;
export type EvidencePage = z.output<typeof EvidencePage>;
export type LifecycleStep = z.output<typeof LifecycleStep>;
export type Judgement = z.output<typeof Judgement>;
export type JudgeBody = z.input<typeof JudgeBody>;
export type Judged = z.output<typeof Judged>;
export type Verification = z.output<typeof Verification>;
export type VerifyBody = z.input<typeof VerifyBody>;
export type VerifyStarted = z.output<typeof VerifyStarted>;
export type Standing = z.output<typeof Standing>;
export type ScopeKind = z.output<typeof ScopeKind>;
