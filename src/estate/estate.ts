import type { RunFooter, RunHeader } from '../exposure/model/scan-run.ts';
import { compareIpAddresses } from '../net/ip-address.ts';
import { PortSet } from '../net/port-set.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { Dice } from './dice.ts';
import { planEvents, type EventPlan } from './events.ts';
import { hostInWeek, newcomerInWeek, type WeekOfHost } from './history.ts';
import { ROLL } from './machine.ts';
import { planNetwork, type Network } from './network.ts';
import { printFooter, printHeader, printHost, type PrintedHost } from './nmap-xml.ts';
import { observe, type FoldedLists } from './observe.ts';
import { profileOf, type Profile, type ProfileName } from './profiles.ts';
import type { NoiseSink, Truth } from './truth.ts';

/** What to make. The same options give the same bytes, on every machine. */
export interface EstateOptions {
  /** 50–65,536 machines that are there in week 1, asleep or not. */
  readonly hosts: number;
  /** 1–520. */
  readonly weeks: number;
  readonly seed: number;
  /** One scan of each a week; default `services` alone. */
  readonly profiles?: readonly ProfileName[];
  /** Weeks without a planted event, from the first; default half of them, at least one. */
  readonly quietWeeks?: number;
  /** How many events to plant; default one for 40 hosts, at least 26 (every kind twice), at most 400. */
  readonly events?: number;
  /** When week 1's first scan starts; default Sunday 2026-09-13 04:02 UTC. */
  readonly firstScan?: Instant;
  /** `7.80` writes smaller files: it does not name the folded ports. Default `7.93`. */
  readonly nmapVersion?: '7.80' | '7.93';
}

/** One scan of the estate. */
export interface EstateScan {
  /** File name: `2026-09-13-services.xml`. */
  readonly name: string;
  readonly week: number;
  readonly profile: ProfileName;
  readonly header: RunHeader;
  /** The run as values, made anew at each call. What the sight of it adds in noise is told to `noise`. */
  readonly hosts: (noise?: NoiseSink) => Iterable<PrintedHost>;
  /** The same as Nmap XML in chunks, made anew at each iteration; memory is bounded by one host. */
  readonly xml: Iterable<string>;
}

/** A network's history. */
export interface Estate {
  readonly network: Network;
  /** By week, then in the order of the profiles. */
  readonly scans: readonly EstateScan[];
  /** Every planted event, by week. */
  readonly truth: readonly Truth[];
}

const ignore: NoiseSink = () => undefined;

const WEEK_US = 7 * 86_400e6;
/** Profiles of one week start two hours apart. */
const PROFILE_GAP_US = 2 * 3_600e6;
/** Sunday 2026-09-13 04:02:00 UTC. */
const FIRST_SCAN = Date.UTC(2026, 8, 13, 4, 2) * 1e3;
const MAX_WEEKS = 520;

/** Makes an estate; throws a RangeError for sizes it cannot make. Nothing is computed until scans are read. */
export function generateEstate(options: EstateOptions): Estate {
  const { hosts, weeks, seed } = options;
  if (!Number.isInteger(weeks) || weeks < 1 || weeks > MAX_WEEKS) {
    throw new RangeError(`weeks must be a whole number from 1 to ${MAX_WEEKS}, not ${weeks}`);
  }
  const network = planNetwork(hosts, seed);
  const profiles = (options.profiles ?? ['services']).map(profileOf);
  const plan = planEvents({
    network,
    weeks,
    quiet: options.quietWeeks ?? Math.max(1, Math.floor(weeks / 2)),
    count: options.events ?? Math.min(400, Math.max(26, Math.ceil(hosts / 40))),
    visible: visiblePorts(profiles),
  });
  const firstScan = options.firstScan ?? (FIRST_SCAN as Instant);
  const scans: EstateScan[] = [];
  for (let week = 1; week <= weeks; week += 1) {
    for (const [turn, profile] of profiles.entries()) {
      const start = (firstScan + (week - 1) * WEEK_US + turn * PROFILE_GAP_US) as Instant;
      scans.push(planScan(network, plan, profile, week, start, options.nmapVersion ?? '7.93'));
    }
  }
  return { network, scans, truth: plan.truth };
}

