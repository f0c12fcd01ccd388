import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { CalibrationScan } from './calibrate.ts';
import { ScanWindow } from './scan-window.ts';
import { ScopeTable, TokenTable } from './token.ts';

/** What is remembered of one token of one host. Whole numbers and the host's words. */
export interface TokenMemory {
  /** Scans that covered it and saw it open, since it was first seen; halved with `tries` at TRIES_KEPT. */
  seen: number;
  tries: number;
  /** Run of scans up to now that covered it and did not see it. */
  absent: number;
  /** The port itself; of a range, the last one. */
  portid: number;
  service: string;
  product: string;
  version: string;
  /** Another product that the last scan heard; empty while they agree. Two in a row are believed. */
  rival: string;
}

/** Past this many scans, older ones count half: a service that began to flap must be able to show it. */
export const TRIES_KEPT = 64;

/** After so many absences a port counts as closed: it says no more, and its return is a new port. */
export const GONE_AFTER = 14;

/** What is remembered of one host. */
export interface HostMemory {
  readonly identity: string;
  address: IpAddress;
  network: string;
  vendor: string;
  /** Peer group; -1 while it has none. */
  group: number;
  role: string;
  /** Scans per scope that it answered. */
  readonly scans: number[];
  /** Bits of the scopes with at least one scan. */
  scopes: number;
  /** Scans that it answered. */
  answered: number;
  readonly tokens: Map<number, TokenMemory>;
  /** Family that it had for long, and the run of scans up to now that saw another one. */
  osFamily: string;
  osScans: number;
  osOther: string;
  osRun: number;
  /** Absences of ports that came back, of so many looks: its miss rate. */
  missed: number;
  looks: number;
  /** Ordinals among its own scans at which it showed a new port; those of the last HOST_SCANS. */
  newPorts: number[];
  /** Ordinals of the censuses that saw it first and last. */
  readonly first: number;
  last: number;
  /** Hash of its stable tokens as of its last grouping, to notice that it is time for another. */
  signature: number;
}

/** Scans of a host over which its own rate of new ports is taken (`assessment.md`, formula 2). */
export const HOST_SCANS = 60;

/** Counts of one token in a group, or in the network. */
export interface TokenCount {
  /** Hosts that have it. */
  hosts: number;
  seen: number;
  tries: number;
}

/** Counts that follow from the hosts: never stored, always made anew from them. */
export class HostCounts {
  readonly tokens = new Map<number, TokenCount>();
  /** Hosts by the bits of the scopes that they were scanned with. */
  readonly scopes = new Map<number, number>();
  readonly families = new Map<string, number>();
  hosts = 0;
  /** Σ over tokens of `hosts`. */
  held = 0;

  token(id: number): TokenCount {
    let count = this.tokens.get(id);
    if (count === undefined) {
      count = { hosts: 0, seen: 0, tries: 0 };
      this.tokens.set(id, count);
    }
    return count;
  }

  /** Hosts that some scan covering a token has seen. */
  inScope(covering: number): number {
    let hosts = 0;
    for (const [scopes, count] of this.scopes) if ((scopes & covering) !== 0) hosts += count;
    return hosts;
  }

  /** Adds a host, or takes it out. */
  add(host: HostMemory, sign: 1 | -1): void {
    this.hosts += sign;
    bump(this.scopes, host.scopes, sign);
    if (host.osFamily !== '') bump(this.families, host.osFamily, sign);
    for (const [id, memory] of host.tokens) {
      const count = this.token(id);
      count.seen += sign * memory.seen;
      count.tries += sign * memory.tries;
      if (memory.absent < GONE_AFTER) {
        count.hosts += sign;
        this.held += sign;
      }
      if (count.hosts === 0 && count.tries === 0) this.tokens.delete(id);
    }
  }
}

/** Adds to a counter of a map; a counter at zero is removed. */
export function bump<K>(map: Map<K, number>, key: K, by: number): void {
  const count = (map.get(key) ?? 0) + by;
  if (count === 0) map.delete(key);
  else map.set(key, count);
}

