import type { Column, MaterializedView, Table } from '../../sql/table.ts';
import { OUTCOMES } from '../model/outcome.ts';

const TIME = "DateTime64(6, 'UTC')";

/** Type of an outcome: its place in OUTCOMES, so that bit and number agree everywhere. */
const OUTCOME = `Enum8(${OUTCOMES.map((outcome, index) => `'${outcome}' = ${index}`).join(', ')})`;

/** What every record has: when, whose sensor, who, whom. */
const ENDPOINTS: readonly Column[] = [
  { name: 'time', type: TIME, comment: 'When; of a flow its first packet', codec: 'Delta, ZSTD(1)' },
  { name: 'sensor', type: 'LowCardinality(String)', comment: 'Sensor that saw it' },
  { name: 'source', type: 'IPv6', comment: 'Address of the originator; IPv4 is stored mapped' },
  { name: 'source_port', type: 'UInt16', comment: 'Its port; 0 where the protocol has none' },
  { name: 'destination', type: 'IPv6', comment: 'Address of the responder' },
  {
    name: 'destination_port',
    type: 'UInt16',
    comment: 'Its port; ICMP: type << 8 | code; 0 where the protocol has none',
  },
  { name: 'protocol', type: 'UInt16', comment: 'IP protocol number; 2054 is ARP' },
];

/** Where a record was read, and when. Not part of the record: the same line of a renamed file is the same record. */
const ORIGIN: readonly Column[] = [
  { name: 'file', type: 'LowCardinality(String)', comment: 'File as the user named it; - is standard input' },
  {
    name: 'line',
    type: 'UInt64',
    comment: 'Line, from 1; packet number in a capture',
    codec: 'Delta, ZSTD(1)',
  },
  { name: 'loaded', type: 'DateTime', comment: 'When it was read; retention counts from here' },
];

const LOADED: Column = {
  name: 'loaded',
  type: 'SimpleAggregateFunction(max, DateTime)',
  comment: 'When a record of it was last read; retention counts from here',
};

/**
 * A table of records. A record is what its sensor said, and its name is the hash of that: read again from a
 * rotated, compressed or renamed file, in other batches or after a kill, it falls on itself. Merges drop what is
 * double; reads use FINAL. Ordered by source, since every question is about the records of some sources. A week is a
 * partition: what is too old goes as whole files, a look at a stretch of time reads its weeks, and a damaged clock
 * that scatters records over decades makes hundreds of partitions, not tens of thousands.
 */
function recordTable(name: string, comment: string, own: readonly Column[]): Table {
  const content = [...ENDPOINTS, ...own];
  return {
    name,
    comment,
    columns: [
      ...content,
      ...ORIGIN,
      {
        name: 'record',
        type: 'UInt64',
        comment: 'Hash of all that the sensor said: the same in every copy of the record',
        expression: `MATERIALIZED cityHash64(${content.map((column) => column.name).join(', ')})`,
      },
    ],
    engine: 'ReplacingMergeTree(loaded)',
    partitionBy: 'toMonday(time)',
    orderBy: ['source', 'time', 'record'],
    indices: [{ name: 'time_range', expression: 'time', type: 'minmax' }],
    // Contacts are made on the shard where the flow lies, so all flows of a source lie on one.
    shardBy: 'cityHash64(source)',
    durable: true,
    settings: { ttl_only_drop_parts: 1 },
  };
}

const count = (name: string, comment: string): Column => ({ name, type: 'UInt64', comment });
const text = (name: string, comment: string): Column => ({ name, type: 'String', comment, codec: 'ZSTD(1)' });
const word = (name: string, comment: string): Column => ({ name, type: 'LowCardinality(String)', comment });

const small = (name: string, type: 'UInt8' | 'UInt16' | 'UInt32' | 'Bool', comment: string): Column => ({
  name,
  type,
  comment,
});