/** TCP ports that every profile with TCP ports sees, so that an event shows in all of them. */
function visiblePorts(profiles: readonly Profile[]): PortSet {
  const sets = profiles.flatMap((profile) =>
    profile.scans.filter((scan) => scan.protocol === 'tcp').map((scan) => scan.ports),
  );
  return sets.reduce((seen, ports) => seen.intersect(ports), sets[0] ?? PortSet.empty);
}

function planScan(
  network: Network,
  plan: EventPlan,
  profile: Profile,
  week: number,
  start: Instant,
  version: '7.80' | '7.93',
): EstateScan {
  const name = `${formatInstant(start).slice(0, 10)}-${profile.name}.xml`;
  const header: RunHeader = {
    scanner: 'nmap',
    version,
    xmlOutputVersion: version === '7.80' ? '1.04' : '1.05',
    args: `nmap ${profile.args} -oX ${name} ${network.targets.join(' ')}`,
    start,
    scaninfo: profile.scans.map((scan) => ({
      type: scan.type,
      protocol: scan.protocol,
      services: scan.ports.toString(),
      numservices: scan.ports.size,
    })),
    verbose: 0,
    debugging: 0,
    preScripts: [],
    format: 'nmap-xml',
  };
  const hosts = (noise: NoiseSink = ignore): Iterable<PrintedHost> =>
    scanHosts(network, plan, profile, week, header, noise);
  return {
    name,
    week,
    profile: profile.name as ProfileName,
    header,
    hosts,
    xml: { [Symbol.iterator]: () => printScan(header, hosts(), network, week) },
  };
}

function* printScan(
  header: RunHeader,
  hosts: Iterable<PrintedHost>,
  network: Network,
  week: number,
): Generator<string> {
  yield printHeader(header);
  let up = 0;
  for (const host of hosts) {
    up += 1;
    yield printHost(host);
  }
  yield printFooter(footerOf(header, up, network, week), header);
}

/** How the run ended, given how many hosts answered. */
export function footerOf(header: RunHeader, up: number, network: Network, week: number): RunFooter {
  const total = network.targets.length * 65_536;
  const seconds = 60 + Math.ceil(network.hosts / 40) + new Dice(network.seed, ROLL.run, week).int(0, 59);
  return {
    status: 'complete',
    ...(header.start === undefined ? {} : { end: (header.start + seconds * 1e6) as Instant }),
    exit: 'success',
    postScripts: [],
    hosts: { up, down: total - up, total },
  };
}

/** Ports that a host's planted events touch. */
function sparedPorts(plan: EventPlan): ReadonlyMap<string, ReadonlySet<number>> {
  const spared = new Map<string, Set<number>>();
  for (const { host, port } of plan.truth) {
    const ports = spared.get(host) ?? new Set<number>();
    if (port !== undefined) ports.add(Number.parseInt(port, 10));
    spared.set(host, ports);
  }
  return spared;
}

const NOTHING_SPARED: ReadonlySet<number> = new Set();

function* scanHosts(
  network: Network,
  plan: EventPlan,
  profile: Profile,
  week: number,
  header: RunHeader,
  noise: NoiseSink,
): Generator<PrintedHost> {
  const spared = sparedPorts(plan);
  const folded: FoldedLists = new Map();
  const newcomers = plan.newcomers.toSorted((a, b) => compareIpAddresses(a.place.address, b.place.address));
  let nextNewcomer = 0;
  const see = ({ machine, up, noise: weekly }: WeekOfHost): PrintedHost | undefined => {
    weekly.forEach(noise);
    if (machine === undefined || !up) return undefined;
    const sighting = {
      seed: network.seed,
      week,
      profile,
      start: header.start ?? (FIRST_SCAN as Instant),
      spare: spared.get(machine.place.address) ?? NOTHING_SPARED,
      namesFoldedPorts: header.version !== '7.80',
    };
    return observe(machine, sighting, folded, noise);
  };
  for (const segment of network.segments) {
    for (let index = segment.first; index < segment.first + segment.hosts; index += 1) {
      const host = see(hostInWeek(network, plan, index, week));
      if (host !== undefined) yield host;
    }
    while (newcomers[nextNewcomer]?.place.segment === segment) {
      const event = newcomers[nextNewcomer]!;
      nextNewcomer += 1;
      const host = see(newcomerInWeek(network, event, week));
      if (host !== undefined) yield host;
    }
  }
}
