import { i32, u8 } from '../packet/bytes.ts';
import { parseClientHello, type ClientHello } from './client-hello.ts';
import { CryptoStream } from './crypto-stream.ts';
import { InitialKeys, quicVersion, type OpenedInitial, type QuicVersion } from './initial-keys.ts';

/** Initial packets of a connection that are opened; Chromium needs two, and sends them five times if nobody answers. */
const MOST_PACKETS = 32;
/** Packets that do not open before a connection is given up: each costs as much as one that does. */
const MOST_UNOPENED = 4;
/** RFC 9000, 17.2. */
const LONGEST_CONNECTION_ID = 20;
/** Long header and fixed bit: RFC 9000, 17.2. */
const LONG_HEADER = 0xc0;
/** RFC 9000, 14.1: a client pads its datagrams with Initial packets to at least this; servers drop shorter ones. */
const SHORTEST_DATAGRAM = 1_200;

const CLIENT_HELLO = 1;

/** Frames that Initial packets may have: RFC 9000, 12.4. */
const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
const CRYPTO = 0x06;
const CONNECTION_CLOSE = 0x1c;

/**
 * Why an Initial packet was of no use: its length goes beyond what was captured, it does not open with the keys of any
 * client, a frame is not allowed in it, its CRYPTO frames are too long or too many, or they hold no ClientHello.
 */
export type QuicFault = 'quic-cut' | 'quic-tag' | 'quic-frame' | 'quic-crypto' | 'quic-no-client-hello';

/** Whether a datagram of `length` octets, `data[start]` the first, begins as the first of a QUIC client does. */
export function beginsQuic(data: Uint8Array, start: number, length: number): boolean {
  return (
    length >= SHORTEST_DATAGRAM &&
    (u8(data, start) & LONG_HEADER) === LONG_HEADER &&
    quicVersion(i32(data, start + 1)) !== undefined
  );
}

/** Numbers of variable length (RFC 9000, 16), one after the other. */
class Cursor {
  at: number;
  /** Whether something was asked for beyond the end; what was given then means nothing. */
  cut = false;
  readonly #data: Uint8Array;
  readonly #end: number;

  constructor(data: Uint8Array, at: number, end: number) {
    this.#data = data;
    this.at = at;
    this.#end = end;
  }