/** The packet that opened a flow, where a capture was the sensor: OpeningPacket. All are zero or empty elsewhere. */
const SYN: readonly Column[] = [
  small('syn_size', 'UInt32', 'First packet: octets, by its IP header; 0 when no packet was seen'),
  small('syn_ttl', 'UInt8', 'First packet: time to live, or hop limit, as it arrived'),
  small('syn_window', 'UInt16', 'First packet: window'),
  small('syn_ip_id', 'UInt16', 'First packet: IP identification'),
  small('syn_sequence', 'UInt32', 'First packet: sequence number'),
  small('syn_acknowledgement', 'UInt32', 'First packet: acknowledgement number'),
  small('syn_flags', 'UInt8', 'First packet: TCP flags, all eight'),
  word('syn_options', 'First packet: TCP options in their order: M1460,S,T,N,W7'),
  word('syn_quirks', "First packet: what is peculiar about its headers, in p0f's words: df,id+"),
  small('syn_ip_options', 'UInt8', 'First packet: octets of IPv4 options'),
  small('syn_payload', 'UInt32', 'First packet: octets of TCP payload'),
  small('syn_df', 'Bool', "First packet: Don't Fragment"),
  small('syn_fragments', 'UInt16', 'First packet: into how many fragments it was cut'),
  small('syn_tiny_fragments', 'Bool', 'First packet: whether one was too short for a TCP header'),
];

/** One conversation, or one try at it: Flow of telemetry-record.ts. */
export const flowTable: Table = recordTable('flow', 'Conversations and tries, as sensors saw them', [
  count('duration', 'Microseconds from first to last packet; 0 when not said'),
  { name: 'outcome', type: OUTCOME, comment: 'What came back' },
  word('state', "The sensor's own word: Zeek's conn_state, DROP"),
  word('history', "Zeek's history letters; empty when unknown"),
  word('service', 'Application protocol that the sensor found; empty when none'),
  count('source_packets', 'Packets of the source'),
  count('destination_packets', 'Packets of the destination'),
  count('source_bytes', 'Payload bytes of the source'),
  count('destination_bytes', 'Payload bytes of the destination'),
  { name: 'source_flags', type: 'UInt8', comment: 'TCP flags of the source, or-ed; 0 when unknown' },
  { name: 'sampling', type: 'UInt32', comment: 'One of how many packets the sensor looked at' },
  text('uid', "The record's own identifier: Zeek uid, Suricata flow_id"),
  ...SYN,
]);

/** What was said above the transport: AppEvent of telemetry-record.ts. */
export const appEventTable: Table = recordTable('app_event', 'Requests, handshakes and names', [
  word('service', 'http, tls, dns, ssh, smb, …'),
  word('action', 'HTTP method, DNS query type, SMB command'),
  text('name', 'HTTP host, TLS server name, DNS query name, SMB share'),
  text('target', 'HTTP request target'),
  text('agent', 'HTTP user agent, SSH client banner'),
  word('status', 'HTTP status code, DNS rcode, TLS alert, success or failure of a login'),
  {
    name: 'accepted',
    type: "Enum8('unknown' = -1, 'no' = 0, 'yes' = 1)",
    comment: 'Whether the peer went along',
  },
  text('ja3', 'JA3 of the ClientHello, as logged'),
  text('ja4', 'JA4 of the ClientHello, as logged'),
  text('hassh', 'HASSH of the SSH client, as logged'),
  text('uid', "The record's own identifier"),
]);

/** Somebody else's opinion: IdsAlert of telemetry-record.ts. */
export const idsAlertTable: Table = recordTable('ids_alert', 'Alerts, notices and anomalies of sensors', [
  word('provider', 'suricata, suricata-anomaly, zeek-notice or zeek-weird'),
  text('signature', 'Rule text, notice type or weird name'),
  count('signature_id', 'Rule number; 0 when there is none'),
  text('category', "Suricata's category, Zeek's notice message"),
  { name: 'severity', type: 'UInt8', comment: "Suricata's scale: 1 is worst; 0 when there is none" },
  text('uid', "The record's own identifier"),
]);

/** A process that connected or started: ProcessEvent of telemetry-record.ts. */
export const processEventTable: Table = recordTable('process_event', 'Processes that connected or started', [
  { name: 'action', type: "Enum8('connect' = 1, 'start' = 2)", comment: 'A start has no addresses' },
  word('host', 'Name of the machine'),
  text('executable', 'Path of the executable'),
  text('command_line', 'Its command line'),
  count('pid', 'Process identifier; 0 when unknown'),
  word('user', 'Who ran it'),
  text('parent', "Path of the parent's executable"),
]);

/**
 * First contacts: Contact of contact.ts, one row for each (source, destination, port, protocol) once merged. Every
 * column merges by minimum, maximum or union, so that no repetition and no order of records shows.
 */
