import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Fault } from '../../fault/fault.ts';
import { addressOf, addressValue, isIpv6, parseIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { contains, parsePrefix, type Prefix } from '../../net/prefix.ts';

/**
 * Where a web address never leads without its host being allowed by name: this machine, its link, groups, and where
 * clouds keep the metadata and keys of their machines (169.254.169.254 and Azure's, Alibaba's and AWS' IPv6 ones).
 * Sources: IANA's registries of special-purpose addresses (RFC 6890) and the clouds' manuals.
 */
const REFUSED: readonly Prefix[] = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '::/127',
  'fe80::/10',
  'ff00::/8',
  'fd00:ec2::254/128',
].map((text) => parsePrefix(text)!);

const LOOPBACK: readonly Prefix[] = ['127.0.0.0/8', '::1/128'].map((text) => parsePrefix(text)!);

/** IPv6 that carries an IPv4 address in its last 32 bits (NAT64, RFC 6052; IPv4-compatible, RFC 4291) or after 16 bits (6to4, RFC 3056). */
const TRAILING_IPV4 = [parsePrefix('64:ff9b::/96')!, parsePrefix('::/96')!];
const SIX_TO_FOUR = parsePrefix('2002::/16')!;

/** Whether a web address may lead there without its host being allowed. */
export function isRefusedAddress(address: IpAddress): boolean {
  if (REFUSED.some((prefix) => contains(prefix, address))) return true;
  if (!isIpv6(address)) return false;
  const value = addressValue(address);
  if (TRAILING_IPV4.some((prefix) => contains(prefix, address)))
    return isRefusedAddress(addressOf(4, value & 0xff_ff_ff_ffn));
  return contains(SIX_TO_FOUR, address) && isRefusedAddress(addressOf(4, (value >> 80n) & 0xff_ff_ff_ffn));
}

function refusal(host: string, address: string): Fault {
  return new Fault(
    'sinks/refused-address',
    `${host} is ${address}: an address of this machine, its link or a cloud's metadata`,
    `Correct the URL or host. If findings are really to go there, name "${host}" in allowHosts of the sink.`,
  );
}

/**
 * What a sink with a host instead of a URL may reach: `allowHosts`, and this machine when its host is `localhost` or a
 * loopback address itself. Relays and forwarders (a mail server, rsyslog) stand there, and nobody but the file names it.
 */
export function withNamedLoopback(host: string, allowed: readonly string[]): readonly string[] {
  return host === 'localhost' || isLoopback(host) ? [...allowed, host] : allowed;
}

/** Whether a text is an address of this machine's loopback. */
export function isLoopback(text: string): boolean {
  const address = parseIpAddress(text);
  return address !== undefined && LOOPBACK.some((prefix) => contains(prefix, address));
}

/** The addresses of a host, all looked at. Throws a Fault `sinks/refused-address` when one of them is refused. */
export async function guardedAddresses(
  host: string,
  allowed: readonly string[],
): Promise<readonly [string, ...string[]]> {
  checkLiteralHost(host, allowed);
  if (isIP(host) !== 0) return [host];
  return new Promise((resolve, reject) => {
    guardedLookup(allowed)(host, { all: true }, (error, addresses) => {
      if (error !== null) {
        reject(error);
        return;
      }
      const [first, ...others] = (addresses as readonly LookupAddress[]).map(({ address }) => address);
      if (first === undefined) reject(refusal(host, 'nowhere'));
      else resolve([first, ...others]);
    });
  });
}

/** Throws a Fault `sinks/refused-address` when the host of a URL is itself an address that is refused. */
export function checkLiteralHost(hostname: string, allowed: readonly string[]): void {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (allowed.includes(bare) || isIP(bare) === 0) return;
  const address = parseIpAddress(bare);
  if (address === undefined || isRefusedAddress(address)) throw refusal(bare, bare);
}

/**
 * How names of web addresses are resolved: as the system does it, but to nothing when an answer is refused. The connection
 * is made to the answer that was looked at, so a name that answers otherwise the second time gains nothing.
 */
export function guardedLookup(allowed: readonly string[], resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const refused = allowed.includes(hostname)
        ? undefined
        : addresses.find(({ address }) => {
            const parsed = parseIpAddress(address);
            return parsed === undefined || isRefusedAddress(parsed);
          });
      const [first] = addresses;
      if (refused !== undefined || first === undefined) {
        callback(refusal(hostname, refused?.address ?? 'nowhere'), '', 0);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}
