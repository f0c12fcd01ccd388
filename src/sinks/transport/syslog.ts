import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { Fault } from '../../fault/fault.ts';
import type { LineFormat } from '../format/line.ts';
import { toSyslog, type Facility } from '../format/syslog.ts';
import type { Sender, Sink } from '../sink.ts';
import { guardedAddresses, withNamedLoopback } from './address-guard.ts';
import { connectHost, secure, type HostTarget, type TlsMaterial } from './connect-host.ts';

/** Where syslog goes. */
export interface SyslogTarget extends HostTarget, TlsMaterial {
  readonly protocol: 'udp' | 'tcp' | 'tls';
  readonly facility: Facility;
  readonly format: LineFormat;
  readonly sender: Sender;
}

/** The most that a UDP datagram over IPv4 carries: 65535 − 20 (IP) − 8 (UDP). */
const MOST_UDP = 65_507;

/**
 * Syslog after RFC 5424: over UDP (RFC 5426) one datagram a message, over TCP (RFC 6587) and TLS (RFC 5425) with octet
 * counting. Syslog answers nothing: over UDP "sent" means that the system took it, over TCP and TLS that the receiver
 * took all bytes and closed in order after we did.
 */
export function syslogSink(name: string, target: SyslogTarget): Sink {
  return {
    name,
    kind: 'syslog',
    atOnce: 50,
    async send(batch, signal) {
      const messages = batch.map((outgoing) => Buffer.from(toSyslog(outgoing, target.sender, target)));
      try {
        await (target.protocol === 'udp' ? sendUdp(target, messages) : sendStream(target, messages, signal));
      } catch (cause) {
        if (cause instanceof Fault) throw cause;
        throw new Fault(
          'sinks/unreachable',
          `${target.host}:${target.port} was not reached: ${(cause as Error).message}`,
          'Look at host, port, protocol and certificate; it is tried again.',
          {},
          { cause },
        );
      }
    },
  };
}

async function sendUdp({ host, port, allowHosts }: SyslogTarget, messages: readonly Buffer[]): Promise<void> {
  const tooLong = messages.find(({ length }) => length > MOST_UDP);
  if (tooLong !== undefined)
    throw new Fault(
      'sinks/refused',
      `a message of ${tooLong.length} bytes fits no datagram`,
      'Use protocol tcp or tls, or the format text.',
    );
  const [address] = await guardedAddresses(host, withNamedLoopback(host, allowHosts));
  const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
  try {
    for (const message of messages)
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.send(message, port, address, (error) => {
          socket.removeListener('error', reject);
          if (error === null) resolve();
          else reject(error);
        });
      });
  } finally {
    socket.close();
  }
}

async function sendStream(
  target: SyslogTarget,
  messages: readonly Buffer[],
  signal: AbortSignal,
): Promise<void> {
  const plain = await connectHost(target, signal);
  try {
    const socket = target.protocol === 'tls' ? await secure(plain, target.host, target) : plain;
    // What a receiver says (it should say nothing) is thrown away, or its end would never come.
    socket.resume();
    const closed = once(socket, 'close');
    socket.end(Buffer.concat(messages.flatMap((message) => [Buffer.from(`${message.length} `), message])));
    await closed;
  } finally {
    plain.destroy();
  }
}