export const contactTable: Table = {
  name: 'contact',
  comment: 'Who turned to which port for the first time, and what has been seen of the two since',
  columns: [
    { name: 'source', type: 'IPv6', comment: 'Address of the originator' },
    { name: 'destination', type: 'IPv6', comment: 'Address of the responder' },
    { name: 'port', type: 'UInt16', comment: 'Port of the responder; ICMP: type << 8 | code' },
    { name: 'protocol', type: 'UInt16', comment: 'IP protocol number; 2054 is ARP' },
    {
      name: 'opening',
      type: 'SimpleAggregateFunction(min, UInt64)',
      comment: 'Microseconds since 1970 of the first record × 8 + number of its outcome',
    },
    { name: 'last', type: `SimpleAggregateFunction(max, ${TIME})`, comment: 'Start of the latest record' },
    {
      name: 'outcomes',
      type: 'SimpleAggregateFunction(groupBitOr, UInt8)',
      comment: 'Every outcome that was seen, as bits',
    },
    {
      name: 'flags',
      type: 'SimpleAggregateFunction(groupBitOr, UInt8)',
      comment: 'TCP flags of the source over all records',
    },
    {
      name: 'service',
      type: 'SimpleAggregateFunction(min, Nullable(String))',
      comment: 'Application protocol; null when none was found',
    },
    {
      name: 'source_bytes',
      type: 'SimpleAggregateFunction(max, UInt64)',
      comment: 'Most payload bytes of the source in one record',
    },
    {
      name: 'destination_bytes',
      type: 'SimpleAggregateFunction(max, UInt64)',
      comment: 'Most payload bytes of the destination in one record',
    },
    {
      name: 'duration',
      type: 'SimpleAggregateFunction(max, UInt64)',
      comment: 'Longest record, in microseconds',
    },
    {
      name: 'sampling',
      type: 'SimpleAggregateFunction(max, UInt32)',
      comment: 'Largest sampling rate of its records',
    },
    LOADED,
  ],
  engine: 'AggregatingMergeTree',
  orderBy: ['source', 'destination', 'port', 'protocol'],
  shardBy: 'cityHash64(source)',
  durable: true,
  settings: { merge_with_ttl_timeout: 86_400 },
};

/** The earliest record, and of several at one microsecond the one whose outcome stands first, in one number. */
const OPENING = 'toUInt64(toUnixTimestamp64Micro(time)) * 8 + toUInt8(outcome)';

/** Fills `contact` from `flow`: row by row, since the engine merges rows of one key when it writes them. */
const contactFromFlow: MaterializedView = {
  name: 'contact_from_flow',
  comment: 'Fills contact',
  from: flowTable,
  to: contactTable,
  select: {
    source: 'source',
    destination: 'destination',
    port: 'destination_port',
    protocol: 'protocol',
    opening: OPENING,
    last: 'time',
    outcomes: 'bitShiftLeft(toUInt8(1), toUInt8(outcome))',
    flags: 'source_flags',
    service: "nullIf(toString(service), '')",
    source_bytes: 'source_bytes',
    destination_bytes: 'destination_bytes',
    duration: 'duration',
    sampling: 'sampling',
    loaded: 'loaded',
  },
};

/**
 * What is known of destination ports: ServiceHistory of contact.ts, one row for each source that turned to one.
 * The same as `contact` seen from the other end, since a port has to be looked up by its destination.
 */
export const serviceHistoryTable: Table = {
  name: 'service_history',
  comment: 'Who turned to a port of a destination, and whether it answered',
  columns: [
    { name: 'destination', type: 'IPv6', comment: 'Address of the responder' },
    { name: 'port', type: 'UInt16', comment: 'Its port; ICMP: type << 8 | code' },
    { name: 'protocol', type: 'UInt16', comment: 'IP protocol number; 2054 is ARP' },
    { name: 'source', type: 'IPv6', comment: 'Address of the originator' },
    {
      name: 'opening',
      type: 'SimpleAggregateFunction(min, UInt64)',
      comment: 'As in contact',
    },
    {
      name: 'outcomes',
      type: 'SimpleAggregateFunction(groupBitOr, UInt8)',
      comment: 'Every outcome that was seen, as bits',
    },
    {
      name: 'first_answered',
      type: `SimpleAggregateFunction(min, Nullable(${TIME}))`,
      comment: 'Start of the first record that was answered; null when none was',
    },
    {
      name: 'last_answered',
      type: `SimpleAggregateFunction(max, Nullable(${TIME}))`,
      comment: 'Start of the latest record that was answered; null when none was',
    },
    LOADED,
  ],
  engine: 'AggregatingMergeTree',
  orderBy: ['destination', 'port', 'protocol', 'source'],
  shardBy: 'cityHash64(source)',
  durable: true,
  settings: { merge_with_ttl_timeout: 86_400 },
};

