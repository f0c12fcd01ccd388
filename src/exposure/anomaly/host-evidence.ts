import { PortSet } from '../../net/port-set.ts';
import type { Census, CensusHost, CensusPort } from '../model/census.ts';
import { identify, isAddressOnly } from './identity.ts';
import { ABSENCES_TOLD } from './missing-port.ts';
import { swapRate } from './new-host.ts';
import { networkNewRate } from './new-port.ts';
import { GONE_AFTER, type HostMemory, type SurpriseState, type TokenMemory } from './surprise-state.ts';
import { portidOf, type Token } from './token.ts';
import { answerChange, type AnswerChange } from './version-change.ts';

/** An open port that the host did not have. */
export interface NewPort {
  readonly token: number;
  readonly port: CensusPort;
  /** Scans of the host that covered it before, all without it. */
  readonly misses: number;
}

/** A port of the host that a scan covering it did not see. */
export interface MissingPort {
  readonly token: number;
  readonly memory: TokenMemory;
  /** Absences in a row, this one included. */
  readonly run: number;
}

/** A port that answers otherwise than before. */
export interface ChangedAnswer {
  readonly kind: AnswerChange;
  readonly token: number;
  readonly port: CensusPort;
  readonly before: string;
  readonly after: string;
}

/** What differs between a host of a census and what is remembered of it. Facts only; no probability yet. */
export interface HostEvidence {
  readonly index: number;
  readonly host: CensusHost;
  readonly identity: string;
  /** Undefined for a host seen for the first time, and for one that took another's address. */
  readonly memory: HostMemory | undefined;
  /** The address was another machine's before. */
  readonly swapped: boolean;
  /** Tokens of its open ports, each once, with the port that shows it. */
  readonly open: ReadonlyMap<number, CensusPort>;
  readonly newPorts: readonly NewPort[];
  readonly missing: readonly MissingPort[];
  readonly answers: readonly ChangedAnswer[];
  /** Another OS family than remembered: scans in a row that saw it, this one included. */
  readonly os?: {
    readonly before: string;
    readonly after: string;
    readonly run: number;
    readonly accuracy: number;
  };
}

/** Tokens of a host's open ports. One port per token: of a range the lowest stands for all. */
export function openTokens(
  state: SurpriseState,
  host: CensusHost,
  memory: HostMemory | undefined,
): Map<number, CensusPort> {
  const open = new Map<number, CensusPort>();
  for (const port of host.ports) {
    if (port.state !== 'open') continue;
    const token = knownOfRange(state, port, memory) ?? state.tokens.of(port);
    if (!open.has(token)) open.set(token, port);
  }
  return open;
}

/**
 * A port of a range by another name for its service: a scan without version detection calls it otherwise than
 * one with it, and the host has not changed by that.
 */
function knownOfRange(
  state: SurpriseState,
  port: CensusPort,
  memory: HostMemory | undefined,
): number | undefined {
  if (memory === undefined || portidOf(port.key) < 30_000) return undefined;
  const own = state.tokens.token(state.tokens.of(port));
  if (memory.tokens.has(own.id)) return undefined;
  const heard = port.confidence >= 5 && port.service !== '';
  for (const id of memory.tokens.keys()) {
    const token = state.tokens.token(id);
    if (token.low !== own.low || token.protocol !== own.protocol) continue;
    if (!heard || token.key === `${own.protocol}//${own.low}-${own.high}`) return id;
  }
  return undefined;
}

/** What a census shows of a host that is remembered, port by port. */
export function compareHost(
  state: SurpriseState,
  census: Census,
  index: number,
  identity: string,
  memory: HostMemory,
): HostEvidence {
  const host = census.hosts[index]!;
  const scope = 1 << state.scopes.of(host.coverage ?? census.coverage);
  const open = openTokens(state, host, memory);
  const newPorts: NewPort[] = [];
  const answers: ChangedAnswer[] = [];
  for (const [token, port] of open) {
    const known = memory.tokens.get(token);
    if (known === undefined || known.absent >= GONE_AFTER) {
      const covering = state.scopes.coveringPort(state.tokens.token(token), portidOf(port.key));
      const misses = known === undefined ? scansWith(memory, covering) : known.absent;
      newPorts.push({ token, port, misses });
      continue;
    }
    const kind = answerChange(known, port);
    if (kind !== undefined) answers.push({ kind, token, port, ...words(kind, known, port) });
  }
  const missing: MissingPort[] = [];
  if (!host.partial) {
    for (const [token, known] of memory.tokens) {
      if (known.absent >= ABSENCES_TOLD || open.has(token)) continue;
      if (!silent(state, host, state.tokens.token(token), known.portid, scope)) continue;
      missing.push({ token, memory: known, run: known.absent + 1 });
    }
  }
  const family = host.os?.family ?? '';
  const other = family !== '' && memory.osFamily !== '' && family !== memory.osFamily;
  return {
    index,
    host,
    identity,
    memory,
    swapped: false,
    open,
    newPorts,
    missing,
    answers,
    ...(other && host.os !== undefined
      ? {
          os: {
            before: memory.osFamily,
            after: family,
            run: memory.osOther === family ? memory.osRun + 1 : 1,
            accuracy: host.os.accuracy,
          },
        }
      : {}),
  };
}

