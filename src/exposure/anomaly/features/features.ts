import { median } from '../../../stats/median.ts';
import type { IpAddress } from '../../../net/ip-address.ts';
import { parsePortKey, type PortKey } from '../../../net/port-key.ts';
import type { Instant } from '../../../time/instant.ts';
import type { Census, CensusHost } from '../../model/census.ts';
import { identify } from '../identity.ts';
import { FEATURE_INDEX, FEATURES } from '../../model/feature-catalogue.ts';
import { changedWords, HostPast, wordsOf } from './host-past.ts';
import { likeness, openPorts } from './port-sets.ts';
import { SEED_PORTS, seedRuleRisk } from './seed-risk.ts';

/** History counted in `known_scans` at most: a feature that grows for ever breaks calibration (`assessment.md`, 8). */
const KNOWN_SCANS = 14;
const DAYS = 365;
const DAY_US = 86_400e6;

/** The features of every host of a census: a row for each, in its order, with the columns of FEATURES. */
export interface FeatureTable {
  readonly identities: readonly string[];
  readonly rows: readonly Float64Array[];
}

/**
 * Turns the scans of a network into numbers, in time order: `features` says what the history so far makes of a
 * census, `learn` adds it to the history. Each series (profile and vantage) has a history of its own, because one
 * profile's absence is another's not having looked.
 */
export class FeatureHistory {
  readonly #pasts = new Map<string, HostPast>();
  readonly #seriesScans = new Map<string, number>();
  readonly #shared = new Set<string>();

