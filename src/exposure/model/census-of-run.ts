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

/** What of a run a census is made of. */
type CountedRun = Pick<RunInfo, 'id' | 'start' | 'end' | 'profile' | 'vantage' | 'scaninfo' | 'status'>;

/**
 * Counts the hosts of a run one by one, so that a run that streams by need not be held. Hosts that are not up are left
 * out; those whose state the scanner does not tell (masscan) are kept when they list a port. Hosts have to be added in
 * compareIpAddresses order, one per address.
 */
export class CensusCount {
  readonly #info: CountedRun;
  readonly #setting: CensusSetting;
  readonly #asked: Coverage;
  readonly #hosts: CensusHost[] = [];
  readonly #segments = new Map<string, string>();

  constructor(info: CountedRun, setting: CensusSetting = {}) {
    this.#info = info;
    this.#setting = setting;
    this.#asked = askedCoverage(info);
  }

  add(host: Host): void {
    const { state } = host.status;
    if (state === 'down' || state === 'skipped' || (state === 'unknown' && host.ports.length === 0)) return;
    this.#hosts.push(censusHost(host, this.#info, this.#asked, this.#setting, this.#segments));
  }

  get census(): Census {
    const { id, start, end, profile, vantage, status } = this.#info;
    return {
      id,
      at: start ?? end ?? (0 as Instant),
      profile,
      vantage,
      coverage: this.#asked,
      partial: status !== 'complete',
      hosts: this.#hosts,
    };
  }
}

/** What a run counted, as the models read it: see CensusCount. */
export function censusOf(info: CountedRun, hosts: Iterable<Host>, setting: CensusSetting = {}): Census {
  const count = new CensusCount(info, setting);
  for (const host of hosts) count.add(host);
  return count.census;
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
