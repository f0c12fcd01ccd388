import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientHelloOf, type ClientHello } from './client-hello.ts';
import { ja3Text } from './ja3.ts';
import { ja4, ja4Raw } from './ja4.ts';
import { hasshText } from './hassh.ts';

const HELLO: ClientHello = {
  version: 0x0303,
  ciphers: [0x1a1a, 0x1302, 0x1301],
  extensions: [0x2a2a, 0, 43, 16, 10, 13],
  groups: [0x3a3a, 29],
  pointFormats: [0],
  signatureAlgorithms: [0x0804, 0x0403],
  supportedVersions: [0x4a4a, 0x0303, 0x0304],
  serverName: 'example.org',
  firstProtocol: Buffer.from('h2'),
};
const variant = (changes: Partial<ClientHello>): string => ja4Raw({ ...HELLO, ...changes });

// technical_details/JA4.md of FoxIO-LLC/ja4.
describe('JA4', () => {
  test('GREASE is left out; lists are sorted, signature algorithms are not', () => {
    expect(ja4Raw(HELLO)).toBe('t13d0205h2_1301,1302_000a,000d,002b_0804,0403');
    expect(ja3Text(HELLO)).toBe('771,4866-4865,0-43-16-10-13,29,0');
  });

  test.each<[string, Partial<ClientHello>, string]>([
    ['no server name', { extensions: [43] }, 't13i0201h2_1301,1302_002b_0804,0403'],
    ['no signature algorithms', { signatureAlgorithms: [] }, 't13d0205h2_1301,1302_000a,000d,002b'],
    ['the version of the hello itself', { supportedVersions: [] }, 't12d0205h2_1301,1302_000a,000d,002b_0804,0403'],
    ['SSL 3.0', { supportedVersions: [], version: 0x0300 }, 'ts3d0205h2_1301,1302_000a,000d,002b_0804,0403'],
    ['a version that is not known', { supportedVersions: [0x0399] }, 't00d0205h2_1301,1302_000a,000d,002b_0804,0403'],
    ['no ALPN', { firstProtocol: undefined }, 't13d020500_1301,1302_000a,000d,002b_0804,0403'],
    ['ALPN of one letter', { firstProtocol: Buffer.from('h') }, 't13d0205hh_1301,1302_000a,000d,002b_0804,0403'],
    ['ALPN that is not ASCII', { firstProtocol: Buffer.from([0xba, 0xad]) }, 't13d0205bd_1301,1302_000a,000d,002b_0804,0403'],
    ['more than 99', { ciphers: Array.from({ length: 120 }, () => 1) }, `t13d9905h2_${'0001,'.repeat(119)}0001_000a,000d,002b_0804,0403`],
  ])('%s', (_, changes, want) => {
    expect(variant(changes)).toBe(want);
  }); // prettier-ignore

  test('empty lists hash to zeros', () => {
    expect(ja4({ ...HELLO, ciphers: [], extensions: [], signatureAlgorithms: [] })).toBe(
      't13i0000h2_000000000000_000000000000',
    );
  });
});

/** A hello of one cipher and a server name, as a handshake message. */
const message = Buffer.concat([
  Buffer.from('0100003d0303', 'hex'), Buffer.alloc(32), Buffer.from('00', 'hex'), Buffer.from('00021301', 'hex'), Buffer.from('0100', 'hex'),
  Buffer.from('0010', 'hex'), Buffer.from('0000000c000a0000076578616d706c65', 'hex'),
]); // prettier-ignore
message.writeUIntBE(message.length - 4, 1, 3);

/** The message in records of these lengths, the rest in a last one. */
function records(...lengths: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const length of [...lengths, message.length]) {
    const piece = message.subarray(at, at + length);
    if (piece.length === 0) break;
    const header = Buffer.from([22, 3, 1, 0, 0]);
    header.writeUInt16BE(piece.length, 3);
    parts.push(header, piece);
    at += length;
  }
  return Buffer.concat(parts);
}

describe('the hello of a stream', () => {
  test('in one record, or in several', () => {
    expect(clientHelloOf(records())).toMatchObject({
      ciphers: [0x1301],
      extensions: [0],
      serverName: 'example',
    });
    expect(clientHelloOf(records(10, 3, 20))).toEqual(clientHelloOf(records()));
  });

  test('not all of it is none of it', () => {
    const whole = records();
    for (let length = 0; length < whole.length; length += 1)
      expect(clientHelloOf(whole.subarray(0, length))).toBeUndefined();
  });

  test('any octets are survived', () => {
    fc.assert(
      fc.property(fc.nat(80), fc.uint8Array({ maxLength: 120 }), (keep, tail) => {
        const octets = Buffer.concat([records().subarray(0, keep), tail]);
        const hello = clientHelloOf(octets);
        expect(hello === undefined || ja4(hello).length >= 36).toBe(true);
        expect(() => hasshText(octets)).not.toThrow();
      }),
      { numRuns: 1_000 },
    );
  });
});
