import { parseIpv4, type IpAddress } from '../../net/ip-address.ts';
import { contains, type Prefix } from '../../net/prefix.ts';

/** A test for lying in any of the blocks, made once for many addresses: IPv4 by plain arithmetic, IPv6 remembered. */
export function withinPrefixes(prefixes: readonly Prefix[]): (address: IpAddress) => boolean {
  const v4 = prefixes
    .filter(({ family }) => family === 4)
    .map(({ network, length }) => ({ network: Number(network), size: 2 ** (32 - length) }));
  const v6 = prefixes.filter(({ family }) => family === 6);
  const known = new Map<IpAddress, boolean>();
  return (address) => {
    const value = parseIpv4(address);
    if (value !== undefined)
      return v4.some(({ network, size }) => value >= network && value < network + size);
    let within = known.get(address);
    if (within === undefined) {
      within = v6.some((prefix) => contains(prefix, address));
      known.set(address, within);
    }
    return within;
  };
}