/** A peer group: hosts that look alike, or that a role was configured for. */
export interface PeerGroup {
  readonly id: number;
  /** The configured role; empty for a learned group. */
  readonly role: string;
  readonly counts: HostCounts;
  readonly window: ScanWindow;
}

/** A segment of the network. */
export interface Subnet {
  readonly window: ScanWindow;
  readonly vendors: Map<string, number>;
  readonly groups: Map<number, number>;
  readonly counts: HostCounts;
}

/** All that the model knows. */
export class SurpriseState {
  readonly tokens = new TokenTable();
  readonly scopes = new ScopeTable();
  readonly hosts = new Map<string, HostMemory>();
  readonly groups = new Map<number, PeerGroup>();
  readonly subnets = new Map<string, Subnet>();
  /** The network as a whole: π₀, λ₀, m₀. */
  readonly counts = new HostCounts();
  readonly window = new ScanWindow();
  /** Hosts that have both of two tokens, by smaller id, then larger: for combinations. */
  readonly pairs = new Map<number, number>();
  readonly shared = new Set<string>();
  /** What earlier scans left for calibration, by time. */
  readonly calibration: CalibrationScan[] = [];
  /** Ordinal of the last census of each scope. */
  readonly lastOfScope: number[] = [];
  /** Censuses learned. */
  learned = 0;
  nextGroup = 0;
  lastAt = 0 as Instant;

  subnet(network: string): Subnet {
    let subnet = this.subnets.get(network);
    if (subnet === undefined) {
      subnet = { window: new ScanWindow(), vendors: new Map(), groups: new Map(), counts: new HostCounts() };
      this.subnets.set(network, subnet);
    }
    return subnet;
  }

  /** Censuses since the last one that covered a token, the one at hand included: a port may have opened at any of them. */
  scansSince(token: number): number {
    const covering = this.scopes.covering(this.tokens.token(token));
    let last = -1;
    for (const [scope, ordinal] of this.lastOfScope.entries()) {
      if ((covering & (1 << scope)) !== 0 && ordinal > last) last = ordinal;
    }
    return Math.max(1, Math.min(GAP_CAP, this.learned - last));
  }

  /** Counts a host in among its peers, or takes it out before it or its group changes. */
  countAmongPeers(host: HostMemory, sign: 1 | -1): void {
    if (host.group < 0) return;
    this.groups.get(host.group)?.counts.add(host, sign);
    bump(this.subnet(host.network).groups, host.group, sign);
  }

  /** Counts a host in among all, or takes it out before it changes. */
  countAmongAll(host: HostMemory, sign: 1 | -1): void {
    this.counts.add(host, sign);
    const subnet = this.subnet(host.network);
    subnet.counts.add(host, sign);
    if (host.vendor !== '') bump(subnet.vendors, host.vendor, sign);
    const held = heldTokens(host);
    if (held.length > PAIRED_TOKENS) return;
    for (const [at, a] of held.entries()) {
      for (let next = at + 1; next < held.length; next += 1) bump(this.pairs, pairKey(a, held[next]!), sign);
    }
  }
}

/** A port that was asked for last this many scans ago or more may as well never have been. */
const GAP_CAP = 14;

/** Hosts with more open ports than this are not asked which of them go together: pairs grow with the square. */
export const PAIRED_TOKENS = 48;

/** Tokens that a host has, in ascending order of id. */
export function heldTokens(host: HostMemory): number[] {
  const held: number[] = [];
  for (const [id, memory] of host.tokens) if (memory.absent < GONE_AFTER) held.push(id);
  return held.toSorted((a, b) => a - b);
}

/** Key of an unordered pair of tokens; ids stay below 2²⁶. */
export function pairKey(a: number, b: number): number {
  return a < b ? a * 67_108_864 + b : b * 67_108_864 + a;
}
