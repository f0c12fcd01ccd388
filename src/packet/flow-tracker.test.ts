import { describe, expect, test } from 'vitest';
import { icmp, ipv4, tcp, udp, type TcpFields } from '../../test/written/packets.ts';
import { connState } from './conn-state.ts';
import { PacketDecoder } from './decoder.ts';
import { FlowTracker } from './flow-tracker.ts';
import { PacketView } from './packet-view.ts';
import { Endpoint } from './tcp-endpoint.ts';
import { TrackedFlow } from './tracked-flow.ts';

/** A flow as it was when it ended; the tracker uses its own again. */
function copyOf(flow: TrackedFlow): TrackedFlow {
  const orig = Object.assign(new Endpoint(), flow.orig);
  const resp = Object.assign(new Endpoint(), flow.resp);
  const opening = flow.opening === undefined ? undefined : { ...flow.opening };
  return Object.assign(new TrackedFlow(), flow, { orig, resp, opening });
}

interface Timed {
  /** Seconds. */
  readonly at: number;
  readonly packet: Buffer;
}

const BEGIN = 1_795_290_000;

/** Flows in the order in which they ended. */
function track(packets: readonly Timed[], capacity = 1_000): { flows: TrackedFlow[]; tracker: FlowTracker } {
  const flows: TrackedFlow[] = [];
  const tracker = new FlowTracker({ capacity, seed: 1 }, (flow) => flows.push(copyOf(flow)));
  const decoder = new PacketDecoder();
  for (const [index, { at, packet }] of packets.entries())
    decoder.decode(
      {
        number: index + 1,
        time: Math.round((BEGIN + at) * 1e6),
        linkType: 101,
        data: packet,
        start: 0,
        end: packet.length,
        wireLength: packet.length,
      },
      (view) => {
        tracker.take(view);
      },
    );
  tracker.end();
  return { flows, tracker };
}

/**
 * A conversation in words: `S` by the client, `<SA` by the server; `:5` octets of payload, `=` the sequence number again,
 * `+100` another one, `w0` a window of zero, `@6` six seconds after the beginning. Ports: 40000 to 80.
 */
function talk(text: string, ports: readonly [number, number] = [40_000, 80]): Timed[] {
  const next = { client: 1_000, server: 9_000 };
  let at = 0;
  return text.split(' ').map((word) => {
    const server = word.startsWith('<');
    const flags = /^<?([A-Z-]*)/.exec(word)?.[1]?.replace('-', '') ?? '';
    const length = Number(/:(\d+)/.exec(word)?.[1] ?? 0);
    at = Number(/@([\d.]+)/.exec(word)?.[1] ?? at + 0.001);
    const who = server ? 'server' : 'client';
    const step = Number(/\+(\d+)/.exec(word)?.[1] ?? 0);
    const size = length + (/[SF]/.test(flags) ? 1 : 0);
    const sequence = word.includes('=') ? next[who] - size : next[who] + step;
    if (!word.includes('=')) next[who] = sequence + size;
    const fields: TcpFields = {
      flags, sequence, payload: Buffer.alloc(length, 65), window: word.includes('w0') ? 0 : 1_024,
      acknowledgement: flags.includes('A') ? next[server ? 'client' : 'server'] : 0,
      sourcePort: ports[server ? 1 : 0], destinationPort: ports[server ? 0 : 1],
    }; // prettier-ignore
    const [from, to] = server ? ['10.0.0.2', '10.0.0.1'] : ['10.0.0.1', '10.0.0.2'];
    return { at, packet: ipv4(6, tcp(fields), { from, to }) };
  });
}

const summary = (flows: readonly TrackedFlow[]): string =>
  flows.map((flow) => `${connState(flow)} ${flow.history}`).join(', ');

