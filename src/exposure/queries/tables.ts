import type { Column, Table } from '../../sql/table.ts';

/** Ties a row to the import that wrote it: rows are visible once `scan_run` names their load. */
const LOAD: Column = { name: 'load', type: 'UUID', comment: 'The import that wrote the row' };
const ORDINAL: Column = {
  name: 'ordinal',
  type: 'UInt16',
  comment: 'Which run of the file, from 0: a file may hold several',
};

/** Every import as it begins, and how it ended: what a kill left behind is known by its missing end. */
export const scanLoad: Table = {
  name: 'scan_load',
  comment: 'Imports: begun, given up, swept',
  columns: [
    LOAD,
    { name: 'at', type: "DateTime64(6, 'UTC')", comment: 'When' },
    {
      name: 'event',
      type: 'LowCardinality(String)',
      comment: 'started, abandoned (rows may be left) or swept (none are)',
    },
    { name: 'source', type: 'String', comment: 'The file as the user named it' },
  ],
  engine: 'MergeTree',
  orderBy: ['load', 'at'],
  shardBy: 'cityHash64(load)',
  durable: true,
};

/**
 * One row per imported run, written last and in one block per file: it makes the other rows of its
 * load visible.
 */
export const scanRun: Table = {
  name: 'scan_run',
  comment: 'Scan runs; the commit record of an import',
  columns: [
    {
      name: 'run',
      type: 'String',
      comment: 'Run identifier: 16 hex digits of the SHA-256 of the file, -2 and on for further runs in it',
    },
    LOAD,
    ORDINAL,
    { name: 'imported', type: "DateTime64(6, 'UTC')", comment: 'When it was imported' },
    { name: 'sha256', type: 'String', comment: 'SHA-256 of the raw file, uncompressed, in hex' },
    { name: 'source', type: 'String', comment: 'The file as the user named it' },
    { name: 'bytes', type: 'UInt64', comment: 'Size of the raw file, uncompressed' },
    { name: 'format', type: 'LowCardinality(String)', comment: 'nmap-xml, nmap-grepable, masscan-xml, …' },
    { name: 'scanner', type: 'LowCardinality(String)', comment: 'nmap or masscan' },
    { name: 'version', type: 'LowCardinality(String)', comment: 'Version of the scanner' },
    {
      name: 'args',
      type: 'String',
      comment: 'Command line of the scan as the scanner recorded it',
      codec: 'ZSTD(3)',
    },
    { name: 'started', type: "Nullable(DateTime64(6, 'UTC'))", comment: 'Start of the scan' },
    { name: 'ended', type: "Nullable(DateTime64(6, 'UTC'))", comment: 'End of the scan' },
    { name: 'status', type: 'LowCardinality(String)', comment: 'complete, interrupted or truncated' },
    { name: 'vantage', type: 'LowCardinality(String)', comment: 'Where the scanner stood' },
    { name: 'profile', type: 'LowCardinality(String)', comment: 'Scan profile or series' },
    { name: 'privileges', type: 'LowCardinality(String)', comment: 'raw, connect or unknown' },
    {
      name: 'coverage',
      type: 'String',
      comment: 'Ports probed on each host: tcp:1-1000 udp:53',
      codec: 'ZSTD(3)',
    },
    { name: 'hosts_up', type: 'UInt32', comment: 'Hosts up as recorded by the import' },
    { name: 'hosts_total', type: 'UInt32', comment: 'Hosts recorded by the import, up or not' },
    { name: 'open_ports', type: 'UInt64', comment: 'Open ports over all hosts' },
    { name: 'problems', type: 'UInt64', comment: 'Pieces of the file that were set aside' },
    { name: 'info', type: 'String', comment: 'The whole header and footer as JSON', codec: 'ZSTD(3)' },
  ],
  engine: 'MergeTree',
  orderBy: ['run', 'imported'],
  // One shard for all runs of a file: an insert is atomic on a shard, not over several.
  shardBy: 'cityHash64(load)',
  durable: true,
};

/** The raw bytes, in pieces of about 1 MB, so that every claim can be checked against them. */
export const scanRaw: Table = {
  name: 'scan_raw',
  comment: 'Raw scanner output, byte for byte',
  columns: [
    LOAD,
    { name: 'seq', type: 'UInt32', comment: 'Order of the pieces, from 0' },
    {
      name: 'base64',
      type: 'String',
      comment: 'How bytes travel in JSON; not stored',
      expression: 'EPHEMERAL',
    },
    {
      name: 'data',
      type: 'String',
      comment: 'The bytes',
      codec: 'ZSTD(3)',
      expression: 'DEFAULT base64Decode(base64)',
    },
  ],
  engine: 'MergeTree',
  orderBy: ['load', 'seq'],
  shardBy: 'cityHash64(load)',
  durable: true,
};

