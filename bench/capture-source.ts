import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/*
 * A capture of any length, made by repeating captures of the laboratory: each round with other addresses and later times,
 * so that flows are new, and with right IP and transport checksums, which change by the same difference.
 */

const FOLDER = join(import.meta.dirname, '../test/fixtures/packets');
/** Octets handed to the system at once. */
const BATCH = 1 << 20;

interface Frame {
  /** Microseconds since the first packet of its capture. */
  readonly time: number;
  readonly octets: Buffer;
}

/** Frames of all fixtures whose link is Ethernet. */
function frames(folder: string): Frame[][] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .toSorted()
    .map((name) => {
      const data = readFileSync(join(folder, name));
      const found: Frame[] = [];
      let begin = -1;
      for (let at = 24; at + 16 <= data.length;) {
        const length = data.readUInt32LE(at + 8);
        const time = data.readUInt32LE(at) * 1e6 + data.readUInt32LE(at + 4);
        if (begin < 0) begin = time;
        found.push({ time: time - begin, octets: data.subarray(at + 16, at + 16 + length) });
        at += 16 + length;
      }
      return found;
    });
}

/** Adds to a checksum field what adding `step` to two words of what it covers does: RFC 1624. */
function adjust(frame: Buffer, at: number, step: number): void {
  if (at + 2 > frame.length) return;
  let sum = (~frame.readUInt16BE(at) & 0xffff) + step;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  frame.writeUInt16BE(~sum & 0xffff, at);
}

/** Where the checksum of a transport lies in it. */
const CHECKSUM: Readonly<Record<number, number>> = { 6: 16, 17: 6 };

/** Moves both addresses of an IPv4 frame from 10.x into another /8 of their own per round. */
function readdress(octets: Buffer, round: number): Buffer {
  const frame = Buffer.from(octets);
  if (frame.length < 34 || frame.readUInt16BE(12) !== 0x0800) return frame;
  // The upper octet of the first word of each address.
  const step = (round % 100) << 8;
  for (const at of [26, 30]) {
    const before = frame.readUInt16BE(at);
    const after = (before + step) & 0xffff;
    frame.writeUInt16BE(after, at);
    const difference = (after - before + 0xffff) % 0xffff;
    adjust(frame, 24, difference);
    const field = CHECKSUM[frame[23] ?? 0];
    const fragment = (frame.readUInt16BE(20) & 0x3fff) !== 0;
    if (field !== undefined && !fragment) adjust(frame, 14 + ((frame[14] ?? 0) & 15) * 4 + field, difference);
  }
  return frame;
}

/** Writes a capture of at least so many megabytes; gives how many packets it has. */
export function writeCapture(path: string, megabytes: number, folder = FOLDER): number {
  const captures = frames(folder);
  const header = readFileSync(
    join(folder, readdirSync(folder).find((name) => name.endsWith('.pcap')) ?? ''),
  ).subarray(0, 24);
  const fd = openSync(path, 'w');
  let packets = 0;
  let written = 24;
  let start = 1_795_290_000e6;
  let parts: Buffer[] = [header];
  let waiting = 24;
  const flush = (): void => {
    writeSync(fd, Buffer.concat(parts));
    parts = [];
    waiting = 0;
  };
  for (let round = 0; written < megabytes * 1e6; round += 1) {
    for (const capture of captures) {
      for (const { time, octets } of capture) {
        const record = Buffer.alloc(16);
        const at = start + time;
        record.writeUInt32LE(Math.floor(at / 1e6), 0);
        record.writeUInt32LE(at % 1e6, 4);
        record.writeUInt32LE(octets.length, 8);
        record.writeUInt32LE(octets.length, 12);
        parts.push(record, readdress(octets, round));
        packets += 1;
        written += 16 + octets.length;
        waiting += 16 + octets.length;
        if (waiting >= BATCH) flush();
      }
      start += (capture.at(-1)?.time ?? 0) + 1e6;
    }
  }
  flush();
  closeSync(fd);
  return packets;
}
