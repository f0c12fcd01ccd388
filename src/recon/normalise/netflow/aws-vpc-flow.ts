import { ACK, PSH, RST, SYN } from '../../../net/tcp-flags.ts';
import type { Instant } from '../../../time/instant.ts';
import { NO_PORT, TCP } from '../../model/ip-protocol.ts';
import type { LineReader, ReaderOptions, RecordSink } from '../../model/reader.ts';
import { AddressCache } from '../address-cache.ts';
import { parseCount, parsePort, parseSeconds, quoted } from '../field-values.ts';
import { firewallOutcome } from '../firewall/firewall-outcome.ts';
import { withoutCarriageReturn } from '../line-verdict.ts';
import { FlowStitcher, type OneWayFlow } from '../stitch.ts';

/** The default format, version 2 (AWS, "Flow log records"): files without a header have these fields. */
const DEFAULT_FIELDS =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
    ' ',
  );
const KNOWN_FIELD = /^(?:version|account-id|interface-id|srcaddr|dstaddr|start|pkt-srcaddr)$/;

/** A SYN and the resets that answer it are no longer than this, with IP and TCP headers and all options. */
const BARE_PACKET_BYTES = 80;

/**
 * Reads AWS VPC flow logs, default and custom formats. Records are of one direction over up to ten minutes; accepted
 * ones are joined, rejected ones were dropped by a security group or ACL and stand alone. `tcp-flags` is used where
 * the format has it; without, what came back is guessed from packets and bytes, and only where that is clear.
 */
export function awsVpcFlowReader(options: ReaderOptions): LineReader {
  const addresses = new AddressCache();
  const stitcher = new FlowStitcher();
  let columns: ReadonlyMap<string, number> = new Map(DEFAULT_FIELDS.map((name, index) => [name, index]));
  const header = (text: string): boolean => {
    const names = text.split(/\s+/);
    if (!KNOWN_FIELD.test(names[0] ?? '') || !names.includes('dstaddr')) return false;
    columns = new Map(names.map((name, index) => [name, index]));
    return true;
  };
  return {
    format: 'aws-vpc-flow',
    get heldFrom() {
      return stitcher.heldFrom;
    },
    prime: (text) => void header(withoutCarriageReturn(text).trim()),
    end: (sink) => stitcher.end(sink),
    read: (raw, line, sink) => {
      const text = withoutCarriageReturn(raw).trim();
      if (text === '') return sink.skip('empty line', line);
      if (header(text)) return sink.skip('header', line);
      const fields = text.split(/\s+/);
      const field = (name: string): string => fields[columns.get(name) ?? -1] ?? '';
      const status = field('log-status');
      if (status === 'NODATA' || status === 'SKIPDATA') return sink.skip(status, line);
      if (fields.length !== columns.size)
        return sink.problem(`${fields.length} fields, where the format has ${columns.size}`, line);
      const flow = flowOf(field, addresses, options.sampling);
      if (typeof flow === 'string') sink.problem(flow, line);
      else if (field('action') === 'REJECT') giveRejected(flow, line, sink);
      else stitcher.add(flow, line, sink);
    },
  };
}

function giveRejected(flow: OneWayFlow, line: number, sink: RecordSink): void {
  const { packets, bytes, flags, ...rest } = flow;
  const tcpFlags = flow.protocol === TCP ? flags : 0;
  sink.record(
    {
      kind: 'flow',
      ...rest,
      outcome: firewallOutcome('drop', flow.protocol, tcpFlags, flow.destinationPort),
      state: 'REJECT',
      history: '',
      sourcePackets: packets,
      destinationPackets: 0,
      sourceBytes: bytes,
      destinationBytes: 0,
      sourceFlags: tcpFlags,
    },
    line,
  );
}

function flowOf(
  field: (name: string) => string,
  addresses: AddressCache,
  sampling: number,
): OneWayFlow | string {
  const time = parseSeconds(field('start')) as Instant;
  if (Number.isNaN(time)) return `start: ${quoted(field('start'))} is no time`;
  const end = parseSeconds(field('end'));
  // Behind a NAT gateway or load balancer the packet's own addresses say more than the interface's.
  const from = known(field('pkt-srcaddr')) ?? field('srcaddr');
  const to = known(field('pkt-dstaddr')) ?? field('dstaddr');
  const source = addresses.parse(from);
  const destination = addresses.parse(to);
  if (source === undefined) return `srcaddr: ${quoted(from)} is no address`;
  if (destination === undefined) return `dstaddr: ${quoted(to)} is no address`;
  const protocol = parseCount(field('protocol'), 255);
  if (Number.isNaN(protocol)) return `protocol: ${quoted(field('protocol'))} is no protocol`;
  const sourcePort = parsePort(known(field('srcport')) ?? '0');
  const destinationPort = parsePort(known(field('dstport')) ?? '0');
  if (Number.isNaN(sourcePort)) return `srcport: ${quoted(field('srcport'))} is no port`;
  if (Number.isNaN(destinationPort)) return `dstport: ${quoted(field('dstport'))} is no port`;
  const packets = parseCount(field('packets')) || 0;
  const bytes = parseCount(field('bytes')) || 0;
  const said = parseCount(field('tcp-flags'), 255);
  const flags = Number.isNaN(said) ? likelyFlags(packets, bytes, sourcePort, destinationPort) : said;
  return {
    time,
    duration: end > time ? end - time : 0,
    source,
    destination,
    sourcePort: sourcePort === 0 ? NO_PORT : sourcePort,
    destinationPort,
    protocol,
    packets,
    bytes,
    flags: protocol === TCP ? flags : 0,
    sampling,
    service: '',
    uid: '',
  };
}

/** AWS writes `-` for what does not apply. */
function known(text: string): string | undefined {
  return text === '' || text === '-' ? undefined : text;
}

/**
 * Flags as they must have been, where the format has none: one small packet towards the lower port is a SYN, one small
 * packet away from it a reset (a SYN-ACK alone would be repeated), several larger ones a conversation. 0 otherwise.
 */
function likelyFlags(packets: number, bytes: number, sourcePort: number, destinationPort: number): number {
  const asks = sourcePort > destinationPort;
  if (packets > 0 && bytes / packets <= BARE_PACKET_BYTES && packets <= 2) return asks ? SYN : RST | ACK;
  return packets > 2 ? SYN | ACK | PSH : 0;
}
