import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { checkLiteralHost, guardedLookup, withNamedLoopback } from './address-guard.ts';

/** PEM texts of one side of TLS: whom to trust instead of the system's authorities, and who this machine is. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** A host and port as the configuration names them. */
export interface HostTarget {
  readonly host: string;
  readonly port: number;
  /** Names or addresses that may be of this machine's link or a cloud's metadata. */
  readonly allowHosts: readonly string[];
}

/**
 * An open TCP connection to the host, whose addresses are looked at before. The signal ends it, now or later. Throws a
 * Fault `sinks/refused-address`, or what the system says.
 */
export async function connectHost(
  { host, port, allowHosts }: HostTarget,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const allowed = withNamedLoopback(host, allowHosts);
  checkLiteralHost(host, allowed);
  const socket = connectTcp({ host, port, lookup: guardedLookup(allowed) });
  const abort = (): void => void socket.destroy(new Error('it took too long'));
  signal.addEventListener('abort', abort, { once: true });
  // Whoever uses the connection hears of its end by himself; unheard, the signal's error would end the process.
  socket.on('error', () => undefined);
  socket.once('close', () => signal.removeEventListener('abort', abort));
  await once(socket, 'connect');
  return socket;
}

/** TLS over an open connection: the certificate must be for the host. */
export async function secure(socket: Socket, host: string, material: TlsMaterial): Promise<Socket> {
  const secured = connectTls({ socket, rejectUnauthorized: true, ...material, ...serverName(host) });
  // The plain socket's failure, or its end by the signal, is the secure one's.
  socket.once('error', (error) => secured.destroy(error));
  await once(secured, 'secureConnect');
  return secured;
}

/** The name that a certificate must be for; an address has none (RFC 6066, 3), and is checked as the host itself. */
export function serverName(host: string): { readonly servername?: string; readonly host: string } {
  return isIP(host) === 0 ? { servername: host, host } : { host };
}