/** Fills `service_history` from `flow`. */
const serviceHistoryFromFlow: MaterializedView = {
  name: 'service_history_from_flow',
  comment: 'Fills service_history',
  from: flowTable,
  to: serviceHistoryTable,
  select: {
    destination: 'destination',
    port: 'destination_port',
    protocol: 'protocol',
    source: 'source',
    opening: OPENING,
    outcomes: 'bitShiftLeft(toUInt8(1), toUInt8(outcome))',
    first_answered: "if(outcome = 'answered', time, NULL)",
    last_answered: "if(outcome = 'answered', time, NULL)",
    loaded: 'loaded',
  },
};

/** Files that were read to their end: one of them is not read again. */
export const telemetryFileTable: Table = {
  name: 'telemetry_file',
  comment: 'Telemetry files that were read to their end',
  columns: [
    { name: 'sha256', type: 'String', comment: 'SHA-256 of the content, uncompressed, in hex' },
    { name: 'at', type: TIME, comment: 'When it was read to its end' },
    { name: 'file', type: 'String', comment: 'The file as the user named it' },
    word('format', 'zeek-tsv, suricata-eve, …'),
    word('sensor', 'Sensor that its records are of'),
    count('bytes', 'Size of the content, uncompressed'),
    count('lines', 'Lines, or packets of a capture'),
    count('flows', 'Flow records'),
    count('app_events', 'Application records'),
    count('ids_alerts', 'Alerts, notices and anomalies'),
    count('process_events', 'Process records'),
    {
      name: 'skipped',
      type: 'Map(String, UInt64)',
      comment: 'Lines that say nothing for us, by what they were',
    },
    count('problems', 'Lines that should have been a record and were not'),
    { name: 'first', type: `Nullable(${TIME})`, comment: 'Time of its earliest record' },
    { name: 'last', type: `Nullable(${TIME})`, comment: 'Time of its latest record' },
  ],
  engine: 'MergeTree',
  orderBy: ['sha256', 'at'],
  shardBy: 'cityHash64(sha256)',
  durable: true,
};

/** Lines that were set aside: some of each file, all are counted in `telemetry_file`. */
export const telemetryProblemTable: Table = {
  name: 'telemetry_problem',
  comment: 'Lines of telemetry that should have been a record and were not',
  columns: [
    word('sensor', 'Sensor that the file is of'),
    { name: 'file', type: 'String', comment: 'The file as the user named it' },
    count('line', 'Line, from 1'),
    text('message', 'What was wrong'),
    text('text', 'The line, its first 500 characters; empty when it had gone by'),
    { name: 'loaded', type: 'DateTime', comment: 'When it was read; retention counts from here' },
  ],
  engine: 'ReplacingMergeTree(loaded)',
  orderBy: ['sensor', 'file', 'line', 'message'],
  shardBy: 'cityHash64(file)',
  durable: true,
  settings: { ttl_only_drop_parts: 1 },
};

/** How far `watch` has read a file: what lies before is in the store. The newest row of a key holds. */
export const telemetryCheckpointTable: Table = {
  name: 'telemetry_checkpoint',
  comment: 'How far files that grow have been read',
  columns: [
    word('sensor', 'Sensor that the file is of'),
    { name: 'key', type: 'String', comment: 'The same for the same content for ever' },
    { name: 'at', type: TIME, comment: 'When' },
    { name: 'path', type: 'String', comment: 'Where it was last seen' },
    { name: 'device', type: 'String', comment: 'Device that it is on, decimal' },
    { name: 'inode', type: 'String', comment: 'Its inode, decimal' },
    count('head_bytes', 'How many of its first bytes tell it from others'),
    { name: 'head_sha256', type: 'String', comment: 'SHA-256 of these, in hex' },
    count('offset', 'Bytes that were read as whole lines, uncompressed'),
    count('line', 'Lines before that'),
    count('modified', 'When it had last been written, in ms since 1970'),
    { name: 'ended', type: 'Bool', comment: 'Nothing more is to come' },
  ],
  engine: 'ReplacingMergeTree(at)',
  orderBy: ['sensor', 'key'],
  shardBy: 'cityHash64(key)',
  durable: true,
};

