import type { Census, CensusPort } from '../model/census.ts';
import { identityHash } from './calibrate.ts';
import { silent, type HostEvidence } from './host-evidence.ts';
import { ABSENCES_TOLD } from './missing-port.ts';
import { ACCEPTED_AFTER } from './operating-system.ts';
import { Grouping, stableTokens } from './peer-groups.ts';
import { emptyTally, RATE, type RateKind, type ScanTally } from './scan-window.ts';
import {
  bump,
  GONE_AFTER,
  HOST_SCANS,
  TRIES_KEPT,
  type HostMemory,
  type SurpriseState,
  type TokenMemory,
} from './surprise-state.ts';
import { portidOf } from './token.ts';
import { roleOf } from './today.ts';

/** Censuses after which a host that no longer answers is forgotten, with all that was counted of it. */
export const FORGOTTEN_AFTER = 60;

/** Hosts that are put into groups again though they look as before: centres move slowly. */
const REGROUP_EVERY = 8;

/** Adds a census to what is known. The evidence is what `compareHost` and `meetHost` made of it before. */
export function learnCensus(state: SurpriseState, census: Census, all: readonly HostEvidence[]): void {
  const tallies = new Tallies();
  const waves = new Waves(all);
  const changed: HostMemory[] = [];
  for (const evidence of all) {
    const before = evidence.memory ?? state.hosts.get(evidence.identity);
    if (before !== undefined) {
      state.countAmongPeers(before, -1);
      state.countAmongAll(before, -1);
    }
    const host = evidence.memory ?? newMemory(state, evidence);
    state.hosts.set(host.identity, host);
    tallies.ofHost(host, evidence);
    rememberHost(state, census, host, evidence, waves);
    changed.push(host);
  }
  // What is rare is known before hosts are put into groups by it.
  for (const host of changed) state.countAmongAll(host, 1);
  regroup(state, changed);
  for (const host of changed) state.countAmongPeers(host, 1);
  tallies.push(state);
  const scope = state.scopes.of(census.coverage);
  while (state.lastOfScope.length <= scope) state.lastOfScope.push(-1);
  state.lastOfScope[scope] = state.learned;
  forget(state);
  state.lastAt = census.at;
}

/** Puts hosts that look otherwise than at their last grouping, and now and then the others, into groups. */
function regroup(state: SurpriseState, hosts: readonly HostMemory[]): void {
  // Whose tokens are what: alike hosts are placed together, the most frequent kind first, so that leaders do
  // not depend on the order of addresses.
  const kinds = new Map<string, { readonly tokens: number[]; readonly hosts: HostMemory[] }>();
  for (const host of hosts) {
    const tokens = stableTokens(host);
    const signature = signatureOf(state, host, tokens);
    const due = (host.answered + host.first) % REGROUP_EVERY === 0;
    const hash = identityHash(signature);
    if (host.group >= 0 && hash === host.signature && !due) continue;
    host.signature = hash;
    const key = `${host.group} ${host.scopes} ${signature}`;
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, { tokens, hosts: [host] });
    else kind.hosts.push(host);
  }
  const ordered = [...kinds].toSorted(
    ([a, x], [b, y]) => y.hosts.length - x.hosts.length || (a < b ? -1 : 1),
  );
  const grouping = new Grouping(state);
  for (const [, { tokens, hosts: alike }] of ordered) {
    const group = grouping.place(alike[0]!, tokens);
    for (const host of alike) host.group = group.id;
  }
}

function signatureOf(state: SurpriseState, host: HostMemory, tokens: readonly number[]): string {
  if (host.role !== '') return host.role;
  return `${host.osFamily} ${tokens
    .map((token) => state.tokens.token(token).key)
    .toSorted()
    .join()}`;
}

function newMemory(state: SurpriseState, { identity, host }: HostEvidence): HostMemory {
  return {
    identity,
    address: host.address,
    network: host.network,
    vendor: host.vendor ?? '',
    group: -1,
    role: '',
    scans: [],
    scopes: 0,
    answered: 0,
    tokens: new Map(),
    osFamily: '',
    osScans: 0,
    osOther: '',
    osRun: 0,
    missed: 0,
    looks: 0,
    newPorts: [],
    first: state.learned,
    last: state.learned,
    signature: 0,
  };
}