/** What a census shows of a host that is not remembered: every port is one that no scan covered before. */
export function meetHost(
  state: SurpriseState,
  census: Census,
  index: number,
  identity: string,
  swapped: boolean,
): HostEvidence {
  const host = census.hosts[index]!;
  const open = openTokens(state, host, undefined);
  const newPorts = Array.from(open, ([token, port]) => ({ token, port, misses: 0 }));
  return { index, host, identity, memory: undefined, swapped, open, newPorts, missing: [], answers: [] };
}

/** Whether a scan of the host covered a token and says that it is not open: filtered is no absence. */
export function silent(
  state: SurpriseState,
  host: CensusHost,
  token: Token,
  portid: number,
  scope: number,
): boolean {
  if ((state.scopes.covering(token) & scope) === 0) return false;
  if (token.low !== token.high) return true;
  return !host.ports.some(
    (port) =>
      port.state.includes('filtered') && portidOf(port.key) === portid && port.key.endsWith(token.protocol),
  );
}

function scansWith(memory: HostMemory, covering: number): number {
  let scans = 0;
  for (const [scope, count] of memory.scans.entries()) if ((covering & (1 << scope)) !== 0) scans += count;
  return scans;
}

function words(
  kind: AnswerChange,
  before: TokenMemory,
  now: CensusPort,
): { readonly before: string; readonly after: string } {
  if (kind === 'service') return { before: before.service, after: now.service };
  if (kind === 'version-up' || kind === 'version-down') return { before: before.version, after: now.version };
  return { before: before.product, after: now.product };
}

/**
 * For a host known by its address alone: how much likelier what it shows is if another machine took the
 * address than if the same one changed, in nats before the rate at which addresses change hands
 * (`assessment.md`, "Identity"). Only ports count; each is asked of the host's own record on one side, of the
 * network on the other.
 */
export function anotherHostRatio(state: SurpriseState, evidence: HostEvidence, newRate: number): number {
  const { memory, open, missing, newPorts } = evidence;
  if (memory === undefined || !isAddressOnly(evidence.identity)) return Number.NEGATIVE_INFINITY;
  if (missing.length + newPorts.filter(({ misses }) => misses > 0).length < 2) {
    return Number.NEGATIVE_INFINITY;
  }
  const { counts } = state;
  const common = (token: number): number =>
    ((counts.tokens.get(token)?.hosts ?? 0) + 0.5) / (counts.hosts + 1);
  let same = 0;
  let other = 0;
  for (const token of open.keys()) {
    const known = memory.tokens.get(token);
    const isNew = newPorts.some((port) => port.token === token && port.misses > 0);
    if (known === undefined && !isNew) continue;
    same += Math.log(known === undefined ? newRate * common(token) : (known.seen + 0.5) / (known.tries + 1));
    other += Math.log(common(token));
  }
  for (const { token, memory: known } of missing) {
    same += Math.log(1 - (known.seen + 4) / (known.tries + 5));
    other += Math.log(1 - common(token));
  }
  return other - same;
}

/** How many ports a coverage has of a protocol; unknown counts as none. */
export function coveredPorts(census: Census, protocol: 'tcp' | 'udp'): number {
  const ports = census.coverage.get(protocol);
  return ports instanceof PortSet ? ports.size : 0;
}

/** Compares every host of a census with what is remembered of it. */
export function gatherEvidence(state: SurpriseState, census: Census): readonly HostEvidence[] {
  const identities = identify(census, state.shared);
  const newRate = networkNewRate(state.window);
  return census.hosts.map((host, index) => {
    const identity = identities[index]!;
    const memory = state.hosts.get(identity);
    if (memory === undefined) return meetHost(state, census, index, identity, false);
    const evidence = compareHost(state, census, index, identity, memory);
    const rate = swapRate(state.subnets.get(host.network), state);
    const another = anotherHostRatio(state, evidence, newRate) + Math.log(rate) > 0;
    return another ? meetHost(state, census, index, identity, true) : evidence;
  });
}