  octet(): number {
    const value = u8(this.#data, this.at);
    this.skip(1);
    return value;
  }

  /** Exact up to 2^53, and large beyond. */
  number(): number {
    const first = u8(this.#data, this.at);
    const length = 1 << (first >> 6);
    let value = first & 0x3f;
    for (let index = 1; index < length; index += 1) value = value * 256 + u8(this.#data, this.at + index);
    this.skip(length);
    return value;
  }

  skip(octets: number): void {
    this.at += octets;
    if (this.at > this.#end) {
      this.at = this.#end;
      this.cut = true;
    }
  }
}

/** What a client of QUIC says first. Bounded in packets, octets and work; whatever it is given, it does not throw. */
export class QuicClient {
  /** Its first ClientHello, as soon as all of it came. */
  hello: ClientHello | undefined = undefined;
  /** Whether the client went on to packets that take the server's answer to seal. */
  wentOn = false;
  readonly #fault: (reason: QuicFault) => void;
  #keys: InitialKeys | undefined;
  #stream = new CryptoStream();
  #largest = -1;
  #packetsLeft = MOST_PACKETS;
  #unopenedLeft = MOST_UNOPENED;

  /** `fault` hears of what could not be used. */
  constructor(fault: (reason: QuicFault) => void) {
    this.#fault = fault;
  }

  /** Whether there may still be something to find. */
  get waits(): boolean {
    return this.hello === undefined && this.#packetsLeft > 0 && this.#unopenedLeft > 0;
  }

  /** Takes a datagram of the client, with all packets in it (RFC 9000, 12.2). */
  take(data: Uint8Array, start: number, end: number): void {
    for (let at = start; at >= 0 && at < end;) at = this.#packet(data, at, end);
  }

  /** Takes the packet at `start`; gives where the next begins, -1 when there is none that could be read. */
  #packet(data: Uint8Array, start: number, end: number): number {
    const first = u8(data, start);
    const version = quicVersion(i32(data, start + 1));
    if ((first & LONG_HEADER) !== LONG_HEADER || version === undefined) return -1;
    const type = (first >> 4) & 3;
    // A Retry is a server's, and ends with the datagram.
    if (type === version.retry) return -1;
    const cursor = new Cursor(data, start + 5, end);
    const idLength = cursor.octet();
    const id = data.subarray(cursor.at, cursor.at + idLength);
    cursor.skip(idLength);
    const sourceLength = cursor.octet();
    cursor.skip(sourceLength);
    if (idLength > LONGEST_CONNECTION_ID || sourceLength > LONGEST_CONNECTION_ID) return -1;
    if (type === version.initial) cursor.skip(cursor.number());
    const length = cursor.number();
    const numberAt = cursor.at;
    cursor.skip(length);
    if (cursor.cut) {
      if (type === version.initial) this.#fault('quic-cut');
      return -1;
    }
    if (type === version.handshake) this.wentOn ||= this.hello !== undefined;
    else if (type === version.initial && this.waits)
      this.#initial(data, start, numberAt, cursor.at, version, id);
    return cursor.at;
  }

  #initial(
    data: Uint8Array,
    start: number,
    numberAt: number,
    end: number,
    version: QuicVersion,
    id: Uint8Array,
  ): void {
    this.#packetsLeft -= 1;
    const opened = this.#keys?.open(data, start, numberAt, end, this.#largest);
    const packet = opened ?? this.#openAnew(data, start, numberAt, end, new InitialKeys(version, id));
    if (packet === undefined) {
      this.#unopenedLeft -= 1;
      this.#fault('quic-tag');
      return;
    }
    this.#largest = Math.max(this.#largest, packet.packetNumber);
    this.#frames(packet.frames);
  }

  /** The first packet of a connection: of the flow's first, or of the one that follows a Retry. */
  #openAnew(
    data: Uint8Array,
    start: number,
    numberAt: number,
    end: number,
    keys: InitialKeys,
  ): OpenedInitial | undefined {
    const opened = keys.open(data, start, numberAt, end, -1);
    if (opened === undefined) return undefined;
    this.#keys = keys;
    this.#largest = -1;
    this.#stream = new CryptoStream();
    return opened;
  }

  #frames(frames: Uint8Array): void {
    const cursor = new Cursor(frames, 0, frames.length);
    while (cursor.at < frames.length) {
      const type = cursor.number();
      if (type === CONNECTION_CLOSE) return;
      if (type === CRYPTO) {
        const offset = cursor.number();
        const length = cursor.number();
        const from = cursor.at;
        cursor.skip(length);
        if (!cursor.cut && !this.#stream.take(frames, from, cursor.at, offset)) {
          this.#giveUp('quic-crypto');
          return;
        }
      } else if (type === ACK || type === ACK_ECN) skipAck(cursor, type === ACK_ECN);
      else if (type !== PADDING && type !== PING) cursor.cut = true;
      if (cursor.cut) {
        this.#fault('quic-frame');
        return;
      }
    }
    this.#look();
  }

  /** Looks whether the ClientHello is whole by now: RFC 8446, 4. */
  #look(): void {
    const { head } = this.#stream;
    if (head.length < 4) return;
    if (head[0] !== CLIENT_HELLO) return this.#giveUp('quic-no-client-hello');
    const end = 4 + ((u8(head, 1) << 16) | (u8(head, 2) << 8) | u8(head, 3));
    if (head.length < end) return;
    this.hello = parseClientHello(head.subarray(4, end));
    if (this.hello === undefined) return this.#giveUp('quic-no-client-hello');
    this.#stream = new CryptoStream();
  }

  #giveUp(reason: QuicFault): void {
    this.#packetsLeft = 0;
    this.#stream = new CryptoStream();
    this.#fault(reason);
  }
}

/** RFC 9000, 19.3: largest, delay, count of ranges, first range, then ranges, then counts of ECN. */
function skipAck(cursor: Cursor, withEcn: boolean): void {
  cursor.number();
  cursor.number();
  const ranges = cursor.number();
  cursor.number();
  for (let index = 0; index < ranges * 2 + (withEcn ? 3 : 0) && !cursor.cut; index += 1) cursor.number();
}
