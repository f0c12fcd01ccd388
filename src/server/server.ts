import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { ServerConfig } from './config.ts';
import { Fault } from '../fault/fault.ts';
import { makeServer, type TlsFiles } from './make-server.ts';
import type { ServerOptions } from './options.ts';

/** A server that listens. */
export interface RunningServer {
  /** Where it is reached: `http://127.0.0.1:7380`. */
  readonly url: string;
  /** Lets everybody go, and resolves when nothing is left. */
  close(): Promise<void>;
}

/** Makes the server and listens where the configuration says. Throws a Fault `server/…`. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port } = options.config.server;
  const tls = await readTls(options.config.server);
  const app = await makeServer(options, tls);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw cannotListen(error, host, port);
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `${tls === undefined ? 'http' : 'https'}://${name}:${bound}`, close: () => app.close() };
}

/** The certificate, where one is configured. Throws a Fault when it cannot be used, or is missing where it is needed. */
export async function readTls({ host, tls }: ServerConfig): Promise<TlsFiles | undefined> {
  const { cert, key } = tls;
  if (cert === undefined || key === undefined) {
    if (isLoopback(host)) return undefined;
    throw new Fault(
      'server/no-tls',
      `server.host is ${host}, which others can reach, and there is no certificate: tokens would cross the network in the clear`,
      'Name server.tls.cert and server.tls.key, or keep server.host at 127.0.0.1 and put a proxy with TLS before it.',
    );
  }
  const files = { cert: await readPem(cert), key: await readPem(key) };
  try {
    createSecureContext(files);
  } catch (cause) {
    throw new Fault(
      'server/tls-unusable',
      `the certificate and its key cannot be used: ${(cause as Error).message}`,
      'Both must be PEM, and the key that of the certificate.',
      { file: cert },
      { cause },
    );
  }
  return files;
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Fault(
      'server/tls-unreadable',
      `a file of server.tls cannot be read: ${(cause as Error).message}`,
      'Make it a file that this user may read.',
      { file: path },
      { cause },
    );
  }
}

/** Addresses that only this machine reaches: 127.0.0.0/8 (RFC 1122, 3.2.1.3) and ::1 (RFC 4291, 2.5.3). */
function isLoopback(host: string): boolean {
  return host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function cannotListen(error: unknown, host: string, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL' && code !== 'EACCES') return error;
  const why = {
    EADDRINUSE: 'something else listens there',
    EADDRNOTAVAIL: 'this machine does not have the address',
    EACCES: 'this user may not',
  }[code];
  return new Fault(
    'server/cannot-listen',
    `the server cannot listen on ${host} port ${port}: ${why}`,
    'Choose another server.host or server.port in tidemark.yaml.',
    {},
    { cause: error },
  );
}
