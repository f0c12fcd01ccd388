import type { IpAddress } from '../../net/ip-address.ts';
import { parsePortKey, portKey, type PortKey, type TransportProtocol } from '../../net/port-key.ts';
import { PortSet } from '../../net/port-set.ts';
import type { Instant } from '../../time/instant.ts';
import { findRoaming } from './roaming.ts';
import type { Baseline, ExpectedHost, ExpectedPort, Provenance } from '../model/baseline.ts';
import { knownPorts } from '../model/coverage.ts';
import type { Host, Service } from '../model/host.ts';
import type { Privileges, RunId, RunInfo } from '../model/scan-run.ts';
import { askedBy, targetOf } from './asked.ts';
import { expectHost, expectPort, readSightings, runsOf, type RunMask } from './flapping.ts';
import { osName } from './os-name.ts';

/** What the learned runs have in common: runs of another vantage or other privileges see other things. */
export interface LearnFrom {
  readonly vantage: string;
  readonly privileges: Privileges;
  /** Name of the series, for the record; the learner takes runs of any. */
  readonly profile: string;
}

/** What a person or a schedule says of the version to be made. */
export interface VersionMeta {
  /** The number of the new version; one more than the newest of this vantage and profile. */
  readonly version: number;
  readonly created: Instant;
  readonly by: string;
  readonly note: string;
  /** The version that this one follows; absent for the first. */
  readonly parent?: number;
}

/** A run that could not be learned from, and why, in a sentence. */
export interface SetAside {
  readonly run: RunId;
  readonly why: string;
}

interface LearnedRun {
  readonly info: RunInfo;
  /** Runs that tried the same addresses share it; undefined when that cannot be told. */
  readonly target: string | undefined;
}

interface LearnedPort {
  seen: RunMask;
  service: Service | undefined;
  /** Rank of the run that `service` is from: depth first, then newness. */
  rank: Rank;
}

interface LearnedHost {
  up: RunMask;
  recorded: RunMask;
  /** Which runs knew which ports: interned sets per protocol, `protocol#id`. */
  readonly known: Map<number, RunMask>;
  readonly ports: Map<PortKey, LearnedPort>;
  /** What every run so far agreed on; `undefined` before the first, `null` after a disagreement. */
  mac: string | null | undefined;
  os: string | null | undefined;
  names: readonly string[] | undefined;
}

type Rank = readonly [depth: number, start: number, run: string];

function outranks(a: Rank, b: Rank): boolean {
  if (a[0] !== b[0]) return a[0] > b[0];
  if (a[1] !== b[1]) return a[1] > b[1];
  return a[2] > b[2];
}

/**
 * Learns what is normal from runs in a period declared safe. A fold: runs and hosts may come in any order
 * and the result is the same. Memory grows with hosts × open ports, and by one bit per run of each.
 *
 * Only coverage counts: a port is "open in 14 of 14" of the runs that could tell, not of all runs.
 */
export class BaselineLearner {
  readonly #from: LearnFrom;
  readonly #runs = new Map<RunId, number>();
  readonly #learned: LearnedRun[] = [];
  readonly #setAside = new Map<RunId, string>();
  readonly #hosts = new Map<IpAddress, LearnedHost>();
  readonly #sets: { readonly protocol: TransportProtocol; readonly ports: PortSet }[] = [];
  readonly #setByValue = new Map<string, number>();
  readonly #setByReference = new Map<TransportProtocol, WeakMap<PortSet, number>>();
  readonly #services = new Map<string, Service>();

  constructor(from: LearnFrom) {
    this.#from = from;
  }

