import { z } from 'zod';
import { Fault, type FaultCode } from '../../fault/fault.ts';

/**
 * The protocol between a daemon and its clients: HTTP/1.1 on a Unix domain socket, for its framing of requests, its
 * backpressure and its hang-ups. A request is `POST /store/OPERATION` with the header `tidemark-protocol`; its body is
 * the length of a JSON object (four bytes, the highest first), the object, and the operation's bytes, if any. An answer
 * is a row of frames: a byte that says what it is, a length of four bytes, so many bytes. It is whole only when it ends
 * with an `end` or a `fault`: what was cut off is never taken for an answer.
 *
 * What never changes, so that any two versions can tell each other who is the older: the header, and that another
 * version is answered by status 426 with a JSON object that has `protocol`, `program` and `pid`.
 */
export const PROTOCOL = 2;

/** Header of every request, and of every answer. */
export const PROTOCOL_HEADER = 'tidemark-protocol';

/** What a frame holds. */
export const FRAME = {
  /** Bytes of rows: lines of JSON that may be cut anywhere. */
  rows: 1,
  /** The end of an answer that is whole: nothing, or one JSON value. */
  end: 2,
  /** Why there is no more: a fault as JSON. */
  fault: 3,
} as const;
type FrameKind = (typeof FRAME)[keyof typeof FRAME];

/** A frame as it was read. */
export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
}

/** Most bytes of one frame: rows are sent in pieces of a megabyte, and answers and faults are small. */
export const MOST_FRAME = 8 << 20;

const HEADER = 5;
const KINDS: ReadonlySet<number> = new Set(Object.values(FRAME));

/** The bytes before a payload. */
export function frameHeader(kind: FrameKind, length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER);
  header.writeUInt8(kind, 0);
  header.writeUInt32BE(length, 1);
  return header;
}

/** Cuts a stream of bytes into frames. Throws a Fault `store/bad-frame` on what is none. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes that it takes to go on. */
  #needed = HEADER;

  /** The frames that these bytes complete. */
  *push(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    // Put together only when there is enough: a frame comes in many pieces.
    if (this.#length < this.#needed) return;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    this.#needed = HEADER;
    while (bytes.length >= HEADER) {
      const kind = bytes.readUInt8(0);
      const length = bytes.readUInt32BE(1);
      if (!KINDS.has(kind) || length > MOST_FRAME) throw badFrame(`kind ${kind}, ${length} bytes`);
      if (bytes.length < HEADER + length) {
        this.#needed = HEADER + length;
        break;
      }
      yield { kind: kind as FrameKind, payload: bytes.subarray(HEADER, HEADER + length) };
      bytes = bytes.subarray(HEADER + length);
    }
    this.#chunks = [bytes];
    this.#length = bytes.length;
  }
}

const badFrame = (what: string): Fault =>
  new Fault(
    'store/bad-frame',
    `the daemon answered with something that is no frame: ${what}`,
    'Restart the daemon; when it happens again, report it.',
  );

const faultJson = z.object({
  code: z.string().regex(/^[a-z-]+\/[a-z-]+$/),
  message: z.string(),
  fix: z.string(),
  where: z
    .object({
      file: z.string(),
      line: z.number(),
      column: z.number(),
      offset: z.number(),
      field: z.string(),
    })
    .partial(),
});

/** A fault for the other side. */
export function faultBytes({ code, message, fix, where }: Fault): Buffer {
  const most = 64_000;
  return Buffer.from(JSON.stringify({ code, message: message.slice(0, most), fix, where }));
}

/** The fault that the other side sent. */
export function readFault(bytes: Uint8Array): Fault {
  const parsed = faultJson.safeParse(parseJson(bytes));
  if (!parsed.success) return badFrame('a fault that is none');
  const { code, message, fix, where } = parsed.data;
  const known = Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined));
  return new Fault(code as FaultCode, message, fix, known);
}

/** JSON, or undefined when it is none. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch {
    return undefined;
  }
}

const settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const columns = z.array(z.string());

/** What each operation is given. `doing` names it in messages. */
export const OPERATIONS = {
  /** What the daemon is; the first request of a client. */
  hello: z.object({}),
  read: z.object({
    doing: z.string(),
    text: z.string(),
    values: z.record(z.string(), z.unknown()),
    settings,
  }),
  'read-whole': z.object({ doing: z.string(), text: z.string(), settings }),
  question: z.object({ text: z.string(), settings: z.record(z.string(), z.union([z.string(), z.number()])) }),
  execute: z.object({ doing: z.string(), text: z.string(), settings }),
  /** Followed by NDJSON. */
  insert: z.object({ table: z.string(), columns, settings }),
  /** Followed by RowBinary. */
  'insert-binary': z.object({
    table: z.string(),
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    settings,
  }),
  ddl: z.object({ statement: z.string() }),
  health: z.object({}),
} as const;

/** Name of an operation. */
export type Operation = keyof typeof OPERATIONS;

/** What an operation is given. */
export type Given<O extends Operation> = z.output<(typeof OPERATIONS)[O]>;

const problem = z.object({
  code: z.string() as unknown as z.ZodType<FaultCode>,
  message: z.string(),
  where: z.object({}).loose(),
});

/** Answer to `hello`. */
export const helloJson = z.object({
  protocol: z.number(),
  program: z.string(),
  pid: z.number(),
  dataDir: z.string(),
  ownedSince: z.number(),
  problems: z.array(problem),
});

/** Answer to `health`. */
export const healthJson = z.object({
  mode: z.enum(['embedded', 'daemon', 'server', 'cluster']),
  nodes: z.array(
    z.object({
      name: z.string(),
      version: z.string().optional(),
      problem: problem.optional(),
      memoryBytes: z.number().optional(),
      freeBytes: z.number().optional(),
      usedBytes: z.number().optional(),
    }),
  ),
  problems: z.array(problem),
});

/** What is said to another version, in every version. */
export const otherVersionJson = z.object({ protocol: z.number(), program: z.string(), pid: z.number() });
