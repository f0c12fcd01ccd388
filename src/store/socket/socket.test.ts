import { chmod, lstat, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, createServer as createNetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { texts } from '../../../test/store/sample.ts';
import { Fault } from '../../fault/fault.ts';
import { all, first } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import { storeConfig } from '../config.ts';
import { engineOf } from '../embedded.ts';
import { openStore } from '../open.ts';
import type { Store } from '../store.ts';
import { DaemonClient } from './daemon-client.ts';
import { FRAME, frameHeader, FrameReader, MOST_FRAME, PROTOCOL, PROTOCOL_HEADER } from './frames.ts';
import { offerStore, type Offer } from './offer.ts';
import { findSocket, forgetSocket, isListening, takePlace } from './place.ts';

const one = query('test.one', 'SELECT 1 AS x', z.object({ x: z.number() }));
const counted = query('test.count', 'SELECT count() AS n FROM texts', z.object({ n: z.coerce.number() }));
const running = query(
  'test.running',
  "SELECT count() AS n FROM system.processes WHERE position(query, 'hang-up-marker') > 0 AND position(query, 'system.processes') = 0",
  z.object({ n: z.coerce.number() }),
);

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const outcome: unknown = await work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  if (outcome instanceof Fault) return outcome;
  throw outcome;
}

