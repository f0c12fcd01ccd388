import type { Row } from '../../sql/ports.ts';
import type { Column, Table } from '../../sql/table.ts';
import { formatColumnTime, type Instant } from '../../time/instant.ts';
import { isIpv6 } from '../../net/ip-address.ts';
import { parsePortKey, TRANSPORT_PROTOCOLS } from '../../net/port-key.ts';
import { STANDINGS, type CurrentFinding } from '../current.ts';
import { FINDING_STATES, hostsOfFinding } from '../judgement.ts';
import { SEVERITIES } from '../severity.ts';

const TIME = "DateTime64(6, 'UTC')";
const WORD = 'LowCardinality(String)';
/** Words of a short list as numbers: groups of several of them are counted without reading a text. */
const oneOf = (words: readonly string[]): string =>
  `Enum8(${words.map((word, index) => `'${word}' = ${index}`).join(', ')})`;

const HALVES = ['exposure', 'recon'] as const;

/** All that a list shows in one column: each column more costs as much as the text itself when fifty rows are picked out. */
const shown: Column = {
  name: 'shown',
  type: 'String',
  comment: 'The finding, how it came to stand so, and where, as JSON',
  codec: 'ZSTD(1)',
};
/** What rows are made like now. */
const FORM = 1;
const form: Column = {
  name: 'form',
  type: 'UInt8',
  comment: 'What the row is made like: one of an older form is worked out again',
};

/**
 * One row per finding: how it stands, as it was last worked out. Everything in it follows from the history and can be
 * worked out again; of a finding the row with the highest version holds. What a list shows, filters or sorts by has a
 * column; what is shown is read for the lines of one page only, which is why granules and what is
 * packed together are small: of a page's fifty, which lie anywhere, the engine unpacks fifty granules.
 */
export const findingCurrentTable: Table = {
  name: 'finding_current',
  comment: 'Findings of both halves as they stand, one row each: a read model, worked out from the history',
  columns: [
    { name: 'id', type: 'String', comment: 'Stable identity of the finding' },
    { name: 'half', type: oneOf(HALVES), comment: 'exposure or recon' },
    { name: 'version', type: 'UInt64', comment: 'The refresh that wrote the row; the highest holds' },
    { name: 'changed', type: 'UInt64', comment: 'The refresh that found it otherwise than before' },
    { name: 'digest', type: 'String', comment: 'Of all that may be otherwise' },
    { name: 'rule', type: WORD, comment: 'Rule that made it' },
    { name: 'rule_hash', type: 'UInt64', comment: 'Of the rule', expression: 'DEFAULT cityHash64(rule)' },
    { name: 'title', type: 'String', comment: 'In one line' },
    { name: 'severity', type: 'UInt8', comment: '0 info, 1 low, 2 medium, 3 high, 4 critical' },
    { name: 'score', type: 'Float64', comment: 'Posture points, 0–100' },
    { name: 'confidence', type: 'Float64', comment: '0–1' },
    { name: 'about', type: 'UInt32', comment: 'How many hosts it is said of' },
    { name: 'family', type: 'UInt8', comment: 'Of its first host: 4 or 6; 255 without a host' },
    { name: 'address', type: 'IPv6', comment: 'Its first host; IPv4 is stored mapped' },
    { name: 'place', type: 'UInt32', comment: 'Its port in the order of reports; 0 without a port' },
    { name: 'hosts', type: 'Array(IPv6)', comment: 'All hosts that it is about' },
    { name: 'left', type: 'Array(IPv6)', comment: 'Hosts that it was about before and is no longer' },
    { name: 'port', type: WORD, comment: '443/tcp, or empty' },
    { name: 'network', type: WORD, comment: 'The network in which its hosts lie, or empty' },
    { name: 'role', type: WORD, comment: 'What its only host is on the network, or empty' },
    { name: 'run', type: 'String', comment: 'The newest scan that has it, or empty' },
    { name: 'standing', type: oneOf(STANDINGS), comment: 'review, authorised, note or noise' },
    { name: 'state', type: oneOf(FINDING_STATES), comment: 'open, acknowledged, …' },
    { name: 'since', type: TIME, comment: 'When it came to stand so' },
    { name: 'until', type: `Nullable(${TIME})`, comment: 'When what was said of it ends by itself' },
    { name: 'due', type: `Nullable(${TIME})`, comment: 'When it has to be worked out again for time alone' },
    {
      name: 'worked',
      type: TIME,
      comment: 'By the clock that it was worked out by: one that is behind works it out again',
    },
    { name: 'reopened', type: 'UInt32', comment: 'How often it was taken up again by itself' },
    { name: 'present', type: 'Bool', comment: 'Whether the last look that could tell made it' },
    { name: 'first_seen', type: TIME, comment: 'When it was first seen' },
    { name: 'last_seen', type: TIME, comment: 'When it was last seen' },
    { name: 'step.at', type: `Array(${TIME})`, comment: 'When each change of its state was' },
    { name: 'step.state', type: `Array(${oneOf(FINDING_STATES)})`, comment: 'What it was from then on' },
    {
      name: 'step.reopened',
      type: 'Array(Bool)',
      comment: 'Whether that was by itself, after it had been done with',
    },
    { name: 'inputs', type: 'UInt64', comment: 'Evaluations of the episode that it was worked out from' },
    { name: 'families', type: `Array(${WORD})`, comment: 'Of an episode: families that fit' },
    { name: 'campaign', type: 'Bool', comment: 'Of an episode: several sources that belong together' },
    { name: 'thinned', type: 'Bool', comment: 'Of an episode: it touched more than it names' },
    {
      name: 'networks',
      type: 'Array(String)',
      comment: 'Of an episode: smallest blocks that hold what it touched',
    },
    {
      name: 'targets',
      type: 'Array(IPv6)',
      comment: 'Of an episode: hosts that it touched, as far as it names them',
    },
    { name: 'words', type: 'String', comment: 'What is searched, in lower case' },
    {
      name: 'episode',
      type: 'String',
      comment: 'Of an episode: its line of a list, as JSON',
      codec: 'ZSTD(1)',
    },
    shown,
    form,
  ],
  engine: 'ReplacingMergeTree(version)',
  orderBy: ['id', 'half'],
  shardBy: 'cityHash64(id)',
  durable: true,
  settings: { index_granularity: 64, min_compress_block_size: 4096 },
  indices: [
    { name: 'of_host', expression: 'hosts', type: 'bloom_filter', granularity: 16 },
    // Of 100,000 findings ten with a word were found in 2.9 ms instead of 8.0, for 7 % more on the disk.
    { name: 'of_words', expression: 'words', type: 'ngrambf_v1(4, 4096, 2, 0)', granularity: 4 },
  ],
};

