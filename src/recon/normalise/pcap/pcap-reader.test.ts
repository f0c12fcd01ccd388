import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readCapture } from '../../../../test/packets/read-capture.ts';
import { RecordingSink } from '../../../../test/recording-sink.ts';
import {
  ethernet,
  icmp,
  ipv4,
  pcap,
  tcp,
  udp,
  type TcpFields,
  type TimedFrame,
} from '../../../../test/written/packets.ts';
import { clientInitial, cryptoFrame, RFC_9001_HELLO, sealedPacket } from '../../../../test/written/quic.ts';
import { fromSeconds } from '../../../time/instant.ts';
import { bytesReaderOf } from '../readers.ts';

const BEGIN = 1_795_290_000;
const OPTIONS = { sampling: 1, utcOffsetMinutes: 0, notAfter: fromSeconds(1_795_392_000) };

/** Frames a millisecond apart. */
function capture(...packets: readonly Buffer[]): Buffer {
  const frames: TimedFrame[] = packets.map((packet, index) => ({
    time: BEGIN * 1e6 + index * 1_000,
    frame: packet,
  }));
  return pcap(frames);
}

/** A conversation over TCP after its handshake: what the client and the server say by turns. */
function session(port: number, ...lines: readonly (string | Buffer)[]): Buffer[] {
  const next = { client: 1_000, server: 9_000 };
  const segment = (server: boolean, flags: string, payload: string | Buffer = ''): Buffer => {
    const who = server ? 'server' : 'client';
    const fields: TcpFields = {
      flags, payload, sequence: next[who], acknowledgement: flags.includes('A') ? next[server ? 'client' : 'server'] : 0,
      sourcePort: server ? port : 40_000, destinationPort: server ? 40_000 : port,
    }; // prettier-ignore
    next[who] += Buffer.from(payload).length + (/[SF]/.test(flags) ? 1 : 0);
    const [from, to] = server ? ['10.0.0.2', '10.0.0.1'] : ['10.0.0.1', '10.0.0.2'];
    return ethernet(ipv4(6, tcp(fields), { from, to }));
  };
  // In this order, since each segment counts on.
  const opening = [segment(false, 'S'), segment(true, 'SA'), segment(false, 'A')];
  const said = lines.map((line, index) => segment(index % 2 === 1, 'PA', line));
  return [...opening, ...said, segment(false, 'FA'), segment(true, 'FA')];
}

test('a flow as a record', () => {
  const { flows, sink } = readCapture(capture(...session(22, '', 'hello')));
  expect(flows).toEqual([
    {
      kind: 'flow', time: BEGIN * 1e6, source: '10.0.0.1', sourcePort: 40_000, destination: '10.0.0.2', destinationPort: 22, protocol: 6,
      duration: 6_000, outcome: 'answered', state: 'SF', history: 'ShAdFf', service: '', sourcePackets: 4, destinationPackets: 3,
      sourceBytes: 0, destinationBytes: 5, sourceFlags: 1 | 2 | 8 | 16, sampling: 1, uid: '',
      syn: {
        ttl: 64, window: 1_024, ipId: 7, sequence: 1_000, acknowledgement: 0, flags: 2, options: '', quirks: 'df,id+', ipOptions: 0,
        payload: 0, df: true, size: 40, fragments: 1, tinyFragments: false,
      },
    },
  ]); // prettier-ignore
  expect(sink.lines).toEqual([1]);
});

