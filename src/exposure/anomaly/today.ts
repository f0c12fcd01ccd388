import type { PortKey } from '../../net/port-key.ts';
import type { Census } from '../model/census.ts';
import type { Coverage } from '../model/coverage.ts';
import { coveredPorts, type ChangedAnswer, type HostEvidence } from './host-evidence.ts';
import { Grouping, stableTokens } from './peer-groups.ts';
import type { PeerGroup, SurpriseState } from './surprise-state.ts';

/** Ports lost against ports looked for, in a subnet and in this scan. */
interface Loss {
  expected: number;
  lost: number;
}

/**
 * What the hosts of one census have in common: the same new port on many of them, the same upgrade, a subnet
 * that the scan reached badly. Counted before any host is judged.
 */
export class Today {
  readonly hosts: number;
  readonly tcpCovered: number;
  readonly udp: number;
  /** What the scan asked of a host that does not say otherwise. */
  readonly coverage: Coverage;
  readonly #state: SurpriseState;
  readonly #groups: (PeerGroup | undefined)[];
  readonly #sameNew = new Map<number, number>();
  /** Per subnet: hosts, and the different tokens that are new on some of them. */
  readonly #bursts = new Map<string, { hosts: number; readonly tokens: Map<number, number> }>();
  readonly #sameNewInGroup = new Map<string, number>();
  readonly #sameAnswers = new Map<string, number>();
  readonly #losses = new Map<string, Loss>();
  readonly #ownLosses: Loss[] = [];

  constructor(state: SurpriseState, census: Census, all: readonly HostEvidence[]) {
    this.#state = state;
    this.hosts = census.hosts.length;
    this.coverage = census.coverage;
    this.tcpCovered = Math.log1p(coveredPorts(census, 'tcp')) / Math.log(65_536);
    this.udp = coveredPorts(census, 'udp') > 0 ? 1 : 0;
    const grouping = new Grouping(state);
    this.#groups = all.map((evidence) => peersOf(state, grouping, evidence));
    for (const evidence of all) this.#add(evidence);
  }

  #add(evidence: HostEvidence): void {
    const { memory, host, index } = evidence;
    const group = this.#groups[index];
    const burst = this.#bursts.get(host.network) ?? { hosts: 0, tokens: new Map<number, number>() };
    burst.hosts += 1;
    this.#bursts.set(host.network, burst);
    for (const { token, misses } of evidence.newPorts) {
      if (misses === 0) continue;
      burst.tokens.set(token, (burst.tokens.get(token) ?? 0) + 1);
      this.#sameNew.set(token, (this.#sameNew.get(token) ?? 0) + 1);
      const key = `${group?.id ?? -1} ${token}`;
      this.#sameNewInGroup.set(key, (this.#sameNewInGroup.get(key) ?? 0) + 1);
    }
    for (const answer of evidence.answers) {
      const key = answerKey(answer);
      this.#sameAnswers.set(key, (this.#sameAnswers.get(key) ?? 0) + 1);
    }
    if (memory === undefined) return;
    // Only ports that were there the last time tell how much this scan lost.
    const lost = evidence.missing.filter(({ run, memory: port }) => run === 1 && steady(port)).length;
    let expected = lost;
    for (const token of evidence.open.keys()) {
      const port = memory.tokens.get(token);
      if (port !== undefined && port.absent === 0 && steady(port)) expected += 1;
    }
    this.#ownLosses[index] = { expected, lost };
    const loss = this.#losses.get(host.network) ?? { expected: 0, lost: 0 };
    loss.expected += expected;
    loss.lost += lost;
    this.#losses.set(host.network, loss);
  }

  /** Peers of the host; undefined where it is like nobody. */
  groupOf({ index }: HostEvidence): PeerGroup | undefined {
    return this.#groups[index];
  }

  /** Hosts that show a token for the first time in this scan. */
  sameNew(token: number): number {
    return this.#sameNew.get(token) ?? 0;
  }

  sameNewInGroup(group: PeerGroup | undefined, token: number): number {
    return this.#sameNewInGroup.get(`${group?.id ?? -1} ${token}`) ?? 0;
  }

  /** Other hosts of the host's subnet, and how many different tokens are new on them. */
  burst({ host, newPorts }: HostEvidence): { readonly hosts: number; readonly tokens: number } {
    const burst = this.#bursts.get(host.network);
    if (burst === undefined) return { hosts: 0, tokens: 0 };
    const only = newPorts.filter(({ token, misses }) => misses > 0 && burst.tokens.get(token) === 1).length;
    return { hosts: burst.hosts - 1, tokens: burst.tokens.size - only };
  }

  /** Hosts with the very same change of an answer. */
  sameAnswer(answer: ChangedAnswer): number {
    return this.#sameAnswers.get(answerKey(answer)) ?? 1;
  }

  /** Share of steady ports that this scan missed in the host's subnet, the host itself left out; ten ports at 1 % assumed. */
  loss({ host, index }: HostEvidence): number {
    const subnet = this.#losses.get(host.network);
    const own = this.#ownLosses[index];
    if (subnet === undefined || own === undefined) return 0.01;
    return (subnet.lost - own.lost + 0.1) / (subnet.expected - own.expected + 10);
  }

  /** The port of a token that a host has. */
  portOf(token: number, { open, memory }: HostEvidence): PortKey {
    const { protocol, low } = this.#state.tokens.token(token);
    return open.get(token)?.key ?? `${memory?.tokens.get(token)?.portid ?? low}/${protocol}`;
  }
}

function steady({ seen, tries }: { readonly seen: number; readonly tries: number }): boolean {
  return seen >= 0.9 * tries;
}

/** Upgrades are waves by product: every host comes from where it stood, and may go as far as its system lets it. */
function answerKey({ kind, port, before, after }: ChangedAnswer): string {
  return kind === 'version-up' ? `${kind} ${port.product}` : `${kind} ${before} ${after}`;
}

function peersOf(
  state: SurpriseState,
  grouping: Grouping,
  { host, memory, open }: HostEvidence,
): PeerGroup | undefined {
  const known = memory === undefined ? undefined : state.groups.get(memory.group);
  if (known !== undefined && memory !== undefined && memory.role === roleOf(host.roles)) return known;
  const role = roleOf(host.roles);
  if (role !== '') return grouping.ofRole(role);
  const tokens = memory === undefined ? [...open.keys()].toSorted((a, b) => a - b) : stableTokens(memory);
  const family = host.os?.family ?? memory?.osFamily ?? '';
  return grouping.nearest(tokens, family, memory?.scopes ?? -1);
}

/** Configured roles as one name; empty when there are none. */
export function roleOf(roles: readonly string[]): string {
  return roles.toSorted().join('+');
}
