import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

const open = new Set<Server>();

/** Listens on loopback and greets, on a port of the system's choice unless one is given. */
export async function listen(greeting: Buffer | string, port = 0): Promise<number> {
  const server = createServer((socket) => {
    // A scanner resets connections as a matter of course.
    socket.on('error', () => socket.destroy());
    socket.write(greeting);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  open.add(server);
  return (server.address() as AddressInfo).port;
}

/** Stops listening on a port; all of them without one. */
export async function close(port?: number): Promise<void> {
  for (const server of open) {
    if (port !== undefined && (server.address() as AddressInfo).port !== port) continue;
    open.delete(server);
    const closed = once(server, 'close');
    server.close();
    await closed;
  }
}

/** So many ports on which nobody listens. */
export async function closedPorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let index = 0; index < count; index += 1) ports.push(await listen(''));
  for (const port of ports) await close(port);
  return ports;
}
