import { compareIpAddresses, isIpv6, type IpAddress } from '../net/ip-address.ts';
import { protocolName, SCTP, TCP, touchedName, UDP } from '../recon/model/ip-protocol.ts';
import type { Instant } from '../time/instant.ts';

/** A mark on an axis: where, from 0 to 1, and what is written there. */
export interface Tick {
  readonly place: number;
  readonly label: string;
}

/** One direction of a picture: where a value lies, from 0 to 1, and what is written along it. */
export interface Axis<T> {
  readonly place: (value: T) => number;
  readonly ticks: readonly Tick[];
  /** What the axis shows, in a word or two. */
  readonly title: string;
}

/** Labels that have room along one side. */
const MOST_LABELS = 8;
/** So many distinct values get a row of their own; more are drawn to scale. */
const MOST_ROWS = 24;

/** Microseconds that are drawn at least: a burst within one moment is a line otherwise. */
const SHORTEST_SPAN = 20_000;
/** Steps of the clock that read well, in seconds. */
const TIME_STEPS = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800,
  21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000,
];
/** Steps of port numbers that read well. */
const PORT_STEPS = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000];
/** Labels of five to eight characters beside each other, in the width of a phone. */
const TIME_LABELS = 5;

/** Time from left to right in UTC, with a little room at both ends. */
export function timeAxis(from: Instant, to: Instant): Axis<Instant> {
  const span = Math.max(SHORTEST_SPAN, to - from);
  const start = from - span * 0.03;
  const length = span * 1.06;
  const seconds = length / 1e6;
  const step = TIME_STEPS.find((each) => seconds / each <= TIME_LABELS) ?? seconds / TIME_LABELS;
  const ticks: Tick[] = [];
  // Counted in steps, because sums of a hundredth drift.
  for (let steps = Math.ceil(start / 1e6 / step); steps * step * 1e6 <= start + length; steps += 1) {
    const at = steps * step;
    ticks.push({ place: (at * 1e6 - start) / length, label: timeLabel(at, step) });
  }
  const day = new Date(from / 1e3).toISOString().slice(0, 10);
  const lastDay = new Date(to / 1e3).toISOString().slice(0, 10);
  const days = day === lastDay ? day : `${day} to ${step >= 86_400 ? lastDay.slice(5) : lastDay}`;
  return { place: (at) => (at - start) / length, ticks, title: `Time, UTC, ${days}` };
}

/** As much of the moment as tells ticks of one step apart: day, minute, second, or a hundredth of it. */
function timeLabel(seconds: number, step: number): string {
  const iso = new Date(Math.round(seconds * 1000)).toISOString();
  if (step >= 86_400) return iso.slice(5, 10);
  if (step >= 60) return iso.slice(11, 16);
  return step >= 1 ? iso.slice(11, 19) : iso.slice(14, 22);
}

/** Values in rows of their own, in the order given, while there are few; by rank when there are many. */
function rankAxis<T>(values: readonly T[], labelOf: (value: T) => string, title: string): Axis<T> {
  const ranks = new Map(values.map((value, index) => [value, index]));
  const place = (value: T) => ((ranks.get(value) ?? 0) + 0.5) / Math.max(1, values.length);
  const every = Math.max(1, Math.ceil(values.length / MOST_LABELS));
  const ticks = values
    .filter((_, index) => index % every === 0)
    .map((value) => ({ place: place(value), label: labelOf(value) }));
  return { place, ticks, title };
}

/** Hosts in address order. What all addresses begin with is said once, in the title. */
export function hostAxis(given: readonly IpAddress[], what = 'Hosts'): Axis<IpAddress> {
  const hosts = [...new Set(given)].toSorted(compareIpAddresses);
  const shared = sharedStart(hosts);
  const title = shared === '' ? what : `${what}, ${shared}x`;
  return rankAxis(hosts, (host) => shorten(host.slice(shared.length)), title);
}

/** A port as a picture places it. */
export interface PlacedPort {
  readonly port: number;
  readonly protocol: number;
}

