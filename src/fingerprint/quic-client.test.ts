import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clientInitial,
  cryptoFrame,
  RFC_9001_HELLO,
  sealedPacket,
  varint,
  type WrittenVersion,
} from '../../test/written/quic.ts';
import { ja4 } from './ja4.ts';
import { beginsQuic, QuicClient } from './quic-client.ts';

// Its lists, by JA4.md: 1301,1302 and 0005,000a,000d,001c,002b,002d,0033,0039,ff01_0403,0503,0603,0203,0804,0805,0806.
const JA4 = 'q13d0211an_62ed6f6ca7ad_4d634acda6c0';
const WHOLE = cryptoFrame(0, RFC_9001_HELLO);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** JA4 of what a client sent in these datagrams, and what was counted. */
function read(...datagrams: readonly Buffer[]): { ja4: string; faults: string[]; wentOn: boolean } {
  const faults: string[] = [];
  const client = new QuicClient((reason) => faults.push(reason));
  for (const datagram of datagrams) client.take(datagram, 0, datagram.length);
  return {
    ja4: client.hello === undefined ? '' : ja4(client.hello, 'q'),
    faults,
    wentOn: client.wentOn,
  };
}

describe('the sealed packets of the standards', () => {
  // The tag at the end is over all of the packet; the sample behind the header is what protects the header.
  test.each<[string, WrittenVersion, string, string]>([
    ['RFC 9001, A.2', 1, 'c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b', 'e221af44860018ab0856972e194cd934'],
    ['RFC 9369, A.2', 0x6b3343cf, 'd76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485dd04de806071', 'a18b2faa745b6fe189cf772a9f84cbfc'],
  ])('%s', (_, version, begin, tag) => {
    const packet = clientInitial(WHOLE, { version, packetNumber: 2 });
    expect(packet).toHaveLength(1_200);
    expect(packet.toString('hex', 0, 38)).toBe(begin);
    expect(packet.toString('hex', 1_184)).toBe(tag);
    expect(beginsQuic(packet, 0, packet.length)).toBe(true);
    expect(read(packet)).toEqual({ ja4: JA4, faults: [], wentOn: false });
  }); // prettier-ignore
});

describe('a ClientHello', () => {
  const half = RFC_9001_HELLO.length >> 1;
  const first = cryptoFrame(0, RFC_9001_HELLO.subarray(0, half));
  const second = cryptoFrame(half, RFC_9001_HELLO.subarray(half));
  const retried = hex('0011223344556677');
  test.each<[string, readonly Buffer[]]>([
    ['in two packets', [clientInitial(first), clientInitial(second, { packetNumber: 1 })]],
    ['in two packets, the second first', [clientInitial(second, { packetNumber: 1 }), clientInitial(first)]],
    ['in two packets of one datagram', [Buffer.concat([clientInitial(first), clientInitial(second, { packetNumber: 1 })])]],
    ['behind 0-RTT, in one datagram', [Buffer.concat([sealedPacket(1, Buffer.alloc(99)), clientInitial(WHOLE)])]],
    ['sent twice, half of it', [clientInitial(first), clientInitial(first, { packetNumber: 1 }), clientInitial(second, { packetNumber: 2 })]],
    ['between PING and acknowledgements', [clientInitial(Buffer.concat([hex('0101'), hex('0200000000'), hex('0300000000010203'), WHOLE]))]],
    ['with a token', [clientInitial(WHOLE, { token: Buffer.alloc(70, 1) })]],
    ['with a connection ID of no octets', [clientInitial(WHOLE, { connection: Buffer.alloc(0) })]],
    ['with packet numbers that begin high', [clientInitial(first, { packetNumber: 0xfffe }), clientInitial(second, { packetNumber: 0x1_0001, numberLength: 1 })]],
    ['behind a Retry, whose connection ID makes new keys', [clientInitial(first), clientInitial(WHOLE, { connection: retried, packetNumber: 1, token: retried })]],
    ['when the server has named itself', [clientInitial(first), clientInitial(second, { connection: retried, keyConnection: hex('8394c8f03e515708'), packetNumber: 1 })]],
  ])('%s', (_, datagrams) => {
    expect(read(...datagrams)).toEqual({ ja4: JA4, faults: [], wentOn: false });
  }); // prettier-ignore

  test.each<WrittenVersion>([1, 0x6b3343cf])(
    'the client that goes on has read an answer: version %i',
    (version) => {
      const handshake = sealedPacket(2, Buffer.alloc(60), version);
      expect(read(clientInitial(WHOLE, { version }), handshake).wentOn).toBe(true);
      expect(read(clientInitial(WHOLE, { version }), sealedPacket(1, Buffer.alloc(60), version)).wentOn).toBe(
        false,
      );
      expect(read(handshake).wentOn).toBe(false);
    },
  );

  test('in frames of any size, in any order, over any packets', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(RFC_9001_HELLO.length), { maxLength: 30 }),
        fc.array(fc.nat(1_000), { minLength: 32, maxLength: 32 }),
        fc.integer({ min: 1, max: 6 }),
        (places, keys, packets) => {
          const at = [...new Set([0, ...places])].toSorted((a, b) => a - b);
          const frames = at
            .map((from, index) => ({ frame: cryptoFrame(from, RFC_9001_HELLO.subarray(from, at[index + 1])), key: keys[index] ?? 0 }))
            .toSorted((a, b) => a.key - b.key)
            .map(({ frame }) => frame);
          const datagrams = Array.from({ length: packets }, (_, packetNumber) =>
            clientInitial(Buffer.concat(frames.filter((__, index) => index % packets === packetNumber)), { packetNumber }),
          );
          expect(read(...datagrams)).toEqual({ ja4: JA4, faults: [], wentOn: false });
        },
      ),
      { numRuns: 50 },
    );
  }); // prettier-ignore
});

