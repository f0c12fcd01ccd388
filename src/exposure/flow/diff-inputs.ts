import { Buffer } from 'node:buffer';
import { formatIpv4, parseIpv4 } from '../../net/ip-address.ts';
import { Fault, type Problem } from '../../fault/fault.ts';
import { addressOfSlice, AddressSet, HostSlices } from '../diff/host-slices.ts';
import { sameHostBytes } from '../diff/same-host-bytes.ts';
import { compareRuns } from '../diff/compare-runs.ts';
import { diffHost } from '../diff/diff-host.ts';
import { diffMissing, diffRunLevel, pairRuns, sortHostDiffs } from '../diff/diff-runs.ts';
import { ReachBuilder } from '../diff/missing-host.ts';
import { quieten, type NoiseRules } from '../diff/noise.ts';
import { sortChanges } from '../diff/sort-changes.ts';
import { collectRun } from '../model/collect-run.ts';
import { viewHost } from '../model/coverage.ts';
import { depthOf, type Depth } from '../model/depth.ts';
import type { Host } from '../model/host.ts';
import type { HostDiff, RunDiff } from '../model/run-diff.ts';
import type { ScanEvent, ScanReader } from '../model/scan-event.ts';
import {
  privilegesOf,
  type RunContext,
  type RunFooter,
  type RunHeader,
  type RunId,
  type RunInfo,
  type ScanRun,
} from '../model/scan-run.ts';
import { DETECT_BYTES, detectFormat } from '../parse/detect.ts';
import { createReader, DetectingReader } from '../parse/read-scan.ts';

export { changeSetOf } from '../diff/diff-runs.ts';