/** One row per `<host>` element (scanners may write several for one address; reads merge them). */
export const scanHost: Table = {
  name: 'scan_host',
  comment: 'Hosts and their ports, as each run saw them',
  columns: [
    LOAD,
    ORDINAL,
    { name: 'family', type: 'UInt8', comment: '4 or 6' },
    { name: 'address', type: 'IPv6', comment: 'Address; IPv4 is stored mapped' },
    { name: 'status', type: 'LowCardinality(String)', comment: 'up, down, skipped or unknown' },
    { name: 'reason', type: 'LowCardinality(String)', comment: 'Why the scanner thinks so' },
    { name: 'hostnames', type: 'Array(String)', comment: 'Names, PTR and user-given' },
    { name: 'mac', type: 'String', comment: 'MAC address, empty when not seen' },
    { name: 'mac_vendor', type: 'LowCardinality(String)', comment: 'Vendor of the MAC address' },
    { name: 'os', type: 'LowCardinality(String)', comment: 'Best OS match' },
    { name: 'os_accuracy', type: 'UInt8', comment: 'Its accuracy in percent' },
    { name: 'timed_out', type: 'Bool', comment: 'The scanner gave the host up' },
    {
      name: 'coverage',
      type: 'LowCardinality(String)',
      comment: 'Ports probed: tcp:1-1000 udp:53, or tcp:unknown',
    },
    { name: 'port.protocol', type: 'Array(LowCardinality(String))', comment: 'tcp, udp, sctp or ip' },
    { name: 'port.portid', type: 'Array(UInt16)', comment: 'Port number' },
    {
      name: 'port.state',
      type: 'Array(LowCardinality(String))',
      comment: 'Port state as the scanner names it',
    },
    { name: 'port.reason', type: 'Array(LowCardinality(String))', comment: 'Why' },
    { name: 'port.service', type: 'Array(LowCardinality(String))', comment: 'Service name' },
    { name: 'port.product', type: 'Array(LowCardinality(String))', comment: 'Product' },
    { name: 'port.version', type: 'Array(LowCardinality(String))', comment: 'Version of the product' },
    { name: 'port.extrainfo', type: 'Array(String)', comment: 'Further words on the service' },
    { name: 'port.tunnel', type: 'Array(LowCardinality(String))', comment: 'ssl when found behind TLS' },
    { name: 'port.more', type: 'Array(String)', comment: 'The rest of the port as JSON; scripts are here' },
    { name: 'more', type: 'String', comment: 'The rest of the host as JSON', codec: 'ZSTD(3)' },
  ],
  engine: 'MergeTree',
  orderBy: ['load', 'ordinal', 'family', 'address'],
  shardBy: 'cityHash64(address)',
  durable: true,
};

/** What an import set aside, so that nothing is dropped silently. */
export const scanProblem: Table = {
  name: 'scan_problem',
  comment: 'Pieces of input that could not be used',
  columns: [
    LOAD,
    { name: 'seq', type: 'UInt32', comment: 'Order in the file' },
    { name: 'code', type: 'LowCardinality(String)', comment: 'Kind of problem' },
    { name: 'message', type: 'String', comment: 'What was wrong' },
    { name: 'offset', type: 'Nullable(UInt64)', comment: 'Byte offset in the uncompressed file' },
    { name: 'line', type: 'Nullable(UInt64)', comment: 'Line, from 1' },
    { name: 'field', type: 'String', comment: 'Element or attribute' },
  ],
  engine: 'MergeTree',
  orderBy: ['load', 'seq'],
  shardBy: 'cityHash64(load)',
  durable: true,
};

/** One row per baseline version, written last: it makes the version's hosts visible. */
export const baselineVersion: Table = {
  name: 'baseline_version',
  comment: 'Baseline versions',
  columns: [
    { name: 'version', type: 'UInt32', comment: 'Number, from 1' },
    LOAD,
    { name: 'parent', type: 'Nullable(UInt32)', comment: 'The version it came after' },
    {
      name: 'based_on',
      type: 'Nullable(UInt32)',
      comment: 'The version whose hosts it takes over where it has none of its own',
    },
    { name: 'created', type: "DateTime64(6, 'UTC')", comment: 'When it was made' },
    { name: 'by', type: 'String', comment: 'Who made it' },
    { name: 'note', type: 'String', comment: 'Why' },
    { name: 'how', type: 'LowCardinality(String)', comment: 'learned, approved or rolled-back' },
    { name: 'runs', type: 'Array(String)', comment: 'Runs behind it' },
    { name: 'vantage', type: 'LowCardinality(String)', comment: 'Vantage of those runs' },
    { name: 'privileges', type: 'LowCardinality(String)', comment: 'Privileges of those runs' },
    { name: 'profile', type: 'LowCardinality(String)', comment: 'Profile of those runs' },
    {
      name: 'asked',
      type: 'String',
      comment: 'What the deepest learned run asked its scanner, as JSON',
      codec: 'ZSTD(3)',
    },
    { name: 'hosts', type: 'UInt32', comment: 'Hosts in it' },
  ],
  engine: 'MergeTree',
  orderBy: ['version', 'created'],
  shardBy: 'cityHash64(version)',
  durable: true,
};