// Zeek 8: scripts/base/protocols/conn/main.zeek and TCPSessionAdapter.
describe('conn_state and history', () => {
  test.each([
    ['an attempt', 'S', 'S0 S'],
    ['an attempt, again with the same number', 'S S=', 'S0 S'],
    ['an attempt with another number is another one', 'S S+50', 'S0 S, S0 S'],
    ['an attempt again after five seconds', 'S S=@5.1', 'S0 S, S0 S'],
    ['refused', 'S <RA', 'REJ Sr'],
    ['refused, and a reset of the client (masscan)', 'S <RA R', 'REJ SrR'],
    ['refused, and tried again', 'S <RA S+7 <RA', 'REJ Sr, REJ Sr'],
    ['a SYN scan of an open port', 'S <SA R', 'RSTO ShR'],
    ['a SYN-ACK and nothing more', 'S <SA', 'S1 Sh'],
    ['an ordinary session', 'S <SA A A:5 <A <A:5 A FA <FA A', 'SF ShADadFf'],
    ['the server closes first', 'S <SA A A:5 <A:5 <FA A FA <A', 'SF ShADdfFa'],
    ['closed by a reset of the client', 'S <SA A A:5 <A:5 RA', 'RSTO ShADdR'],
    ['closed by a reset of the server', 'S <SA A A:5 <RA', 'RSTR ShADr'],
    ['half closed by the client', 'S <SA A FA <A', 'S2 ShAFa'],
    ['half closed by the server', 'S <SA A <FA A', 'S3 ShAf'],
    ['given up before an answer', 'S R', 'RSTOS0 SR'],
    ['a FIN scan, closed', 'F <RA', 'RSTR Fr'],
    ['a FIN scan, open', 'F', 'SH F'],
    ['a NULL scan, closed', '- <RA', 'RSTRH r'],
    ['a NULL scan, open', '-', 'OTH '],
    ['an Xmas scan', 'FPU <RA', 'RSTR Fr'],
    ['an ACK scan', 'A <R', 'RSTRH Ar'],
    ['SYN and FIN together', 'SF <SA', 'S2 Qh'],
    ['FIN and RST together', 'FR', 'OTH I'],
    ['a SYN-ACK that nobody asked for', 'SA', 'OTH H'],
    ['a SYN-ACK that is rejected', 'SA <R', 'REJ Hr'],
    ['a reset that nobody asked for', 'RA', 'OTH R'],
    ['payload sent twice', 'S <SA A A:5 A:5= <A', 'S1 ShADTa'],
    ['payload on a SYN', 'S:5 <SA R', 'RSTO ShR'],
    ['no window', 'S <SA A Aw0', 'S1 ShAW'],
    ['a SYN without a window', 'Sw0', 'S0 SW'],
    ['mid-stream', 'A:5 <A:5 A', 'OTH DdA'],
    ['mid-stream, the server first', '<A:5 A:5', 'OTH ^dD'],
    ['an answer and its question in the wrong order', '<SA S=', 'S1 Hs^'],
  ])('%s: %s', (_, text, want) => {
    const { flows } = track(talk(text));
    expect(summary(flows)).toBe(want);
  });

  test('what comes often is noted at powers of ten', () => {
    const again = Array.from({ length: 12 }, () => 'A:5=').join(' ');
    expect(summary(track(talk(`S <SA A A:5 ${again}`)).flows)).toBe('S1 ShADTT');
  });
});