/** Every evaluation of an episode: of an id the newest holds, unless it says that the episode is no more. */
export const episodeTable: Table = {
  name: 'episode',
  comment: "Evaluations of actors' reconnaissance, appended",
  columns: [
    { name: 'id', type: 'String', comment: 'Identifier of the episode: 16 hex digits' },
    { name: 'evaluated', type: TIME, comment: 'When it was evaluated' },
    {
      name: 'withdrawn',
      type: 'Bool',
      comment: 'A later look at its sources no longer finds it: its records are explained otherwise',
    },
    { name: 'sources', type: 'Array(IPv6)', comment: 'Sources' },
    { name: 'first', type: TIME, comment: 'First contact that belongs to it' },
    { name: 'last', type: TIME, comment: 'Newest contact' },
    { name: 'alarm', type: TIME, comment: 'When the evidence sufficed' },
    word('severity', 'Severity'),
    { name: 'score', type: 'Float64', comment: '0–100' },
    { name: 'noise', type: 'Bool', comment: 'External background that is not about us' },
    { name: 'body', type: 'String', comment: 'The whole episode as JSON', codec: 'ZSTD(3)' },
  ],
  engine: 'MergeTree',
  orderBy: ['id', 'evaluated'],
  shardBy: 'cityHash64(id)',
  durable: true,
};

/** What a person said that machines are. The newest decision on a block holds. */
export const roleApprovalTable: Table = {
  name: 'role_approval',
  comment: 'Roles of machines that a person approved, appended',
  columns: [
    { name: 'prefix', type: 'String', comment: 'Whom it concerns, in CIDR notation' },
    { name: 'at', type: TIME, comment: 'When' },
    word('role', 'What these machines are; empty takes an approval back'),
    { name: 'by', type: 'String', comment: 'Who' },
    { name: 'why', type: 'String', comment: 'Why' },
    { name: 'until', type: `Nullable(${TIME})`, comment: 'When it ends by itself; null: never' },
  ],
  engine: 'MergeTree',
  orderBy: ['prefix', 'at'],
  shardBy: 'cityHash64(prefix)',
  durable: true,
};

/** Contacts that a person approved as normal. The newest decision on the same contacts holds. */
export const expectedContactTable: Table = {
  name: 'expected_contact',
  comment: 'Contacts that a person approved as normal, appended',
  columns: [
    { name: 'sources', type: 'Array(String)', comment: 'From where, in CIDR notation, sorted' },
    word('role', 'Only sources of this role; empty: any'),
    { name: 'targets', type: 'Array(String)', comment: 'Where to, in CIDR notation, sorted' },
    { name: 'port', type: 'Nullable(UInt16)', comment: 'Port; null: any' },
    { name: 'protocol', type: 'Nullable(UInt16)', comment: 'IP protocol number; null: any' },
    { name: 'at', type: TIME, comment: 'When' },
    { name: 'withdrawn', type: 'Bool', comment: 'Takes an approval back' },
    { name: 'by', type: 'String', comment: 'Who' },
    { name: 'why', type: 'String', comment: 'Why' },
    { name: 'until', type: `Nullable(${TIME})`, comment: 'When it ends by itself; null: never' },
  ],
  engine: 'MergeTree',
  orderBy: ['sources', 'role', 'targets', 'at'],
  shardBy: 'cityHash64(sources)',
  durable: true,
};

/** Every table of the reconnaissance half. */
export const reconTables: readonly Table[] = [
  flowTable,
  appEventTable,
  idsAlertTable,
  processEventTable,
  contactTable,
  serviceHistoryTable,
  telemetryFileTable,
  telemetryProblemTable,
  telemetryCheckpointTable,
  episodeTable,
  roleApprovalTable,
  expectedContactTable,
];

/** What fills tables from other tables. */
export const reconMaterializedViews: readonly MaterializedView[] = [contactFromFlow, serviceHistoryFromFlow];
