import { createCipheriv, createHmac } from 'node:crypto';

/*
 * Initial packets of QUIC written by hand, sealed as a client seals them (RFC 9001, RFC 9369), for tests of their reader.
 */

/** By version number: salt, prefix of the labels, bits of the packet types Initial, 0-RTT, Handshake. */
const VERSIONS = {
  0x0000_0001: { salt: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a', prefix: 'quic', types: [0, 1, 2] },
  0x6b33_43cf: { salt: '0dede3def700a6db819381be6e269dcbf9bd2ed9', prefix: 'quicv2', types: [1, 2, 3] },
} as const;

export type WrittenVersion = keyof typeof VERSIONS;

export interface InitialFields {
  readonly version?: WrittenVersion;
  /** Destination connection ID as it stands in the packet. */
  readonly connection?: Buffer;
  /** The one that keys are made of, where it is another. */
  readonly keyConnection?: Buffer;
  readonly token?: Buffer;
  readonly packetNumber?: number;
  readonly numberLength?: number;
  /** Whether the frames are padded to a datagram of 1,200 octets. */
  readonly padded?: boolean;
}

function expand(secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

/** A number of variable length: RFC 9000, 16. */
export function varint(value: number): Buffer {
  if (value < 64) return Buffer.from([value]);
  const octets = Buffer.alloc(value < 16_384 ? 2 : value < 2 ** 30 ? 4 : 8);
  if (octets.length === 8) octets.writeBigUInt64BE(BigInt(value));
  else octets.writeUIntBE(value, 0, octets.length);
  octets[0] = (octets[0] ?? 0) | ({ 2: 0x40, 4: 0x80, 8: 0xc0 }[octets.length] ?? 0);
  return octets;
}

/** A CRYPTO frame. */
export function cryptoFrame(offset: number, octets: Buffer): Buffer {
  return Buffer.concat([Buffer.from([6]), varint(offset), varint(octets.length), octets]);
}

function longHeader(version: WrittenVersion, first: number, connection: Buffer): Buffer {
  const head = Buffer.alloc(5, first);
  head.writeUInt32BE(version, 1);
  return Buffer.concat([head, Buffer.from([connection.length]), connection, Buffer.from([0])]);
}

/** A client's Initial packet with these frames. */
export function clientInitial(frames: Buffer, fields: InitialFields = {}): Buffer {
  const {
    version = 1,
    connection = Buffer.from('8394c8f03e515708', 'hex'),
    token = Buffer.alloc(0),
  } = fields;
  const { packetNumber = 0, numberLength = 4, padded = true, keyConnection = connection } = fields;
  const { salt, prefix, types } = VERSIONS[version];
  const first = 0xc0 | (types[0] << 4) | (numberLength - 1);
  const before = Buffer.concat([longHeader(version, first, connection), varint(token.length), token]);
  const overhead = before.length + 2 + numberLength + 16;
  const plain = Buffer.concat([
    frames,
    Buffer.alloc(padded ? Math.max(0, 1_200 - overhead - frames.length) : 4),
  ]);
  const number = Buffer.alloc(numberLength);
  number.writeUIntBE(packetNumber % 2 ** (8 * numberLength), 0, numberLength);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(0x4000 | (numberLength + plain.length + 16));
  const header = Buffer.concat([before, length, number]);

  const initial = createHmac('sha256', Buffer.from(salt, 'hex')).update(keyConnection).digest();
  const secret = expand(initial, 'client in', 32);
  const nonce = expand(secret, `${prefix} iv`, 12);
  const wide = Buffer.alloc(12);
  wide.writeBigUInt64BE(BigInt(packetNumber), 4);
  for (const [index, octet] of wide.entries()) nonce[index] = (nonce[index] ?? 0) ^ octet;
  const cipher = createCipheriv('aes-128-gcm', expand(secret, `${prefix} key`, 16), nonce).setAAD(header);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const mask = createCipheriv('aes-128-ecb', expand(secret, `${prefix} hp`, 16), null).update(
    sealed.subarray(4 - numberLength, 20 - numberLength),
  );
  header[0] = first ^ ((mask[0] ?? 0) & 0x0f);
  for (let index = 0; index < numberLength; index += 1)
    header[header.length - numberLength + index]! ^= mask[index + 1] ?? 0;
  return Buffer.concat([header, sealed]);
}

/** A packet of 0-RTT (1) or of the handshake (2), whose contents nobody on the way can read. */
export function sealedPacket(type: 1 | 2, body: Buffer, version: WrittenVersion = 1): Buffer {
  const first = 0xc0 | (VERSIONS[version].types[type] << 4);
  return Buffer.concat([
    longHeader(version, first, Buffer.from('8394c8f03e515708', 'hex')),
    varint(body.length),
    body,
  ]);
}

/** The ClientHello of RFC 9001, A.2, with its header of four octets. */
export const RFC_9001_HELLO = Buffer.from(
  '010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578616d70' +
    '6c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4' +
    '559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c000240010039' +
    '00320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff',
  'hex',
); // prettier-ignore
