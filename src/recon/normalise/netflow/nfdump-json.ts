import { ICMP, ICMP6, NO_PORT } from '../../model/ip-protocol.ts';
import type { LineReader, ReaderOptions, RecordSink } from '../../model/reader.ts';
import { AddressCache } from '../address-cache.ts';
import { parseCount, parseIsoTime, parsePort, quoted } from '../field-values.ts';
import { parseObject, textOf, type JsonObject } from '../json-object.ts';
import { withoutCarriageReturn } from '../line-verdict.ts';
import { FlowStitcher, type OneWayFlow } from '../stitch.ts';
import { flagsOfLetters } from '../flag-letters.ts';

/** Lines of one printed record: nfdump 1.7 prints about thirty. */
const LINES = 500;

/** Reads `nfdump -o json` (an array, a record over many lines) and `-o ndjson` or `json-log` (a record a line). */
export function nfdumpJsonReader(options: ReaderOptions): LineReader {
  return new NfdumpJsonReader(options);
}

class NfdumpJsonReader implements LineReader {
  readonly format = 'nfdump-json';
  readonly #options: ReaderOptions;
  readonly #addresses = new AddressCache();
  readonly #stitcher = new FlowStitcher();
  #open: { readonly line: number; readonly parts: string[] } | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  get heldFrom(): number | undefined {
    const waiting = this.#stitcher.heldFrom;
    const open = this.#open?.line;
    return waiting === undefined ? open : open === undefined ? waiting : Math.min(waiting, open);
  }

  prime(): void {
    // There is no header.
  }

  read(raw: string, line: number, sink: RecordSink): void {
    const text = withoutCarriageReturn(raw).trim();
    if (this.#open !== undefined) {
      this.#open.parts.push(text);
      if (!/^\}[,\]]*$/.test(text)) {
        sink.skip('inner line of a record', line);
        if (this.#open.parts.length > LINES) this.#give(sink);
        return;
      }
      sink.skip('inner line of a record', line);
      this.#give(sink);
    } else if (text === '{') this.#open = { line, parts: [text] };
    else if (text.startsWith('{')) this.#object(text.replace(/,$/, ''), line, sink);
    else if (text === '' || text === '[' || text === ']') sink.skip('bracket', line);
    else sink.problem('no JSON object', line);
  }

  end(sink: RecordSink): void {
    if (this.#open !== undefined) this.#give(sink);
    this.#stitcher.end(sink);
  }

  #give(sink: RecordSink): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) this.#object(open.parts.join('\n').replace(/[,\]]+$/, ''), open.line, sink);
  }

  #object(text: string, line: number, sink: RecordSink): void {
    const object = parseObject(text);
    if (object === undefined) sink.problem('no JSON object', line);
    else {
      const flow = this.#flow(object);
      if (typeof flow === 'string') sink.problem(flow, line);
      else this.#stitcher.add(flow, line, sink);
    }
  }

  #flow(object: JsonObject): OneWayFlow | string {
    const { utcOffsetMinutes, sampling } = this.#options;
    const first = textOf(object['first'], object['t_first']);
    const time = parseIsoTime(first, utcOffsetMinutes);
    if (Number.isNaN(time)) return `first: ${quoted(first)} is no time`;
    const last = parseIsoTime(textOf(object['last'], object['t_last']), utcOffsetMinutes);
    const from = textOf(object['src4_addr'], object['src6_addr']);
    const to = textOf(object['dst4_addr'], object['dst6_addr']);
    const source = this.#addresses.parse(from);
    const destination = this.#addresses.parse(to);
    if (source === undefined) return `src4_addr: ${quoted(from)} is no address`;
    if (destination === undefined) return `dst4_addr: ${quoted(to)} is no address`;
    const protocol = parseCount(textOf(object['proto']), 255);
    if (Number.isNaN(protocol)) return `proto: ${quoted(object['proto'])} is no protocol`;
    let sourcePort = NO_PORT;
    let destinationPort = NO_PORT;
    if (protocol === ICMP || protocol === ICMP6) {
      const type = parseCount(textOf(object['icmp_type']), 255);
      const code = parseCount(textOf(object['icmp_code']), 255);
      const packed = parsePort(textOf(object['dst_port']));
      if (!Number.isNaN(type)) destinationPort = (type << 8) | (code || 0);
      else if (!Number.isNaN(packed)) destinationPort = packed;
      else return `icmp_type: ${quoted(object['icmp_type'])} is no ICMP type`;
    } else if (Object.hasOwn(object, 'dst_port') || Object.hasOwn(object, 'src_port')) {
      sourcePort = parsePort(textOf(object['src_port']));
      destinationPort = parsePort(textOf(object['dst_port']));
      if (Number.isNaN(sourcePort)) return `src_port: ${quoted(object['src_port'])} is no port`;
      if (Number.isNaN(destinationPort)) return `dst_port: ${quoted(object['dst_port'])} is no port`;
    }
    return {
      time,
      duration: last > time ? last - time : 0,
      source,
      destination,
      sourcePort,
      destinationPort,
      protocol,
      packets: parseCount(textOf(object['in_packets'])) || 0,
      bytes: parseCount(textOf(object['in_bytes'])) || 0,
      flags: flagsOfLetters(textOf(object['tcp_flags'])),
      sampling,
      service: '',
      uid: '',
    };
  }
}