/** Columns that the list got later, for the migration that brings them. */
export const findingCurrentColumns = [shown, form].map((column) => ({ table: findingCurrentTable, column }));

/** The condition of rows that an older program made like no longer. */
export const OF_OLDER_FORM = `form < ${FORM}`;

/** What an episode says of itself beyond its finding. */
export interface EpisodeColumns {
  readonly families: readonly string[];
  readonly campaign: boolean;
  /** Hosts that it names, and whether those are fewer than it touched. */
  readonly targets: readonly string[];
  readonly thinned: boolean;
  /** In CIDR notation. */
  readonly networks: readonly string[];
  /** Its line of a list, as JSON. */
  readonly line: string;
}

/** A finding on its way into the table. */
export interface CurrentRow extends CurrentFinding {
  readonly version: bigint;
  readonly changed: bigint;
  /** See `digestOf`. */
  readonly digest: string;
  readonly due: Instant | undefined;
  /** When it was worked out. */
  readonly worked: Instant;
  /** Hosts that it was about before and is no longer. */
  readonly left: readonly string[];
  readonly inputs: number;
  /** Undefined for findings of scans. */
  readonly episode: EpisodeColumns | undefined;
}

/** A finding as it stands → its row. */
export function encodeCurrent(row: CurrentRow): Row {
  const { finding, lifecycle } = row;
  const { subject } = finding;
  const hosts = hostsOfFinding(finding);
  const [first] = hosts;
  const port = subject.port === undefined ? undefined : parsePortKey(subject.port);
  const optional = (at: Instant | undefined): string | null =>
    at === undefined ? null : formatColumnTime(at);
  return {
    id: finding.id,
    half: finding.half,
    version: String(row.version),
    changed: String(row.changed),
    digest: row.digest,
    rule: finding.rule,
    title: finding.title,
    severity: SEVERITIES.indexOf(finding.severity),
    score: finding.score,
    confidence: finding.confidence.value,
    about: subject.hosts?.length ?? 1,
    family: first === undefined ? 255 : isIpv6(first) ? 6 : 4,
    address: first ?? '::',
    place: port === undefined ? 0 : 1 + port.portid * 4 + TRANSPORT_PROTOCOLS.indexOf(port.protocol),
    hosts,
    left: row.left,
    port: subject.port ?? '',
    network: row.network ?? '',
    role: row.role ?? '',
    run: row.run ?? '',
    standing: row.standing,
    state: lifecycle.state,
    since: formatColumnTime(lifecycle.since),
    until: optional(lifecycle.until),
    due: optional(row.due),
    worked: formatColumnTime(row.worked),
    reopened: lifecycle.reopened.count,
    present: lifecycle.present,
    first_seen: formatColumnTime(finding.firstSeen),
    last_seen: formatColumnTime(finding.lastSeen),
    'step.at': lifecycle.steps.map(({ at }) => formatColumnTime(at)),
    'step.state': lifecycle.steps.map(({ to }) => to),
    'step.reopened': lifecycle.steps.map(({ reopened }) => reopened),
    inputs: row.inputs,
    families: row.episode?.families ?? [],
    campaign: row.episode?.campaign ?? false,
    thinned: row.episode?.thinned ?? false,
    networks: row.episode?.networks ?? [],
    targets: row.episode?.targets ?? [],
    words: [finding.title, ...hosts, subject.port ?? '', finding.rule, finding.id].join('\n').toLowerCase(),
    shown: JSON.stringify({
      finding,
      lifecycle,
      standing: row.standing,
      run: row.run,
      role: row.role,
      network: row.network,
    } satisfies CurrentFinding),
    form: FORM,
    episode: row.episode?.line ?? '',
  };
}
