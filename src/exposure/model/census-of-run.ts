import type { IpAddress } from '../../net/ip-address.ts';
import { portKey } from '../../net/port-key.ts';
import { segmentOf } from '../../net/prefix.ts';
import type { Instant } from '../../time/instant.ts';
import type { Census, CensusHost, CensusPort } from './census.ts';
import { askedCoverage, coverageOf, type Coverage } from './coverage.ts';
import type { Host, Port } from './host.ts';
import type { RunInfo } from './scan-run.ts';

/** What a run does not say by itself. */
export interface CensusSetting {
  /** Segment of a host; where left out, its /24 or /64. */
  readonly networkOf?: (host: IpAddress) => string;
  /** Roles that the policy gives it; where left out, none. */
  readonly rolesOf?: (host: Host) => readonly string[];
}

/**
 * What a run counted, as the models read it. Hosts that are not up are left out; those whose state the scanner does
 * not tell (masscan) are kept when they list a port. Hosts have to be in compareIpAddresses order, one per address.
 */
export function censusOf(
  info: Pick<RunInfo, 'id' | 'start' | 'end' | 'profile' | 'vantage' | 'scaninfo' | 'status'>,
  hosts: Iterable<Host>,
  setting: CensusSetting = {},
): Census {
  const asked = askedCoverage(info);
  const counted: CensusHost[] = [];
  const segments = new Map<string, string>();
  for (const host of hosts) {
    const { state } = host.status;
    if (state === 'down' || state === 'skipped' || (state === 'unknown' && host.ports.length === 0)) continue;
    counted.push(censusHost(host, info, asked, setting, segments));
  }
  return {
    id: info.id,
    at: info.start ?? info.end ?? (0 as Instant),
    profile: info.profile,
    vantage: info.vantage,
    coverage: asked,
    partial: info.status !== 'complete',
    hosts: counted,
  };
}

function censusHost(
  host: Host,
  info: Pick<RunInfo, 'scaninfo' | 'profile'>,
  asked: Coverage,
  setting: CensusSetting,
  segments: Map<string, string>,
): CensusHost {
  const { address, mac, timedOut } = host;
  const hostname = host.hostnames
    .find((item) => item.type === 'PTR')
    ?.name.toLowerCase()
    .replace(/\.$/, '');
  const os = osOf(host);
  const coverage = coverageOf(info, host);
  return {
    address,
    ...(mac === undefined ? {} : { mac: mac.address }),
    ...(mac?.vendor === undefined ? {} : { vendor: mac.vendor }),
    ...(hostname === undefined || hostname === '' ? {} : { hostname }),
    roles: setting.rolesOf?.(host) ?? [],
    network: setting.networkOf?.(address) ?? cachedSegment(address, segments),
    ...(os === undefined ? {} : { os }),
    ports: host.ports.map(censusPort),
    folded: foldedCounts(host),
    profiles: [info.profile],
    contradictions: [],
    ...(sameCoverage(coverage, asked) ? {} : { coverage }),
    partial: timedOut,
  };
}

/** Hosts of a /24 share their first three octets, and the text of the segment. */
function cachedSegment(address: IpAddress, segments: Map<string, string>): string {
  const dot = address.lastIndexOf('.');
  if (dot < 0) return segmentOf(address);
  const key = address.slice(0, dot);
  let segment = segments.get(key);
  if (segment === undefined) {
    segment = segmentOf(address);
    segments.set(key, segment);
  }
  return segment;
}

function censusPort(port: Port): CensusPort {
  const { service } = port;
  return {
    key: portKey(port.portid, port.protocol),
    state: port.state,
    service: service === undefined ? '' : `${service.tunnel === 'ssl' ? 'ssl/' : ''}${service.name}`,
    product: service?.product ?? '',
    version: service?.version ?? '',
    confidence: service?.conf ?? 0,
  };
}

function foldedCounts(host: Host): CensusHost['folded'] {
  const counts: Record<string, number> = {};
  for (const { state, count } of host.extraports) counts[state] = (counts[state] ?? 0) + count;
  return counts;
}

/** Nmap lists its best match, and that match's best class, first. */
function osOf(host: Host): CensusHost['os'] {
  const [match] = host.os;
  const [best] = match?.classes ?? [];
  if (match === undefined || best?.family === undefined) return undefined;
  return { family: best.family, generation: best.generation ?? '', accuracy: match.accuracy };
}

/** A host's coverage holds what was asked of the run; it is equal when it has no more ports of any protocol. */
function sameCoverage(coverage: Coverage, asked: Coverage): boolean {
  if (coverage === asked) return true;
  if (coverage.size !== asked.size) return false;
  for (const [protocol, ports] of coverage) {
    const other = asked.get(protocol);
    if (ports === other) continue;
    if (ports === 'unknown' || other === 'unknown' || other === undefined || ports.size !== other.size)
      return false;
  }
  return true;
}
