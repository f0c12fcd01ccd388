import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Fault } from '../../fault/fault.ts';
import type { RunOptions } from '../../sql/ports.ts';
import type { BoundEngine } from '../bound-engine.ts';
import { cancelled, toFault } from '../faults.ts';
import { checkNdjson } from '../ndjson.ts';
import type { BoundText } from '../parameters.ts';
import { Admission } from './admission.ts';
import {
  faultBytes,
  FRAME,
  frameHeader,
  OPERATIONS,
  PROTOCOL,
  PROTOCOL_HEADER,
  type Given,
  type Operation,
} from './frames.ts';
import { hidePlace, leavePlace, takePlace } from './place.ts';
import { badRequest, RequestBody } from './request-body.ts';

/** What a daemon offers on its socket. */
export interface OfferOptions {
  readonly dataDir: string;
  /** Another place for the socket than the data directory. */
  readonly socket: string | undefined;
  /** Version of this program. */
  readonly program: string;
  /** The store, when it is embedded; a server has its own door. */
  readonly engine: BoundEngine | undefined;
  /** Other answers, each at `GET /NAME`: JSON. */
  readonly facts: Readonly<Record<string, () => Promise<unknown>>>;
  /** Called when another process has put rows into a table. Must not throw. */
  readonly onInsert?: (table: string) => void;
}

/** A socket that is listened on. */
export interface Offer {
  readonly path: string;
  /** Takes no new requests, lets those under way come to their end for so long, then ends them. */
  stop(graceMillis: number): Promise<void>;
}

/** Rows are sent in pieces of so many bytes. */
const PIECE = 1 << 20;
/** Rows of one NDJSON insert at most, and of all that are held at a time: the rest waits in its sockets. In bytes. */
const MOST_ROWS = 256 << 20;
/** Requests at a time; a client has one for each thing that it does. */
const MOST_CONNECTIONS = 512;
/** A client on the same machine that takes longer than this to say what it wants does not mean it. Milliseconds. */
const HEADERS_WITHIN = 10_000;
const REQUEST_WITHIN = 600_000;
/** Nobody but this user. */
const OWN_ONLY = 0o177;

/**
 * Offers the store of this process to the other processes of this user, until stopped. Who may not read the data
 * directory may not connect either: the socket's mode is 0600. Throws a Fault `store/socket-…`.
 */
export async function offerStore(options: OfferOptions): Promise<Offer> {
  const path = await takePlace(options.dataDir, options.socket);
  const door = new Door(options);
  const server = createServer(
    { requestTimeout: REQUEST_WITHIN, headersTimeout: HEADERS_WITHIN },
    door.answer,
  );
  server.maxConnections = MOST_CONNECTIONS;
  // A connection that we close while its client writes the next insert would leave it not knowing what became of that.
  server.keepAliveTimeout = 0;
  server.on('clientError', (_, socket) => socket.destroy());
  await listen(server, path);
  return {
    path,
    stop: async (grace) => {
      await hidePlace(options.dataDir);
      const closed = new Promise((resolve) => server.close(resolve));
      await door.close(grace);
      server.closeAllConnections();
      await closed;
      await leavePlace(path);
    },
  };
}

/** The bind is made before `listen` returns, so that the mask holds for it and for nothing else. */
async function listen(server: Server, path: string): Promise<void> {
  const mask = process.umask(OWN_ONLY);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Fault(
      'store/socket-failed',
      `cannot listen on ${path}: ${(cause as Error).message}`,
      'Name another place in serve.socket: some file systems hold no sockets.',
      { file: path },
      { cause },
    );
  }
}

const stopping = (): Fault =>
  new Fault(
    'store/daemon-stopping',
    'the daemon that has the history open is stopping',
    'Run the command again in a moment, or with --wait SECONDS.',
  );

/** Answers requests. */
class Door {
  readonly #options: OfferOptions;
  readonly #admission = new Admission(MOST_ROWS);
  readonly #running = new Map<AbortController, Promise<void>>();
  #closed = false;

  constructor(options: OfferOptions) {
    this.#options = options;
  }

  readonly answer = (request: IncomingMessage, response: ServerResponse): void => {
    const control = new AbortController();
    const hangUp = (): void => {
      if (!response.writableFinished) control.abort(new Error('the client hung up'));
    };
    response.on('close', hangUp);
    // What a broken connection says is said by 'close' already.
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    const work = this.#answer(request, response, control.signal).finally(() => this.#running.delete(control));
    this.#running.set(control, work);
  };

