import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer as createTcpServer, type Server } from 'node:net';

/** Something on loopback that stands between the store and a server, or in its place. */
export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

async function listen(server: Server, scheme: 'http' | 'https'): Promise<Front> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A server that answers HTTP requests by itself. */
export function answering(listener: RequestListener): Promise<Front> {
  return listen(createHttpServer(listener), 'http');
}

/** Passes bytes on to `url`, and cuts the connection when the server has sent as many as `cutAfter()` says. */
export function cutting(url: string, cutAfter: () => number): Promise<Front> {
  const { hostname, port } = new URL(url);
  const server = createTcpServer((socket) => {
    const upstream = connect(Number(port), hostname);
    let sent = 0;
    socket.pipe(upstream);
    upstream.on('data', (chunk) => {
      sent += chunk.length;
      if (sent <= cutAfter()) {
        socket.write(chunk);
        return;
      }
      socket.destroy();
      upstream.end();
    });
    for (const side of [socket, upstream]) side.on('error', () => side.destroy());
    upstream.on('end', () => socket.end());
    socket.on('close', () => upstream.end());
  });
  return listen(server, 'http');
}

/** Speaks HTTPS with a certificate and passes what it hears on to `url`. */
export function encrypting(url: string, tls: { cert: Buffer; key: Buffer }): Promise<Front> {
  const { hostname, port } = new URL(url);
  const server = createHttpsServer(tls);
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket) => {
    const upstream = connect(Number(port), hostname);
    socket.pipe(upstream).pipe(socket);
    for (const side of [socket, upstream]) side.on('error', () => side.destroy());
  });
  return listen(server, 'https');
}
