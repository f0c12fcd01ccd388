import { Buffer } from 'node:buffer';
import { parseIpv4 } from '../../net/ip-address.ts';
import { Fault, type Problem } from '../../fault/fault.ts';
import { AddressSet, HostSlices } from '../diff/host-slices.ts';
import { ReachBuilder } from '../diff/missing-host.ts';
import type { Host } from '../model/host.ts';
import type { ScanEvent, ScanReader } from '../model/scan-event.ts';
import {
  privilegesOf,
  seriesOf,
  type RunContext,
  type RunFooter,
  type RunHeader,
  type RunId,
  type RunInfo,
} from '../model/scan-run.ts';
import { DETECT_BYTES, detectFormat } from '../parse/detect.ts';
import { createReader } from '../parse/read-scan.ts';
import { severalRuns } from './diff-verdict.ts';

/** One side of a diff: decompressed bytes, from the beginning each time they are asked for. */
export interface DiffInput {
  /** As the user gave it; for messages. */
  readonly name: string;
  /** Undefined when the bytes can be had only once (a pipe). */
  readonly again: boolean;
  /** The chunks; each may be overwritten once the next is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Something that only reading both inputs whole can judge: two hosts of one address, XML that Nmap does not write. */
export class NotPlain extends Error {}

/** The error of a reader with the name of the input in it: of two, a user has to know which. */
export function ofInput(name: string, error: unknown): unknown {
  if (!(error instanceof Fault) || error.where.file !== undefined) return error;
  return new Fault(error.code, error.message, error.fix, { ...error.where, file: name }, { cause: error });
}

/** Two files that a user holds against each other are taken to come from one place. */
export function contextOf(header: RunHeader | undefined): RunContext {
  return {
    id: '' as RunId,
    vantage: 'default',
    profile: header === undefined ? 'default' : seriesOf(header),
    privileges: header === undefined ? 'unknown' : privilegesOf(header),
  };
}

/** A host is known by its address: a number for plain IPv4, else text. */
export type Key = number | string;
/** A host that waits for its twin: its bytes, or what a reader made of them. */
export type Waiting = { readonly bytes: Buffer } | { readonly host: Host };

/** One input of a twin diff: slices, and the reader for those that have to be read. */
export class Side {
  readonly slices = new HostSlices();
  readonly waiting = new Map<Key, Waiting>();
  readonly reach = new ReachBuilder();
  readonly problems: Problem[] = [];
  readonly name: string;
  header: RunHeader | undefined;
  footer: RunFooter | undefined;
  /** Hosts that came out of the reader on its own account, from a document whose hosts are no slices. */
  readonly unsliced: Host[] = [];
  /** Whether `slices` stands on a host that has not been matched. */
  standing = false;
  ended = false;
  #reader: ScanReader | undefined;
  /** The first bytes, until there are enough to tell the format. */
  #head: Buffer = Buffer.alloc(0);
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #seen = new AddressSet();
  readonly #seenOther = new Set<string>();
  /** Held back until every slice has been read: after the root has closed the reader reads no more. */
  #tail: Buffer | undefined;
  #sawHost = false;

  constructor(input: DiffInput) {
    this.name = input.name;
    this.#chunks = input.chunks()[Symbol.asyncIterator]();
  }

  /** Moves on to the next host, or to the end; false when that needs more bytes. */
  advance(): boolean {
    const { slices } = this;
    this.standing = false;
    while (!this.ended) {
      const piece = this.#reader === undefined ? 'more' : slices.next();
      if (piece === 'more') return false;
      if (piece === 'host') {
        if (this.#isReady()) {
          this.standing = true;
          return true;
        }
      } else if (piece === 'end') this.ended = true;
      else if (!this.#sawHost || !isBlank(slices)) {
        this.#takeBetween(slices.buffer.subarray(slices.from, slices.to));
      }
    }
    return true;
  }