describe('what first payloads say', () => {
  const ANSWER = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';
  const request = (target: string): string =>
    `GET ${target} HTTP/1.1\r\nHost: example.org\r\nUser-Agent: gobuster/3.5\r\n\r\n`;
  const query = (flags: string, name: string): Buffer =>
    Buffer.concat([
      Buffer.from(`0001${flags}0001000000000000`, 'hex'),
      Buffer.from(name),
      Buffer.from('0000fc0001', 'hex'),
    ]);
  const ask = query('0100', '\u0007example\u0003org');
  const said = (...packets: readonly Buffer[]): unknown[] =>
    readCapture(capture(...packets)).events.map(
      ({ service, action, name, target, agent, status, accepted }) =>
        [service, action, name, target, agent, status, accepted].join(' '),
    );

  test('HTTP: every request of a connection, with its answer', () => {
    expect(
      said(
        ...session(
          80,
          request('/one'),
          ANSWER,
          request('/two'),
          ANSWER.replace('404', '200'),
          request('/three'),
        ),
      ),
    ).toEqual([
      'http GET example.org /two gobuster/3.5 200 true',
      'http GET example.org /one gobuster/3.5 404 true',
      'http GET example.org /three gobuster/3.5  false',
    ]);
  });

  test('HTTP: a body that looks like a request is none of its own when it does not begin a segment', () => {
    expect(said(...session(80, `POST / HTTP/1.1\r\n\r\n${request('/inner')}`, ANSWER))).toHaveLength(1);
  });

  test('HTTP: methods that do not exist', () => {
    expect(said(...session(80, 'XKCD /x HTTP/1.0\r\n\r\n'))).toEqual(['http XKCD  /x   false']);
  });

  test.each<[string, Buffer[], string]>([
    ['SSH', session(22, 'SSH-2.0-Nmap-SSH2-Hostkey\r\n', 'SSH-2.0-OpenSSH_9.2\r\n'), 'ssh    SSH-2.0-Nmap-SSH2-Hostkey  '],
    ['TLS that is refused', session(443, Buffer.from('1603010005010000010303', 'hex'), Buffer.from('15030100020228', 'hex')), 'tls     handshake_failure false'],
    ['DNS', [ethernet(ipv4(17, udp(5_000, 53, ask))), ethernet(ipv4(17, udp(53, 5_000, query('8183', '\u0007example\u0003org')), { from: '10.0.0.2', to: '10.0.0.1' }))], 'dns AXFR example.org   NXDOMAIN true'],
    ['DNS without an answer', [ethernet(ipv4(17, udp(5_000, 53, ask)))], 'dns AXFR example.org    false'],
    ['DNS over TCP', session(53, Buffer.concat([Buffer.from([0, ask.length]), ask])), 'dns AXFR example.org    false'],
  ])('%s', (_, packets, want) => {
    expect(said(...packets)).toEqual([want]);
  }); // prettier-ignore

  describe('QUIC', () => {
    const hello = cryptoFrame(0, RFC_9001_HELLO);
    const offer = (octets: Buffer, port = 5_000): Buffer => ethernet(ipv4(17, udp(port, 443, octets)));
    const answer = ethernet(ipv4(17, udp(443, 5_000, 'x'), { from: '10.0.0.2', to: '10.0.0.1' }));
    const half = cryptoFrame(0, RFC_9001_HELLO.subarray(0, 100));
    const rest = cryptoFrame(100, RFC_9001_HELLO.subarray(100));
    const NOT_OPENED = clientInitial(hello).fill(0, 1_000);

    test.each<[string, Buffer[], (boolean | undefined)[]]>([
      ['a client that nobody answers', [offer(clientInitial(hello))], [false]],
      ['one that is answered', [offer(clientInitial(hello)), answer], [undefined]],
      ['one that goes on', [offer(clientInitial(hello)), answer, offer(sealedPacket(2, Buffer.alloc(50)))], [true]],
      ['a hello in two datagrams', [offer(clientInitial(half)), offer(clientInitial(rest, { packetNumber: 1 }))], [false]],
      ['one of which the second does not come', [offer(clientInitial(half))], []],
      ['on any port', [ethernet(ipv4(17, udp(443, 443, clientInitial(hello))))], [false]],
    ])('%s', (_, packets, want) => {
      const { events, flows } = readCapture(capture(...packets));
      expect(events.map(({ accepted }) => accepted)).toEqual(want);
      expect(events.every(({ service, name, ja4 }) => service === 'quic' && name === 'example.com' && ja4.startsWith('q13d0211an_'))).toBe(true);
      expect(flows.map(({ service }) => service)).toEqual([want.length > 0 ? 'quic' : '']);
    });

    test('what does not open is counted, and no fault of the file', () => {
      const { reader, sink } = readCapture(capture(offer(NOT_OPENED), offer(clientInitial(hello))));
      expect(reader.tally).toEqual({ 'quic-tag': 1 });
      expect(sink.problems).toEqual([]);
    });

    test('of too many that wait for the rest of their hello the oldest are given up', () => {
      const begun = clientInitial(half);
      const many = Array.from({ length: 2_050 }, (_, index) => offer(begun, 10_000 + index));
      const ends = [10_000, 12_049].map((port) => offer(clientInitial(rest, { packetNumber: 1 }), port));
      const { reader, events } = readCapture(capture(...many, ...ends));
      expect(reader.tally).toEqual({ 'quic-crowded-out': 2 });
      expect(events.map(({ sourcePort }) => sourcePort)).toEqual([12_049]);
    });
  }); // prettier-ignore

  test.each([
    ['a name with a pointer', '\u00c0\u000c'],
    ['a name without end', '\u003faaaa'],
  ])('DNS: %s is no question', (_, name) => {
    expect(
      said(ethernet(ipv4(17, udp(5_000, 53, query('0100', Buffer.from(name, 'latin1').toString('latin1')))))),
    ).toEqual([]);
  });
});

