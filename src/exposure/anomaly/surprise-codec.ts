import { Buffer } from 'node:buffer';
import { Fault } from '../../fault/fault.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { CalibrationScan, RowStrata } from './calibrate.ts';
import type { ScanTally, ScanWindow } from './scan-window.ts';
import { HostCounts, SurpriseState, type HostMemory, type TokenMemory } from './surprise-state.ts';
import { ScanWindow as Window } from './scan-window.ts';
import { coverageText, parseCoverageText } from './token.ts';

/** One host's row: what is kept of it, by its identity. */
export interface HostRow {
  readonly identity: string;
  readonly state: string;
}

/** A state as it is kept: one row per host, and one for all that hosts share. */
export interface EncodedState {
  readonly network: string;
  readonly hosts: Iterable<HostRow>;
}

/** Of this form; another one is refused, and the history is learned anew. */
const VERSION = 1;

type TallyText = readonly [counts: readonly number[], tokens: readonly (readonly [number, number])[]];
type TokenText = readonly [
  token: number,
  seen: number,
  tries: number,
  absent: number,
  portid: number,
  service: string,
  product: string,
  version: string,
  rival: string,
];
type HostText = readonly [
  address: string,
  network: string,
  vendor: string,
  group: number,
  role: string,
  scans: readonly number[],
  scopes: number,
  answered: number,
  os: readonly [family: string, scans: number, other: string, run: number],
  misses: readonly [missed: number, looks: number],
  newPorts: readonly number[],
  seen: readonly [first: number, last: number, signature: number],
  tokens: readonly TokenText[],
];

interface NetworkText {
  readonly version: number;
  readonly learned: number;
  readonly nextGroup: number;
  readonly lastAt: number;
  readonly lastOfScope: readonly number[];
  readonly tokens: readonly string[];
  readonly scopes: readonly string[];
  readonly shared: readonly string[];
  readonly window: readonly TallyText[];
  readonly groups: readonly (readonly [id: number, role: string, window: readonly TallyText[]])[];
  readonly subnets: readonly (readonly [network: string, window: readonly TallyText[]])[];
  readonly calibration: readonly CalibrationText[];
}

interface CalibrationText extends Omit<
  CalibrationScan,
  'identities' | 'scores' | 'channels' | 'strata' | 'low'
> {
  readonly identities: string;
  readonly scores: string;
  readonly channels: string;
  readonly strata: readonly (readonly [string, number, string, string, string])[];
  readonly low: number | null;
}

/** The row of one host. Rows of a state belong to the network row of the same state or a later one. */
export function encodeHost(memory: HostMemory): HostRow {
  const row: HostText = [
    memory.address,
    memory.network,
    memory.vendor,
    memory.group,
    memory.role,
    memory.scans,
    memory.scopes,
    memory.answered,
    [memory.osFamily, memory.osScans, memory.osOther, memory.osRun],
    [memory.missed, memory.looks],
    memory.newPorts,
    [memory.first, memory.last, memory.signature],
    Array.from(memory.tokens, ([token, known]) => encodeToken(token, known)),
  ];
  return { identity: memory.identity, state: JSON.stringify(row) };
}

function encodeToken(token: number, known: TokenMemory): TokenText {
  const { seen, tries, absent, portid, service, product, version, rival } = known;
  return [token, seen, tries, absent, portid, service, product, version, rival];
}

/** All that hosts share: tokens, scopes, groups, subnets, rates, calibration. */
export function encodeNetwork(state: SurpriseState): string {
  const text: NetworkText = {
    version: VERSION,
    learned: state.learned,
    nextGroup: state.nextGroup,
    lastAt: state.lastAt,
    lastOfScope: state.lastOfScope,
    tokens: Array.from({ length: state.tokens.size }, (_, id) => state.tokens.token(id).key),
    scopes: state.scopes.all.map(coverageText),
    shared: [...state.shared],
    window: encodeWindow(state.window),
    groups: Array.from(
      state.groups.values(),
      ({ id, role, window }) => [id, role, encodeWindow(window)] as const,
    ),
    subnets: Array.from(state.subnets, ([network, { window }]) => [network, encodeWindow(window)] as const),
    calibration: state.calibration.map(encodeCalibration),
  };
  return JSON.stringify(text);
}

/** The whole state; host rows are made as they are read. */
export function encodeState(state: SurpriseState): EncodedState {
  return { network: encodeNetwork(state), hosts: hostRows(state) };
}

