import type { View } from '../../sql/table.ts';
import { OUTCOMES } from '../model/outcome.ts';
import { addressText } from './columns.ts';
import { CURRENT_EPISODES } from './episodes.ts';
import { appEventTable, flowTable, idsAlertTable, processEventTable } from './tables.ts';

type ViewColumn = View['columns'][number];

const TIME = "DateTime64(6, 'UTC')";
const text = (name: string, comment: string): ViewColumn => ({ name, type: 'String', comment });
const number = (name: string, type: string, comment: string): ViewColumn => ({ name, type, comment });

/** A table of records as people read it: each record once, addresses as text. */
function recordView(name: string, comment: string, table: typeof flowTable): View {
  const shown = table.columns.filter((column) => column.name !== 'loaded');
  const columns = shown.map(({ name: column, type, comment: meaning }): ViewColumn => ({
    name: column,
    type: readAs(type),
    comment: meaning,
  }));
  const select = shown.map(({ name: column, type }) =>
    type === 'IPv6'
      ? `${addressText(`t.${column}`)} AS ${column}`
      : type.startsWith('Enum8')
        ? `toString(t.${column}) AS ${column}`
        : `t.${column} AS ${column}`,
  );
  return { name, comment, columns, select: `SELECT ${select.join(', ')} FROM ${table.name} AS t FINAL` };
}

function readAs(type: string): string {
  return type === 'IPv6' || type.startsWith('Enum8') || type.startsWith('LowCardinality') ? 'String' : type;
}

const OUTCOME_NAMES = `[${OUTCOMES.map((outcome) => `'${outcome}'`).join(', ')}]`;

/** What `tidemark query` offers of the reconnaissance half. */
export const reconViews: readonly View[] = [
  recordView('flows', 'Conversations and tries, as sensors saw them', flowTable),
  recordView('app_events', 'Requests, handshakes and names', appEventTable),
  recordView('alerts', 'Alerts, notices and anomalies of sensors', idsAlertTable),
  recordView('process_events', 'Processes that connected or started', processEventTable),
  {
    name: 'contacts',
    comment: 'Who turned to which port for the first time, and what has been seen of the two since',
    columns: [
      text('source', 'Address of the originator'),
      text('destination', 'Address of the responder'),
      number('port', 'UInt16', 'Port of the responder; ICMP: type << 8 | code'),
      number('protocol', 'UInt16', 'IP protocol number; 2054 is ARP'),
      number('first', TIME, 'First record'),
      text('outcome', 'What came back then'),
      number('last', TIME, 'Start of the latest record'),
      number('outcomes', 'Array(String)', 'Everything that ever came back'),
      text('service', 'Application protocol; empty when none was found'),
    ],
    select: `SELECT ${addressText('source_address')} AS source, ${addressText('destination_address')} AS destination, port, protocol,
       fromUnixTimestamp64Micro(toInt64(intDiv(opened, 8)), 'UTC') AS first, arrayElement(${OUTCOME_NAMES}, opened % 8 + 1) AS outcome,
       latest AS last, arrayFilter((name, place) -> bitTest(seen, place), ${OUTCOME_NAMES}, range(${OUTCOMES.length})) AS outcomes,
       ifNull(found, '') AS service
FROM
(
    SELECT c.source AS source_address, c.destination AS destination_address, c.port AS port, c.protocol AS protocol,
           min(c.opening) AS opened, max(c.last) AS latest, groupBitOr(c.outcomes) AS seen, min(c.service) AS found
    FROM contact AS c
    GROUP BY source_address, destination_address, port, protocol
)`,
  },
  {
    name: 'episodes',
    comment: "Actors' reconnaissance, as judged last",
    columns: [
      text('id', 'Identifier, as `tidemark findings` lists it'),
      number('sources', 'Array(String)', 'Who'),
      number('first', TIME, 'First contact'),
      number('last', TIME, 'Newest contact'),
      number('alarm', TIME, 'When the evidence sufficed'),
      text('severity', 'info, low, medium, high or critical'),
      number('score', 'Float64', '0–100'),
      number('noise', 'Bool', 'External background that is not about us'),
      number('evaluated', TIME, 'When it was judged'),
      text('document', 'The whole episode as JSON'),
    ],
    select: `SELECT id, arrayMap(address -> ${addressText('address')}, newest.2) AS sources, newest.3 AS first, newest.4 AS last, newest.8 AS alarm,
       newest.9 AS severity, newest.6 AS score, newest.5 AS noise, at AS evaluated, newest.7 AS document
FROM (${CURRENT_EPISODES})`,
  },
  {
    name: 'telemetry_files',
    comment: 'Files of telemetry that were read to their end',
    columns: [
      text('file', 'As the user named it'),
      text('sensor', 'Sensor that it comes from'),
      text('format', 'zeek-tsv, suricata-eve, …'),
      number('read', TIME, 'When its end was reached'),
      number('bytes', 'UInt64', 'Size, uncompressed'),
      number('lines', 'UInt64', 'Lines'),
      number('flows', 'UInt64', 'Flow records'),
      number('app_events', 'UInt64', 'Application events'),
      number('alerts', 'UInt64', 'Alerts'),
      number('process_events', 'UInt64', 'Process events'),
      number('problems', 'UInt64', 'Lines that were set aside'),
      number('first', `Nullable(${TIME})`, 'Time of its earliest record'),
      number('last', `Nullable(${TIME})`, 'Time of its latest record'),
    ],
    select:
      'SELECT f.file AS file, f.sensor AS sensor, f.format AS format, f.at AS read, f.bytes AS bytes, f.lines AS lines, f.flows AS flows, f.app_events AS app_events, f.ids_alerts AS alerts, f.process_events AS process_events, f.problems AS problems, f.first AS first, f.last AS last FROM telemetry_file AS f',
  },
];
