import { compareIpAddresses, parseIpAddress, type IpAddress } from '../../src/net/ip-address.ts';
import { comparePorts, parsePortKey } from '../../src/net/port-key.ts';
import { PortSet } from '../../src/net/port-set.ts';
import { parseInstant, type Instant } from '../../src/time/instant.ts';
import type { Extraports, Host, Port, Service } from '../../src/exposure/model/host.ts';
import type { RunId, RunInfo, ScanRun } from '../../src/exposure/model/scan-run.ts';

/** Small runs written by hand, for tests that read better with the network in sight. */

/** A port in one word: `22/tcp`, or with its service and state. */
export type WrittenPort =
  | string
  | {
      readonly port: string;
      readonly state?: string;
      readonly service?: Partial<Service>;
      readonly scripts?: Port['scripts'];
    };

/** Names by which Nmap's table knows the ports that the tests use. */
const TABLE: Readonly<Record<string, string>> = {
  '22/tcp': 'ssh',
  '23/tcp': 'telnet',
  '80/tcp': 'http',
  '443/tcp': 'https',
  '3306/tcp': 'mysql',
  '3389/tcp': 'ms-wbt-server',
  '5432/tcp': 'postgresql',
  '6379/tcp': 'redis',
};

/** The ports that a written run covers unless told otherwise. */
export const COVERED = '1-1024,3306,3389,4444,5432,6379,8080,8443,27017,49152-65535';

export function at(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined) throw new RangeError(`not an instant: ${text}`);
  return instant;
}

export function ip(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === undefined) throw new RangeError(`not an address: ${text}`);
  return address;
}

export function writtenPort(written: WrittenPort): Port {
  const { port, state, service, scripts } = typeof written === 'string' ? { port: written } : written;
  const { portid, protocol } = parsePortKey(port)!;
  const name = service?.name ?? TABLE[port];
  return {
    protocol,
    portid,
    state: state ?? 'open',
    reason: 'syn-ack',
    ...(name === undefined ? {} : { service: { method: 'probed', ...service, name } }),
    scripts: scripts ?? [],
  };
}

export function writtenHost(
  address: string,
  ports: readonly WrittenPort[],
  more: Partial<Host> = {},
  covered = COVERED,
): Host {
  const listed = ports.map(writtenPort).toSorted(comparePorts);
  const tcp = PortSet.of(listed.filter((port) => port.protocol === 'tcp').map((port) => port.portid));
  const rest = (PortSet.parse(covered) ?? PortSet.empty).subtract(tcp);
  const extraports: Extraports[] =
    rest.size === 0
      ? []
      : [
          {
            state: 'closed',
            count: rest.size,
            reasons: [{ reason: 'reset', count: rest.size, protocol: 'tcp', ports: rest.toString() }],
          },
        ];
  return {
    address: ip(address),
    otherAddresses: [],
    status: { state: 'up', reason: 'echo-reply' },
    hostnames: [],
    ports: listed,
    extraports,
    os: [],
    scripts: [],
    timedOut: false,
    ...more,
  };
}

/** The n-th weekly run, the first at 2026-09-07. */
export function writtenRun(week: number, hosts: readonly Host[], more: Partial<RunInfo> = {}): ScanRun {
  const start = (at('2026-09-07T02:00:00Z') + week * 7 * 86_400e6) as Instant;
  const up = hosts.filter((host) => host.status.state === 'up').length;
  return {
    info: {
      scanner: 'nmap',
      version: '7.95',
      args: 'nmap -sV 10.0.0.0/24',
      start,
      scaninfo: [{ type: 'syn', protocol: 'tcp', services: COVERED }],
      verbose: 0,
      debugging: 0,
      preScripts: [],
      postScripts: [],
      format: 'nmap-xml',
      status: 'complete',
      exit: 'success',
      hosts: { up, down: 256 - up, total: 256 },
      id: `week${String(week).padStart(12, '0')}` as RunId,
      vantage: 'default',
      profile: 'default',
      privileges: 'raw',
      ...more,
    },
    hosts: hosts.toSorted((a, b) => compareIpAddresses(a.address, b.address)),
  };
}
