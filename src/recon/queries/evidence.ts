import { z } from 'zod';
import type { IpAddress } from '../../net/ip-address.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import type { Query } from '../../sql/query.ts';
import { query } from '../../sql/query.ts';
import { parseColumnTime, type Instant } from '../../time/instant.ts';
import { protocolName, touchedName } from '../model/ip-protocol.ts';
import type { TelemetryRecord } from '../model/telemetry-record.ts';

/** A stored record as evidence: where it was read, what it says, in one line and field by field. Texts are foreign: escape. */
export interface StoredRecord {
  readonly kind: TelemetryRecord['kind'];
  readonly at: Instant;
  readonly sensor: string;
  readonly file: string;
  readonly line: number;
  readonly source: IpAddress;
  /** One line: `10.0.0.5:4444 → 10.0.0.9 22/tcp refused (REJ Sr)`. */
  readonly text: string;
  /** The other fields by name, without those that are empty or zero. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** Which records: of these sources, in this time, so many at most. Addresses as text; times of the column. */
export interface EvidenceParameters {
  readonly sources: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly limit: number;
}

const Row = z.record(z.string(), z.unknown());
const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

function address(value: unknown): IpAddress {
  const written = text(value).replace(/^::ffff:(?=\d+\.)/, '');
  return parseIpAddress(written) ?? (written as IpAddress);
}

/** Columns that every record has and that StoredRecord says otherwise. */
const SAID: ReadonlySet<string> = new Set([
  'time',
  'sensor',
  'file',
  'line',
  'source',
  'destination',
  'protocol',
]);

function decode(kind: TelemetryRecord['kind'], say: (row: Readonly<Record<string, string>>) => string) {
  return Row.transform((row): StoredRecord => {
    const words = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)]));
    const source = address(row['source']);
    const destination = address(row['destination']);
    const protocol = Number(row['protocol']);
    const port = Number(row['destination_port']);
    const touched = `${source} → ${destination} ${touchedName(protocol, port)}`;
    const fields: Record<string, string | number | boolean> = { source, destination };
    if (protocol !== 0) fields['protocol'] = protocolName(protocol);
    for (const [name, value] of Object.entries(words))
      if (!SAID.has(name) && value !== '' && value !== '0')
        fields[name] = /^\d{1,15}$/.test(value) ? Number(value) : value;
    return {
      kind,
      at: parseColumnTime(text(row['time'])),
      sensor: words['sensor'] ?? '',
      file: words['file'] ?? '',
      line: Number(row['line']),
      source,
      text: `${protocol === 0 ? '' : `${touched} `}${say(words)}`.trim(),
      fields,
    };
  });
}

const joined = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join(' ');

const POINTER = 'time, sensor, file, line, source, source_port, destination, destination_port, protocol';
/** Copies of one record fall together; the smallest pointer speaks for them, so that the same question has one answer. */
const ONCE = 'ORDER BY time, record, file, line LIMIT 1 BY record';
const WHERE = `source IN {sources:Array(IPv6)} AND time >= {from:DateTime64(6, 'UTC')} AND time <= {to:DateTime64(6, 'UTC')}`;

const flows = query(
  'recon.evidence.flows',
  `
SELECT ${POINTER}, outcome, state, history, service, duration, source_packets, destination_packets, source_bytes, destination_bytes, uid
FROM flow WHERE ${WHERE} ${ONCE} LIMIT {limit:UInt32}`,
  decode('flow', (row) =>
    joined(
      row['outcome'],
      row['state'] === '' ? '' : `(${joined(row['state'], row['history'])})`,
      row['service'],
    ),
  ),
);
const apps = query(
  'recon.evidence.app-events',
  `
SELECT ${POINTER}, service, action, name, target, agent, status, ja3, ja4, hassh, uid
FROM app_event WHERE ${WHERE} ${ONCE} LIMIT {limit:UInt32}`,
  decode('app', (row) =>
    joined(row['service'], row['action'], row['name'], row['target'], row['status'], row['agent']),
  ),
);
const alerts = query(
  'recon.evidence.alerts',
  `
SELECT ${POINTER}, provider, signature, signature_id, category, severity, uid
FROM ids_alert WHERE ${WHERE} ${ONCE} LIMIT {limit:UInt32}`,
  decode('alert', (row) => joined(row['provider'], row['signature'], row['category'])),
);
const processes = query(
  'recon.evidence.process-events',
  `
SELECT ${POINTER}, action, host, executable, command_line, pid, user, parent
FROM process_event WHERE ${WHERE} ${ONCE} LIMIT {limit:UInt32}`,
  decode('process', (row) =>
    joined(row['host'], row['user'], row['command_line'] === '' ? row['executable'] : row['command_line']),
  ),
);

/** One read per kind of record, each in order of time. */
export const evidenceReads: readonly Query<EvidenceParameters, StoredRecord>[] = [
  flows,
  apps,
  alerts,
  processes,
];

/** Flows of a source at given moments (text of the column), each moment's first: what an episode's turning points rest on. */
export const flowsAt = query(
  'recon.evidence.flows-at',
  `
SELECT ${POINTER}, outcome, state, history, service, uid
FROM flow WHERE ${WHERE} AND toString(time) IN {moments:Array(String)}
ORDER BY time, record, file, line LIMIT 1 BY time`,
  decode('flow', (row) =>
    joined(
      row['outcome'],
      row['state'] === '' ? '' : `(${joined(row['state'], row['history'])})`,
      row['service'],
    ),
  ),
);
