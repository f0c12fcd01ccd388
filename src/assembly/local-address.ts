import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { isIpv6, parseIpAddress, type IpAddress } from '../net/ip-address.ts';

/** Port of the connect below; nothing is ever sent to it (RFC 863, discard). */
const DISCARD = 9;

/**
 * The address of this machine from which packets to a destination leave: asked of the kernel's routing table by connecting
 * a UDP socket, which sends nothing. Undefined where there is no route.
 */
export async function localAddressTowards(destination: IpAddress): Promise<IpAddress | undefined> {
  const socket = createSocket(isIpv6(destination) ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(DISCARD, destination, () => resolve());
    });
    return parseIpAddress(socket.address().address);
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

/** Whether an address is one of this machine. */
export function isOwnAddress(address: IpAddress): boolean {
  return Object.values(networkInterfaces()).some((own) =>
    own?.some((one) => parseIpAddress(one.address.replace(/%.*$/, '')) === address),
  );
}