describe('where a flow ends', () => {
  test.each([
    ['after an attempt, 5 s', 'S', 4.9, 5],
    ['after its close, 5 s', 'S <RA@1', 5.9, 6],
    ['TCP without a word, 5 min', 'S <SA A@1', 300.9, 301],
  ])('%s', (_, text, before, after) => {
    const later = (at: number): Timed => ({ at, packet: ipv4(17, udp(1, 2), { from: '10.9.9.9' }) });
    const ends = (at: number): number => {
      const flows: TrackedFlow[] = [];
      const tracker = new FlowTracker({ capacity: 10, seed: 1 }, (flow) => flows.push(flow));
      const decoder = new PacketDecoder();
      for (const { at: time, packet } of [
        ...talk(text).map((timed, index) => ({ ...timed, at: index === 0 ? 0 : timed.at })),
        later(at),
      ])
        decoder.decode(
          {
            number: 1,
            time: time * 1e6,
            linkType: 101,
            data: packet,
            start: 0,
            end: packet.length,
            wireLength: 0,
          },
          (view) => {
            tracker.take(view);
          },
        );
      return flows.length;
    };
    expect(ends(before)).toBe(0);
    expect(ends(after)).toBe(1);
  });

  test('UDP after a minute without a word', () => {
    const ask = ipv4(17, udp(5_000, 53, 'x'));
    const reply = ipv4(17, udp(53, 5_000, 'y'), { from: '10.0.0.2', to: '10.0.0.1' });
    const { flows } = track([
      { at: 0, packet: ask },
      { at: 50, packet: reply },
      { at: 109, packet: ask },
      { at: 170, packet: ask },
    ]);
    expect(summary(flows)).toBe('SF Dd, S0 D');
    expect(flows.map(({ start, last }) => [start / 1e6 - BEGIN, last / 1e6 - BEGIN])).toEqual([[0, 109], [170, 170]]); // prettier-ignore
  });

  test('a clock that jumps back begins anew and loses nothing', () => {
    const { flows } = track([...talk('S@5000 <RA@5000.1'), ...talk('S@1 <SA@1.1 R@1.2', [41_000, 22])]);
    expect(summary(flows)).toBe('REJ Sr, RSTO ShR');
  });
});

describe('ICMP', () => {
  const probe = ipv4(17, udp(5_000, 161, 'x'));
  const error = (type: number, code: number): Buffer =>
    ipv4(1, icmp(type, code, Buffer.concat([Buffer.alloc(4), probe.subarray(0, 28)])), {
      from: '10.0.0.2',
      to: '10.0.0.1',
    });

  test.each([
    ['port unreachable', 3, 3, (3 << 8) | 3],
    ['administratively prohibited', 3, 13, (3 << 8) | 13],
    ['time exceeded', 11, 0, 11 << 8],
  ])('%s is told to the flow that it is about, and is none of its own', (_, type, code, want) => {
    const { flows } = track([
      { at: 0, packet: probe },
      { at: 0.1, packet: error(type, code) },
    ]);
    expect(flows.map(({ protocol, icmpError }) => [protocol, icmpError])).toEqual([[17, want]]);
  });

  test('a redirect is no loss; an error about something that was not seen is a flow of its own', () => {
    const { flows } = track([
      { at: 0, packet: probe },
      { at: 0.1, packet: error(5, 1) },
    ]);
    expect(flows.map(({ protocol, icmpError }) => [protocol, icmpError])).toEqual([[17, -1], [1, -1]]); // prettier-ignore
    expect(
      track([{ at: 0.1, packet: error(3, 3) }]).flows.map(({ protocol, type, code }) => [
        protocol,
        type,
        code,
      ]),
    ).toEqual([[1, 3, 3]]);
  });

  test('a reply belongs to its request; two that ask each other are two', () => {
    const ask = ipv4(1, icmp(8, 0));
    const reply = ipv4(1, icmp(0, 0), { from: '10.0.0.2', to: '10.0.0.1' });
    const askBack = ipv4(1, icmp(8, 0), { from: '10.0.0.2', to: '10.0.0.1' });
    const { flows } = track([
      { at: 0, packet: ask },
      { at: 0.1, packet: reply },
      { at: 0.2, packet: askBack },
    ]);
    expect(flows.map(({ orig, resp }) => [orig.packets, resp.packets])).toEqual([[1, 1], [1, 0]]); // prettier-ignore
  });
});