  /** Gets more bytes. */
  async fill(): Promise<void> {
    const { value, done } = await this.#chunks.next();
    if (done === true) {
      if (this.#reader === undefined) this.#start();
      this.slices.finish();
    } else if (this.#reader === undefined) {
      this.#head = Buffer.concat([this.#head, value]);
      if (this.#head.length >= DETECT_BYTES) this.#start();
    } else this.slices.push(value);
  }

  #start(): void {
    let format: ReturnType<typeof detectFormat>;
    try {
      format = detectFormat(this.#head);
    } catch (error) {
      throw ofInput(this.name, error);
    }
    if (format !== 'nmap-xml') throw new NotPlain();
    this.#reader = createReader(format);
    this.slices.push(this.#head);
    this.#head = Buffer.alloc(0);
  }

  /** Closes the input early. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Prepares for the host that `slices` stands on; false when the reader has taken it for itself. */
  #isReady(): boolean {
    // A comment may hide what looks like a host. Before the first one, the head has been looked at.
    if (!this.#sawHost) this.slices.forgetMarkup();
    if (this.slices.followsMarkup) throw new NotPlain();
    if (this.#tail !== undefined) {
      this.#read(this.#tail);
      this.#tail = undefined;
    }
    this.#sawHost = true;
    if (this.header !== undefined) return true;
    // The reader tells of the run when it meets the first host.
    const host = this.read(this.slices.buffer.subarray(this.slices.from, this.slices.to));
    if (this.header === undefined) throw new NotPlain();
    this.unsliced.push(host);
    return false;
  }

  #takeBetween(bytes: Buffer): void {
    if (!this.#sawHost) {
      if (!isPlainHead(bytes)) throw new NotPlain();
      this.#read(bytes);
    } else {
      this.#tail = this.#tail === undefined ? Buffer.from(bytes) : Buffer.concat([this.#tail, bytes]);
    }
  }

  /** Reads one slice: exactly one host. */
  read(bytes: Buffer): Host {
    const before = this.unsliced.length;
    this.#read(bytes);
    const [host, ...others] = this.unsliced.splice(before);
    if (host === undefined || others.length > 0) throw new NotPlain();
    return host;
  }

  #read(bytes: Uint8Array): void {
    try {
      for (const event of this.#reader?.push(bytes) ?? []) this.#take(event);
    } catch (error) {
      throw ofInput(this.name, error);
    }
  }

  finish(): void {
    if (this.#tail !== undefined) this.#read(this.#tail);
    for (const event of this.#reader?.end() ?? []) this.#take(event);
  }

  #take(event: ScanEvent): void {
    switch (event.kind) {
      case 'run':
        if (this.header !== undefined) throw severalRuns(this.name, 2);
        this.header = event.header;
        break;
      case 'host':
        this.unsliced.push(event.host);
        break;
      case 'problem':
        // The reader did not see all bytes, so its offsets are not those of the file.
        this.problems.push({ ...event.problem, where: { file: this.name } });
        break;
      case 'end':
        this.footer = event.footer;
        break;
      default:
        event satisfies never;
    }
  }

  /** Notes a host by its key. Two of one key have to be merged, which a twin diff cannot. */
  note(key: Key): void {
    if (typeof key === 'number') {
      if (!this.#seen.add(key)) throw new NotPlain();
    } else {
      if (this.#seenOther.has(key)) throw new NotPlain();
      this.#seenOther.add(key);
    }
  }

  info(): RunInfo {
    if (this.header === undefined || this.footer === undefined) throw new NotPlain();
    return { ...this.header, ...this.footer, ...contextOf(this.header) };
  }
}

/** Whether the bytes before the first host can be handed to the reader as they are: nothing is open in them but the root. */
function isPlainHead(bytes: Buffer): boolean {
  const declared = /encoding=["']([^"']+)["']/.exec(bytes.toString('latin1', 0, 200))?.[1];
  if (declared !== undefined && declared.toLowerCase() !== 'utf-8') return false;
  return !bytes.includes('<![CDATA[') && bytes.lastIndexOf('<!--') <= bytes.lastIndexOf('-->');
}

/** Whether only a little white space, which means nothing, stands between two hosts; Nmap writes one line feed. */
function isBlank({ buffer, from, to }: HostSlices): boolean {
  if (to - from > 8) return false;
  for (let index = from; index < to; index += 1) {
    const byte = buffer[index];
    if (byte !== 0x0a && byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}

/** The key of a host that the reader made. */
export function keyOf(host: Host): Key {
  return parseIpv4(host.address) ?? host.address;
}

/** The bytes of the host that a side stands on; a view that the next chunk overwrites. */
export function standingOn({ slices }: Side): { readonly bytes: Buffer } {
  return { bytes: slices.buffer.subarray(slices.from, slices.to) };
}
