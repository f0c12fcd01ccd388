import {
  HostCounts,
  heldTokens,
  type HostMemory,
  type PeerGroup,
  type SurpriseState,
} from './surprise-state.ts';
import { ScanWindow } from './scan-window.ts';

/** Two hosts at least this alike may be peers (`assessment.md`, "Peers"). */
const ALIKE = 0.4;
/** A host changes its group only for one that fits better by this much: groups must not swap hosts to and fro. */
const HYSTERESIS = 0.1;
/** A token that so many members have is part of what the group shares. */
const SHARED = 0.5;
/** A token is stable when so many of the scans that covered it saw it. */
const STABLE = 0.6;

/** Tokens that a host shows most of the time, ascending by id. */
export function stableTokens(host: HostMemory): number[] {
  return heldTokens(host).filter((id) => {
    const memory = host.tokens.get(id)!;
    return memory.seen >= STABLE * memory.tries;
  });
}

/** What a group is compared by: tokens that its members share, and the OS family of most of them. */
interface Centre {
  readonly group: PeerGroup;
  readonly tokens: ReadonlySet<number>;
  readonly family: string;
}

/**
 * Groups hosts that look alike. Leader clustering (Hartigan, Clustering Algorithms, 1975, chapter 3): a host
 * joins the group whose centre it is most like, or founds one. The similarity is Jaccard's over tokens that
 * scans of the host covered, weighted by how rare they are in the network, the OS family being one token more.
 * Configured roles come first. Numbers of groups are never used again.
 */
export class Grouping {
  readonly #state: SurpriseState;
  readonly #centres: Centre[] = [];
  /** Groups with a token at their centre. */
  readonly #holders = new Map<number, Centre[]>();
  readonly #roles = new Map<string, PeerGroup>();
  readonly #weights = new Map<number, number>();

  constructor(state: SurpriseState) {
    this.#state = state;
    for (const group of state.groups.values()) {
      if (group.role !== '') this.#roles.set(group.role, group);
      else if (group.counts.hosts > 0) this.#enter(centreOf(state, group));
    }
  }

  #enter(centre: Centre): void {
    this.#centres.push(centre);
    for (const token of centre.tokens) {
      const holders = this.#holders.get(token);
      if (holders === undefined) this.#holders.set(token, [centre]);
      else holders.push(centre);
    }
  }

  /** The group that a host belongs to, founded when there is none. */
  place(host: HostMemory, tokens: readonly number[]): PeerGroup {
    if (host.role !== '') return this.#role(host.role);
    const found = this.nearest(tokens, host.osFamily, host.scopes, host.group);
    return found ?? this.#found(tokens, host.osFamily);
  }

  /** The group of a configured role, if any host has been in it. */
  ofRole(role: string): PeerGroup | undefined {
    return this.#roles.get(role);
  }

  /** The group whose centre is most like a host with these tokens, if one is like it at all. */
  nearest(tokens: readonly number[], family: string, scopes: number, current = -1): PeerGroup | undefined {
    const candidates = new Set<Centre>();
    for (const token of tokens) for (const centre of this.#holders.get(token) ?? []) candidates.add(centre);
    if (tokens.length === 0)
      for (const centre of this.#centres) if (centre.tokens.size === 0) candidates.add(centre);
    let best: Centre | undefined;
    let most = 0;
    for (const centre of candidates) {
      const alike = this.#similarity(tokens, family, scopes, centre);
      if (alike < ALIKE) continue;
      const weighed = alike + (centre.group.id === current ? HYSTERESIS : 0);
      if (weighed > most || (weighed === most && best !== undefined && centre.group.id < best.group.id)) {
        best = centre;
        most = weighed;
      }
    }
    return best?.group;
  }

  #similarity(tokens: readonly number[], family: string, scopes: number, centre: Centre): number {
    let both = 0;
    let either = 0;
    let inBoth = 0;
    for (const token of tokens) {
      const weight = this.#weight(token);
      either += weight;
      if (centre.tokens.has(token)) {
        both += weight;
        inBoth += 1;
      }
    }
    if (inBoth < centre.tokens.size) {
      const own = new Set(tokens);
      for (const token of centre.tokens) {
        if (own.has(token) || (this.#state.scopes.covering(this.#state.tokens.token(token)) & scopes) === 0)
          continue;
        either += this.#weight(token);
      }
    }
    if (family !== '' && centre.family !== '') {
      either += FAMILY_WEIGHT;
      if (family === centre.family) both += FAMILY_WEIGHT;
    }
    return either === 0 ? 1 : both / either;
  }

  /** Inverse document frequency of a token (Spärck Jones, J. Documentation 28, 1972). */
  #weight(token: number): number {
    let weight = this.#weights.get(token);
    if (weight === undefined) {
      const { counts } = this.#state;
      const hosts = counts.tokens.get(token)?.hosts ?? 0;
      // What one host alone has says nothing of whom it is like.
      weight = hosts <= 1 ? 0 : Math.log(1 + counts.hosts / hosts);
      this.#weights.set(token, weight);
    }
    return weight;
  }

  #role(role: string): PeerGroup {
    let group = this.#roles.get(role);
    if (group === undefined) {
      group = newGroup(this.#state, role);
      this.#roles.set(role, group);
    }
    return group;
  }

  #found(tokens: readonly number[], family: string): PeerGroup {
    const group = newGroup(this.#state, '');
    this.#enter({ group, tokens: new Set(tokens), family });
    return group;
  }
}

/** The OS family weighs as much as a token that a fifth of the hosts have: ln(1 + 5). */
const FAMILY_WEIGHT = Math.log(6);

function newGroup(state: SurpriseState, role: string): PeerGroup {
  const group = {
    id: state.nextGroup,
    role,
    counts: new HostCounts(),
    window: new ScanWindow(),
  };
  state.nextGroup += 1;
  state.groups.set(group.id, group);
  return group;
}

function centreOf(state: SurpriseState, group: PeerGroup): Centre {
  return { group, tokens: new Set(sharedTokens(state, group)), family: familyOf(group) };
}

/** Tokens that at least half of the members have, the most common first. */
export function sharedTokens(state: SurpriseState, group: PeerGroup): number[] {
  const keyOf = (token: number): string => state.tokens.token(token).key;
  const { counts } = group;
  return [...counts.tokens]
    .filter(([, { hosts }]) => hosts >= SHARED * counts.hosts && hosts > 0)
    .toSorted(([a, x], [b, y]) => y.hosts - x.hosts || (keyOf(a) < keyOf(b) ? -1 : 1))
    .map(([token]) => token);
}

/** The OS family of most members; empty when none is known. */
export function familyOf(group: PeerGroup): string {
  let most = 0;
  let best = '';
  for (const [family, hosts] of group.counts.families) {
    if (hosts > most || (hosts === most && family < best)) {
      best = family;
      most = hosts;
    }
  }
  return best;
}
