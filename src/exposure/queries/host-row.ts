import { isIpv6, parseIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { PortSet } from '../../net/port-set.ts';
import { TRANSPORT_PROTOCOLS, type TransportProtocol } from '../../net/port-key.ts';
import { foldLists } from './folded-ports.ts';
import { askedCoverage, coverageOf, type Coverage, type CoverageSource } from '../model/coverage.ts';
import type { Host, HostState, Port, Service } from '../model/host.ts';

/** A host on its way into `scan_host`. */
export type HostRow = Readonly<Record<string, unknown>>;

/** `tcp:1-1000 udp:53`; `unknown` in place of the list where the run does not say. Empty when nothing was probed. */
export function formatCoverage(coverage: Coverage): string {
  const parts: string[] = [];
  for (const protocol of TRANSPORT_PROTOCOLS) {
    const ports = coverage.get(protocol);
    if (ports === undefined) continue;
    parts.push(`${protocol}:${ports === 'unknown' ? 'unknown' : ports.toString()}`);
  }
  return parts.join(' ');
}

/** The inverse of formatCoverage. Throws a RangeError on text that it did not write. */
export function parseCoverage(text: string): Coverage {
  const coverage = new Map<TransportProtocol, PortSet | 'unknown'>();
  if (text === '') return coverage;
  for (const part of text.split(' ')) {
    const colon = part.indexOf(':');
    const protocol = part.slice(0, colon) as TransportProtocol;
    const list = part.slice(colon + 1);
    const ports = list === 'unknown' ? list : PortSet.parse(list);
    if (!TRANSPORT_PROTOCOLS.includes(protocol) || ports === undefined)
      throw new RangeError(`not a coverage: ${part}`);
    coverage.set(protocol, ports);
  }
  return coverage;
}

/** Whether two coverages are one; those of one run share their port sets, so this is cheap. */
function sameCoverage(a: Coverage, b: Coverage): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [protocol, ports] of a) {
    const other = b.get(protocol);
    if (ports === other) continue;
    if (ports === 'unknown' || other === 'unknown' || other === undefined || !ports.equals(other))
      return false;
  }
  return true;
}

/**
 * Host → row. What people query has a column of its own; the rest travels as JSON, so nothing is
 * lost. A coverage equal to the run's is left empty: a list of 1,000 ports outweighs the host.
 */
export function encodeHost(load: string, ordinal: number, run: CoverageSource, host: Host): HostRow {
  const { address, status, hostnames, mac, ports, os, timedOut, ...more } = host;
  const extraports = foldLists(run, host);
  // A marked list adds nothing to what was asked, so the coverage is the same, and cheap.
  const coverage = coverageOf(run, { ports, extraports });
  const best = os[0];
  return {
    load,
    ordinal,
    family: isIpv6(address) ? 6 : 4,
    address,
    status: status.state,
    reason: status.reason ?? '',
    hostnames: hostnames.map((hostname) => hostname.name),
    mac: mac?.address ?? '',
    mac_vendor: mac?.vendor ?? '',
    os: best?.name ?? '',
    os_accuracy: Math.min(255, Math.max(0, Math.round(best?.accuracy ?? 0))),
    timed_out: timedOut,
    coverage: sameCoverage(coverage, askedCoverage(run)) ? '' : formatCoverage(coverage),
    'port.protocol': ports.map((port) => port.protocol),
    'port.portid': ports.map((port) => port.portid),
    'port.state': ports.map((port) => port.state),
    'port.reason': ports.map((port) => port.reason ?? ''),
    'port.service': ports.map((port) => port.service?.name ?? ''),
    'port.product': ports.map((port) => port.service?.product ?? ''),
    'port.version': ports.map((port) => port.service?.version ?? ''),
    'port.extrainfo': ports.map((port) => port.service?.extrainfo ?? ''),
    'port.tunnel': ports.map((port) => port.service?.tunnel ?? ''),
    'port.more': ports.map(encodePortRest),
    more: JSON.stringify({
      ...more,
      extraports,
      ...(status.reasonTtl === undefined ? {} : { reasonTtl: status.reasonTtl }),
      hostnameTypes: hostnames.map((hostname) => hostname.type),
      os,
    }),
  };
}

