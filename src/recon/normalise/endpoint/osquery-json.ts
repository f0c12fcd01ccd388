import { parseIpAddress } from '../../../net/ip-address.ts';
import type { Instant } from '../../../time/instant.ts';
import { NO_PORT, TCP, UDP } from '../../model/ip-protocol.ts';
import type { LineReader, ReaderOptions } from '../../model/reader.ts';
import type { ProcessEvent } from '../../model/telemetry-record.ts';
import { AddressCache } from '../address-cache.ts';
import { parseCount, parsePort, parseSeconds, quoted } from '../field-values.ts';
import { asObject, at, parseObject, textOf, type JsonObject } from '../json-object.ts';
import { lineByLine, type LineVerdict } from '../line-verdict.ts';

const UNSPECIFIED = parseIpAddress('::')!;

/**
 * Reads osquery's result log (event, batch and snapshot formats): rows of `socket_events`, `process_open_sockets`
 * and `process_events`, known by their columns because the name of the query is the operator's.
 */
export function osqueryJsonReader(_options: ReaderOptions): LineReader {
  const addresses = new AddressCache();
  return lineByLine('osquery-json', (text): LineVerdict => {
    const result = parseObject(text);
    if (result === undefined) return { problem: 'no JSON object' };
    if (result['action'] === 'removed') return { skip: 'row that went away' };
    const rows = rowsOf(result);
    if (rows.length === 0) return { skip: `query ${quoted(result['name'])}` };
    const host = textOf(result['hostIdentifier'], at(result, 'decorations', 'hostname'));
    const written = parseSeconds(textOf(result['unixTime']));
    const records: ProcessEvent[] = [];
    for (const row of rows) {
      const record = recordOf(row, host, written, addresses);
      if (typeof record === 'string') return { problem: record };
      if (record !== undefined) records.push(record);
    }
    return records.length > 0 ? { records } : { skip: `query ${quoted(result['name'])}` };
  });
}

function rowsOf(result: JsonObject): readonly JsonObject[] {
  const columns = asObject(result['columns']);
  if (columns !== undefined) return [columns];
  const many = result['snapshot'] ?? at(result, 'diffResults', 'added');
  return Array.isArray(many)
    ? many.flatMap((row: unknown): readonly JsonObject[] => {
        const object = asObject(row);
        return object === undefined ? [] : [object];
      })
    : [];
}

/** A record, undefined for a row of another table, or what is wrong. */
function recordOf(
  row: JsonObject,
  host: string,
  written: number,
  addresses: AddressCache,
): ProcessEvent | string | undefined {
  const connects = Object.hasOwn(row, 'remote_address');
  const starts = Object.hasOwn(row, 'cmdline') && Object.hasOwn(row, 'path');
  if (!connects && !starts) return undefined;
  const stamp = textOf(row['time']);
  const own = parseSeconds(stamp);
  const time = (Number.isNaN(own) ? written : own) as Instant;
  if (Number.isNaN(time)) return `time: ${quoted(row['time'])} is no time, and unixTime is none`;
  const process = {
    kind: 'process' as const,
    time,
    host,
    executable: textOf(row['path'], row['name']),
    commandLine: textOf(row['cmdline']),
    pid: parseCount(textOf(row['pid']), 2 ** 32) || 0,
    user: textOf(row['username'], row['uid']),
    parent: textOf(row['parent_path']),
  };
  if (!connects)
    return {
      ...process,
      action: 'start',
      source: UNSPECIFIED,
      sourcePort: NO_PORT,
      destination: UNSPECIFIED,
      destinationPort: NO_PORT,
      protocol: 0,
    };
  // Listening sockets and those to nowhere have no peer.
  const to = textOf(row['remote_address']);
  if (to === '' || to === '0.0.0.0' || to === '::' || textOf(row['remote_port']) === '0') return undefined;
  // socket_events has bind and accept too; the process behind an accept did not look for anybody.
  const action = textOf(row['action']);
  if (action !== '' && action !== 'connect') return undefined;
  const destination = addresses.parse(to);
  if (destination === undefined) return `remote_address: ${quoted(to)} is no address`;
  const destinationPort = parsePort(textOf(row['remote_port']));
  if (Number.isNaN(destinationPort)) return `remote_port: ${quoted(row['remote_port'])} is no port`;
  const number = parseCount(textOf(row['protocol']), 255);
  const protocol = Number.isNaN(number) ? TCP : number;
  if (protocol !== TCP && protocol !== UDP) return undefined;
  return {
    ...process,
    action: 'connect',
    source: addresses.parse(textOf(row['local_address'])) ?? UNSPECIFIED,
    sourcePort: parsePort(textOf(row['local_port'])) || NO_PORT,
    destination,
    destinationPort,
    protocol,
  };
}
