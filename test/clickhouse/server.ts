import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A real ClickHouse server on loopback, in a child process. */
export interface TestServer {
  readonly url: string;
  readonly tcpPort: number;
  /** How often the engine had to be started again: libchdb's server can abort when a connection is reset. */
  restarts(): number;
  /** Resolves when it answers. Throws after 30 seconds, with what the engine wrote to standard error. */
  ready(): Promise<void>;
  /** Ends the child without warning, for good: a node that is down. */
  kill(): Promise<void>;
  /** Ends the child and removes its directory. */
  stop(): Promise<void>;
}

/** What a server is told. */
export interface TestServerOptions {
  /** XML elements inside `<clickhouse>`, e.g. `<remote_servers>`. */
  readonly configuration?: string;
  readonly ports?: Ports;
}

/** Two ports that nobody listens on. */
export interface Ports {
  readonly http: number;
  readonly tcp: number;
}

/** Asks the kernel for free loopback ports. All are held at once, so that no two are the same. */
export async function freePorts(count: number): Promise<Ports[]> {
  const listeners = await Promise.all(
    Array.from(
      { length: count * 2 },
      () =>
        new Promise<{ port: number; close: () => Promise<void> }>((resolve, reject) => {
          const server = createServer();
          server.on('error', reject);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            const port = typeof address === 'object' && address !== null ? address.port : 0;
            resolve({ port, close: () => new Promise((done) => server.close(() => done())) });
          });
        }),
    ),
  );
  await Promise.all(listeners.map((listener) => listener.close()));
  const ports = listeners.map((listener) => listener.port);
  return Array.from({ length: count }, (_, index) => ({
    http: ports[index * 2] ?? 0,
    tcp: ports[index * 2 + 1] ?? 0,
  }));
}

const PROGRAM = fileURLToPath(new URL('engine-process.mjs', import.meta.url));

/** Enough for the tests; three of them fit a small machine. */
const MEMORY = '<max_server_memory_usage>1500000000</max_server_memory_usage>';

/** Starts a server and waits until it answers. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const ports = options.ports ?? (await freePorts(1))[0];
  if (ports === undefined) throw new Error('no free port');
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-clickhouse-'));
  const configFile = join(dir, 'config.xml');
  await writeFile(
    configFile,
    `<clickhouse><logger><level>none</level></logger>${MEMORY}${options.configuration ?? ''}</clickhouse>`,
  );
  const args = [
    PROGRAM,
    `--path=${join(dir, 'data')}`,
    `--http_port=${ports.http}`,
    `--tcp_port=${ports.tcp}`,
    '--listen_host=127.0.0.1',
    `--config-file=${configFile}`,
  ];
  const url = `http://127.0.0.1:${ports.http}`;
  let stopping = false;
  let restarts = 0;
  let said = '';
  let child = begin();

  function begin(): ChildProcess {
    const started = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    started.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-4000);
    });
    started.on('exit', () => {
      if (stopping) return;
      restarts += 1;
      child = begin();
    });
    return started;
  }

  async function ready(): Promise<void> {
    const deadline = performance.now() + 30_000;
    while (performance.now() < deadline) {
      const answer = await fetch(`${url}/?query=SELECT+1`, { signal: AbortSignal.timeout(2000) }).then(
        (response) => response.text(),
        () => '',
      );
      if (answer === '1\n') return;
      // An engine that has given up says so to everyone, and does not end by itself.
      if (answer.includes('Code: 236.')) child.kill('SIGKILL');
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
    throw new Error(`ClickHouse does not answer at ${url}: ${said}`);
  }

  async function kill(): Promise<void> {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    child.kill('SIGKILL');
    await gone;
  }

  async function stop(): Promise<void> {
    await kill();
    await rm(dir, { recursive: true, force: true });
  }

  try {
    await ready();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, tcpPort: ports.tcp, restarts: () => restarts, ready, kill, stop };
}