  /** Announces a run, before its hosts. False (and listed in `setAside`) when it cannot be learned from. */
  add(run: RunInfo): boolean {
    if (this.#runs.has(run.id)) return true;
    const why = this.#unfit(run);
    if (why !== undefined) {
      this.#setAside.set(run.id, why);
      return false;
    }
    this.#runs.set(run.id, this.#learned.length);
    this.#learned.push({ info: run, target: targetOf(run) });
    return true;
  }

  /** Takes in one host of an announced run; hosts of runs set aside are ignored. Throws a RangeError for a run never announced. */
  addHost(runId: RunId, host: Host): void {
    const index = this.#runs.get(runId);
    if (index === undefined) {
      if (this.#setAside.has(runId)) return;
      throw new RangeError(`run ${runId} was not announced with add()`);
    }
    const run = this.#learned[index]!.info;
    const bit = 1n << BigInt(index);
    const learned = this.#hostOf(host.address);
    learned.recorded |= bit;
    if (host.status.state === 'down' || host.status.state === 'skipped') return;
    learned.up |= bit;
    this.#takeIdentity(learned, host);
    for (const [protocol, ports] of knownPorts(run, host)) {
      const set = this.#intern(protocol, ports);
      learned.known.set(set, (learned.known.get(set) ?? 0n) | bit);
    }
    for (const port of host.ports) {
      if (port.state !== 'open') continue;
      const key = portKey(port.portid, port.protocol);
      const rank: Rank = [
        port.service?.method === 'probed' ? 2 : port.service === undefined ? 0 : 1,
        run.start ?? Number.NEGATIVE_INFINITY,
        run.id,
      ];
      const service = port.service === undefined ? undefined : this.#internService(port.service);
      const known = learned.ports.get(key);
      if (known === undefined) learned.ports.set(key, { seen: bit, service, rank });
      else {
        known.seen |= bit;
        if (outranks(rank, known.rank)) {
          known.service = service;
          known.rank = rank;
        }
      }
    }
  }

  /** Runs that were not learned from, with the reason. */
  get setAside(): readonly SetAside[] {
    return Array.from(this.#setAside, ([run, why]) => ({ run, why }));
  }

  /** Makes the version. The learner may go on being fed and asked again. */
  finish(meta: VersionMeta): Baseline {
    const order = this.#timeOrder();
    const provenances = new Map<RunMask, Provenance>();
    const provenanceOf = (mask: RunMask): Provenance => {
      const known = provenances.get(mask);
      if (known !== undefined) return known;
      const members = new Set(runsOf(mask));
      const runs = order.filter((run) => members.has(run)).map((run) => this.#learned[run]!.info.id);
      const made: Provenance = { kind: 'learned', runs };
      provenances.set(mask, made);
      return made;
    };
    const hosts = new Map<IpAddress, ExpectedHost>();
    for (const [address, learned] of this.#hosts) {
      const expected = this.#expectHost(address, learned, order, provenanceOf);
      if (expected !== undefined) hosts.set(address, expected);
    }
    return {
      version: meta.version,
      parent: meta.parent,
      created: meta.created,
      by: meta.by,
      note: meta.note,
      how: 'learned',
      runs: order.map((run) => this.#learned[run]!.info.id),
      vantage: this.#from.vantage,
      privileges: this.#from.privileges,
      profile: this.#from.profile,
      asked: askedBy(order.map((run) => this.#learned[run]!.info)),
      hosts,
    };
  }

  #unfit(run: RunInfo): string | undefined {
    const { vantage, privileges } = this.#from;
    if (run.vantage !== vantage)
      return `it was taken from vantage ${run.vantage}, the baseline is for ${vantage}`;
    if (run.privileges !== privileges && run.privileges !== 'unknown' && privileges !== 'unknown') {
      return `its privileges are ${run.privileges}, the baseline is learned from ${privileges} scans`;
    }
    return undefined;
  }

  #timeOrder(): number[] {
    return this.#learned
      .map((_, index) => index)
      .toSorted((a, b) => {
        const left = this.#learned[a]!.info;
        const right = this.#learned[b]!.info;
        const gap = (left.start ?? Number.NEGATIVE_INFINITY) - (right.start ?? Number.NEGATIVE_INFINITY);
        if (gap !== 0 && !Number.isNaN(gap)) return gap;
        return left.id < right.id ? -1 : 1;
      });
  }

  #hostOf(address: IpAddress): LearnedHost {
    const known = this.#hosts.get(address);
    if (known !== undefined) return known;
    const made: LearnedHost = {
      up: 0n,
      recorded: 0n,
      known: new Map(),
      ports: new Map(),
      mac: undefined,
      os: undefined,
      names: undefined,
    };
    this.#hosts.set(address, made);
    return made;
  }

  #takeIdentity(learned: LearnedHost, host: Host): void {
    learned.mac = agree(learned.mac, host.mac?.address);
    learned.os = agree(learned.os, osName(host.os));
    const names = host.hostnames.filter((name) => name.type === 'PTR').map((name) => name.name);
    if (names.length > 0) {
      const sorted = [...new Set(names)].toSorted();
      learned.names = learned.names?.filter((name) => sorted.includes(name)) ?? sorted;
    }
  }

  #intern(protocol: TransportProtocol, ports: PortSet): number {
    let byReference = this.#setByReference.get(protocol);
    if (byReference === undefined) {
      byReference = new WeakMap();
      this.#setByReference.set(protocol, byReference);
    }
    const seen = byReference.get(ports);
    if (seen !== undefined) return seen;
    const text = `${protocol}:${ports.toString()}`;
    const known = this.#setByValue.get(text) ?? this.#sets.length;
    if (known === this.#sets.length) {
      this.#sets.push({ protocol, ports });
      this.#setByValue.set(text, known);
    }
    byReference.set(ports, known);
    return known;
  }

  #internService(service: Service): Service {
    const text = JSON.stringify(service);
    const known = this.#services.get(text);
    if (known !== undefined) return known;
    // A hostile estate can make every banner unique: past this many, interning only costs memory.
    if (this.#services.size < 65_536) this.#services.set(text, service);
    return service;
  }

  /**
   * Runs that tried the host: those that recorded it, and complete runs over the same targets as one that
   * did. Nmap leaves hosts that are down out of its XML, so an absence there is evidence; elsewhere it is not.
   */
  #triedBy(learned: LearnedHost): RunMask {
    const targets = new Set<string>();
    for (const run of runsOf(learned.recorded)) {
      const { target } = this.#learned[run]!;
      if (target !== undefined) targets.add(target);
    }
    let tried = learned.recorded;
    for (const [index, { info, target }] of this.#learned.entries()) {
      if (info.status === 'complete' && target !== undefined && targets.has(target))
        tried |= 1n << BigInt(index);
    }
    return tried;
  }

  #expectHost(
    address: IpAddress,
    learned: LearnedHost,
    order: readonly number[],
    provenanceOf: (mask: RunMask) => Provenance,
  ): ExpectedHost | undefined {
    const presence = readSightings(learned.up, this.#triedBy(learned), order);
    const expectation = expectHost(presence);
    if (expectation === 'none') return undefined;
    const coverage = new Map<TransportProtocol, PortSet>();
    for (const set of learned.known.keys()) {
      const { protocol, ports } = this.#sets[set]!;
      coverage.set(protocol, (coverage.get(protocol) ?? PortSet.empty).union(ports));
    }
    const ports = new Map<PortKey, ExpectedPort>();
    const keys = [...learned.ports.keys()].toSorted(compareKeys);
    for (const key of keys) {
      const port = learned.ports.get(key)!;
      const sightings = readSightings(port.seen, this.#knewPort(learned, key), order);
      const portExpectation = expectPort(sightings);
      if (portExpectation === 'none') continue;
      ports.set(key, {
        port: key,
        state: 'open',
        ...(port.service === undefined ? {} : { service: port.service }),
        flapping: portExpectation === 'flapping',
        support: { seen: sightings.seen, comparable: sightings.comparable },
        provenance: provenanceOf(port.seen),
      });
    }
    const roaming = findRoaming(
      Array.from(learned.ports, ([key, port]) => ({ ...parsePortKey(key)!, ...port })),
      learned.up,
    );
    return {
      host: address,
      presence: 'up',
      hostnames: learned.names ?? [],
      ...(typeof learned.mac === 'string' ? { mac: learned.mac } : {}),
      ...(typeof learned.os === 'string' ? { os: learned.os } : {}),
      flapping: expectation === 'flapping',
      ...(roaming.length === 0 ? {} : { roaming }),
      support: { seen: presence.seen, comparable: presence.comparable },
      provenance: provenanceOf(learned.up),
      ports,
      coverage: Object.fromEntries(
        [...coverage]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([protocol, set]) => [protocol, set.toString()]),
      ),
    };
  }

  #knewPort(learned: LearnedHost, key: PortKey): RunMask {
    const { portid, protocol } = parsePortKey(key)!;
    let mask: RunMask = 0n;
    for (const [set, runs] of learned.known) {
      const entry = this.#sets[set]!;
      if (entry.protocol === protocol && entry.ports.has(portid)) mask |= runs;
    }
    return mask;
  }
}

