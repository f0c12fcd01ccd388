import { AddressSet, formatBlock } from '../../net/address-set.ts';
import { isIpv6, type IpAddress } from '../../net/ip-address.ts';
import { PortSet } from '../../net/port-set.ts';
import { FORBIDDEN_CATEGORIES, type ScanProfile } from './profiles.ts';

/** One run of Nmap: everything that it is told, already decided and checked. */
export interface NmapOrder {
  readonly profile: ScanProfile;
  /** Addresses of one family, without what is excluded. */
  readonly addresses: AddressSet;
  readonly privileges: 'raw' | 'connect';
  /** Nmap's timing template, 0–5. */
  readonly timing: number;
  /** Packets per second at most. */
  readonly rate: number | undefined;
  readonly source: IpAddress | undefined;
  /** Ports instead of the profile's: those of one finding, of the baseline, or what the user named. */
  readonly ports?: PortSet;
  /** Folder of Nmap's own data files; without it Nmap looks into the user's home first. */
  readonly dataDir?: string;
  /** Seconds after which Nmap gives a host up. */
  readonly hostTimeout: number;
}

/** How Nmap is started. */
export interface NmapCommand {
  readonly argv: readonly string[];
  /** Targets, one a line, for `-iL -`, where they are too many for the command line; nothing else is written to it. */
  readonly stdin: string | undefined;
}

/** Longest list of targets on the command line, in characters; Linux takes 128 kB for one argument, people read less. */
const TARGETS_ON_LINE = 4_000;

/**
 * The arguments of Nmap for an order. Every one is a constant of ours, or a number, port list or address that was
 * parsed and printed again: no text of a user, a file or a host gets here. There is no shell between us and Nmap.
 * Throws a RangeError for an order that nobody should have made: no addresses, both families, a forbidden script.
 */
export function nmapCommand(order: NmapOrder): NmapCommand {
  const { profile, addresses } = order;
  const families = new Set(addresses.ranges.map(({ family }) => family));
  if (families.size !== 1) throw new RangeError('an order has addresses of exactly one family');
  if (profile.needs === 'raw' && order.privileges !== 'raw') {
    throw new RangeError(`profile ${profile.name} needs raw packets`);
  }
  checkScripts(profile.scripts);
  const targets = addresses.prefixes().map(formatBlock);
  const listed = targets.join(' ').length > TARGETS_ON_LINE;
  return {
    argv: [
      ...(order.dataDir === undefined ? [] : ['--datadir', order.dataDir]),
      ...(families.has(6) ? ['-6'] : []),
      ...techniqueOf(order),
      ...portsOf(order),
      ...profile.options,
      ...(profile.scripts === undefined ? [] : ['--script', profile.scripts]),
      `-T${whole(order.timing, 0, 5)}`,
      ...(order.rate === undefined ? [] : ['--max-rate', String(whole(order.rate, 1, 1_000_000))]),
      ...(order.source === undefined || isIpv6(order.source) !== families.has(6) ? [] : ['-S', order.source]),
      '--host-timeout',
      `${whole(order.hostTimeout, 1, 604_800)}s`,
      // Hosts that are down are written too: that they were tried is what makes their absence evidence.
      '-v',
      '--stats-every',
      '1s',
      '-oX',
      '-',
      ...(listed ? ['-iL', '-'] : targets),
    ],
    stdin: listed ? `${targets.join('\n')}\n` : undefined,
  };
}

function techniqueOf({ profile, privileges }: NmapOrder): readonly string[] {
  const privileged = privileges === 'raw' ? '--privileged' : '--unprivileged';
  if (profile.protocol === 'udp') return [privileged, '-sU'];
  return [privileged, privileges === 'raw' ? '-sS' : '-sT'];
}

function portsOf({ profile, ports }: NmapOrder): readonly string[] {
  if (ports !== undefined) {
    if (ports.size === 0) throw new RangeError('an order without ports');
    return ['-p', ports.toString()];
  }
  const top = /^top:(\d+)$/.exec(profile.ports);
  if (top !== null) return ['--top-ports', top[1]!];
  const parsed = PortSet.parse(profile.ports);
  if (parsed === undefined) throw new RangeError(`profile ${profile.name} needs its ports named`);
  return ['-p', parsed.toString()];
}

/** A selection must not take in a forbidden category. All selections are ours; this holds whoever edits them. */
function checkScripts(scripts: string | undefined): void {
  const wanted = (scripts ?? '').replace(/not \([^)]*\)/g, '');
  const bad = FORBIDDEN_CATEGORIES.find((category) => new RegExp(`\\b${category}\\b`).test(wanted));
  if (bad !== undefined || /\ball\b|[*"']/.test(wanted)) {
    throw new RangeError(`scripts of the category ${bad ?? 'all'} are never run`);
  }
}

function whole(value: number, from: number, to: number): number {
  if (!Number.isInteger(value) || value < from || value > to) {
    throw new RangeError(`${value} is not a whole number from ${from} to ${to}`);
  }
  return value;
}