async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check()))
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
}

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidemark-socket-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('a store that is offered', () => {
  let dataDir = '';
  let owner: Store;
  let offer: Offer;
  beforeAll(async () => {
    dataDir = join(dir, 'offered');
    owner = await openStore(storeConfig.parse({ dataDir }), { own: true });
    await owner.ensureTable(texts);
    offer = await offerStore({
      dataDir,
      socket: undefined,
      program: '9.9.9',
      engine: engineOf(owner),
      facts: { status: async () => ({ fine: true }) },
    });
  }, 60_000);
  afterAll(async () => {
    await offer.stop(1_000);
    await owner.close();
  });
  const open = (): Promise<Store> => openStore(storeConfig.parse({ dataDir }));

  test('nobody else may connect', async () => {
    expect((await stat(offer.path)).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o077).toBe(0);
  });

  test('a client knows since when the directory has had its owner, and works as the owner does', async () => {
    const client = await open();
    expect(client.mode).toBe('daemon');
    expect(client.ownedSince).toBe(owner.ownedSince);
    expect(client.ownedSince).toBeGreaterThan(0);
    await client.insert(texts, [{ id: 1, text: 'from a client' }]);
    expect(await all(owner, counted, {})).toEqual([{ n: 1 }]);
    await client.removeRows(texts, 'text', ['from a client']);
    expect(await all(client, counted, {})).toEqual([{ n: 0 }]);
    await client.close();
    expect((await faultOf(first(client, one, {}))).code).toBe('store/closed');
  });

  test('the schema is the daemon’s: a program with another one sees so and changes nothing', async () => {
    const client = await open();
    const [node] = client.nodes;
    await node!.ensureNodeTable({ ...texts, name: 'of_a_client' });
    await node!.ensureRetention(texts, 'loaded', 3);
    const fault = await faultOf(node!.ensureTable({ ...texts, name: 'of_a_client' }));
    expect(fault.code).toBe('store/daemon-older');
    expect(fault.message).toContain('9.9.9');
    expect(fault.message).toContain(String(process.pid));
    const tables = query(
      'test.tables',
      "SELECT count() AS n FROM system.tables WHERE name = 'of_a_client'",
      z.object({ n: z.coerce.number() }),
    );
    expect(await first(client, tables, {})).toEqual({ n: 0 });
    await client.close();
  });

  describe('hostile clients', () => {
    /** Sends bytes and gives what comes back until the connection ends. */
    async function send(bytes: readonly Uint8Array[], hangUp: boolean): Promise<string> {
      const socket = connect(offer.path);
      await once(socket, 'connect');
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
      // A reset is an answer too.
      socket.on('error', () => undefined);
      const closed = new Promise((resolve) => socket.on('close', resolve));
      for (const part of bytes) socket.write(part);
      if (hangUp) {
        await new Promise((resolve) => {
          setTimeout(resolve, 30);
        });
        socket.destroy();
      } else socket.end();
      await closed;
      return answer;
    }
    const head = (operation: string, length: number | undefined, more = ''): Buffer =>
      Buffer.from(
        `POST /store/${operation} HTTP/1.1\r\nhost: x\r\n${PROTOCOL_HEADER}: ${PROTOCOL}\r\n${length === undefined ? '' : `content-length: ${length}\r\n`}${more}\r\n`,
      );
    const lengthOf = (value: number): Buffer => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    };
    const json = (value: unknown): Buffer[] => {
      const text = Buffer.from(JSON.stringify(value));
      return [lengthOf(text.length), text];
    };
    const garbage = Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7919 + 13) % 256));

    test.each([
      { why: 'garbage instead of HTTP', parts: [garbage], answer: /^$|400 Bad Request/ },
      { why: 'no protocol', parts: [Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')], answer: /426/ },
      { why: 'an unknown operation', parts: [head('drop', 4), lengthOf(0)], answer: /store\/bad-request/ },
      {
        why: 'a name of the prototype',
        parts: [head('constructor', 4), lengthOf(0)],
        answer: /store\/bad-request/,
      },
      {
        why: 'a fact of the prototype',
        parts: [
          Buffer.from(`GET /constructor HTTP/1.1\r\nhost: x\r\n${PROTOCOL_HEADER}: ${PROTOCOL}\r\n\r\n`),
        ],
        answer: /store\/bad-request/,
      },
      { why: 'a huge length', parts: [head('read', 4), lengthOf(0xffff_ffff)], answer: /too much/ },
      { why: 'no JSON', parts: [head('read', 9), lengthOf(5), Buffer.from('{"a":')], answer: /no JSON/ },
      {
        why: 'another object',
        parts: [head('read', 6), lengthOf(2), Buffer.from('{}')],
        answer: /bad-request/,
      },
      {
        why: 'a statement after the rows',
        parts: (() => {
          const [length, text] = json({ table: 'texts', columns: ['id', 'text'], settings: {} });
          const rows = Buffer.from('{"id":1,"text":"x"}\n\nDROP TABLE texts\n');
          return [head('insert', 4 + text!.length + rows.length), length!, text!, rows];
        })(),
        answer: /store\/bad-ndjson/,
      },
      {
        why: 'a setting that is none',
        parts: (() => {
          const body = json({ doing: 'x', text: 'SELECT 1', settings: { 'a=1, b': 2 } });
          return [head('execute', body[0]!.length + body[1]!.length), ...body];
        })(),
        answer: /not a setting name/,
      },
      { why: 'a header without an end', parts: [Buffer.alloc(200_000, 'a')], answer: /^$|431|400/ },
    ])('$why', async ({ parts, answer }) => {
      expect(await send(parts, false)).toMatch(answer);
      expect(await first(owner, one, {})).toEqual({ x: 1 });
      expect(await first(owner, counted, {})).toEqual({ n: 0 });
    });

    test.each([
      { why: 'half a length', parts: [head('read', 100), Buffer.from([0, 0])] },
      { why: 'half an object', parts: [head('read', 100), lengthOf(90), Buffer.from('{"text":')] },
      {
        why: 'half of the rows',
        parts: (() => {
          const body = json({ table: 'texts', columns: ['id', 'text'], settings: {} });
          return [head('insert', 100_000), ...body, Buffer.from('{"id":1,"text":"x"}\n')];
        })(),
      },
      {
        why: 'half of the binary rows',
        parts: (() => {
          const columns = [
            { name: 'id', type: 'UInt32' },
            { name: 'text', type: 'String' },
          ];
          const body = json({ table: 'texts', columns, settings: {} });
          return [head('insert-binary', 100_000), ...body, Buffer.from([1, 0, 0, 0, 1, 120])];
        })(),
      },
    ])('hangs up after $why: nothing is kept', async ({ parts }) => {
      await send(parts, true);
      await until(async () => (await first(owner, counted, {}))?.n === 0);
      const client = await open();
      expect(await first(client, one, {})).toEqual({ x: 1 });
      await client.close();
    });

    test('hangs up in the middle of an answer: the engine stops', async () => {
      const body = json({
        doing: 'x',
        text: "SELECT number, 'hang-up-marker' AS m FROM numbers(100000000000)",
        values: {},
        settings: {},
      });
      const sockets: Socket[] = [];
      for (let round = 0; round < 5; round += 1) {
        const socket = connect(offer.path);
        socket.on('error', () => undefined);
        socket.write(Buffer.concat([head('read', body[0]!.length + body[1]!.length), ...body]));
        await once(socket, 'data');
        sockets.push(socket);
      }
      // Those that do not read on hold up nobody.
      expect(await first(owner, one, {})).toEqual({ x: 1 });
      for (const socket of sockets) socket.destroy();
      await until(async () => (await first(owner, running, {}))?.n === 0);
    }, 60_000);
  });

  test('an older and a newer program are told which of both they are', async () => {
    const answered = (version: string | undefined): Promise<{ status: number | undefined; body: unknown }> =>
      new Promise((resolve, reject) => {
        request(
          {
            socketPath: offer.path,
            path: '/store/hello',
            method: 'POST',
            headers: version === undefined ? {} : { [PROTOCOL_HEADER]: version },
          },
          (response) => {
            let text = '';
            response.on('data', (chunk: Buffer) => (text += chunk.toString()));
            response.on('end', () =>
              resolve({ status: response.statusCode, body: JSON.parse(text) as unknown }),
            );
          },
        )
          .on('error', reject)
          .end();
      });
    const said = { status: 426, body: { protocol: PROTOCOL, program: '9.9.9', pid: process.pid } };
    for (const version of ['0', '99', 'x', undefined]) expect(await answered(version)).toEqual(said);
  });
});

