import type { Instant } from '../../../time/instant.ts';
import { ICMP, ICMP6, NO_PORT } from '../../model/ip-protocol.ts';
import type { LineReader, ReaderOptions, RecordSink } from '../../model/reader.ts';
import { AddressCache } from '../address-cache.ts';
import { parseCount, parsePort, parseTime, quoted } from '../field-values.ts';
import { withoutCarriageReturn } from '../line-verdict.ts';
import { FlowStitcher, type OneWayFlow } from '../stitch.ts';
import { flagsOfLetters } from '../flag-letters.ts';
import { protocolNumber } from '../protocol-number.ts';

/** What each column is called: by nfdump up to 1.7.1, from 1.7.2 on, and in its `-o fmt` long names. */
const COLUMNS = {
  first: ['ts', 'firstSeen', 'first'],
  last: ['te', 'lastSeen', 'last'],
  duration: ['td', 'duration'],
  source: ['sa', 'srcAddr', 'srcaddr'],
  destination: ['da', 'dstAddr', 'dstaddr'],
  sourcePort: ['sp', 'srcPort', 'srcport'],
  destinationPort: ['dp', 'dstPort', 'dstport'],
  protocol: ['pr', 'proto', 'prot'],
  flags: ['flg', 'flags', 'tcpFlags'],
  packets: ['ipkt', 'packets', 'inPackets', 'pkt'],
  bytes: ['ibyt', 'bytes', 'inBytes', 'byt'],
  packetsBack: ['opkt', 'outPackets'],
  bytesBack: ['obyt', 'outBytes'],
} as const;
type Column = keyof typeof COLUMNS;
const REQUIRED: readonly Column[] = [
  'first',
  'source',
  'destination',
  'sourcePort',
  'destinationPort',
  'protocol',
];

/**
 * Reads `nfdump -o csv`: a header, one record a line, and a summary at the end that is skipped. Records are of one
 * direction and are joined to conversations; those that count both are taken apart first.
 */
export function nfdumpCsvReader(options: ReaderOptions): LineReader {
  return new NfdumpCsvReader(options);
}

class NfdumpCsvReader implements LineReader {
  readonly format = 'nfdump-csv';
  readonly #options: ReaderOptions;
  readonly #addresses = new AddressCache();
  readonly #stitcher = new FlowStitcher();
  #columns: ReadonlyMap<Column, number> | undefined;
  #summary = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  get heldFrom(): number | undefined {
    return this.#stitcher.heldFrom;
  }

  prime(text: string): void {
    this.#columns ??= columnsOf(withoutCarriageReturn(text));
  }

  read(raw: string, line: number, sink: RecordSink): void {
    const text = withoutCarriageReturn(raw);
    const header = columnsOf(text);
    if (header !== undefined) {
      this.#columns = header;
      this.#summary = false;
      const missing = REQUIRED.filter((column) => !header.has(column));
      if (missing.length === 0) sink.skip('header', line);
      else
        sink.problem(
          `the header has no column ${missing.map((column) => COLUMNS[column].join(' or ')).join(', ')}`,
          line,
        );
      return;
    }
    if (text === 'Summary') this.#summary = true;
    if (this.#summary) sink.skip('summary', line);
    else if (text.trim() === '' || text === 'No matched flows') sink.skip('empty line', line);
    else if (this.#columns === undefined)
      sink.problem('a flow before the header line that names the columns', line);
    else this.#flow(text.split(','), this.#columns, line, sink);
  }

  end(sink: RecordSink): void {
    this.#stitcher.end(sink);
  }

  #flow(
    fields: readonly string[],
    columns: ReadonlyMap<Column, number>,
    line: number,
    sink: RecordSink,
  ): void {
    const field = (column: Column): string => (fields[columns.get(column) ?? -1] ?? '').trim();
    const name = field('protocol');
    const protocol = protocolNumber(name);
    if (Number.isNaN(protocol)) return sink.skip(`protocol ${quoted(name)}`, line);
    const time = this.#time(field('first'));
    if (Number.isNaN(time)) return sink.problem(`first seen: ${quoted(field('first'))} is no time`, line);
    const source = this.#addresses.parse(field('source'));
    const destination = this.#addresses.parse(field('destination'));
    if (source === undefined)
      return sink.problem(`source address: ${quoted(field('source'))} is no address`, line);
    if (destination === undefined)
      return sink.problem(`destination address: ${quoted(field('destination'))} is no address`, line);
    const ports = portsOf(protocol, field('sourcePort'), field('destinationPort'));
    if (typeof ports === 'string') return sink.problem(ports, line);
    const last = this.#time(field('last'));
    const seconds = Number(field('duration'));
    const flow: OneWayFlow = {
      time,
      duration: last > time ? last - time : seconds > 0 ? Math.round(seconds * 1_000_000) : 0,
      source,
      destination,
      ...ports,
      protocol,
      packets: parseCount(field('packets')) || 0,
      bytes: parseCount(field('bytes')) || 0,
      flags: flagsOfLetters(field('flags')),
      sampling: this.#options.sampling,
      service: '',
      uid: '',
    };
    this.#stitcher.add(flow, line, sink);
    const packetsBack = parseCount(field('packetsBack')) || 0;
    if (packetsBack > 0)
      this.#stitcher.add(answerTo(flow, packetsBack, Number(field('bytesBack'))), line, sink);
  }

  #time(text: string): Instant {
    return parseTime(text, this.#options.utcOffsetMinutes);
  }
}

/** The other direction of a record that counts both: its flags are or-ed with the first's, so they say the same. */
function answerTo(flow: OneWayFlow, packets: number, bytes: number): OneWayFlow {
  return {
    ...flow,
    // A moment later: who asked is the side that is written first.
    time: (flow.time + 1) as OneWayFlow['time'],
    source: flow.destination,
    sourcePort: flow.destinationPort,
    destination: flow.source,
    destinationPort: flow.sourcePort,
    packets,
    bytes: bytes > 0 ? bytes : 0,
  };
}

function columnsOf(text: string): ReadonlyMap<Column, number> | undefined {
  if (!/^(?:ts|firstSeen|first),/.test(text)) return undefined;
  const names = text.split(',').map((name) => name.trim());
  const columns = new Map<Column, number>();
  for (const [column, known] of Object.entries(COLUMNS) as [Column, readonly string[]][]) {
    const index = names.findIndex((name) => known.includes(name));
    if (index !== -1) columns.set(column, index);
  }
  return columns;
}

/** Ports of a record; ICMP has type and code in the destination port, as `8.0` or as `type * 256 + code`. */
function portsOf(
  protocol: number,
  sport: string,
  dport: string,
): { readonly sourcePort: number; readonly destinationPort: number } | string {
  if (protocol === ICMP || protocol === ICMP6) {
    const dotted = /^(\d{1,3})\.(\d{1,3})$/.exec(dport);
    const value = dotted === null ? parsePort(dport) : (Number(dotted[1]) << 8) | Number(dotted[2]);
    if (Number.isNaN(value) || value > 65_535)
      return `destination port: ${quoted(dport)} is no ICMP type and code`;
    return { sourcePort: NO_PORT, destinationPort: value };
  }
  const sourcePort = parsePort(sport);
  const destinationPort = parsePort(dport);
  if (Number.isNaN(sourcePort)) return `source port: ${quoted(sport)} is no port`;
  if (Number.isNaN(destinationPort)) return `destination port: ${quoted(dport)} is no port`;
  return { sourcePort, destinationPort };
}