/** One side of a diff: decompressed bytes, from the beginning each time they are asked for. */
export interface DiffInput {
  /** As the user gave it; for messages. */
  readonly name: string;
  /** Undefined when the bytes can be had only once (a pipe). */
  readonly again: boolean;
  /** The chunks; each may be overwritten once the next is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** How to diff two inputs. */
export interface InputDiffOptions {
  /** Also keep the hosts that did not change. Takes memory for all hosts of both. Default false. */
  readonly verbose?: boolean;
  /** Go on although the scans are not comparable. Default false: a Fault `diff/not-comparable`. */
  readonly evenIfIncomparable?: boolean;
  readonly noise?: NoiseRules;
}

/** What came of it. */
export interface InputDiff {
  readonly diff: RunDiff;
  readonly verdict: 'equal' | 'different';
  /** What was set aside while reading. */
  readonly problems: { readonly a: readonly Problem[]; readonly b: readonly Problem[] };
}

/** Something that only reading both inputs whole can judge: two hosts of one address, XML that Nmap does not write. */
class NotPlain extends Error {}

/**
 * Diffs two inputs of any format without a store. Hosts of two XML files that are equal byte for byte, but for
 * what is never compared, are not read at all, and only hosts that changed stay in memory. Inputs that are not
 * as plain as Nmap writes them are read whole instead. Throws what the readers throw, `diff/not-comparable`,
 * and `diff/several-runs` for an input that holds more than one scan.
 */
export async function diffInputs(
  a: DiffInput,
  b: DiffInput,
  options: InputDiffOptions = {},
): Promise<InputDiff> {
  if (options.verbose === true || !a.again || !b.again) return diffWhole(a, b, options);
  try {
    return await new TwinDiff(a, b, options).run();
  } catch (error) {
    if (error instanceof NotPlain) return diffWhole(a, b, options);
    throw error;
  }
}

async function diffWhole(a: DiffInput, b: DiffInput, options: InputDiffOptions): Promise<InputDiff> {
  return diffScans(await readWhole(a), await readWhole(b), options);
}

/** A scan in memory, with what was set aside when it was read. */
export interface WholeScan {
  readonly run: ScanRun;
  readonly problems: readonly Problem[];
}

/** Diffs two scans that are in memory: of the history, from a file, or a baseline in the shape of a scan. Throws `diff/not-comparable`. */
export function diffScans(a: WholeScan, b: WholeScan, options: InputDiffOptions = {}): InputDiff {
  const diff = pairRuns(a.run, b.run, { evenIfIncomparable: true });
  return conclude(diff, options, { a: a.problems, b: b.problems });
}

/** Reads an input whole. Throws what the readers throw, and `diff/several-runs`. */
export async function readWhole(input: DiffInput): Promise<WholeScan> {
  const reader = new DetectingReader();
  const events: ScanEvent[] = [];
  for await (const chunk of input.chunks()) events.push(...reader.push(chunk));
  events.push(...reader.end());
  const [run, ...others] = collectRun(events, contextOf(undefined));
  if (run === undefined || others.length > 0) throw severalRuns(input.name, others.length + 1);
  return {
    run: { ...run, info: { ...run.info, ...contextOf(run.info) } },
    problems: events.flatMap((event) => (event.kind === 'problem' ? [event.problem] : [])),
  };
}

/** Two files that a user holds against each other are taken to come from one place. */
function contextOf(header: RunHeader | undefined): RunContext {
  return {
    id: '' as RunId,
    vantage: 'default',
    profile: 'default',
    privileges: header === undefined ? 'unknown' : privilegesOf(header),
  };
}

function severalRuns(name: string, count: number): Fault {
  return new Fault(
    'diff/several-runs',
    `${name} holds ${count} scans, not one`,
    'Import the file and diff its scans by their identifiers.',
    { file: name },
  );
}

function conclude(diff: RunDiff, options: InputDiffOptions, problems: InputDiff['problems']): InputDiff {
  const { comparability } = diff;
  if (!comparability.comparable && options.evenIfIncomparable !== true) {
    throw new Fault(
      'diff/not-comparable',
      `these scans are not comparable: ${comparability.why.join('; ')}`,
      'Diff scans of one kind, or add --anyway to see what differs all the same.',
    );
  }
  const rules = options.noise ?? {};
  const hosts = diff.hosts
    .map((host) => ({ ...host, changes: quieten(host.changes, rules).changes }))
    .filter((host) => options.verbose === true || host.changes.length > 0);
  const equal = diff.runChanges.length === 0 && hosts.every((host) => host.changes.length === 0);
  return { diff: { ...diff, hosts }, verdict: equal ? 'equal' : 'different', problems };
}

/** A host is known by its address: a number for plain IPv4, else text. */
type Key = number | string;
/** A host that waits for its twin: its bytes, or what a reader made of them. */
type Waiting = { readonly bytes: Buffer } | { readonly host: Host };

/** One input of a twin diff: slices, and the reader for those that have to be read. */
class Side {
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
    const format = detectFormat(this.#head);
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
    for (const event of this.#reader?.push(bytes) ?? []) this.#take(event);
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

function keyOf(host: Host): Key {
  return parseIpv4(host.address) ?? host.address;
}

function standingOn({ slices }: Side): { readonly bytes: Buffer } {
  return { bytes: slices.buffer.subarray(slices.from, slices.to) };
}

/** Walks two inputs side by side. */
class TwinDiff {
  readonly #a: Side;
  readonly #b: Side;
  readonly #options: InputDiffOptions;
  readonly #hosts: HostDiff[] = [];
  #depth: Depth | undefined;

  constructor(a: DiffInput, b: DiffInput, options: InputDiffOptions) {
    this.#a = new Side(a);
    this.#b = new Side(b);
    this.#options = options;
  }

  async run(): Promise<InputDiff> {
    const a = this.#a;
    const b = this.#b;
    try {
      while (!a.advance()) await a.fill();
      while (!b.advance()) await b.fill();
      while (!a.ended || !b.ended) {
        if (a.unsliced.length > 0) this.#drain(a, b);
        if (b.unsliced.length > 0) this.#drain(b, a);
        const moved = this.#step();
        if (moved !== 'b') while (!a.advance()) await a.fill();
        if (moved !== 'a') while (!b.advance()) await b.fill();
      }
      this.#drain(a, b);
      this.#drain(b, a);
      return this.#finish();
    } finally {
      await a.close();
      await b.close();
    }
  }

  /** Takes over hosts that the reader has met outside of slices. */
  #drain(side: Side, other: Side): void {
    for (const host of side.unsliced.splice(0)) {
      side.note(keyOf(host));
      this.#match(side, other, keyOf(host), { host });
    }
  }

  /** Matches the hosts on which the sides stand, or puts one aside; says which sides are through with theirs. */
  #step(): 'a' | 'b' | 'both' {
    const a = this.#a;
    const b = this.#b;
    const x = a.slices;
    const y = b.slices;
    const both = a.standing && b.standing;
    const same = both && sameHostBytes(x.buffer, x.from, x.to, y.buffer, y.from, y.to);
    const keyA = a.standing ? addressOfSlice(x.buffer, x.from, x.to) : -1;
    if (same && keyA >= 0) {
      a.note(keyA);
      b.note(keyA);
      a.reach.count();
      b.reach.count();
      return 'both';
    }
    const keyB = b.standing ? addressOfSlice(y.buffer, y.from, y.to) : -1;
    if (both && keyA >= 0 && keyA === keyB) {
      a.note(keyA);
      b.note(keyA);
      this.#compare(keyA, standingOn(a), standingOn(b));
      return 'both';
    }
    // Files in the order of addresses run side by side when the smaller address goes first; in any other
    // order hosts wait for their twins.
    const aFirst = !b.standing || keyA < keyB || b.waiting.has(keyA);
    if (a.standing && aFirst) {
      this.#put(a, b, keyA);
      return 'a';
    }
    this.#put(b, a, keyB);
    return 'b';
  }

  #put(side: Side, other: Side, key: number): void {
    const waiting = standingOn(side);
    if (key < 0) {
      side.unsliced.push(side.read(waiting.bytes));
    } else {
      side.note(key);
      this.#match(side, other, key, waiting);
    }
  }

