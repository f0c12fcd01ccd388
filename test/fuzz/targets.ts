import { fromSeconds } from '../../src/time/instant.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { ScanEvent, ScanReader } from '../../src/exposure/model/scan-event.ts';
import { createReader, DetectingReader } from '../../src/exposure/parse/read-scan.ts';
import { ZstdError, ZstdFrames } from '../../src/files/zstd-frames.ts';
import { Fault } from '../../src/fault/fault.ts';
import type { TelemetryFormat } from '../../src/recon/model/reader.ts';
import { readerOf } from '../../src/recon/normalise/readers.ts';
import { readCapture } from '../packets/read-capture.ts';
import { linesOf, readAll } from '../recording-sink.ts';
import { inTunnels, overLinks } from '../written/carriers.ts';
import {
  icmp,
  interfaceBlock,
  ipv4,
  ipv6,
  packetBlock,
  pcap,
  pcapngBlock,
  section,
  tcp,
  udp,
} from '../written/packets.ts';
import { clientInitial, cryptoFrame, RFC_9001_HELLO } from '../written/quic.ts';
import { brokenPromise, brokenRecord } from './invariants.ts';
import type { Material } from './mutate.ts';

const FIXTURES = new URL('../fixtures/scan-output/', import.meta.url);

/** What came of one input. */
export interface Outcome {
  /** Everything observable, as text: the same for every way of cutting the input into chunks. */
  readonly observed: string;
  readonly problems: number;
  /** The code of the Fault that refused the input. */
  readonly fault: string | undefined;
}

/** Something to throw mutated inputs at. `run` throws on a broken promise. */
export interface Target {
  readonly material: Material;
  run(chunks: readonly Buffer[]): Outcome;
}

function fixtures(pattern: RegExp): Buffer[] {
  return readdirSync(FIXTURES)
    .filter((name) => pattern.test(name))
    .toSorted()
    .map((name) => readFileSync(new URL(name, FIXTURES)));
}

function runReader(reader: ScanReader, chunks: readonly Buffer[]): Outcome {
  const events: ScanEvent[] = [];
  try {
    for (const chunk of chunks) events.push(...reader.push(chunk));
    events.push(...reader.end());
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return {
      observed: `${error.code} ${error.message} ${JSON.stringify(error.where)}`,
      problems: 0,
      fault: error.code,
    };
  }
  const broken = brokenPromise(events);
  if (broken !== undefined) throw new Error(`broken promise: ${broken}`);
  const problems = events.filter((event) => event.kind === 'problem').length;
  return { observed: JSON.stringify(events), problems, fault: undefined };
}

const TELEMETRY = new URL('../fixtures/telemetry/', import.meta.url);

/** Fixtures of one folder of telemetry, each a seed. */
function telemetry(folder: string): Buffer[] {
  const url = new URL(`${folder}/`, TELEMETRY);
  return readdirSync(url)
    .toSorted()
    .map((name) => readFileSync(new URL(name, url)));
}

/** The promise of a LineReader: it never throws, every line ends somewhere, and records are as the model describes them. */
function runLineReader(format: TelemetryFormat, chunks: readonly Buffer[]): Outcome {
  const text = Buffer.concat(chunks).toString('utf8');
  const sink = readAll(
    readerOf(format, { sampling: 1, utcOffsetMinutes: 0, notAfter: fromSeconds(1_795_392_000) }),
    text,
  );
  const broken = sink.records.map(brokenRecord).find((fault) => fault !== undefined);
  if (broken !== undefined) throw new Error(`broken promise: ${broken}`);
  const ended = new Set(sink.lines).size + sink.skipped + sink.problems.length;
  const lines = linesOf(text).length;
  // One-way records are joined two by two, so that a line may end in the record of another.
  if (ended > lines || (ended < lines && !text.includes('netflow')))
    throw new Error(`broken promise: ${lines} lines, ${ended} of them ended`);
  return {
    observed: JSON.stringify([sink.records, sink.skips, sink.problems]),
    problems: sink.problems.length,
    fault: undefined,
  };
}

const CAPTURES = new URL('../fixtures/packets/', import.meta.url);

/** Captures of few packets, so that a mutation is likely to meet what is looked at. */
function captures(): Buffer[] {
  return readdirSync(CAPTURES)
    .filter((name) => name.endsWith('.pcap'))
    .toSorted()
    .map((name) => readFileSync(new URL(name, CAPTURES)).subarray(0, 12_000));
}

