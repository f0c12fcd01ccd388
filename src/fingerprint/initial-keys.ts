import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

/*
 * Keys of QUIC's Initial packets: RFC 9001, 5 (version 1), and RFC 9369, 3.3 (version 2). They follow from what stands
 * in the first packet itself, so whoever sees it can read it; they keep nothing secret.
 */

/** What a version of QUIC does in its own way. */
export interface QuicVersion {
  /** Long header packet types, as bits 4 and 5 of the first octet: RFC 9000, 17.2; RFC 9369, 3.2. */
  readonly initial: number;
  readonly handshake: number;
  readonly retry: number;
  readonly salt: Buffer;
  /** HKDF labels of key, nonce and header protection, in their wire form. */
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly headerProtection: Buffer;
}

const KEY_LENGTH = 16;
const IV_LENGTH = 12;
const HASH_LENGTH = 32;
const TAG_LENGTH = 16;
/** Octets of ciphertext that header protection samples, four behind the start of the packet number: RFC 9001, 5.4.2. */
const SAMPLE_LENGTH = 16;
const SAMPLE_AT = 4;

/** HkdfLabel of RFC 8446, 7.1, without context, and the counter of HKDF's first round (RFC 5869, 2.3). */
function label(text: string, length: number): Buffer {
  const name = `tls13 ${text}`;
  return Buffer.from([length >> 8, length & 0xff, name.length, ...Buffer.from(name), 0, 1]);
}

const CLIENT = label('client in', HASH_LENGTH);

function version(types: readonly [number, number, number], salt: string, prefix: string): QuicVersion {
  const [initial, handshake, retry] = types;
  return {
    initial,
    handshake,
    retry,
    salt: Buffer.from(salt, 'hex'),
    key: label(`${prefix} key`, KEY_LENGTH),
    iv: label(`${prefix} iv`, IV_LENGTH),
    headerProtection: label(`${prefix} hp`, KEY_LENGTH),
  };
}

const VERSIONS: ReadonlyMap<number, QuicVersion> = new Map([
  [0x0000_0001, version([0, 2, 3], '38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'quic')],
  [0x6b33_43cf, version([1, 3, 0], '0dede3def700a6db819381be6e269dcbf9bd2ed9', 'quicv2')],
]);

/** The version of this number; undefined when it is not known here: drafts, and versions sent to be refused. */
export function quicVersion(number: number): QuicVersion | undefined {
  return VERSIONS.get(number);
}

function hmac(key: Uint8Array, text: Uint8Array): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** An Initial packet opened. */
export interface OpenedInitial {
  readonly packetNumber: number;
  /** Its frames. */
  readonly frames: Uint8Array;
}

/** What opens the Initial packets that a client sends; nothing of it changes, not even when the server names itself. */
export class InitialKeys {
  readonly #key: Buffer;
  readonly #iv: Buffer;
  readonly #headerProtection: Buffer;

  /** `connection` is the destination connection ID of the client's first packet, or of its first behind a Retry. */
  constructor(of: QuicVersion, connection: Uint8Array) {
    const secret = hmac(hmac(of.salt, connection), CLIENT);
    this.#key = hmac(secret, of.key).subarray(0, KEY_LENGTH);
    this.#iv = hmac(secret, of.iv).subarray(0, IV_LENGTH);
    this.#headerProtection = hmac(secret, of.headerProtection).subarray(0, KEY_LENGTH);
  }

  /**
   * Opens the packet that begins at `start`, has its packet number at `numberAt`, and ends before `end`; `largest` is the
   * largest packet number so far, -1 for none. Undefined when it was not sealed with these keys.
   */
  open(
    data: Uint8Array,
    start: number,
    numberAt: number,
    end: number,
    largest: number,
  ): OpenedInitial | undefined {
    const sampleAt = numberAt + SAMPLE_AT;
    if (sampleAt + SAMPLE_LENGTH > end) return undefined;
    const cipher = createCipheriv('aes-128-ecb', this.#headerProtection, null).setAutoPadding(false);
    const mask = cipher.update(data.subarray(sampleAt, sampleAt + SAMPLE_LENGTH));
    const first = (data[start] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
    const numberLength = (first & 3) + 1;
    // Copied: the header is part of what is authenticated, without its protection.
    const header = Buffer.from(data.subarray(start, numberAt + numberLength));
    header[0] = first;
    const at = numberAt - start;
    for (let index = 0; index < numberLength; index += 1)
      header[at + index] = (header[at + index] ?? 0) ^ (mask[index + 1] ?? 0);
    const packetNumber = wholeNumber(header.readUIntBE(at, numberLength), numberLength, largest);
    const decipher = createDecipheriv('aes-128-gcm', this.#key, this.#nonce(packetNumber), {
      authTagLength: TAG_LENGTH,
    });
    decipher.setAAD(header).setAuthTag(data.subarray(end - TAG_LENGTH, end));
    const frames = decipher.update(data.subarray(numberAt + numberLength, end - TAG_LENGTH));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return { packetNumber, frames };
  }

  /** RFC 9001, 5.3. */
  #nonce(packetNumber: number): Buffer {
    const nonce = Buffer.from(this.#iv);
    const low = packetNumber % 0x1_0000_0000;
    const high = (packetNumber - low) / 0x1_0000_0000;
    nonce.writeInt32BE(nonce.readInt32BE(IV_LENGTH - 8) ^ high, IV_LENGTH - 8);
    nonce.writeInt32BE(nonce.readInt32BE(IV_LENGTH - 4) ^ low, IV_LENGTH - 4);
    return nonce;
  }
}

/** The packet number that its last octets stand for: RFC 9000, A.3. */
function wholeNumber(truncated: number, octets: number, largest: number): number {
  const window = 2 ** (octets * 8);
  const expected = largest + 1;
  const candidate = expected - (expected % window) + truncated;
  if (candidate + window / 2 <= expected) return candidate + window;
  return candidate > expected + window / 2 && candidate >= window ? candidate - window : candidate;
}
