import type { Host } from '../../src/exposure/model/host.ts';
import type { ScanEvent } from '../../src/exposure/model/scan-event.ts';
import { parseIpAddress } from '../../src/net/ip-address.ts';
import { OUTCOMES } from '../../src/recon/model/outcome.ts';
import type { TelemetryRecord } from '../../src/recon/model/telemetry-record.ts';
import { comparePorts, TRANSPORT_PROTOCOLS } from '../../src/net/port-key.ts';

/** What is wrong with a host that a reader emitted, or undefined. */
function hostFault(host: Host): string | undefined {
  if (parseIpAddress(host.address) !== host.address) return `address ${host.address} is not canonical`;
  for (const [index, port] of host.ports.entries()) {
    if (!Number.isInteger(port.portid) || port.portid < 0 || port.portid > 65_535)
      return `portid ${port.portid}`;
    if (!TRANSPORT_PROTOCOLS.includes(port.protocol)) return `protocol ${port.protocol}`;
    if (index > 0 && comparePorts(host.ports[index - 1]!, port) >= 0) return 'ports out of order or twice';
  }
  for (const instant of [host.start, host.end]) {
    if (instant !== undefined && !Number.isSafeInteger(instant)) return `instant ${instant}`;
  }
  return undefined;
}

/**
 * The promise of a ScanReader, checked on what it emitted: hosts only between `run` and `end`, every run
 * ended, hosts as the model describes them, problems with a place. Returns what is broken, or undefined.
 */
export function brokenPromise(events: readonly ScanEvent[]): string | undefined {
  let open = false;
  let stray = false;
  for (const event of events) {
    switch (event.kind) {
      case 'run':
        if (stray) return 'a problem before its run';
        if (open) return 'a run begins inside a run';
        open = true;
        break;
      case 'host': {
        if (!open) return 'a host outside a run';
        const fault = hostFault(event.host);
        if (fault !== undefined) return fault;
        break;
      }
      case 'end':
        if (!open) return 'an end without a run';
        open = false;
        break;
      case 'problem':
        stray ||= !open;
        if (event.problem.where.offset === undefined)
          return `a problem without a place: ${event.problem.code}`;
        break;
      default:
        event satisfies never;
    }
  }
  return open ? 'a run without an end' : undefined;
}

/** What is wrong with a record of telemetry, or undefined: the model's promises on addresses, ports, counts and times. */
export function brokenRecord(record: TelemetryRecord): string | undefined {
  for (const address of [record.source, record.destination])
    if (parseIpAddress(address) !== address) return `address ${address} is not canonical`;
  for (const port of [record.sourcePort, record.destinationPort])
    if (!Number.isInteger(port) || port < 0 || port > 65_535) return `port ${port}`;
  if (!Number.isSafeInteger(record.time) || record.time < 0) return `time ${record.time}`;
  if (record.kind !== 'flow') return undefined;
  if (!OUTCOMES.includes(record.outcome)) return `outcome ${record.outcome}`;
  const { duration, sourcePackets, destinationPackets, sourceBytes, destinationBytes } = record;
  for (const count of [duration, sourcePackets, destinationPackets, sourceBytes, destinationBytes])
    if (!Number.isFinite(count) || count < 0) return `count ${count}`;
  return undefined;
}