describe('outcomes that packets alone tell', () => {
  const probe = ipv4(17, udp(5_000, 443, 'x'));
  const error = ipv4(1, icmp(3, 13, Buffer.concat([Buffer.alloc(4), probe.subarray(0, 28)])), {
    from: '10.9.9.9',
    to: '10.0.0.1',
  });
  const arp = (operation: number, from: number, to: number): Buffer => {
    const body = Buffer.from('0001080006040000020202020202c0a80000000000000000c0a80000', 'hex');
    body[7] = operation;
    body[17] = from;
    body[27] = to;
    return ethernet(body, 0x0806);
  };
  const chunk = (type: number): Buffer =>
    Buffer.concat([Buffer.from('0b590035', 'hex'), Buffer.alloc(8), Buffer.from([type, 0, 0, 4])]);
  const back = { from: '10.0.0.2', to: '10.0.0.1' };
  const reply = (type: number): Buffer =>
    Buffer.concat([Buffer.from('00350b59', 'hex'), Buffer.alloc(8), Buffer.from([type, 0, 0, 4])]);

  test.each<[string, Buffer[], string[]]>([
    ['unanswered UDP/443 may be anything', [ethernet(probe)], ['unknown']],
    ['unless an error says that it did not arrive', [ethernet(probe), ethernet(error)], ['unreachable']],
    ['an attempt that a router refuses', [ethernet(ipv4(6, tcp())), ethernet(ipv4(1, icmp(3, 1, Buffer.concat([Buffer.alloc(4), ipv4(6, tcp()).subarray(0, 28)])), { from: '10.9.9.9', to: '10.0.0.1' }))], ['unreachable']],
    ['ARP, where replies would not be seen', [arp(1, 1, 2), arp(1, 1, 3)], ['unknown', 'unknown']],
    ['ARP, where they would', [arp(1, 1, 2), arp(1, 1, 3), arp(2, 3, 1)], ['silent', 'answered']],
    ['an announcement asks nobody', [arp(1, 1, 1)], []],
    ['SCTP without an answer', [ethernet(ipv4(132, chunk(1)))], ['silent']],
    ['SCTP that is aborted', [ethernet(ipv4(132, chunk(1))), ethernet(ipv4(132, reply(6), back))], ['refused']],
    ['an SCTP scan of an open port', [ethernet(ipv4(132, chunk(1))), ethernet(ipv4(132, reply(2), back))], ['half-open']],
    ['an SCTP association', [ethernet(ipv4(132, chunk(1))), ethernet(ipv4(132, reply(2), back)), ethernet(ipv4(132, chunk(10)))], ['answered']],
  ])('%s', (_, packets, want) => {
    expect(readCapture(capture(...packets)).flows.map(({ outcome }) => outcome)).toEqual(want);
  }); // prettier-ignore
});

test('what was wrong is said once for each reason, at the end', () => {
  const cut = ethernet(ipv4(6, tcp())).subarray(0, 40);
  const { sink, reader } = readCapture(capture(cut, cut, ethernet(Buffer.from('x'), 0x9999)).subarray(0, -1));
  expect(sink.problems).toEqual([
    '2: the file ends in the middle of a record (packet 2)',
    '1: a packet was left out: tcp cut (2 times, first at packet 1)',
  ]);
  expect(reader.tally).toEqual({ 'file-cut': 1, 'tcp-cut': 2 });
});

test('flows of a capture that is being made end by the clock when no packet comes', () => {
  const reader = bytesReaderOf('pcap', OPTIONS);
  const sink = new RecordingSink();
  reader?.push(capture(ethernet(ipv4(6, tcp()))), sink);
  reader?.advance(fromSeconds(BEGIN + 4), sink);
  expect(sink.records).toHaveLength(0);
  reader?.advance(fromSeconds(BEGIN + 6), sink);
  expect(sink.records).toHaveLength(1);
});

test('any chunking gives the same records', () => {
  const octets = readFileSync(
    new URL('../../../../test/fixtures/packets/nmap-f-fragments.pcap', import.meta.url),
  );
  const want = readCapture(octets).sink;
  fc.assert(
    fc.property(fc.array(fc.nat(octets.length), { maxLength: 30 }), (places) => {
      const at = [...new Set(places)].toSorted((a, b) => a - b);
      const chunks = [0, ...at].map((from, index) => octets.subarray(from, at[index] ?? octets.length));
      expect(readCapture(...chunks).sink).toEqual(want);
    }),
    { numRuns: 30 },
  );
});

test('the caller may use its buffer again', () => {
  const octets = readFileSync(
    new URL('../../../../test/fixtures/packets/nmap-script-ssh.pcap', import.meta.url),
  );
  const reader = bytesReaderOf('pcap', OPTIONS);
  const sink = new RecordingSink();
  const buffer = Buffer.alloc(16_384);
  for (let at = 0; at < octets.length; at += buffer.length) {
    const length = octets.copy(buffer, 0, at);
    reader?.push(buffer.subarray(0, length), sink);
    buffer.fill(0xff);
  }
  reader?.end(sink);
  expect(sink).toEqual(readCapture(octets).sink);
});