/** Ports: a place each while there are few, to scale when there are many. */
export function portAxis(given: readonly PlacedPort[]): Axis<PlacedPort> {
  const key = ({ port, protocol }: PlacedPort) => port * 65_536 + protocol;
  const ports = [...new Map(given.map((each) => [key(each), each])).values()].toSorted(
    (a, b) => a.port - b.port || a.protocol - b.protocol,
  );
  if (ports.length <= MOST_ROWS) {
    const labels = new Map(ports.map((each) => [key(each), portLabel(each)]));
    const { place, ticks, title } = rankAxis([...labels.keys()], (each) => labels.get(each) ?? '', 'Ports');
    return { place: (each) => place(key(each)), ticks, title };
  }
  const low = ports[0]?.port ?? 0;
  const high = ports.at(-1)?.port ?? 65_535;
  const step = PORT_STEPS.find((each) => (high - low) / each <= 6) ?? 20_000;
  const from = low - (high - low) * 0.03;
  const length = Math.max(1, (high - low) * 1.06);
  const place = (port: number) => (port - from) / length;
  const ticks: Tick[] = [];
  for (let port = Math.ceil(low / step) * step; port <= high; port += step)
    ticks.push({ place: place(port), label: String(port) });
  return { place: (each) => place(each.port), ticks, title: 'Ports' };
}

/** `443`, `53/udp`, `icmp`: TCP is what a bare number means. */
function portLabel({ port, protocol }: PlacedPort): string {
  if (protocol === TCP) return String(port);
  return protocol === UDP || protocol === SCTP ? touchedName(protocol, port) : protocolName(protocol);
}

/**
 * The space of addresses for a scan of one port: across, the last octet; down, the /24. IPv6 hosts, which are too
 * thinly spread for that, are laid out in address order, row by row.
 */
export function addressAxes(given: readonly IpAddress[]): {
  readonly across: Axis<IpAddress>;
  readonly down: Axis<IpAddress>;
} {
  const hosts = [...new Set(given)].toSorted(compareIpAddresses);
  if (hosts.some(isIpv6)) {
    const columns = Math.max(1, Math.ceil(Math.sqrt(hosts.length * 2)));
    const rows = Math.max(1, Math.ceil(hosts.length / columns));
    const ranks = new Map(hosts.map((host, index) => [host, index]));
    const rank = (host: IpAddress) => ranks.get(host) ?? 0;
    return {
      across: {
        place: (host) => ((rank(host) % columns) + 0.5) / columns,
        ticks: [],
        title: 'Hosts in address order',
      },
      down: {
        place: (host) => (Math.floor(rank(host) / columns) + 0.5) / rows,
        ticks: [],
        title: 'Row by row',
      },
    };
  }
  const octet = (host: IpAddress) => Number(host.slice(host.lastIndexOf('.') + 1));
  const networkOf = (host: IpAddress) => host.slice(0, host.lastIndexOf('.'));
  const networks = [...new Set(hosts.map(networkOf))];
  const shared = sharedStart(networks.map((network) => `${network}.`));
  const rows = rankAxis(networks, (network) => `${network}.`.slice(shared.length) || network, 'Networks');
  return {
    across: {
      place: (host) => (octet(host) + 8) / 272,
      ticks: [0, 64, 128, 192, 255].map((value) => ({ place: (value + 8) / 272, label: String(value) })),
      title: 'Last octet of the address',
    },
    down: {
      place: (host) => rows.place(networkOf(host)),
      ticks: rows.ticks,
      title: shared === '' ? 'Networks' : `Networks, ${shared}x`,
    },
  };
}

/** What all texts begin with, up to the last `.` or `:` of it; empty for fewer than two. */
function sharedStart(texts: readonly string[]): string {
  const [first = '', ...rest] = texts;
  if (rest.length === 0) return '';
  let length = first.length;
  for (const text of rest) {
    let same = 0;
    while (same < length && text[same] === first[same]) same += 1;
    length = same;
  }
  const end = Math.max(first.lastIndexOf('.', length - 1), first.lastIndexOf(':', length - 1));
  return length === 0 ? '' : first.slice(0, end + 1);
}

/** An address that fits beside a picture: the end tells hosts of one network apart. */
function shorten(address: string): string {
  return address.length > 15 ? `…${address.slice(-14)}` : address;
}
