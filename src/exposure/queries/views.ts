import type { View } from '../../sql/table.ts';
import { COMMITTED_RUNS } from './runs.ts';

const RUN_KEYS = `SELECT run, load, ordinal, started, coverage AS run_coverage FROM (${COMMITTED_RUNS})`;

/** IPv6 column → `10.0.0.1` or RFC 5952 text. */
function addressText(column: string): string {
  return `replaceRegexpOne(toString(${column}), '^::ffff:', '')`;
}

const ADDRESS = { name: 'address', type: 'String', comment: 'Address of the host' } as const;
const RUN = { name: 'run', type: 'String', comment: 'Run identifier, as `tidemark scans` lists it' } as const;
const STARTED = {
  name: 'started',
  type: "Nullable(DateTime64(6, 'UTC'))",
  comment: 'Start of the run',
} as const;

/** What `tidemark query` offers: committed rows only, one documented column after the other. */
export const exposureViews: readonly View[] = [
  {
    name: 'runs',
    comment: 'Scan runs',
    columns: [
      RUN,
      STARTED,
      { name: 'ended', type: "Nullable(DateTime64(6, 'UTC'))", comment: 'End of the run' },
      { name: 'status', type: 'String', comment: 'complete, interrupted or truncated' },
      { name: 'scanner', type: 'String', comment: 'nmap or masscan' },
      { name: 'version', type: 'String', comment: 'Version of the scanner' },
      { name: 'args', type: 'String', comment: 'Command line of the scan' },
      { name: 'vantage', type: 'String', comment: 'Where the scanner stood' },
      { name: 'profile', type: 'String', comment: 'Scan profile or series' },
      { name: 'privileges', type: 'String', comment: 'raw, connect or unknown' },
      { name: 'hosts_up', type: 'UInt32', comment: 'Hosts up' },
      { name: 'hosts_total', type: 'UInt32', comment: 'Hosts recorded, up or not' },
      { name: 'open_ports', type: 'UInt64', comment: 'Open ports over all hosts' },
      { name: 'problems', type: 'UInt64', comment: 'Pieces of the file that were set aside' },
      { name: 'source', type: 'String', comment: 'File it was imported from' },
      { name: 'sha256', type: 'String', comment: 'Digest of that file' },
      { name: 'bytes', type: 'UInt64', comment: 'Size of that file' },
      { name: 'imported', type: "DateTime64(6, 'UTC')", comment: 'When it was imported' },
    ],
    select: `SELECT run, started, ended, status, scanner, version, args, vantage, profile, privileges, hosts_up, hosts_total, open_ports, problems, source, sha256, bytes, imported FROM (${COMMITTED_RUNS})`,
  },
  {
    name: 'hosts',
    comment: 'Hosts of every run',
    columns: [
      RUN,
      STARTED,
      ADDRESS,
      { name: 'status', type: 'String', comment: 'up, down, skipped or unknown' },
      { name: 'reason', type: 'String', comment: 'Why the scanner thinks so' },
      { name: 'hostnames', type: 'Array(String)', comment: 'Names of the host' },
      { name: 'mac', type: 'String', comment: 'MAC address, empty when not seen' },
      { name: 'mac_vendor', type: 'String', comment: 'Vendor of the MAC address' },
      { name: 'os', type: 'String', comment: 'Best OS match' },
      { name: 'os_accuracy', type: 'UInt8', comment: 'Its accuracy in percent' },
      { name: 'timed_out', type: 'Bool', comment: 'The scanner gave the host up' },
      { name: 'coverage', type: 'String', comment: 'Ports probed, per protocol' },
      { name: 'open_ports', type: 'UInt64', comment: 'Open ports of the host' },
    ],
    select: `SELECT r.run AS run, r.started AS started, ${addressText('h.address')} AS address, h.status AS status, h.reason AS reason, h.hostnames AS hostnames, h.mac AS mac, h.mac_vendor AS mac_vendor, h.os AS os, h.os_accuracy AS os_accuracy, h.timed_out AS timed_out, if(h.coverage = '', r.run_coverage, h.coverage) AS coverage, arrayCount(s -> s = 'open', h.\`port.state\`) AS open_ports
FROM scan_host AS h GLOBAL INNER JOIN (${RUN_KEYS}) AS r USING (load, ordinal)`,
  },
  {
    name: 'ports',
    comment: 'Listed ports of every host of every run',
    columns: [
      RUN,
      STARTED,
      ADDRESS,
      { name: 'hostnames', type: 'Array(String)', comment: 'Names of the host' },
      { name: 'protocol', type: 'String', comment: 'tcp, udp, sctp or ip' },
      { name: 'portid', type: 'UInt16', comment: 'Port number' },
      { name: 'state', type: 'String', comment: 'Port state as the scanner names it' },
      { name: 'reason', type: 'String', comment: 'Why' },
      { name: 'service', type: 'String', comment: 'Service name' },
      { name: 'product', type: 'String', comment: 'Product' },
      { name: 'version', type: 'String', comment: 'Version of the product' },
      { name: 'extrainfo', type: 'String', comment: 'Further words on the service' },
      { name: 'tunnel', type: 'String', comment: 'ssl when found behind TLS' },
      { name: 'details', type: 'String', comment: 'The rest as JSON: scripts, cpe, method, conf' },
    ],
    select: `SELECT r.run AS run, r.started AS started, ${addressText('h.address')} AS address, h.hostnames AS hostnames, p.1 AS protocol, p.2 AS portid, p.3 AS state, p.4 AS reason, p.5 AS service, p.6 AS product, p.7 AS version, p.8 AS extrainfo, p.9 AS tunnel, p.10 AS details
FROM scan_host AS h GLOBAL INNER JOIN (${RUN_KEYS}) AS r USING (load, ordinal)
ARRAY JOIN arrayZip(h.\`port.protocol\`, h.\`port.portid\`, h.\`port.state\`, h.\`port.reason\`, h.\`port.service\`, h.\`port.product\`, h.\`port.version\`, h.\`port.extrainfo\`, h.\`port.tunnel\`, h.\`port.more\`) AS p`,
  },
  {
    name: 'findings',
    comment: 'Findings of the newest assessment of each run',
    columns: [
      RUN,
      { name: 'assessed', type: "DateTime64(6, 'UTC')", comment: 'When the run was assessed' },
      { name: 'id', type: 'String', comment: 'Stable identity of the finding' },
      { name: 'rule', type: 'String', comment: 'Rule that made it' },
      { name: 'severity', type: 'String', comment: 'info, low, medium, high or critical' },
      { name: 'score', type: 'Float64', comment: 'Posture points, 0–100' },
      { name: 'confidence', type: 'Float64', comment: '0–1' },
      { name: 'host', type: 'String', comment: 'Address, empty when it is not about one host' },
      { name: 'port', type: 'String', comment: '443/tcp, or empty' },
      { name: 'title', type: 'String', comment: 'In one line' },
      { name: 'document', type: 'String', comment: 'The whole finding as JSON' },
    ],
    select: `SELECT run, assessed, id, rule, severity, score, confidence, host, port, title, document FROM finding
WHERE (run, assessment) GLOBAL IN (SELECT run, argMax(assessment, (assessed, assessment)) FROM assessment GROUP BY run)`,
  },
  {
    name: 'assessments',
    comment: 'Every assessment of every run',
    columns: [
      RUN,
      { name: 'assessed', type: "DateTime64(6, 'UTC')", comment: 'When' },
      { name: 'against', type: 'String', comment: 'What the run was held against' },
      { name: 'risk', type: 'String', comment: 'low, medium, high or critical' },
      { name: 'score', type: 'Float64', comment: 'Overall risk, 0–100' },
      { name: 'confidence', type: 'Float64', comment: '0–1' },
      { name: 'findings', type: 'UInt32', comment: 'How many findings it made' },
    ],
    select: 'SELECT run, assessed, against, risk, score, confidence, findings FROM assessment',
  },
  {
    name: 'baselines',
    comment: 'Baseline versions',
    columns: [
      { name: 'version', type: 'UInt32', comment: 'Number, from 1' },
      { name: 'created', type: "DateTime64(6, 'UTC')", comment: 'When it was made' },
      { name: 'by', type: 'String', comment: 'Who made it' },
      { name: 'note', type: 'String', comment: 'Why' },
      { name: 'how', type: 'String', comment: 'learned, approved or rolled-back' },
      { name: 'hosts', type: 'UInt32', comment: 'Hosts in it' },
    ],
    select: `SELECT version, created, by, note, how, hosts FROM (SELECT * FROM baseline_version ORDER BY version, created, load LIMIT 1 BY version)`,
  },
  {
    name: 'problems',
    comment: 'What imports set aside',
    columns: [
      RUN,
      { name: 'source', type: 'String', comment: 'File it was imported from' },
      { name: 'code', type: 'String', comment: 'Kind of problem' },
      { name: 'message', type: 'String', comment: 'What was wrong' },
      { name: 'offset', type: 'Nullable(UInt64)', comment: 'Byte offset in the file' },
      { name: 'line', type: 'Nullable(UInt64)', comment: 'Line, from 1' },
      { name: 'field', type: 'String', comment: 'Element or attribute' },
    ],
    select: `SELECT r.run AS run, r.source AS source, p.code AS code, p.message AS message, p.offset AS offset, p.line AS line, p.field AS field
FROM scan_problem AS p GLOBAL INNER JOIN (SELECT run, load, source FROM (${COMMITTED_RUNS}) WHERE ordinal = 0) AS r USING (load)`,
  },
];