  /**
   * The features of all hosts of a census; changes nothing that later calls depend on but which names tell hosts apart.
   * @param window the census with the other profiles of its window merged into it: what is said of the scan alone and of
   *   its peers comes from there. The history of a series is held against the series alone.
   * @param counts counts of the window by host, by name of the feature, where the store has counted; the rest is counted here.
   */
  features(
    census: Census,
    window: Census = census,
    counts?: ReadonlyMap<IpAddress, Readonly<Record<string, number>>>,
  ): FeatureTable {
    const identities = identify(census, this.#shared);
    const series = seriesOf(census);
    const scansBefore = this.#seriesScans.get(series) ?? 0;
    const network = new Prevalence(window.hosts);
    const whole = new Map(window.hosts.map((host) => [host.address, host] as const));
    const merged = census.hosts.map((host) => whole.get(host.address) ?? host);
    const rows = census.hosts.map((host, index) => {
      const past = this.#pasts.get(`${series} ${identities[index]!}`);
      const row = new Float64Array(FEATURES.length);
      const counted = counts?.get(host.address);
      if (counted === undefined) fillCounts(row, merged[index]!);
      else for (const [name, count] of Object.entries(counted)) set(row, name, count);
      set(row, 'contradictions', merged[index]!.contradictions.length);
      set(row, 'profiles', merged[index]!.profiles.length);
      fillTemporal(row, host, past, census.at);
      fillRarity(row, merged[index]!, network);
      set(row, 'new_host', past === undefined && scansBefore > 0 ? 1 : 0);
      return row;
    });
    for (const members of bySubnet(merged).values()) fillSubnet(rows, merged, members);
    return { identities, rows };
  }

  /** Adds a census to the history of its series. */
  learn(census: Census): void {
    const series = seriesOf(census);
    for (const [index, identity] of identify(census, this.#shared).entries()) {
      const host = census.hosts[index]!;
      // What the scanner gave up on would read as ports gone, and back again.
      if (host.partial) continue;
      const key = `${series} ${identity}`;
      let past = this.#pasts.get(key);
      if (past === undefined) this.#pasts.set(key, (past = new HostPast()));
      past.learn(host, census.at);
    }
    this.#seriesScans.set(series, (this.#seriesScans.get(series) ?? 0) + 1);
  }
}

function seriesOf(census: Census): string {
  return JSON.stringify([census.profile, census.vantage]);
}

const POSITION = FEATURE_INDEX;

function set(row: Float64Array, name: string, value: number): void {
  row[POSITION.get(name)!] = value;
}

/** What the scan alone says of the host; of a stored scan, the store counts the same (`queries/features.ts`). */
function fillCounts(row: Float64Array, host: CensusHost): void {
  const open = openPorts(host);
  const numbers = open.map((port) => parsePortKey(port.key)!);
  const listed = (state: string): number =>
    host.ports.filter((port) => port.state === state).length + (host.folded[state] ?? 0);
  const among = (ports: readonly number[]): number =>
    numbers.filter(({ portid }) => ports.includes(portid)).length;
  set(row, 'open_ports', open.length);
  set(row, 'filtered_ports', listed('filtered'));
  set(row, 'closed_ports', listed('closed'));
  set(row, 'unique_services', new Set(open.map((port) => port.service).filter((name) => name !== '')).size);
  set(row, 'versioned_services', open.filter((port) => port.version !== '').length);
  set(row, 'administrative_ports', among(SEED_PORTS.administrative));
  set(row, 'tcp_ports', numbers.filter(({ protocol }) => protocol === 'tcp').length);
  set(row, 'udp_ports', numbers.filter(({ protocol }) => protocol === 'udp').length);
  set(row, 'os_confidence', host.os?.accuracy ?? 0);
  set(row, 'deprecated_ports', among(SEED_PORTS.deprecated));
  set(row, 'database_ports', among(SEED_PORTS.database));
}

/** What the host's own history says of it. A host without one is unchanged: it has nothing to differ from. */
function fillTemporal(row: Float64Array, host: CensusHost, past: HostPast | undefined, at: Instant): void {
  set(row, 'stability', 1);
  if (past === undefined) return;
  const open = new Set(openPorts(host).map((port) => port.key));
  set(row, 'known_scans', Math.min(KNOWN_SCANS, past.scans));
  set(row, 'port_change_rate', 1 - likeness(past.lastOpen, open));
  set(
    row,
    'new_services',
    countNew(
      openPorts(host)
        .map((port) => port.service)
        .filter((name) => name !== ''),
      past.everServices,
    ),
  );
  set(row, 'new_ports', countNew(open, past.everOpen));
  if (!host.partial) set(row, 'missing_ports', countNew(past.lastOpen, open));
  if (past.scans > 1) set(row, 'stability', past.likenessSum / (past.scans - 1));
  const { changed, both } = changedWords(past.lastWords, wordsOf(host));
  set(row, 'service_change_rate', both === 0 ? 0 : changed / both);
  set(row, 'service_changes', past.scans < 2 ? 0 : past.serviceChanges / (past.scans - 1));
  set(
    row,
    'os_changed',
    host.os !== undefined && past.lastFamily !== undefined && host.os.family !== past.lastFamily ? 1 : 0,
  );
  // A host that never varied would make one port infinitely many deviations.
  set(row, 'open_ports_deviation', (open.size - past.meanOpen) / Math.max(1, past.deviationOpen));
  const days = past.unchangedSince === undefined ? 0 : (at - past.unchangedSince) / DAY_US;
  set(row, 'days_unchanged', Math.min(DAYS, Math.max(0, days)));
}

/** Different members that are not known. */
function countNew<T>(members: Iterable<T>, known: ReadonlySet<T>): number {
  let fresh = 0;
  for (const member of new Set(members)) if (!known.has(member)) fresh += 1;
  return fresh;
}

/** On how many hosts of a census each port is open. */
class Prevalence {
  readonly #counts = new Map<PortKey, number>();
  readonly #hosts: number;

  constructor(hosts: readonly CensusHost[]) {
    this.#hosts = hosts.length;
    for (const host of hosts) {
      for (const { key } of openPorts(host)) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }

  count(key: PortKey): number {
    return this.#counts.get(key) ?? 0;
  }

  /** −ln of the share of hosts with the port open. */
  rarity(key: PortKey): number {
    // Not negated: where all have it that would be −0, which no store keeps.
    return 0 - Math.log(this.count(key) / this.#hosts);
  }
}

function fillRarity(row: Float64Array, host: CensusHost, network: Prevalence): void {
  const rarities = openPorts(host).map((port) => network.rarity(port.key));
  if (rarities.length === 0) return;
  set(row, 'rarest_port', Math.max(...rarities));
  set(row, 'mean_rarity', rarities.reduce((sum, value) => sum + value, 0) / rarities.length);
}

function bySubnet(hosts: readonly CensusHost[]): ReadonlyMap<string, readonly number[]> {
  const members = new Map<string, number[]>();
  for (const [index, { network }] of hosts.entries()) {
    const known = members.get(network);
    if (known === undefined) members.set(network, [index]);
    else known.push(index);
  }
  return members;
}

function fillSubnet(
  rows: readonly Float64Array[],
  hosts: readonly CensusHost[],
  members: readonly number[],
): void {
  const prevalence = new Prevalence(members.map((index) => hosts[index]!));
  const open = POSITION.get('open_ports')!;
  const middle = median(members.map((index) => rows[index]![open]!));
  const risks = members.map((index) => seedRuleRisk(rows[index]!));
  const total = risks.reduce((sum, risk) => sum + risk, 0);
  const tenth = risks.toSorted((a, b) => b - a).slice(0, Math.max(1, Math.ceil(risks.length / 10)));
  const concentration = total === 0 ? 0 : tenth.reduce((sum, risk) => sum + risk, 0) / total;
  for (const [place, index] of members.entries()) {
    const row = rows[index]!;
    set(
      row,
      'alone_in_subnet',
      openPorts(hosts[index]!).filter((port) => prevalence.count(port.key) === 1).length,
    );
    set(row, 'open_ports_against_subnet', row[open]! - middle);
    set(row, 'risk_share', total === 0 ? 0 : risks[place]! / total);
    set(row, 'risk_concentration', concentration);
  }
}