/** Most ports have nothing beyond their columns but method and conf; an empty text costs nothing. */
function encodePortRest(port: Port): string {
  const { protocol: _, portid: _1, state: _2, reason: _3, service, scripts, ...rest } = port;
  const more: Record<string, unknown> = { ...rest };
  if (scripts.length > 0) more['scripts'] = scripts;
  if (service !== undefined) {
    const { name: _4, product: _5, version: _6, extrainfo: _7, tunnel: _8, ...serviceRest } = service;
    more['service'] = serviceRest;
  }
  return Object.keys(more).length === 0 ? '' : JSON.stringify(more);
}

/** The columns that decodeHost needs. */
export const HOST_COLUMNS = `address, status, reason, hostnames, mac, mac_vendor, timed_out,
    \`port.protocol\` AS port_protocol, \`port.portid\` AS port_portid, \`port.state\` AS port_state, \`port.reason\` AS port_reason,
    \`port.service\` AS port_service, \`port.product\` AS port_product, \`port.version\` AS port_version,
    \`port.extrainfo\` AS port_extrainfo, \`port.tunnel\` AS port_tunnel, \`port.more\` AS port_more, more`;

interface StoredHost {
  readonly address: string;
  readonly status: HostState;
  readonly reason: string;
  readonly hostnames: readonly string[];
  readonly mac: string;
  readonly mac_vendor: string;
  readonly timed_out: boolean;
  readonly port_protocol: readonly TransportProtocol[];
  readonly port_portid: readonly number[];
  readonly port_state: readonly string[];
  readonly port_reason: readonly string[];
  readonly port_service: readonly string[];
  readonly port_product: readonly string[];
  readonly port_version: readonly string[];
  readonly port_extrainfo: readonly string[];
  readonly port_tunnel: readonly string[];
  readonly port_more: readonly string[];
  readonly more: string;
}

/** The engine writes IPv4 in an IPv6 column as `::ffff:10.0.0.1`. */
export function addressFromColumn(text: string): IpAddress {
  if (text.startsWith('::ffff:')) return text.slice(7) as IpAddress;
  return parseIpAddress(text) ?? (text as IpAddress);
}

/**
 * Row → host: unfoldLists(run, decodeHost(encodeHost(host))) equals host, but for optional texts that
 * are empty, which come back absent. Throws a SyntaxError when the row is not one of ours.
 */
export function decodeHost(row: unknown): Host {
  const stored = row as StoredHost;
  const { reasonTtl, hostnameTypes, os, ...more } = JSON.parse(stored.more) as Omit<
    Host,
    'address' | 'status' | 'hostnames' | 'mac' | 'ports' | 'timedOut'
  > & { reasonTtl?: number; hostnameTypes: readonly string[] };
  return {
    ...more,
    address: addressFromColumn(stored.address),
    status: {
      state: stored.status,
      ...(stored.reason === '' ? {} : { reason: stored.reason }),
      ...(reasonTtl === undefined ? {} : { reasonTtl }),
    },
    hostnames: stored.hostnames.map((name, index) => ({ name, type: hostnameTypes[index] ?? '' })),
    ...(stored.mac === ''
      ? {}
      : { mac: { address: stored.mac, ...(stored.mac_vendor === '' ? {} : { vendor: stored.mac_vendor }) } }),
    ports: stored.port_portid.map((portid, index) => decodePort(stored, portid, index)),
    os,
    timedOut: stored.timed_out,
  };
}

function decodePort(stored: StoredHost, portid: number, index: number): Port {
  const text = stored.port_more[index] ?? '';
  const more = (text === '' ? {} : JSON.parse(text)) as Partial<Port> & { service?: Partial<Service> };
  const { service: serviceRest, scripts, ...rest } = more;
  const reason = stored.port_reason[index] ?? '';
  const service: Record<string, unknown> | undefined =
    serviceRest === undefined ? undefined : { ...serviceRest, name: stored.port_service[index] ?? '' };
  if (service !== undefined) {
    setText(service, 'product', stored.port_product[index]);
    setText(service, 'version', stored.port_version[index]);
    setText(service, 'extrainfo', stored.port_extrainfo[index]);
    setText(service, 'tunnel', stored.port_tunnel[index]);
  }
  return {
    ...rest,
    protocol: stored.port_protocol[index] ?? 'tcp',
    portid,
    state: stored.port_state[index] ?? '',
    ...(reason === '' ? {} : { reason }),
    ...(service === undefined ? {} : { service: service as unknown as Service }),
    scripts: scripts ?? [],
  };
}

function setText(service: Record<string, unknown>, key: string, text: string | undefined): void {
  if (text !== undefined && text !== '') service[key] = text;
}
