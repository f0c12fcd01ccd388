import { parseIpAddress } from '../../../net/ip-address.ts';
import { NO_PORT, TCP, UDP } from '../../model/ip-protocol.ts';
import type { LineReader, ReaderOptions } from '../../model/reader.ts';
import { AddressCache } from '../address-cache.ts';
import { parseCount, parseIsoTime, parsePort, quoted } from '../field-values.ts';
import { asObject, at, parseObject, textOf, type JsonObject } from '../json-object.ts';
import { lineByLine, type LineVerdict } from '../line-verdict.ts';

/** Where a process event has no address. */
const UNSPECIFIED = parseIpAddress('::')!;

/** Sysmon's events that concern us: process creation and network connection (Sysmon 15, event IDs). */
const PROCESS_CREATE = 1;
const NETWORK_CONNECT = 3;

/**
 * Reads Sysmon events 1 and 3 as JSON lines: the event as it is (`EventID`, `Image`, …, flat or under
 * `Event.EventData`), as Winlogbeat ships it (`winlog.event_data`; `event_data` before version 7), or in ECS field
 * names (`process.executable`, `source.ip`, …).
 */
export function sysmonJsonReader(_options: ReaderOptions): LineReader {
  const addresses = new AddressCache();
  return lineByLine('sysmon-json', (text): LineVerdict => {
    const event = parseObject(text);
    if (event === undefined) return { problem: 'no JSON object' };
    const id = parseCount(eventId(event), 65_535);
    if (Number.isNaN(id)) return { problem: 'no event ID (EventID, winlog.event_id, event.code)' };
    if (id !== PROCESS_CREATE && id !== NETWORK_CONNECT) return { skip: `Sysmon event ${id}` };
    const data = eventData(event);
    const stamp = textOf(
      data['UtcTime'],
      at(event, '@timestamp'),
      at(event, 'Event', 'System', 'TimeCreated', '#attributes', 'SystemTime'),
      event['TimeCreated'],
    );
    const time = parseIsoTime(stamp, 0);
    if (Number.isNaN(time)) return { problem: `UtcTime: ${quoted(stamp)} is no time` };
    const process = {
      kind: 'process' as const,
      time,
      host: textOf(
        at(event, 'host', 'name'),
        at(event, 'winlog', 'computer_name'),
        event['computer_name'],
        event['Computer'],
        event['Hostname'],
        at(event, 'Event', 'System', 'Computer'),
        at(event, 'agent', 'hostname'),
      ),
      executable: textOf(data['Image'], at(event, 'process', 'executable'), at(event, 'process', 'name')),
      commandLine: textOf(data['CommandLine'], at(event, 'process', 'command_line')),
      pid: parseCount(textOf(data['ProcessId'], at(event, 'process', 'pid')), 2 ** 32) || 0,
      user: userOf(event, data),
      parent: textOf(data['ParentImage'], at(event, 'process', 'parent', 'executable')),
    };
    if (id === PROCESS_CREATE)
      return {
        records: [
          {
            ...process,
            action: 'start',
            source: UNSPECIFIED,
            sourcePort: NO_PORT,
            destination: UNSPECIFIED,
            destinationPort: NO_PORT,
            protocol: 0,
          },
        ],
      };
    const from = textOf(data['SourceIp'], at(event, 'source', 'ip'));
    const to = textOf(data['DestinationIp'], at(event, 'destination', 'ip'));
    const source = addresses.parse(from);
    const destination = addresses.parse(to);
    if (source === undefined) return { problem: `SourceIp: ${quoted(from)} is no address` };
    if (destination === undefined) return { problem: `DestinationIp: ${quoted(to)} is no address` };
    const sport = textOf(data['SourcePort'], at(event, 'source', 'port'));
    const dport = textOf(data['DestinationPort'], at(event, 'destination', 'port'));
    const sourcePort = parsePort(sport === '' ? '0' : sport);
    const destinationPort = parsePort(dport);
    if (Number.isNaN(sourcePort)) return { problem: `SourcePort: ${quoted(sport)} is no port` };
    if (Number.isNaN(destinationPort)) return { problem: `DestinationPort: ${quoted(dport)} is no port` };
    const transport = textOf(data['Protocol'], at(event, 'network', 'transport')).toLowerCase();
    if (transport !== 'tcp' && transport !== 'udp') return { skip: `protocol ${quoted(transport)}` };
    // A connection that came in is the peer's doing; the process here only accepted it.
    if (textOf(data['Initiated']).toLowerCase() === 'false' || data['Initiated'] === false)
      return { skip: 'incoming connection' };
    return {
      records: [
        {
          ...process,
          action: 'connect',
          source,
          sourcePort,
          destination,
          destinationPort,
          protocol: transport === 'tcp' ? TCP : UDP,
        },
      ],
    };
  });
}

function eventId(event: JsonObject): string {
  const system = at(event, 'Event', 'System', 'EventID');
  return textOf(
    event['EventID'],
    event['EventId'],
    at(event, 'winlog', 'event_id'),
    event['event_id'],
    system,
    at(asObject(system), '#text'),
    at(event, 'event', 'code'),
  );
}

function eventData(event: JsonObject): JsonObject {
  return (
    asObject(at(event, 'winlog', 'event_data')) ??
    asObject(event['event_data']) ??
    asObject(at(event, 'Event', 'EventData')) ??
    asObject(event['EventData']) ??
    event
  );
}

function userOf(event: JsonObject, data: JsonObject): string {
  const name = textOf(at(event, 'user', 'name'));
  if (name === '') return textOf(data['User']);
  const domain = textOf(at(event, 'user', 'domain'));
  return domain === '' ? name : `${domain}\\${name}`;
}
