import { formatIpv4, type IpAddress } from '../net/ip-address.ts';
import { Dice } from './dice.ts';
import type { RoleKey } from './roles.ts';

/** What a segment is for. A restricted one lies behind a packet filter that lets little through. */
export type SegmentKind =
  | 'workstation'
  | 'server'
  | 'device'
  | 'development'
  | 'dmz'
  | 'management'
  | 'restricted';

/** One /24 of the network. */
export interface Segment {
  readonly kind: SegmentKind;
  /** Short name of the site: `hq`, `fra`, … */
  readonly site: string;
  /** First address of its /24 as an unsigned number. */
  readonly network: number;
  /** Number of its first host; hosts of a segment are numbered without gaps. */
  readonly first: number;
  readonly hosts: number;
  /** Routers between the scanner and the segment; 0 means that MAC addresses are seen. */
  readonly hops: number;
}

/** A network: segments whose hosts are numbered 0 … hosts − 1 throughout. */
export interface Network {
  readonly seed: number;
  readonly hosts: number;
  readonly segments: readonly Segment[];
  /** What to scan: one /16 per site. */
  readonly targets: readonly string[];
}

/** A host's place: what stays the same whatever machine stands there. */
export interface Place {
  readonly index: number;
  readonly address: IpAddress;
  readonly segment: Segment;
  readonly role: RoleKey;
}

/** Sizes that generateEstate accepts. */
export const MIN_HOSTS = 50;
export const MAX_HOSTS = 65_536;

/** Hosts of one site; a large company has several. At 250 per /24 a /16 holds more than enough. */
const HOSTS_PER_SITE = 4_096;
/** Hosts of one /24; the rest stays free, for newcomers among others. */
const HOSTS_PER_SEGMENT = 200;
/** Hosts stand from .10 on, newcomers from .240 on. */
const FIRST_OCTET = 10;
const FIRST_NEWCOMER = 240;

const SITES = [
  'hq',
  'fra',
  'lon',
  'nyc',
  'sfo',
  'sin',
  'tyo',
  'syd',
  'par',
  'mad',
  'mil',
  'waw',
  'sto',
  'osl',
  'yul',
  'gru',
];

/** Share of each kind among a site's hosts: desktops dominate, as in most companies. */
const MIX: readonly (readonly [SegmentKind, number])[] = [
  ['server', 0.18],
  ['dmz', 0.04],
  ['restricted', 0.03],
  ['management', 0.03],
  ['development', 0.06],
  ['device', 0.13],
  ['workstation', 0.53],
];
/** The smallest network still has some of everything. */
const MIN_PER_KIND = 3;

const ROLE_MIX: Readonly<Record<SegmentKind, readonly (readonly [RoleKey, number])[]>> = {
  workstation: [
    ['workstation', 0.82],
    ['laptop', 0.18],
  ],
  server: [
    ['app', 0.24],
    ['web', 0.16],
    ['db', 0.15],
    ['winapp', 0.12],
    ['container', 0.1],
    ['file', 0.08],
    ['dc', 0.05],
    ['mail', 0.04],
    ['monitoring', 0.03],
    ['dns', 0.03],
  ],
  dmz: [
    ['web', 0.6],
    ['proxy', 0.2],
    ['mail', 0.1],
    ['jump', 0.1],
  ],
  restricted: [
    ['db', 0.7],
    ['file', 0.3],
  ],
  management: [
    ['switch', 0.6],
    ['hypervisor', 0.3],
    ['jump', 0.1],
  ],
  development: [
    ['dev', 0.75],
    ['ci', 0.25],
  ],
  device: [
    ['printer', 0.4],
    ['camera', 0.35],
    ['phone', 0.25],
  ],
};

/** Lays out a network; throws a RangeError outside MIN_HOSTS–MAX_HOSTS. */
export function planNetwork(hosts: number, seed: number): Network {
  if (!Number.isInteger(hosts) || hosts < MIN_HOSTS || hosts > MAX_HOSTS) {
    throw new RangeError(`hosts must be a whole number from ${MIN_HOSTS} to ${MAX_HOSTS}, not ${hosts}`);
  }
  const sites = Math.ceil(hosts / HOSTS_PER_SITE);
  const segments: Segment[] = [];
  let first = 0;
  for (let site = 0; site < sites; site += 1) {
    const share = Math.floor(((site + 1) * hosts) / sites) - Math.floor((site * hosts) / sites);
    let third = 0;
    for (const [kind, count] of divide(share)) {
      for (let left = count; left > 0; left -= HOSTS_PER_SEGMENT) {
        const size = Math.min(left, HOSTS_PER_SEGMENT);
        const network = ((10 * 256 + site + 1) * 256 + third) * 256;
        segments.push({
          kind,
          site: SITES[site] ?? `s${site}`,
          network,
          first,
          hosts: size,
          hops: site === 0 ? 0 : 1 + (site % 3),
        });
        first += size;
        third += 1;
      }
    }
  }
  const targets = Array.from({ length: sites }, (_, site) => `10.${site + 1}.0.0/16`);
  return { seed, hosts, segments, targets };
}

/** Splits a site's hosts over the kinds; workstations take what is left. */
function divide(hosts: number): [SegmentKind, number][] {
  let left = hosts;
  return MIX.map(([kind, share]) => {
    const count = kind === 'workstation' ? left : Math.max(MIN_PER_KIND, Math.floor(hosts * share));
    left -= count;
    return [kind, count];
  });
}

/** Fraction of the golden ratio: multiples of it spread evenly, so that small networks get every role too. */
const GOLDEN = 0.618_033_988_749_894_9;

/** The place of a host; throws a RangeError for a number that the network does not have. */
export function placeOf(network: Network, index: number): Place {
  const segment = segmentOfHost(network, index);
  const position = index - segment.first;
  const mix = ROLE_MIX[segment.kind];
  const offset = new Dice(network.seed, 1, segment.network).unit();
  let left = (offset + position * GOLDEN) % 1;
  const role = mix.find(([, share]) => (left -= share) < 0) ?? mix[0]!;
  return { index, address: formatIpv4(segment.network + FIRST_OCTET + position), segment, role: role[0] };
}

/** A free place for the n-th newcomer of a segment (0–9), numbered past the network's own hosts. */
export function newcomerPlace(network: Network, segment: Segment, n: number): Place {
  return {
    index: network.hosts + segment.first + n,
    address: formatIpv4(segment.network + FIRST_NEWCOMER + n),
    segment,
    role: 'board',
  };
}

function segmentOfHost(network: Network, index: number): Segment {
  const { segments } = network;
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (segments[middle]!.first <= index) low = middle;
    else high = middle - 1;
  }
  const segment = segments[low];
  if (segment === undefined || index < 0 || index >= network.hosts) {
    throw new RangeError(`the network has hosts 0–${network.hosts - 1}, not ${index}`);
  }
  return segment;
}