describe('a client', () => {
  /** A daemon of another kind at the socket of a data directory. */
  async function pretend(name: string, answer: (socket: Socket) => void): Promise<string> {
    const dataDir = join(dir, name);
    await mkdir(dataDir, { mode: 0o700 });
    const server = createNetServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    });
    servers.push(server);
    server.listen(join(dataDir, 'daemon.sock'));
    await once(server, 'listening');
    return dataDir;
  }
  const servers: ReturnType<typeof createNetServer>[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });
  const http = (body: Buffer | string): Buffer =>
    Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`),
      Buffer.from(body),
    ]);

  test.each([
    { program: 'newer', protocol: PROTOCOL + 1, fix: /2\.0\.0/ },
    { program: 'older', protocol: PROTOCOL - 1, fix: /Restart the daemon/ },
  ])('says that the daemon is $program than itself', async ({ program, protocol, fix }) => {
    const dataDir = join(dir, program);
    await mkdir(dataDir, { mode: 0o700 });
    const server = createServer((_, response) =>
      response.writeHead(426).end(JSON.stringify({ protocol, program: '2.0.0', pid: 12 })),
    ).listen(join(dataDir, 'daemon.sock'));
    await once(server, 'listening');
    const fault = await faultOf(openStore(storeConfig.parse({ dataDir })));
    server.closeAllConnections();
    server.close();
    expect(fault.code).toBe('store/daemon-version');
    expect(fault.message).toContain(`${program} than this program`);
    expect(fault.fix).toMatch(fix);
  });

  test.each([
    { name: 'hangs-up', answer: Buffer.alloc(0), code: 'store/daemon-gone' },
    { name: 'no-http', answer: Buffer.from('hello\r\n\r\n'), code: 'store/daemon-gone' },
    { name: 'no-end', answer: http(''), code: 'store/daemon-gone' },
    {
      name: 'half-a-frame',
      answer: http(Buffer.concat([frameHeader(FRAME.end, 100), Buffer.from('{')])),
      code: 'store/daemon-gone',
    },
    { name: 'huge', answer: http(frameHeader(FRAME.end, MOST_FRAME + 1)), code: 'store/bad-frame' },
    { name: 'unknown-frame', answer: http(Buffer.from([77, 0, 0, 0, 0])), code: 'store/bad-frame' },
    {
      name: 'no-fault',
      answer: http(Buffer.concat([frameHeader(FRAME.fault, 2), Buffer.from('{}')])),
      code: 'store/bad-frame',
    },
  ])('never takes for an answer what is none: $name', async ({ name, answer, code }) => {
    const dataDir = await pretend(name, (socket) => socket.end(answer));
    expect((await faultOf(openStore(storeConfig.parse({ dataDir })))).code).toBe(code);
  });

  test('does not wait for ever for a daemon that says nothing', async () => {
    const dataDir = await pretend('silent', () => undefined);
    const client = new DaemonClient(join(dataDir, 'daemon.sock'));
    expect((await faultOf(client.fact('status', AbortSignal.timeout(50)))).code).toBe('store/daemon-silent');
    client.close();
  });

  test('leaves a dead socket to the next owner, who removes it', async () => {
    const dataDir = join(dir, 'dead');
    await mkdir(dataDir, { mode: 0o700 });
    const path = join(dataDir, 'daemon.sock');
    const child = createNetServer().listen(path);
    await once(child, 'listening');
    // Node removes the socket when it closes; a process that is killed does not. A link to nowhere is as dead.
    await new Promise((resolve) => child.close(resolve));
    await symlink(join(dataDir, 'nowhere'), path);
    expect(await findSocket(dataDir)).toBeUndefined();
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    const store = await openStore(storeConfig.parse({ dataDir }));
    expect(store.mode).toBe('embedded');
    await expect(lstat(path)).rejects.toThrow('ENOENT');
    await store.close();
  }, 60_000);
});

describe('the place of a socket', () => {
  test('is elsewhere when the path of the data directory is too long, and clients find it', async () => {
    const dataDir = join(dir, 'd'.repeat(120));
    await mkdir(dataDir, { mode: 0o700 });
    const path = await takePlace(dataDir, undefined);
    expect(path.length).toBeLessThan(104);
    const server = createNetServer().listen(path);
    await once(server, 'listening');
    expect(await findSocket(dataDir)).toBe(path);
    expect(await isListening(path)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await findSocket(dataDir)).toBeUndefined();
    await forgetSocket(dataDir);
    await expect(lstat(join(dataDir, 'daemon.sock'))).rejects.toThrow('ENOENT');
  });

  test('is left clean: socket, link, and the folder that was made for it', async () => {
    const dataDir = join(dir, 'l'.repeat(120));
    await mkdir(dataDir, { mode: 0o700 });
    const offer = await offerStore({
      dataDir,
      socket: undefined,
      program: 'test',
      engine: undefined,
      facts: { status: async () => 7 },
    });
    const client = new DaemonClient(offer.path);
    expect(await client.fact('status')).toBe(7);
    // The history is elsewhere: on a server.
    expect((await faultOf(client.call('hello', {}))).code).toBe('store/not-embedded');
    client.close();
    await offer.stop(100);
    await expect(lstat(offer.path)).rejects.toThrow('ENOENT');
    await expect(lstat(dirname(offer.path))).rejects.toThrow('ENOENT');
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('is not where another daemon listens', async () => {
    const [first_, second] = [join(dir, 'first'), join(dir, 'second')];
    for (const dataDir of [first_, second]) await mkdir(dataDir, { mode: 0o700 });
    const wanted = join(dir, 'wanted.sock');
    expect(await takePlace(first_, wanted)).toBe(wanted);
    const server = createNetServer().listen(wanted);
    await once(server, 'listening');
    expect((await faultOf(takePlace(second, wanted))).code).toBe('store/socket-taken');
    expect(await isListening(wanted)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await takePlace(second, wanted)).toBe(wanted);
  });

  test('is not where others could put theirs', async () => {
    const dataDir = join(dir, 'open');
    await mkdir(dataDir);
    await chmod(dataDir, 0o777);
    expect((await faultOf(takePlace(dataDir, undefined))).code).toBe('store/socket-open-directory');
  });
});

describe('frames', () => {
  test('are the same however the bytes are cut', () => {
    const payloads = ['', 'a', 'é'.repeat(1000), 'x'.repeat(70_000)].map((text) => Buffer.from(text));
    const bytes = Buffer.concat(
      payloads.flatMap((payload) => [frameHeader(FRAME.rows, payload.length), payload]),
    );
    for (const size of [1, 4, 5, 6, 4_096, bytes.length]) {
      const reader = new FrameReader();
      const read: string[] = [];
      for (let at = 0; at < bytes.length; at += size)
        for (const { payload } of reader.push(bytes.subarray(at, at + size))) read.push(payload.toString());
      expect(read).toEqual(payloads.map((payload) => payload.toString()));
    }
  });
});
