/**
 * The few parts of Kafka's wire protocol that a producer needs, written from the protocol guide of Apache Kafka
 * (kafka.apache.org/protocol, "Protocol Primitive Types", "Record Batch") and independent of the client under test.
 */

/** Reads primitives in network order; throws a RangeError past the end. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }
  get done(): boolean {
    return this.#at === this.#bytes.length;
  }
  int8(): number {
    return this.take(1).readInt8();
  }
  int16(): number {
    return this.take(2).readInt16BE();
  }
  int32(): number {
    return this.take(4).readInt32BE();
  }
  uint32(): number {
    return this.take(4).readUInt32BE();
  }
  int64(): bigint {
    return this.take(8).readBigInt64BE();
  }
  uvarint(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.take(1).readUInt8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  }
  /** Zigzag, as records have it. */
  varint(): number {
    const value = this.uvarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  take(length: number): Buffer {
    if (length < 0 || this.#at + length > this.#bytes.length) throw new RangeError(`${length} past the end`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
  /** NULLABLE_STRING. */
  string(): string | undefined {
    const length = this.int16();
    return length < 0 ? undefined : this.take(length).toString();
  }
  /** COMPACT_NULLABLE_BYTES and _STRING. */
  compactBytes(): Buffer | undefined {
    const length = this.uvarint();
    return length === 0 ? undefined : this.take(length - 1);
  }
  compactString(): string | undefined {
    return this.compactBytes()?.toString();
  }
  compactArray<T>(item: () => T): T[] {
    const length = this.uvarint() - 1;
    return Array.from({ length: Math.max(0, length) }, item);
  }
  /** TAG_BUFFER; nothing in it is looked at. */
  tags(): void {
    for (let left = this.uvarint(); left > 0; left -= 1) {
      this.uvarint();
      this.take(this.uvarint());
    }
  }
}

export const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
export const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
export function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
export const NO_TAGS = Buffer.from([0]);
export const string = (text: string): Buffer =>
  Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
export const compactBytes = (bytes: Buffer | undefined): Buffer =>
  bytes === undefined ? uvarint(0) : Buffer.concat([uvarint(bytes.length + 1), bytes]);
export const compactString = (text: string | undefined): Buffer =>
  compactBytes(text === undefined ? undefined : Buffer.from(text));
export const compactArray = (items: readonly Buffer[]): Buffer =>
  Buffer.concat([uvarint(items.length + 1), ...items]);

/** CRC-32C, Castagnoli (RFC 3720, appendix B.4: 0x1EDC6F41, reflected). */
export function crc32c(bytes: Buffer): number {
  let crc = 0xff_ff_ff_ff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82_f6_3b_78 : crc >>> 1;
  }
  return (crc ^ 0xff_ff_ff_ff) >>> 0;
}

/** A record of a batch. */
export interface WireRecord {
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** Reads a record batch, version 2, uncompressed. Throws when its CRC or any of its lengths and counts are wrong. */
export function readRecordBatch(bytes: Buffer): readonly WireRecord[] {
  const reader = new WireReader(bytes);
  if (reader.int64() !== 0n) throw new Error('a base offset that is not 0');
  if (reader.int32() !== bytes.length - 12) throw new Error('the length of the batch is wrong');
  reader.int32(); // partition leader epoch
  if (reader.int8() !== 2) throw new Error('not version 2');
  const said = reader.uint32();
  const covered = bytes.subarray(21);
  if (crc32c(covered) !== said) throw new Error('the CRC is wrong');
  if (reader.int16() !== 0) throw new Error('attributes that were not asked for');
  const lastDelta = reader.int32();
  const base = reader.int64();
  const newest = reader.int64();
  reader.take(8 + 2 + 4); // producer id, epoch, sequence
  const count = reader.int32();
  if (lastDelta !== count - 1) throw new Error('the last offset is wrong');
  const records = Array.from({ length: count }, (_, index) => {
    const record = new WireReader(reader.take(reader.varint()));
    record.int8();
    const timestamp = Number(base) + record.varint();
    if (record.varint() !== index) throw new Error('an offset is wrong');
    const text = (): string | undefined => {
      const length = record.varint();
      return length < 0 ? undefined : record.take(length).toString();
    };
    const [key, value] = [text(), text()];
    const headers = Object.fromEntries(
      Array.from({ length: record.varint() }, () => [text()!, text() ?? '']),
    );
    if (!record.done) throw new Error('more in a record than it says');
    return { key, value, headers, timestamp };
  });
  if (!reader.done) throw new Error('more in the batch than it says');
  if (Math.max(...records.map(({ timestamp }) => timestamp)) !== Number(newest))
    throw new Error('the newest timestamp is wrong');
  return records;
}