describe('who began', () => {
  test.each([
    ['an answer of a service without its question is turned', 53, 50_000, true],
    ['a scan from the port of a service is not', 53, 161, false],
    ['neither is one of high ports below the ephemeral ones', 53, 8_080, false],
    ['two services that talk', 123, 123, false],
  ])('UDP: %s', (_, from, to, turned) => {
    const [flow] = track([{ at: 0, packet: ipv4(17, udp(from, to, 'x')) }]).flows;
    expect(flow?.history).toBe(turned ? '^d' : 'D');
  });

  test('a host that talks to itself', () => {
    const own = { from: '127.0.0.1', to: '127.0.0.1' };
    const { flows } = track([
      { at: 0, packet: ipv4(6, tcp(), own) },
      {
        at: 0.1,
        packet: ipv4(
          6,
          tcp({ sourcePort: 80, destinationPort: 40_000, flags: 'RA', acknowledgement: 1_001 }),
          own,
        ),
      },
    ]);
    expect(summary(flows)).toBe('REJ Sr');
  });
});

describe('what is kept', () => {
  test('facts of the packet that opened it', () => {
    const options = Buffer.from('020405b40402080a0000000100000000010303070000', 'hex').subarray(0, 20);
    const { flows } = track([
      {
        at: 0,
        packet: ipv4(6, tcp({ options, window: 64_240, sequence: 0xffff_fff0 }), { ttl: 57, id: 54_321 }),
      },
    ]);
    expect(flows[0]?.opening).toEqual({
      ttl: 57, window: 64_240, ipId: 54_321, sequence: 0xffff_fff0, acknowledgement: 0, flags: 2, options: 'M1460,S,T,N,W7',
      quirks: 'df,id+', ipOptions: 0, payload: 0,
      df: true, size: 60, fragments: 1, tinyFragments: false,
    }); // prettier-ignore
  });

  test('first payload of each way, in the order of sequence numbers', () => {
    const data = (sequence: number, payload: string): Buffer =>
      ipv4(6, tcp({ flags: 'A', sequence, payload }));
    const { flows } = track([
      ...talk('S <SA A'),
      { at: 1, packet: data(1_001, 'one ') },
      { at: 2, packet: data(1_009, 'three') },
      { at: 3, packet: data(1_001, 'ONE ') },
      { at: 4, packet: data(1_005, 'two ') },
    ]);
    expect(Buffer.from(flows[0]?.orig.head?.octets ?? []).toString()).toBe('one two three');
  });

  test('not more than 512 octets, and 16 KB of a TLS handshake', () => {
    const many = (first: string): Buffer[] =>
      Array.from({ length: 40 }, (_, index) =>
        ipv4(
          6,
          tcp({
            flags: 'A',
            sequence: 1_001 + index * 1_000,
            payload: Buffer.concat([Buffer.from(index === 0 ? first : 'xx'), Buffer.alloc(998)]),
          }),
        ),
      );
    const kept = (first: string): number | undefined =>
      track([...talk('S <SA A'), ...many(first).map((packet, index) => ({ at: 1 + index, packet }))]).flows[0]
        ?.orig.head?.octets.length;
    expect(kept('GE')).toBe(512);
    expect(kept('\u0016\u0003')).toBe(16_384);
  });
});

test('a flow that is used again is as a new one', () => {
  const used = new TrackedFlow();
  for (const part of [used, used.orig, used.resp])
    for (const field of Object.keys(part))
      if (!['orig', 'resp'].includes(field)) Object.assign(part, { [field]: 'used' });
  const view = new PacketView();
  const fresh = new TrackedFlow();
  for (const flow of [used, fresh]) flow.begin(view, 1, 2, 3);
  expect(used).toEqual(fresh);
});

test('under a flood the oldest of the flood go out, and what stands stays', () => {
  const flood = Array.from({ length: 500 }, (_, index) => ({
    at: 2 + index / 1_000,
    packet: ipv4(6, tcp({ sourcePort: 10_000 + index })),
  }));
  const { flows, tracker } = track([...talk('S <SA A'), ...flood], 100);
  expect(tracker.crowdedOut).toBe(401);
  expect(flows).toHaveLength(501);
  expect(summary(flows.filter((flow) => flow.origPort === 40_000))).toBe('S1 ShA');
  expect(flows.indexOf(flows.find((flow) => flow.origPort === 40_000)!)).toBeGreaterThan(400);
});