function rememberHost(
  state: SurpriseState,
  census: Census,
  memory: HostMemory,
  evidence: HostEvidence,
  waves: Waves,
): void {
  const { host, open } = evidence;
  const scope = state.scopes.of(host.coverage ?? census.coverage);
  const bit = 1 << scope;
  memory.address = host.address;
  memory.network = host.network;
  memory.vendor = host.vendor ?? memory.vendor;
  memory.role = roleOf(host.roles);
  memory.last = state.learned;
  memory.answered += 1;
  for (const { token, misses } of evidence.newPorts) {
    if (misses > 0 && !waves.has(memory.group, token)) memory.newPorts.push(memory.answered);
  }
  memory.newPorts = memory.newPorts
    .filter((ordinal) => ordinal > memory.answered - HOST_SCANS)
    .slice(-HOST_SCANS);
  if (!host.partial) {
    while (memory.scans.length <= scope) memory.scans.push(0);
    memory.scans[scope]! += 1;
    memory.scopes |= bit;
    for (const [token, known] of memory.tokens) {
      if (open.has(token) || !silent(state, host, state.tokens.token(token), known.portid, bit)) continue;
      known.absent += 1;
      known.tries += known.absent > GONE_AFTER ? 0 : 1;
      if (known.absent > FORGOTTEN_AFTER) memory.tokens.delete(token);
    }
  }
  for (const [token, port] of open) {
    const known = memory.tokens.get(token);
    if (known === undefined || known.absent >= GONE_AFTER) {
      memory.tokens.set(token, newToken(port));
    } else {
      memory.missed += known.absent;
      memory.looks += known.absent + 1;
      seeAgain(known, port);
    }
  }
  if (memory.looks > LOOKS_KEPT) {
    memory.missed = Math.floor(memory.missed / 2);
    memory.looks = Math.floor(memory.looks / 2);
  }
  rememberSystem(memory, host.os?.family ?? '');
}

/** Looks at a host's ports past which older ones count half. */
const LOOKS_KEPT = 2_000;

function newToken(port: CensusPort): TokenMemory {
  return {
    seen: 1,
    tries: 1,
    absent: 0,
    portid: portidOf(port.key),
    service: port.service,
    product: port.product,
    version: port.version,
    rival: '',
  };
}

function seeAgain(known: TokenMemory, port: CensusPort): void {
  known.absent = 0;
  known.seen += 1;
  known.tries += 1;
  if (known.tries >= TRIES_KEPT) {
    known.seen = Math.floor(known.seen / 2);
    known.tries = Math.floor(known.tries / 2);
  }
  known.portid = portidOf(port.key);
  // A scan that heard less than an earlier one has not changed the service; one that heard another product may
  // have misheard.
  if (port.product !== '') {
    if (known.product === '' || known.product === port.product || known.rival === port.product) {
      if (port.version !== '' || port.product !== known.product) known.version = port.version;
      known.product = port.product;
      known.rival = '';
    } else {
      known.rival = port.product;
    }
  }
  if (port.service !== '' && (port.confidence >= 5 || known.service === '')) known.service = port.service;
}

function rememberSystem(memory: HostMemory, family: string): void {
  if (family === '') return;
  if (memory.osFamily === '' || family === memory.osFamily) {
    memory.osFamily = family;
    memory.osScans += 1;
    memory.osRun = 0;
    memory.osOther = '';
    return;
  }
  memory.osRun = memory.osOther === family ? memory.osRun + 1 : 1;
  memory.osOther = family;
  if (memory.osRun < ACCEPTED_AFTER) return;
  memory.osFamily = family;
  memory.osScans = memory.osRun;
  memory.osRun = 0;
  memory.osOther = '';
}

/** From so many peers on that show the same new port in one scan, it is a wave: somebody rolled it out. */
const WAVE = 4;