function* hostRows(state: SurpriseState): Generator<HostRow> {
  for (const memory of state.hosts.values()) yield encodeHost(memory);
}

/**
 * Reads a state back: it judges as the one that was encoded, bit for bit, because what is not kept are sums of whole
 * numbers. Throws Fault `surprise/state` when the text is not one that this version wrote.
 */
export function decodeState({ network, hosts }: EncodedState): SurpriseState {
  const state = new SurpriseState();
  try {
    readNetwork(state, JSON.parse(network) as NetworkText);
    for (const row of hosts) {
      const memory = readHost(row);
      state.hosts.set(memory.identity, memory);
      state.countAmongAll(memory, 1);
      state.countAmongPeers(memory, 1);
    }
  } catch (cause) {
    throw new Fault(
      'surprise/state',
      `what the model had learned cannot be read: ${(cause as Error).message}`,
      'Learn the history anew; no scan is lost.',
    );
  }
  return state;
}

function readNetwork(state: SurpriseState, text: NetworkText): void {
  if (text.version !== VERSION) throw new RangeError(`form ${text.version} is not form ${VERSION}`);
  state.learned = text.learned;
  state.nextGroup = text.nextGroup;
  state.lastAt = text.lastAt as Instant;
  state.lastOfScope.push(...text.lastOfScope);
  for (const key of text.tokens) {
    if (state.tokens.ofKey(key) === undefined) throw new RangeError(`${key} is no token`);
  }
  for (const scope of text.scopes) {
    const coverage = parseCoverageText(scope);
    if (coverage === undefined) throw new RangeError(`${scope} is no coverage`);
    state.scopes.of(coverage);
  }
  for (const name of text.shared) state.shared.add(name);
  readWindow(state.window, text.window);
  for (const [id, role, tallies] of text.groups) {
    const window = new Window();
    readWindow(window, tallies);
    state.groups.set(id, { id, role, counts: new HostCounts(), window });
  }
  for (const [network, tallies] of text.subnets) readWindow(state.subnet(network).window, tallies);
  state.calibration.push(...text.calibration.map(readCalibration));
}

function readHost({ identity, state }: HostRow): HostMemory {
  const [address, network, vendor, group, role, scans, scopes, answered, os, misses, newPorts, seen, tokens] =
    JSON.parse(state) as HostText;
  return {
    identity,
    address: address as IpAddress,
    network,
    vendor,
    group,
    role,
    scans: [...scans],
    scopes,
    answered,
    osFamily: os[0],
    osScans: os[1],
    osOther: os[2],
    osRun: os[3],
    missed: misses[0],
    looks: misses[1],
    newPorts: [...newPorts],
    first: seen[0],
    last: seen[1],
    signature: seen[2],
    tokens: new Map(tokens.map((token) => [token[0], readToken(token)])),
  };
}

function readToken([
  ,
  seen,
  tries,
  absent,
  portid,
  service,
  product,
  version,
  rival,
]: TokenText): TokenMemory {
  return { seen, tries, absent, portid, service, product, version, rival };
}

function encodeWindow(window: ScanWindow): TallyText[] {
  return window.tallies.map(({ counts, tokens }) => [counts, [...tokens]] as const);
}

function readWindow(window: ScanWindow, tallies: readonly TallyText[]): void {
  for (const [counts, tokens] of tallies) {
    const tally: ScanTally = { counts: [...counts], tokens: new Map(tokens) };
    window.push(tally);
  }
}

function encodeCalibration(scan: CalibrationScan): CalibrationText {
  return {
    ...scan,
    identities: base64(scan.identities),
    scores: base64(scan.scores),
    channels: base64(scan.channels),
    strata: scan.strata.map(({ channel, group, network, token, identity }) => [
      channel,
      group,
      network,
      token,
      identity,
    ]),
    low: scan.low ?? null,
  };
}

function readCalibration(text: CalibrationText): CalibrationScan {
  return {
    ...text,
    identities: new Uint32Array(bytes(text.identities)),
    scores: new Float32Array(bytes(text.scores)),
    channels: new Float32Array(bytes(text.channels)),
    strata: text.strata.map(([channel, group, network, token, identity]) => ({
      channel: channel as RowStrata['channel'],
      group,
      network,
      token,
      identity,
    })),
    low: text.low ?? undefined,
  };
}

function base64(array: Uint32Array | Float32Array): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
}

function bytes(text: string): ArrayBufferLike {
  const buffer = Buffer.from(text, 'base64');
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
}