/** The hosts that a version added or changed; an empty document takes a host out. */
export const baselineHost: Table = {
  name: 'baseline_host',
  comment: 'Expected hosts of baseline versions, as differences from the version they are based on',
  columns: [
    LOAD,
    { name: 'version', type: 'UInt32', comment: 'Baseline version' },
    { name: 'address', type: 'IPv6', comment: 'Address' },
    {
      name: 'document',
      type: 'String',
      comment: 'What is expected, as JSON; empty: the host is no longer expected',
      codec: 'ZSTD(3)',
    },
  ],
  engine: 'MergeTree',
  orderBy: ['load', 'address'],
  shardBy: 'cityHash64(address)',
  durable: true,
};

/** Which version deviations are measured against, over time; the last row holds. */
export const baselinePin: Table = {
  name: 'baseline_pin',
  comment: 'Pins of baseline versions',
  columns: [
    { name: 'version', type: 'UInt32', comment: 'Pinned version' },
    { name: 'at', type: "DateTime64(6, 'UTC')", comment: 'When' },
    { name: 'by', type: 'String', comment: 'Who' },
    { name: 'note', type: 'String', comment: 'Why' },
  ],
  engine: 'MergeTree',
  orderBy: ['at'],
  shardBy: '0',
  durable: true,
};

/** The sum behind the score, which assessments got later. */
const riskParts: Column = {
  name: 'parts',
  type: 'String',
  comment: 'Parts of the score as JSON; empty in assessments from before they were kept',
};

/** One row per assessment, written after its findings: it makes them visible. The newest of a run holds. */
export const assessmentTable: Table = {
  name: 'assessment',
  comment: 'Assessments of runs',
  columns: [
    { name: 'assessment', type: 'UUID', comment: 'Identifier of the assessment' },
    { name: 'assessed', type: "DateTime64(6, 'UTC')", comment: 'When' },
    { name: 'run', type: 'String', comment: 'The run assessed' },
    { name: 'against', type: 'LowCardinality(String)', comment: 'baseline v3, run 1f2e…, or nothing' },
    { name: 'risk', type: 'LowCardinality(String)', comment: 'low, medium, high or critical' },
    { name: 'score', type: 'Float64', comment: 'Overall risk, 0–100' },
    { name: 'confidence', type: 'Float64', comment: '0–1' },
    { name: 'findings', type: 'UInt32', comment: 'How many findings it made' },
    riskParts,
  ],
  engine: 'MergeTree',
  orderBy: ['run', 'assessed'],
  shardBy: 'cityHash64(run)',
  durable: true,
};

/** Columns that assessments got later, for the migration that brings them. */
export const assessmentRiskColumns = [{ table: assessmentTable, column: riskParts }] as const;

/** Findings as each assessment made them; the newest assessment of a run holds. */
export const findingTable: Table = {
  name: 'finding',
  comment: 'Findings of each assessment',
  columns: [
    { name: 'assessment', type: 'UUID', comment: 'The assessment that made it' },
    { name: 'assessed', type: "DateTime64(6, 'UTC')", comment: 'When' },
    { name: 'run', type: 'String', comment: 'The run assessed' },
    { name: 'id', type: 'String', comment: 'Stable identity of the finding' },
    { name: 'rule', type: 'LowCardinality(String)', comment: 'Rule that made it' },
    { name: 'severity', type: 'LowCardinality(String)', comment: 'info, low, medium, high or critical' },
    { name: 'score', type: 'Float64', comment: 'Posture points, 0–100' },
    { name: 'confidence', type: 'Float64', comment: '0–1' },
    { name: 'host', type: 'String', comment: 'Address, empty when it is not about one host' },
    { name: 'port', type: 'LowCardinality(String)', comment: '443/tcp, or empty' },
    { name: 'title', type: 'String', comment: 'In one line' },
    { name: 'document', type: 'String', comment: 'The whole finding as JSON', codec: 'ZSTD(3)' },
  ],
  engine: 'MergeTree',
  orderBy: ['run', 'assessed', 'id'],
  shardBy: 'cityHash64(run)',
  durable: true,
};

/** All tables of the exposure half, in the order in which they are created. */
export const exposureTables: readonly Table[] = [
  scanLoad,
  scanRun,
  scanRaw,
  scanHost,
  scanProblem,
  baselineVersion,
  baselineHost,
  baselinePin,
  assessmentTable,
  findingTable,
];