/**
 * Two runs are a hint and one is a snapshot: a habit of four weeks, or a port that was down for one scan,
 * cannot be told from the norm with fewer than three.
 */
export const RUNS_FOR_A_NORM = 3;

/** What a reader must know of a baseline before trusting it, in sentences; empty when there is nothing to say. */
export function notesOn(baseline: Baseline): string[] {
  const notes: string[] = [];
  const runs = baseline.runs.length;
  if (runs === 1) notes.push('Learned from 1 run: a snapshot, not a norm.');
  else if (runs < RUNS_FOR_A_NORM) notes.push(`Learned from ${runs} runs: a hint, not a norm.`);
  let flapping = 0;
  for (const host of baseline.hosts.values()) {
    for (const port of host.ports.values()) if (port.flapping) flapping += 1;
  }
  if (flapping > 0)
    notes.push(`${flapping} ${flapping === 1 ? 'port comes and goes' : 'ports come and go'}.`);
  return notes;
}

/** Agreement over runs that say something: silence (undefined) agrees with everything. */
function agree(so: string | null | undefined, now: string | undefined): string | null | undefined {
  if (now === undefined || so === null) return so;
  return so === undefined || so === now ? now : null;
}

function compareKeys(a: PortKey, b: PortKey): number {
  const left = parsePortKey(a)!;
  const right = parsePortKey(b)!;
  return left.portid - right.portid || (left.protocol < right.protocol ? -1 : 1);
}
