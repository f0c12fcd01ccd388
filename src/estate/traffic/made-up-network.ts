import { formatIpv4, parseIpv4, type IpAddress } from '../../net/ip-address.ts';
import { parsePrefix, type Prefix } from '../../net/prefix.ts';

/*
 * The network in which telemetry is made up. Inside is private (RFC 1918), its public face and the machines of the
 * world are of blocks set aside for documentation and benchmarks (RFC 5737, 2544, 3849): nobody real is named.
 */

/** Our own blocks. */
export const OUR_NETWORKS: readonly Prefix[] = prefixes('10.20.0.0/16', '203.0.113.0/24', '2001:db8:20::/48');

/** Blocks of ours without a machine. */
export const DARK_NETWORKS: readonly Prefix[] = prefixes('10.20.200.0/21', '203.0.113.192/26');

function prefixes(...texts: readonly string[]): Prefix[] {
  return texts.map((text) => parsePrefix(text)).filter((prefix) => prefix !== undefined);
}

/** The n-th address (from 0) after a base. */
function offset(base: string, n: number): IpAddress {
  return formatIpv4((parseIpv4(base) ?? 0) + n);
}

/** A desk, from 0: 10.20.1.10 and on, 200 to a /24. */
export function workstation(n: number): IpAddress {
  return offset('10.20.1.10', Math.floor(n / 200) * 256 + (n % 200));
}

/** The address of the same desk in IPv6. */
export function workstation6(n: number): IpAddress {
  return `2001:db8:20:1::${(n + 16).toString(16)}` as IpAddress;
}

/** An internal server, from 0: 10.20.10.20 and on. */
export function server(n: number): IpAddress {
  return offset('10.20.10.20', n);
}

/** A printer, from 0: 10.20.30.10 and on. */
export function printer(n: number): IpAddress {
  return offset('10.20.30.10', n);
}

/** A pod of a Kubernetes cluster, from 0: 10.20.64.2 and on, 250 to a node. */
export function pod(n: number): IpAddress {
  return offset('10.20.64.2', Math.floor(n / 250) * 256 + (n % 250));
}

/** A node of the cluster, from 0. */
export function node(n: number): IpAddress {
  return offset('10.20.12.10', n);
}

/** A machine of our public face, from 0: 203.0.113.10 and on. */
export function publicServer(n: number): IpAddress {
  return offset('203.0.113.10', n);
}

/** Where nothing of ours is, from 0: in the dark block. */
export function darkAddress(n: number): IpAddress {
  return offset('10.20.200.1', n % 2000);
}

/** A machine of the world, from 0 to 131,071, spread over the block so that neighbours in number are not on one network. */
export function outsider(n: number): IpAddress {
  return offset('198.18.0.0', (n * 40_503 + 11) % 131_072);
}

/** A machine of one /24 of the world, 0–254. */
export function neighbour(n: number): IpAddress {
  return offset('198.51.100.1', n % 254);
}

/** A machine of another /24 of the world, of which nobody has reason to come to us, 0–254. */
export function stranger(n: number): IpAddress {
  return offset('192.0.2.1', n % 254);
}

/** A machine of the world in IPv6. */
export function outsider6(n: number): IpAddress {
  return `2001:db8:${(0xa000 + (n % 4096)).toString(16)}::${(n + 1).toString(16)}` as IpAddress;
}

/** Machines with one task. */
export const MACHINES = {
  gateway: '10.20.1.1',
  resolver: '10.20.10.2',
  resolver2: '10.20.10.3',
  domainController: '10.20.10.4',
  proxy: '10.20.10.5',
  fileServer: '10.20.10.6',
  monitor: '10.20.10.7',
  loadBalancer: '10.20.10.8',
  backup: '10.20.10.9',
  patchServer: '10.20.10.10',
  printServer: '10.20.10.11',
  mailServer: '10.20.10.12',
  federation: '10.20.10.13',
  buildRunner: '10.20.10.14',
  mediaServer: '10.20.10.15',
  vulnerabilityScanner: '10.20.10.66',
  prometheus: '10.20.64.250',
} as const satisfies Readonly<Record<string, string>>;

/** The address of a machine with one task. */
export function machine(name: keyof typeof MACHINES): IpAddress {
  return MACHINES[name] as IpAddress;
}