/** New ports that many peers show at once. They say nothing of how restless a single host is. */
class Waves {
  readonly #hosts = new Map<string, number>();

  constructor(all: readonly HostEvidence[]) {
    for (const { memory, newPorts } of all) {
      for (const { token, misses } of newPorts)
        if (misses > 0) bump(this.#hosts, waveKey(memory?.group, token), 1);
    }
  }

  has(group: number, token: number): boolean {
    return (this.#hosts.get(waveKey(group, token)) ?? 0) >= WAVE;
  }
}

function waveKey(group: number | undefined, token: number): string {
  return `${group ?? -1} ${token}`;
}

/** A wave of n hosts counts as ⌈log₂(n+1)⌉ new ports: its hosts did not decide each for itself. */
function damp(hosts: number): number {
  return Math.ceil(Math.log2(hosts + 1));
}

/** Counts of this scan by group, by subnet and in all. Groups are those that hosts were judged in. */
class Tallies {
  readonly #groups = new Map<number, ScanTally>();
  readonly #subnets = new Map<string, ScanTally>();
  readonly #all = emptyTally();

  ofHost(host: HostMemory, evidence: HostEvidence): void {
    const tallies = [
      this.#all,
      tallyOf(this.#groups, host.group),
      tallyOf(this.#subnets, evidence.host.network),
    ];
    const add = (kind: RateKind, count = 1): void => {
      for (const tally of tallies) tally.counts[RATE[kind]]! += count;
    };
    add('host');
    if (evidence.memory === undefined) add(evidence.swapped ? 'swap' : 'new-host');
    for (const { token, misses } of evidence.newPorts) {
      if (misses === 0) continue;
      for (const tally of tallies) tally.tokens.set(token, (tally.tokens.get(token) ?? 0) + 1);
    }
    for (const token of evidence.open.keys()) if (host.tokens.has(token)) add('reseen');
    for (const { kind } of evidence.answers) add(kind);
    for (const { run } of evidence.missing) if (run === ABSENCES_TOLD) add('closed');
    if (evidence.memory !== undefined && evidence.host.os !== undefined && host.osFamily !== '')
      add('os-seen');
    if (evidence.os !== undefined) add('os');
  }

  push(state: SurpriseState): void {
    // The first scan has only new hosts: they are no rate.
    if (state.learned === 0) {
      this.#all.counts[RATE['new-host']] = 0;
      for (const tally of this.#subnets.values()) tally.counts[RATE['new-host']] = 0;
    }
    for (const tally of [this.#all, ...this.#groups.values(), ...this.#subnets.values()]) {
      for (const [token, hosts] of tally.tokens) tally.tokens.set(token, damp(hosts));
      tally.counts[RATE['new-port']] = Array.from(tally.tokens.values()).reduce(
        (sum, count) => sum + count,
        0,
      );
    }
    state.window.push(this.#all);
    for (const [id, group] of state.groups) group.window.push(this.#groups.get(id) ?? emptyTally());
    for (const [network, subnet] of state.subnets) {
      subnet.window.push(this.#subnets.get(network) ?? emptyTally());
    }
  }
}

function tallyOf<K>(tallies: Map<K, ScanTally>, key: K): ScanTally {
  let tally = tallies.get(key);
  if (tally === undefined) {
    tally = emptyTally();
    tallies.set(key, tally);
  }
  return tally;
}

function forget(state: SurpriseState): void {
  for (const [identity, host] of state.hosts) {
    if (state.learned - host.last <= FORGOTTEN_AFTER) continue;
    state.countAmongPeers(host, -1);
    state.countAmongAll(host, -1);
    state.hosts.delete(identity);
  }
  for (const [id, group] of state.groups) {
    if (group.counts.hosts === 0 && group.window.total('host') === 0) state.groups.delete(id);
  }
  for (const [network, subnet] of state.subnets) {
    if (subnet.counts.hosts === 0 && subnet.window.total('host') === 0) state.subnets.delete(network);
  }
}