describe('lies and damage', () => {
  const good = clientInitial(WHOLE);
  const withOctet = (at: number, octet: number): Buffer => {
    const copy = Buffer.from(good);
    copy[at] = octet;
    return copy;
  };
  const frames = (...parts: readonly Buffer[]): Buffer => clientInitial(Buffer.concat(parts));
  test.each<[string, readonly Buffer[], string[]]>([
    ['an octet of the ciphertext', [withOctet(500, 1)], ['quic-tag']],
    ['an octet of the connection ID, which is part of the key', [withOctet(9, 1)], ['quic-tag']],
    ['an octet of the tag', [withOctet(1_199, 0)], ['quic-tag']],
    ['packets that never open are given up', Array.from({ length: 9 }, () => withOctet(500, 1)), ['quic-tag', 'quic-tag', 'quic-tag', 'quic-tag']],
    ['a packet that was cut', [good.subarray(0, 1_000)], ['quic-cut']],
    ['a header that was cut', [good.subarray(0, 12)], ['quic-cut']],
    ['a connection ID of 21 octets', [withOctet(5, 21)], []],
    ['another version', [withOctet(4, 9)], []],
    ['a Retry', [withOctet(0, 0xf0)], []],
    ['a short header', [withOctet(0, 0x40)], []],
    ['nothing', [Buffer.alloc(0)], []],
    ['a length too short for what protects the header', [Buffer.concat([good.subarray(0, 16), varint(10), Buffer.alloc(1_000)])], ['quic-tag']],
    ['a frame that is not allowed', [frames(hex('08'), WHOLE)], ['quic-frame']],
    ['a frame longer than its packet', [frames(cryptoFrame(0, RFC_9001_HELLO), hex('0600'), varint(5_000))], ['quic-frame']],
    ['more acknowledgements than octets', [frames(hex('020000'), varint(2 ** 40), hex('00'), WHOLE)], ['quic-frame']],
    ['frames beyond all that a ClientHello may be', [frames(cryptoFrame(2 ** 40, Buffer.alloc(1)), WHOLE)], ['quic-crypto']],
    ['what is no ClientHello', [frames(cryptoFrame(0, hex('02000001ff')))], ['quic-no-client-hello']],
    ['a ClientHello that contradicts itself', [frames(cryptoFrame(0, hex('01000001ff')))], ['quic-no-client-hello']],
    ['half of one', [frames(cryptoFrame(0, RFC_9001_HELLO.subarray(0, 99)))], []],
    ['a connection that is closed', [frames(hex('1c'))], []],
  ])('%s', (_, datagrams, faults) => {
    expect(read(...datagrams)).toEqual({ ja4: '', faults, wentOn: false });
  }); // prettier-ignore

  test('single octets with gaps between them, as many as can be', () => {
    const packets = Array.from({ length: 8 }, (_, packetNumber) =>
      clientInitial(
        Buffer.concat(
          Array.from({ length: 200 }, (__, index) => cryptoFrame((packetNumber * 200 + index) * 2 + 1, hex('00'))),
        ),
        { packetNumber },
      ),
    );
    expect(read(...packets, clientInitial(WHOLE, { packetNumber: 9 }))).toEqual({ ja4: '', faults: ['quic-crypto'], wentOn: false });
  }); // prettier-ignore

  test('a datagram shorter than a client may send begins no connection', () => {
    expect(beginsQuic(good, 0, 1_199)).toBe(false);
  });

  test('any octets behind any beginning are survived', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 60 }), (keep, tail, inside) => {
        read(Buffer.concat([good.subarray(0, keep), tail]));
        read(clientInitial(Buffer.from(inside)));
      }),
      { numRuns: 500 },
    );
  }); // prettier-ignore
});
