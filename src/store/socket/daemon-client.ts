import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { Fault } from '../../fault/fault.ts';
import {
  FRAME,
  FrameReader,
  otherVersionJson,
  parseJson,
  PROTOCOL,
  PROTOCOL_HEADER,
  readFault,
  type Frame,
  type Given,
  type Operation,
} from './frames.ts';
import { deniedFault } from './place.ts';

/** A stretch of rows, or the value at the end. */
type Piece = { readonly rows: Buffer } | { readonly value: unknown };

/** Speaks with a daemon over its socket. Throws Faults: its own `store/daemon-…`, and those that the daemon sends. */
export class DaemonClient {
  readonly path: string;
  // One connection for each request under way, kept for the next: a reader that pauses holds up nobody.
  readonly #agent = new Agent({ keepAlive: true });

  constructor(path: string) {
    this.path = path;
  }

  /** Makes a request and gives the value at its end. */
  async call<O extends Operation>(
    operation: O,
    given: Given<O>,
    signal?: AbortSignal,
    body?: Uint8Array,
  ): Promise<unknown> {
    for await (const piece of this.#exchange('POST', `/store/${operation}`, encode(given, body), signal))
      if ('value' in piece) return piece.value;
    throw this.#gone();
  }

  /** Makes a request and gives the rows that it answers, as chunks of bytes. */
  async *rows<O extends Operation>(
    operation: O,
    given: Given<O>,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#exchange('POST', `/store/${operation}`, encode(given), signal))
      if ('rows' in piece) yield piece.rows;
  }

  /** One of the daemon's facts, by its name. Throws a Fault `store/daemon-silent` when the signal comes first. */
  async fact(name: string, signal?: AbortSignal): Promise<unknown> {
    for await (const piece of this.#exchange('GET', `/${name}`, [], signal))
      if ('value' in piece) return piece.value;
    throw this.#gone();
  }

  close(): void {
    this.#agent.destroy();
  }

  async *#exchange(
    method: string,
    path: string,
    body: readonly Uint8Array[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Piece> {
    const length = body.reduce((sum, part) => sum + part.length, 0);
    const asked = request({
      socketPath: this.path,
      path,
      method,
      agent: this.#agent,
      headers: { [PROTOCOL_HEADER]: PROTOCOL, ...(method === 'GET' ? {} : { 'content-length': length }) },
      ...(signal === undefined ? {} : { signal }),
    });
    let whole = false;
    try {
      const response = await send(asked, body);
      if (response.statusCode === 426) throw await this.#otherVersion(response);
      const reader = new FrameReader();
      for await (const chunk of response as AsyncIterable<Buffer>) {
        for (const frame of reader.push(chunk)) {
          whole = frame.kind !== FRAME.rows;
          yield pieceOf(frame);
        }
      }
      if (!whole) throw this.#gone();
    } catch (error) {
      if (error instanceof Fault) throw error;
      if (signal?.aborted === true) throw this.#silent(error);
      throw this.#gone(error);
    } finally {
      // Left early: the daemon stops what it does for us when the connection ends.
      if (!whole) asked.destroy();
    }
  }

  #gone(cause?: unknown): Fault {
    const { code } = (cause ?? {}) as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') return deniedFault(this.path, cause);
    return new Fault(
      'store/daemon-gone',
      'the daemon that had the history open is gone',
      'Run the command again. What it had not acknowledged may have to be done anew; nothing is half there.',
      { file: this.path },
      { cause },
    );
  }

  /** It was not waited for any longer. */
  #silent(cause: unknown): Fault {
    return new Fault(
      'store/daemon-silent',
      'the daemon that has the history open does not answer',
      'Look at its log; stop it, and start it again.',
      { file: this.path },
      { cause },
    );
  }

  async #otherVersion(response: IncomingMessage): Promise<Fault> {
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const parsed = otherVersionJson.safeParse(parseJson(Buffer.concat(chunks)));
    if (!parsed.success) return this.#gone();
    const { protocol, program, pid } = parsed.data;
    const [word, fix] =
      protocol > PROTOCOL
        ? ['newer', `Use the tidemark of version ${program}, or stop the daemon.`]
        : ['older', 'Restart the daemon, so that it runs this program.'];
    return new Fault(
      'store/daemon-version',
      `the history is open in a daemon (process ${pid}, Tidemark ${program}) that is ${word} than this program: it speaks protocol ${protocol}, this program ${PROTOCOL}`,
      fix,
      { file: this.path },
    );
  }
}

function pieceOf({ kind, payload }: Frame): Piece {
  switch (kind) {
    case FRAME.rows:
      return { rows: payload };
    case FRAME.end:
      return { value: payload.length === 0 ? undefined : parseJson(payload) };
    case FRAME.fault:
      throw readFault(payload);
    default:
      return kind satisfies never;
  }
}

/** UInt64 parameters are bigint: the engine takes their digits as well. */
function encode(given: object, body?: Uint8Array): readonly Uint8Array[] {
  const text = JSON.stringify(given, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  const head = Buffer.from(text);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(head.length);
  return [length, head, ...(body === undefined ? [] : [body])];
}

/** The answer may come before everything was sent: a refusal. */
function send(asked: ClientRequest, body: readonly Uint8Array[]): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.on('response', resolve);
    asked.on('error', reject);
    for (const part of body) asked.write(part);
    asked.end();
  });
}