/** Some packets as pcapng, with interfaces of several links and clocks, and every block that is read. */
function pcapngOfEveryLink(): Buffer {
  const links = overLinks(ipv4(6, tcp()), ipv6(6, tcp()));
  const parts = links.map(([, linkType], index) =>
    interfaceBlock(linkType, { resolution: [6, 9, 3, 0x8a][index % 4] ?? 6, offset: index % 2 }),
  );
  const packets = links.map(([, , frame], index) => packetBlock(index, 1_795_290_136_266_907_123n, frame));
  return Buffer.concat([
    section(),
    ...parts,
    ...packets,
    pcapngBlock(0x0bad, Buffer.alloc(40)),
    section(false),
    interfaceBlock(1, { little: false }),
    pcapngBlock(2, Buffer.concat([Buffer.alloc(20), links[0]![2]]), false),
    pcapngBlock(3, links[0]![2], false),
  ]);
}

/** What may be inside of any link or tunnel: of each protocol that is read something. */
function contents(): readonly (readonly [packet: Buffer, packet6: Buffer])[] {
  const options = Buffer.from('020405b40402080a00000001000000000103030a', 'hex');
  const syn = tcp({ options });
  const hello = readFileSync(new URL('tls-client-curl-7.88-openssl3.0.pcap', CAPTURES));
  const tls = tcp({
    flags: 'PA',
    payload: hello.subarray(hello.indexOf(Buffer.from('160301', 'hex'))).subarray(0, 517),
  });
  const question = udp(
    5_000,
    53,
    Buffer.from('000101000001000000000000076578616d706c65036f72670000010001', 'hex'),
  );
  const quoted = icmp(3, 3, Buffer.concat([Buffer.alloc(4), ipv4(17, question)]));
  const quoted6 = icmp(1, 4, Buffer.concat([Buffer.alloc(4), ipv6(17, question)]));
  const sctp = Buffer.concat([Buffer.from('0b590035', 'hex'), Buffer.alloc(8), Buffer.from([1, 0, 0, 4])]);
  const extensions = Buffer.from('3c000000000000001100000000000000', 'hex');
  const quic = udp(5_000, 443, clientInitial(cryptoFrame(0, RFC_9001_HELLO)));
  const piece = (offset: number, more: number): Buffer =>
    ipv4(6, syn.subarray(offset, offset + 24), { fragment: (more << 13) | (offset >> 3) });
  const piece6 = (offset: number, more: number): Buffer => {
    const header = Buffer.from([6, 0, 0, offset | more, 0, 0, 0, 1]);
    return ipv6(255, syn.subarray(offset, offset + 24), { next: 44, extensions: header });
  };
  return [
    [ipv4(6, syn), ipv6(6, syn)],
    [ipv4(6, tls), ipv6(6, tls)],
    [ipv4(17, question), ipv6(17, question, { next: 0, extensions })],
    [ipv4(1, quoted), ipv6(58, quoted6)],
    [ipv4(132, sctp), ipv6(132, sctp)],
    [piece(0, 1), piece6(0, 1)],
    [piece(24, 0), piece6(24, 0)],
    [ipv4(17, quic), ipv6(17, quic)],
  ]; // prettier-ignore
}

/** Short captures, one of each link and of each tunnel, so that nearly every mutation meets a header. */
function captureOfEachCarrier(): Buffer[] {
  const all = contents();
  const capture = (linkType: number, packets: readonly Buffer[]): Buffer =>
    pcap(packets.map((frame, index) => ({ time: 1_795_290_000e6 + index, frame })), { linkType });
  const links = overLinks(Buffer.alloc(1), Buffer.alloc(1)).map(([, linkType], carrier) =>
    capture(linkType, all.map(([packet, packet6]) => overLinks(packet, packet6)[carrier]![2])),
  );
  const tunnels = inTunnels(Buffer.alloc(1), Buffer.alloc(1)).map((_, carrier) =>
    capture(101, all.map(([packet, packet6]) => inTunnels(packet, packet6)[carrier]![1])),
  );
  return [...links, ...tunnels, pcapngOfEveryLink()];
} // prettier-ignore

/**
 * The input is the frames of Initial packets, which are sealed here: mutations of sealed packets meet the seal and nothing
 * behind it.
 */
function runQuic(chunks: readonly Buffer[]): Outcome {
  const frames = Buffer.concat(chunks);
  const packets: Buffer[] = [];
  for (let at = 0; at < frames.length && packets.length < 4; at += 1_150)
    packets.push(clientInitial(frames.subarray(at, at + 1_150), { packetNumber: packets.length }));
  const timed = packets.map((packet, index) => ({
    time: 1_795_290_000e6 + index,
    frame: ipv4(17, udp(5_000, 443, packet)),
  }));
  const outcome = runCapture([pcap(timed, { linkType: 101 })]);
  // What is inside of a packet is no fault of the file: an input whose hello is not read is told as one.
  return { ...outcome, problems: outcome.observed.includes('"service":"quic"') ? 0 : 1 };
}

