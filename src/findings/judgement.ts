import * as z from 'zod';
import type { IpAddress } from '../net/ip-address.ts';
import type { PortKey } from '../net/port-key.ts';
import { contains, parsePrefix } from '../net/prefix.ts';
import type { Row } from '../sql/ports.ts';
import { query } from '../sql/query.ts';
import type { Table } from '../sql/table.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../time/instant.ts';
import type { Finding, FindingId } from './finding.ts';
import { SEVERITIES, type Severity } from './severity.ts';

/** Where a finding stands: what is asked of a person. */
export const FINDING_STATES = ['open', 'acknowledged', 'expected', 'noise', 'confirmed', 'resolved'] as const;

/** See FINDING_STATES. */
export type FindingState = (typeof FINDING_STATES)[number];

/** How far a judgement reaches: the finding itself, or every finding of its half and rule that lies in the scope. */
export const SCOPE_KINDS = ['finding', 'port', 'host', 'role', 'network'] as const;

/** See SCOPE_KINDS. */
export type ScopeKind = (typeof SCOPE_KINDS)[number];

/** See SCOPE_KINDS. `value`: empty, `10.0.0.5 443/tcp`, `10.0.0.5`, `monitoring`, `10.0.0.0/24`. */
export interface JudgementScope {
  readonly kind: ScopeKind;
  readonly value: string;
}

/** What a person said of a finding. */
export interface Judgement {
  readonly id: string;
  readonly at: Instant;
  readonly by: string;
  /** Why. */
  readonly note: string;
  readonly half: Finding['half'];
  readonly finding: FindingId;
  /** Rule and severity of the finding when it was judged. */
  readonly rule: string;
  readonly severity: Severity;
  readonly state: FindingState;
  readonly scope: JudgementScope;
  /** When it ends by itself. */
  readonly until: Instant | undefined;
  /** What else was done because of it, and how each is undone, in sentences. */
  readonly effects: readonly string[];
}

/** Where a finding lies, for scopes. */
export interface FindingPlace {
  /** All hosts that it is about. */
  readonly hosts: readonly IpAddress[];
  readonly port: PortKey | undefined;
  /** What its only host is on the network. */
  readonly role: string | undefined;
}

/**
 * Whether a judgement covers a finding. It never covers another rule: that the remote desktop of a host is expected
 * says nothing of its database. Of several hosts all must lie in the scope.
 */
export function covers(
  judgement: Pick<Judgement, 'finding' | 'half' | 'rule' | 'scope'>,
  finding: Pick<Finding, 'id' | 'half' | 'rule'>,
  place: FindingPlace,
): boolean {
  if (judgement.finding === finding.id) return true;
  if (judgement.half !== finding.half || judgement.rule !== finding.rule) return false;
  const { kind, value } = judgement.scope;
  const { hosts, port, role } = place;
  if (hosts.length === 0) return false;
  switch (kind) {
    case 'finding':
      return false;
    case 'port':
      return port !== undefined && hosts.every((host) => `${host} ${port}` === value);
    case 'host':
      return hosts.every((host) => host === value);
    case 'role':
      return role === value;
    case 'network': {
      const prefix = parsePrefix(value);
      return prefix !== undefined && hosts.every((host) => contains(prefix, host));
    }
    default:
      return kind satisfies never;
  }
}

/** The hosts of a finding. */
export function hostsOfFinding({ subject }: Pick<Finding, 'subject'>): readonly IpAddress[] {
  if (subject.hosts !== undefined) return subject.hosts;
  return subject.host === undefined ? [] : [subject.host];
}

/** Everything that was ever said of findings. Nothing is changed: taking something back is saying `open`. */
export const findingJudgementTable: Table = {
  name: 'finding_judgement',
  comment: 'What people said of findings of both halves, appended',
  columns: [
    { name: 'id', type: 'UUID', comment: 'Identifier of the judgement' },
    { name: 'at', type: "DateTime64(6, 'UTC')", comment: 'When' },
    { name: 'by', type: 'String', comment: 'Who' },
    { name: 'note', type: 'String', comment: 'Why' },
    { name: 'half', type: 'LowCardinality(String)', comment: 'exposure or recon' },
    { name: 'finding', type: 'String', comment: 'Stable identity of the finding' },
    { name: 'rule', type: 'LowCardinality(String)', comment: 'Rule that made it' },
    { name: 'severity', type: 'LowCardinality(String)', comment: 'Its severity when it was judged' },
    {
      name: 'state',
      type: 'LowCardinality(String)',
      comment: 'open, acknowledged, expected, noise, confirmed or resolved',
    },
    { name: 'scope', type: 'LowCardinality(String)', comment: 'finding, port, host, role or network' },
    { name: 'scope_value', type: 'String', comment: 'Which port, host, role or network' },
    { name: 'until', type: "Nullable(DateTime64(6, 'UTC'))", comment: 'When it ends by itself; null: never' },
    { name: 'effects', type: 'Array(String)', comment: 'What else was done because of it, in words' },
  ],
  engine: 'MergeTree',
  orderBy: ['at', 'id'],
  shardBy: '0',
  durable: true,
};

/** A judgement → its row. */
export function encodeJudgement(judgement: Judgement): Row {
  const { at, scope, until, ...rest } = judgement;
  return {
    ...rest,
    at: formatColumnTime(at),
    scope: scope.kind,
    scope_value: scope.value,
    until: until === undefined ? null : formatColumnTime(until),
  };
}

const COLUMNS =
  'toString(id) AS judgement, at, by, note, half, finding, rule, severity, state, scope, scope_value, until, effects';

const JudgementRow = z
  .object({
    judgement: z.string(),
    at: z.string(),
    by: z.string(),
    note: z.string(),
    half: z.enum(['exposure', 'recon']),
    finding: z.string(),
    rule: z.string(),
    severity: z.enum(SEVERITIES as [Severity, ...Severity[]]),
    state: z.enum(FINDING_STATES),
    scope: z.enum(SCOPE_KINDS),
    scope_value: z.string(),
    until: z.string().nullable(),
    effects: z.array(z.string()),
  })
  .transform(({ judgement, at, finding, scope, scope_value: value, until, ...rest }): Judgement => ({
    id: judgement,
    at: parseColumnTime(at),
    ...rest,
    finding: finding as FindingId,
    scope: { kind: scope, value },
    until: until === null ? undefined : parseColumnTime(until),
  }));

/** Judgements that reach beyond the finding they were said of, oldest first. */
export const scopedJudgements = query(
  'findings.judgements.scoped',
  `SELECT ${COLUMNS} FROM finding_judgement AS j WHERE scope != 'finding' ORDER BY j.at, j.id`,
  JudgementRow,
);

/** Judgements of some findings and of nothing else, oldest first. */
export const ownJudgements = query(
  'findings.judgements.own',
  `SELECT ${COLUMNS} FROM finding_judgement AS j
WHERE scope = 'finding' AND finding IN {ids:Array(String)} ORDER BY j.at, j.id`,
  JudgementRow,
);

/** Judgements that a read model has not taken in, oldest first. */
export const judgementsNotTakenIn = query(
  'findings.judgements.not-taken-in',
  `SELECT ${COLUMNS} FROM finding_judgement AS j
WHERE toString(j.id) GLOBAL NOT IN (SELECT key FROM read_model_input WHERE model = {model:String} AND kind = 'judgement')
ORDER BY j.at, j.id`,
  JudgementRow,
);