  async close(grace: number): Promise<void> {
    this.#closed = true;
    const all = Promise.allSettled(this.#running.values());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, grace);
    });
    await Promise.race([all, late]);
    clearTimeout(timer);
    for (const control of this.#running.keys()) control.abort(stopping());
    await all;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { program, facts } = this.#options;
    response.setHeader(PROTOCOL_HEADER, PROTOCOL);
    if (request.headers[PROTOCOL_HEADER] !== String(PROTOCOL)) {
      response.statusCode = 426;
      response.end(JSON.stringify({ protocol: PROTOCOL, program, pid: process.pid }));
      return;
    }
    try {
      if (this.#closed) throw stopping();
      const [, kind = '', name = ''] = (request.url ?? '').split('/');
      if (request.method === 'GET' && name === '' && Object.hasOwn(facts, kind))
        return await end(response, await facts[kind]!());
      if (request.method !== 'POST' || kind !== 'store' || !Object.hasOwn(OPERATIONS, name))
        throw badRequest('there is no such operation');
      const operation = name as Operation;
      const body = new RequestBody(request, signal);
      const given = OPERATIONS[operation].safeParse(await body.head());
      if (!given.success) throw badRequest(given.error.issues[0]?.message ?? 'its object is another');
      await this.#perform(operation, given.data, { body, response, signal });
    } catch (error) {
      if (response.destroyed || response.writableEnded) return;
      const reason: unknown = signal.aborted ? signal.reason : error;
      const payload = faultBytes(toFault(reason, 'the daemon'));
      response.end(Buffer.concat([frameHeader(FRAME.fault, payload.length), payload]));
      // What the client still sends is of no use.
      request.resume();
    }
  }

  async #perform(operation: Operation, data: unknown, { body, response, signal }: Exchange): Promise<void> {
    const { engine, program } = this.#options;
    if (engine === undefined)
      throw new Fault(
        'store/not-embedded',
        'the daemon has its history on a ClickHouse server',
        'Set store.url as the daemon has it.',
      );
    switch (operation) {
      case 'hello': {
        const { name, ownedSince, problems } = engine;
        const { pid } = process;
        return end(response, { protocol: PROTOCOL, program, pid, dataDir: name, ownedSince, problems });
      }
      case 'read': {
        const { doing, text, values, settings } = data as Given<'read'>;
        const bound = { text, values } as BoundText;
        return sendRows(response, engine.readBound(doing, bound, { settings, signal }), signal);
      }
      case 'read-whole': {
        const { doing, text, settings } = data as Given<'read-whole'>;
        return sendRows(response, engine.readWhole(doing, text, { settings, signal }), signal);
      }
      case 'question': {
        const { text, settings } = data as Given<'question'>;
        return sendRows(response, engine.readLocked(text, settings, { signal }), signal);
      }
      case 'execute': {
        const { doing, text, settings } = data as Given<'execute'>;
        await engine.executeText(doing, text, { settings, signal });
        return end(response);
      }
      case 'insert':
        await this.#insert(engine, data as Given<'insert'>, { body, signal });
        this.#options.onInsert?.((data as Given<'insert'>).table);
        return end(response);
      case 'insert-binary': {
        const { settings, ...target } = data as Given<'insert-binary'>;
        await engine.insertBinaryBody(target, body.rest(), { settings, signal });
        this.#options.onInsert?.(target.table);
        return end(response);
      }
      case 'ddl':
        await engine.applyDdl((data as Given<'ddl'>).statement);
        return end(response);
      case 'health':
        return end(response, await engine.health());
      default:
        operation satisfies never;
    }
  }

  /** The engine takes rows from memory: what all clients send at a time is bounded, and waits in their sockets. */
  async #insert(
    engine: BoundEngine,
    { settings, ...target }: Given<'insert'>,
    { body, signal }: Pick<Exchange, 'body' | 'signal'>,
  ): Promise<void> {
    const permit = this.#admission.begin(signal);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of body.rest()) {
        if (permit.bytes + chunk.length > MOST_ROWS)
          throw new Fault(
            'store/too-many-rows',
            `${target.table}: more than ${MOST_ROWS >> 20} MB of rows at once`,
            'Report this with the command that you ran.',
          );
        await permit.more(chunk.length);
        chunks.push(chunk);
      }
      // A blank line would end the rows, and what follows would run as SQL.
      const checked = checkNdjson(Buffer.concat(chunks));
      const options: RunOptions = { settings, signal };
      if (checked.rows > 0) await engine.insertBody(target, checked.body, options);
    } finally {
      permit.end();
    }
  }
}

interface Exchange {
  readonly body: RequestBody;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

/** Sends rows as fast as they are read, and no faster. */
async function sendRows(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE) {
      const piece = chunk.subarray(at, at + PIECE);
      // Copied: the engine uses the memory again for the next chunk.
      if (!response.write(Buffer.concat([frameHeader(FRAME.rows, piece.length), piece])))
        await once(response, 'drain', { signal });
      if (signal.aborted) throw cancelled('the answer', signal.reason);
    }
  }
  await end(response);
}

async function end(response: ServerResponse, value?: unknown): Promise<void> {
  const payload = value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(value));
  response.end(Buffer.concat([frameHeader(FRAME.end, payload.length), payload]));
}