/** The promise of a BytesReader: it never throws, and records are as the model describes them. */
function runCapture(chunks: readonly Buffer[]): Outcome {
  const { sink, reader } = readCapture(...chunks);
  const broken = sink.records.map(brokenRecord).find((fault) => fault !== undefined);
  if (broken !== undefined) throw new Error(`broken promise: ${broken}`);
  return {
    observed: JSON.stringify([
      sink.records,
      sink.lines,
      sink.skips,
      sink.problems,
      reader.tally,
      reader.packets,
    ]),
    problems: sink.problems.length,
    fault: undefined,
  };
}

/** Numbers and beginnings that headers have. */
const PACKET_WORDS = [
  '\0\0\0\0', '\u007f\u007f', '\0\u0001', 'E\0\0\u0014', 'F\0\0\u0018', '`\0\0\0', '\u0008\0', '\u0008\u0006', '\u0011', '\u0006', '\u002f', '\u0004',
  '\u0029', ',\0', '<\0', '\u0020\0', '\0\u0000\u0000\u0010', 'GET / HTTP/1.1\r\n', 'SSH-2.0-x\r\n', '\u0016\u0003\u0001\u0002\0\u0001', '\n\r\r\n',
]; // prettier-ignore

const XML_WORDS = [
  '<host>', '</host>', '<host/>', '<port protocol="tcp" portid="1">', '</port>', '<script id="x" output="y">', '</script>',
  '<table key="k">', '</table>', '<elem>', '</elem>', '<!--', '-->', '<![CDATA[', ']]>', '<?xml version="1.0"?>', '<?', '?>',
  '<!DOCTYPE nmaprun>', '<!DOCTYPE x [<!ENTITY a "b">]>', '&amp;', '&#0;', '&#xD800;', '&#x10FFFF;', '&nope;', '&', '\0', '\u0007',
  '\uFFFE', '\r\n', 'encoding="ISO-8859-1"', '<nmaprun scanner="nmap">', '</nmaprun>', '<runstats>', ' a="1" a="1"', '<html>',
  '<address addr="999.1.1.1" addrtype="ipv4"/>', '<address addr="::1" addrtype="ipv6"/>', '<a '.repeat(300), '<t>'.repeat(300),
]; // prettier-ignore

const LINE_WORDS = [
  'Host: 10.0.0.1 ()\t', 'Ports: ', '80/open/tcp//http///', ', ', '\t', '\n', '\r\n', 'Ignored State: closed (9)', 'Status: Up',
  '# Nmap 7.95 scan initiated Sun Nov 22 04:46:11 2026 as: nmap', '# Nmap done at', '# Ports scanned: TCP(1;1) UDP(', '/', '//////',
  'Timestamp: 1', 'Port: 22\tService: ssh\tBanner: x', 'open tcp 80 10.0.0.1 1\n', 'banner tcp 80 10.0.0.1 1 http x\n', '# end\n',
  '#masscan\n', '\0', '\uFFFD', 'Protocols: 1/open/icmp/',
]; // prettier-ignore

const JSON_WORDS = [
  '{', '}', '[', ']', ',', '"', '\\', '\\u0000', '\\ud800', '{finished: 1}', '"finished": 1', 'null', 'true', '1e999', '-0', '{}',
  '"ip": "10.0.0.1"', '"ports": []', '"ports": [null]', '"ports": {"0": {}}', '"__proto__": {"ip": "::1"}', '{"a":'.repeat(200), '\0', '\n',
]; // prettier-ignore

const ZEEK_WORDS = [
  '\t', '-', '(empty)', '#separator \\x09', '#separator \\x2c', '#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto', '#path\tconn',
  '#path\thttp', '#unset_field\t', '#close\t', '\\x00', '\\xff\\xfe', '\\', 'tcp', 'icmp', 'S0', 'ShR', '^h', '99999', '-1', '1e999', '::ffff:10.0.0.1',
  '10.0.0.1%eth0', '\0', '\uFFFD', '\r\n', '\uFEFF', 'x'.repeat(5000),
]; // prettier-ignore

const EVENT_WORDS = [
  ...JSON_WORDS, '"ts":', '"ts":"2026-11-22T04:02:00Z"', '"id.orig_h":"10.0.0.1"', '"id":{"orig_h":"::1"}', '"_path":"conn"', '"conn":', '"message":"{',
  '"event":{"original":"{}"}', '"event_type":"flow"', '"event_type":"netflow"', '"event_type":"dns"', '"proto":"ICMP"', '"icmp_type":300', '"src_port":99999',
  '"tcp_flags_ts":"zz"', '"start":"2026-02-31T00:00:00Z"', '"dns":{"queries":[null]}', '"timestamp":', '"alert":[]', '<13>Nov 22 sensor: ',
]; // prettier-ignore

