import type { SurpriseCount } from '../model/surprise.ts';
import type { HostEvidence, NewPort } from './host-evidence.ts';
import {
  groupRate,
  hostRate,
  missRate,
  networkNewRate,
  networkRate,
  newPortSurprise,
  NewPortTail,
  peerRate,
} from './new-port.ts';
import { HOST_SCANS, type PeerGroup, type SurpriseState } from './surprise-state.ts';
import type { Today } from './today.ts';

/** How rare a new port is. */
export interface PortRarity {
  readonly surprise: number;
  readonly amongPeers: number;
  readonly inSubnet: number;
  readonly counts: readonly SurpriseCount[];
}

/** One host in 3,000 and one in a million are alike here: what a network's size allows must not weigh. */
const RARITY_CAP = 8;

/** Asks formulas 1 to 3 about one new port after another of a census. */
export class NewPortRarity {
  readonly #state: SurpriseState;
  readonly #today: Today;
  readonly #tails = new Map<number, NewPortTail>();

  constructor(state: SurpriseState, today: Today) {
    this.#state = state;
    this.#today = today;
  }

  /** The surprise of a new port, and the counts behind it. */
  of({ memory, host }: HostEvidence, { token, misses }: NewPort, group: PeerGroup | undefined): PortRarity {
    const state = this.#state;
    const covering = state.scopes.covering(state.tokens.token(token));
    const own = memory !== undefined && (memory.scopes & covering) !== 0 ? 1 : 0;
    const today = state.learned === 0 ? 1 : 0;
    // Of a range, a scan may have seen a port without covering the range: whoever has it was in scope.
    const having = Math.max(0, (state.counts.tokens.get(token)?.hosts ?? 0) - today);
    const everywhere = Math.max(having, state.counts.inScope(covering) - own - today);
    const peersHaving = Math.max(0, (group?.counts.tokens.get(token)?.hosts ?? 0) - today);
    const peers = Math.max(peersHaving, (group?.counts.inScope(covering) ?? 0) - own - today);
    const pi = peerRate(peersHaving, peers, networkRate(having, everywhere));
    const network = networkNewRate(state.window);
    const forGroup = groupRate(
      group?.window.total('new-port') ?? 0,
      group?.window.total('host') ?? 0,
      network,
    );
    const rate = hostRate(
      memory?.newPorts.length ?? 0,
      Math.min(memory?.answered ?? 0, HOST_SCANS),
      forGroup,
    );
    const same = this.#today.sameNewInGroup(group, token) - 1;
    const tails = this.#tail(group);
    const tail = tails.tail(tails.likelihood(token, Math.max(0, same)));
    const surprise = newPortSurprise({
      peers: pi,
      missRate: missRate(memory?.missed ?? 0, memory?.looks ?? 0),
      misses,
      rate,
      tail,
      gap: state.scansSince(token),
    });
    const counts: SurpriseCount[] = [
      ...(misses > 0 ? [{ of: 'scans', seen: 0, among: misses } as const] : []),
      { of: 'peers', seen: peersHaving, among: peers },
      { of: 'network', seen: having, among: everywhere },
      { of: 'host-scans', seen: 1, among: Math.round(Math.min(1e9, Math.exp(surprise))) },
      { of: 'same-today', seen: Math.max(0, this.#today.sameNew(token) - 1), among: this.#today.hosts },
    ];
    return {
      surprise,
      counts,
      amongPeers: Math.min(RARITY_CAP, -Math.log(pi)),
      inSubnet: Math.min(RARITY_CAP, -Math.log(this.#subnetRate(host.network, token, covering, own))),
    };
  }

  /** How common a token is in a subnet, shrunk towards the network as among peers. */
  #subnetRate(network: string, token: number, covering: number, own: number): number {
    const { counts, subnets } = this.#state;
    const everywhere = networkRate(counts.tokens.get(token)?.hosts ?? 0, counts.inScope(covering));
    const subnet = subnets.get(network)?.counts;
    const having = subnet?.tokens.get(token)?.hosts ?? 0;
    return peerRate(having, Math.max(having, (subnet?.inScope(covering) ?? 0) - own), everywhere);
  }

  #tail(group: PeerGroup | undefined): NewPortTail {
    const id = group?.id ?? -1;
    let tail = this.#tails.get(id);
    if (tail === undefined) {
      tail = new NewPortTail(this.#state, group);
      this.#tails.set(id, tail);
    }
    return tail;
  }
}