  #match(side: Side, other: Side, key: Key, mine: Waiting): void {
    const twin = other.waiting.get(key);
    if (twin === undefined) {
      // A view into the window does not outlive the next chunk.
      side.waiting.set(key, 'bytes' in mine ? { bytes: Buffer.from(mine.bytes) } : mine);
      return;
    }
    other.waiting.delete(key);
    if (side === this.#a) this.#compare(key, mine, twin);
    else this.#compare(key, twin, mine);
  }

  #compare(key: Key, mine: Waiting, twin: Waiting): void {
    if ('bytes' in mine && 'bytes' in twin) {
      const { bytes: x } = mine;
      const { bytes: y } = twin;
      if (sameHostBytes(x, 0, x.length, y, 0, y.length)) {
        this.#a.reach.count();
        this.#b.reach.count();
        return;
      }
    }
    const before = this.#read(this.#a, key, mine);
    const after = this.#read(this.#b, key, twin);
    const { header: headerA } = this.#a;
    const { header: headerB } = this.#b;
    if (headerA === undefined || headerB === undefined) throw new NotPlain();
    this.#depth ??= depthOf(headerA, headerB);
    const views = { before: viewHost(headerA, before), after: viewHost(headerB, after) };
    const changes = diffHost(views.before, views.after, this.#depth);
    if (changes.length > 0)
      this.#hosts.push({ host: before.address, ...views, changes: sortChanges(changes) });
  }

  #read(side: Side, key: Key, waiting: Waiting): Host {
    const host = 'host' in waiting ? waiting.host : side.read(waiting.bytes);
    if (host.address !== (typeof key === 'number' ? formatIpv4(key) : key)) throw new NotPlain();
    side.reach.add(host);
    return host;
  }

  #finish(): InputDiff {
    const a = this.#a;
    const b = this.#b;
    const onlyA = Array.from(a.waiting, ([key, waiting]) => this.#read(a, key, waiting));
    const onlyB = Array.from(b.waiting, ([key, waiting]) => this.#read(b, key, waiting));
    a.finish();
    b.finish();
    if (a.unsliced.length + b.unsliced.length > 0) throw new NotPlain();
    const infoA = a.info();
    const infoB = b.info();
    const depth = depthOf(infoA, infoB);
    // Whether a name typed as a target stands at another address can only be told when all hosts are read.
    const typed = [...onlyA, ...onlyB].some((host) => host.hostnames.some((name) => name.type === 'user'));
    if (typed) throw new NotPlain();
    const reachA = a.reach.finish(infoA);
    const reachB = b.reach.finish(infoB);
    const hosts = [...this.#hosts];
    for (const host of onlyA) {
      const changes = diffMissing(host, 'before', reachB, reachA);
      hosts.push({ host: host.address, before: viewHost(infoA, host), after: undefined, changes });
    }
    for (const host of onlyB) {
      const changes = diffMissing(host, 'after', reachA, reachB);
      hosts.push({ host: host.address, before: undefined, after: viewHost(infoB, host), changes });
    }
    const diff: RunDiff = {
      a: infoA,
      b: infoB,
      comparability: compareRuns(infoA, infoB),
      depth,
      runChanges: sortChanges(diffRunLevel(infoA, infoB, depth)),
      hosts: sortHostDiffs(hosts),
    };
    return conclude(diff, this.#options, { a: a.problems, b: b.problems });
  }
}