/** One after another, the seeds of all readers: what a user may hand in. */
const everything = (): Material => ({
  seeds: fixtures(/./),
  dictionary: [...XML_WORDS, ...LINE_WORDS, ...JSON_WORDS, '\uFEFF', 'PK\u0003\u0004'],
  separator: 10,
});

/** A frame of raw and run-length blocks, written by hand: there is no zstd compressor to make one with. */
function zstdFrame(blocks: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from('28b52ffd0058', 'hex')];
  for (const [index, block] of blocks.entries()) {
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | (index === blocks.length - 1 ? 1 : 0), 0, 3);
    parts.push(head, block);
  }
  return Buffer.concat(parts);
}

function runZstd(chunks: readonly Buffer[]): Outcome {
  const frames = new ZstdFrames();
  const produced: Uint8Array[] = [];
  try {
    for (const chunk of chunks) {
      frames.push(chunk);
      for (let block = frames.next(); block !== undefined; block = frames.next()) produced.push(block);
    }
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error;
    return { observed: error.message, problems: 1, fault: 'source/damaged' };
  }
  const problems = frames.betweenFrames ? 0 : 1;
  return { observed: Buffer.concat(produced).toString('latin1'), problems, fault: undefined };
}

/** The readers, by the name that the runner takes. */
export const TARGETS: Readonly<Record<string, () => Target>> = {
  'nmap-xml': () => ({
    material: { seeds: fixtures(/\.xml$/), dictionary: XML_WORDS, separator: 60 },
    run: (chunks) => runReader(createReader('nmap-xml'), chunks),
  }),
  'nmap-grepable': () => ({
    material: { seeds: fixtures(/\.gnmap$/), dictionary: LINE_WORDS, separator: 10 },
    run: (chunks) => runReader(createReader('nmap-grepable'), chunks),
  }),
  'masscan-json': () => ({
    material: { seeds: fixtures(/\.json$/), dictionary: JSON_WORDS, separator: 123 },
    run: (chunks) => runReader(createReader('masscan-json'), chunks),
  }),
  'masscan-list': () => ({
    material: { seeds: fixtures(/\.list$/), dictionary: LINE_WORDS, separator: 10 },
    run: (chunks) => runReader(createReader('masscan-list'), chunks),
  }),
  'zeek-tsv': () => ({
    material: { seeds: telemetry('zeek'), dictionary: ZEEK_WORDS, separator: 9 },
    run: (chunks) => runLineReader('zeek-tsv', chunks),
  }),
  'zeek-json': () => ({
    material: { seeds: telemetry('zeek-json'), dictionary: EVENT_WORDS, separator: 44 },
    run: (chunks) => runLineReader('zeek-json', chunks),
  }),
  'suricata-eve': () => ({
    material: { seeds: telemetry('suricata'), dictionary: EVENT_WORDS, separator: 44 },
    run: (chunks) => runLineReader('suricata-eve', chunks),
  }),
  pcap: () => ({
    material: { seeds: [...captures(), pcapngOfEveryLink()], dictionary: PACKET_WORDS, separator: 0 },
    run: runCapture,
  }),
  carriers: () => ({
    material: { seeds: captureOfEachCarrier(), dictionary: PACKET_WORDS, separator: 0 },
    run: runCapture,
  }),
  quic: () => ({
    material: {
      seeds: [
        cryptoFrame(0, RFC_9001_HELLO),
        Buffer.concat([
          cryptoFrame(100, RFC_9001_HELLO.subarray(100)),
          Buffer.from([1, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 2, 3]),
          cryptoFrame(0, RFC_9001_HELLO.subarray(0, 100)),
        ]),
      ],
      dictionary: [...PACKET_WORDS, '\u0006\0', '\u0006@', '\u0002\0\0', '\u001c', '\0'.repeat(1_150)],
      separator: 6,
    },
    run: runQuic,
  }),
  detect: () => ({
    material: { ...everything(), seeds: [...fixtures(/./), gzipSync('x')] },
    run: (chunks) => runReader(new DetectingReader(), chunks),
  }),
  zstd: () => ({
    material: {
      seeds: [...fixtures(/\.zst$/), zstdFrame([Buffer.from('<nmaprun>'), Buffer.alloc(300, 'x')])],
      dictionary: ['\u0028', '\0\0\0', '\u0001\0\0', '\u0050\u002a\u004d\u0018'],
      separator: 0,
    },
    run: runZstd,
  }),
};
