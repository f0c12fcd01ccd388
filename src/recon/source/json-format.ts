import type { TelemetryFormat } from '../model/reader.ts';

/** Deepest envelope that is opened: a shipper's object, in it a text, in it an object. */
const MAX_DEPTH = 4;

/** Where shippers put the line that they carry: Filebeat and Logstash, Docker, journald, Splunk, CloudWatch, Vector. */
const TEXT_ENVELOPES = ['message', 'original', 'log', 'MESSAGE', '_raw', 'raw', '@message', 'line'] as const;

/** Where shippers put the object that they carry: Elasticsearch, Splunk, Logstash, Vector, ECS. */
const OBJECT_ENVELOPES = ['_source', 'result', 'json', 'event', 'data', 'fields', 'record'] as const;

type Json = Readonly<Record<string, unknown>>;

/**
 * The format of a JSON object by its keys, or of what an envelope holds; undefined when no known sensor writes such keys.
 * `ofText` judges a line of text inside an envelope.
 */
export function formatOfObject(
  value: unknown,
  ofText: (text: string, depth: number) => TelemetryFormat | undefined,
  depth = 0,
): TelemetryFormat | undefined {
  const object = asObject(value);
  if (object === undefined || depth > MAX_DEPTH) return undefined;
  return formatOfKeys(object) ?? formatInEnvelope(object, ofText, depth);
}

function formatOfKeys(object: Json): TelemetryFormat | undefined {
  if (isSuricata(object)) return 'suricata-eve';
  if (isZeek(object)) return 'zeek-json';
  if (isWindowsEvent(object)) return 'sysmon-json';
  if (isOsquery(object)) return 'osquery-json';
  return isNfdump(object) ? 'nfdump-json' : undefined;
}

/** `event_type` is in every EVE record (Suricata, output-json.c); Filebeat's module moves the record to `suricata.eve`. */
function isSuricata(object: Json): boolean {
  if (typeof object['event_type'] === 'string' && object['timestamp'] !== undefined) return true;
  return asObject(asObject(object['suricata'])?.['eve']) !== undefined;
}

/** `id.orig_h` as Zeek writes it, `id_orig_h` as stores that allow no dots do; logs without a connection carry `_path`, or `uid`. */
function isZeek(object: Json): boolean {
  if ('id.orig_h' in object || 'id_orig_h' in object) return true;
  if (asObject(object['id'])?.['orig_h'] !== undefined) return true;
  if (asObject(object['zeek']) !== undefined) return true;
  if (object['ts'] === undefined) return false;
  return typeof object['_path'] === 'string' || typeof object['uid'] === 'string' || 'note' in object;
}

/** Winlogbeat (`winlog`), ECS (`event.provider`), the event itself (`Event.System`), or flattened (`EventID`, `SourceName`). */
function isWindowsEvent(object: Json): boolean {
  if (asObject(object['winlog']) !== undefined) return true;
  if (namesSysmon(asObject(object['event'])?.['provider'])) return true;
  if (asObject(asObject(object['Event'])?.['System']) !== undefined) return true;
  if (!('EventID' in object || 'event_id' in object || 'EventId' in object || 'Id' in object)) return false;
  const naming = ['Channel', 'SourceName', 'ProviderName', 'Provider', 'LogName', 'log_name', 'source_name'];
  if (naming.some((key) => namesSysmon(object[key]))) return true;
  const data = asObject(object['EventData']) ?? asObject(object['event_data']) ?? object;
  return (
    'ProcessGuid' in data || 'SourceProcessGUID' in data || ('SourceIp' in data && 'DestinationIp' in data)
  );
}

function namesSysmon(value: unknown): boolean {
  return typeof value === 'string' && value.includes('Sysmon');
}

/** The daemon's results (`name` with `columns`, `snapshot` or `diffResults`), or rows of osqueryi from a table with sockets or processes. */
function isOsquery(object: Json): boolean {
  if (
    typeof object['name'] === 'string' &&
    ['columns', 'snapshot', 'diffResults'].some((key) => key in object)
  )
    return true;
  if ('socket_events' in object || 'process_open_sockets' in object) return true;
  return 'pid' in object && 'remote_address' in object && 'remote_port' in object;
}

function isNfdump(object: Json): boolean {
  return 'src4_addr' in object || 'src6_addr' in object;
}

function formatInEnvelope(
  object: Json,
  ofText: (text: string, depth: number) => TelemetryFormat | undefined,
  depth: number,
): TelemetryFormat | undefined {
  for (const key of TEXT_ENVELOPES) {
    const text = object[key];
    const format = typeof text === 'string' ? ofText(text, depth + 1) : undefined;
    if (format !== undefined) return format;
  }
  for (const key of OBJECT_ENVELOPES) {
    const format = formatOfObject(object[key], ofText, depth + 1);
    if (format !== undefined) return format;
  }
  // `{"conn":{…}}`: one key that names the log.
  const values = Object.values(object);
  return values.length === 1 ? formatOfObject(values[0], ofText, depth + 1) : undefined;
}

function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
