import type { PortSeverity, SurpriseChannel, SurpriseCount, SurpriseItem } from '../model/surprise.ts';
import type { CensusPort } from '../model/census.ts';
import { CHANNELS, type RowStrata } from './calibrate.ts';
import { combination } from './combination.ts';
import { silent, type HostEvidence, type NewPort } from './host-evidence.ts';
import { closingRate, isAgent, missingPortSurprise, openRate } from './missing-port.ts';
import { arrivalSurprise, fitSurprise, vendorSurprise } from './new-host.ts';
import { NewPortRarity } from './new-port-rarity.ts';
import { groupRate, MISSES_CAP, missRate, networkNewRate } from './new-port.ts';
import { osSurprise } from './operating-system.ts';
import { heldTokens, HOST_SCANS, type PeerGroup, type SurpriseState } from './surprise-state.ts';
import type { Today } from './today.ts';
import { ANSWER_PRIOR, hazard } from './version-change.ts';
import { FEATURES, type Feature, type HostParts, type SurprisePart } from './weights.ts';

/** Rates that rest on more sightings than a small network has say no more than one in 22,000. */
const HAZARD_CAP = 10;
/** The rest of the new ports adds at most this much: a scan of a honeypot must not outweigh all else. */
const REST_CAP = 30;
/** A burst of new ports in a subnet adds at most this much: all of its hosts show it. */
const BURST_CAP = 10;
/** A port that so many peers have is missed when it goes. */
const NEARLY_ALL = 0.8;
/** Surprises below this are everyday: without another one they are no evidence. */
const EVERYDAY = 0.1;

/** Asks the formulas of assessment.md about the evidence on one host after another of a census. */
export class HostJudge {
  readonly #state: SurpriseState;
  readonly #today: Today;
  readonly #severity: PortSeverity;
  readonly #rarity: NewPortRarity;

  constructor(state: SurpriseState, today: Today, severity: PortSeverity) {
    this.#state = state;
    this.#today = today;
    this.#severity = severity;
    this.#rarity = new NewPortRarity(state, today);
  }

  /** Undefined where nothing speaks: such a host has no score. */
  judge(evidence: HostEvidence): HostParts | undefined {
    const parts: SurprisePart[] = [];
    const group = this.#today.groupOf(evidence);
    const { memory } = evidence;
    const top = this.#newPorts(evidence, group, parts);
    if (this.#state.learned === 0) this.#lacking(evidence, group, parts);
    else this.#missing(evidence, group, parts);
    movedPort(evidence, parts);
    this.#answers(evidence, group, parts);
    if (evidence.os !== undefined && memory !== undefined) {
      const { before, after, run, accuracy } = evidence.os;
      const surprise = osSurprise(
        { run, accuracy, scans: memory.osScans },
        group?.window,
        this.#state.window,
      );
      const counts: SurpriseCount[] = [{ of: 'scans', seen: run, among: memory.osScans + run }];
      const base = { channel: 'os', ports: [], surprise, counts, before, after } as const;
      parts.push({ ...base, feature: 'os', amount: surprise });
      if (run > 1) parts.push({ ...base, feature: 'os-run', amount: run - 1 });
    }
    if (memory === undefined && this.#state.learned > 0) this.#newHost(evidence, group, parts);
    this.#drift(evidence, group, parts);
    if (!parts.some(({ surprise }) => surprise >= EVERYDAY)) return undefined;

    return {
      parts,
      group,
      severity: Math.max(0, ...evidence.newPorts.map(({ port }) => this.#severityOf(port))),
      context: {
        bias: 1,
        misses: Math.log1p(Math.min(top?.misses ?? 0, MISSES_CAP)),
        'same-today': Math.log1p(top === undefined ? 0 : this.#today.sameNew(top.token) - 1),
        'miss-rate': memory === undefined ? 0.01 : missRate(memory.missed, memory.looks),
        'tcp-covered': this.#today.tcpCovered,
        udp: this.#today.udp,
      },
    };
  }

  #severityOf({ key, service, product }: CensusPort): number {
    return this.#severity({ key, service, product });
  }

  /** What the largest item of a host is about. */
  strata(
    { host, identity, newPorts, open }: HostEvidence,
    { group }: HostParts,
    items: readonly SurpriseItem[],
  ): RowStrata {
    const top = items.find(({ channel }) => channel !== 'history');
    const key = top?.ports[0];
    const found =
      newPorts.find(({ port }) => port.key === key)?.token ??
      [...open].find(([, port]) => port.key === key)?.[0];
    const token = found === undefined ? (key ?? '') : this.#state.tokens.token(found).key;
    return {
      channel: (top?.channel ?? 'new-port') as SurpriseChannel,
      group: group?.id ?? -1,
      network: host.network,
      token,
      identity,
    };
  }

  /** Gives back the strangest of those that earlier scans covered. */
  #newPorts(
    evidence: HostEvidence,
    group: PeerGroup | undefined,
    parts: SurprisePart[],
  ): NewPort | undefined {
    if (evidence.newPorts.length === 0) return undefined;
    const rated = evidence.newPorts.map((found) => {
      const severity = this.#severity({
        key: found.port.key,
        service: found.port.service,
        product: found.port.product,
      });
      const rarity = this.#rarity.of(evidence, found, group);
      return { ...found, severity, ...rarity, order: rarity.surprise * (0.3 + 0.7 * severity) };
    });
    rated.sort((a, b) => b.order - a.order);
    const seen = rated.filter(({ misses }) => misses > 0);
    const [top, ...rest] = seen;
    const held = evidence.memory === undefined ? [...evidence.open.keys()] : heldTokens(evidence.memory);
    if (top !== undefined) {
      const base = {
        channel: 'new-port',
        ports: [top.port.key],
        surprise: top.surprise,
        counts: top.counts,
      } as const;
      parts.push(
        { ...base, feature: 'port', amount: top.surprise },
        { ...base, feature: 'port-severity', amount: top.surprise * top.severity },
        { ...base, feature: 'port-peers', amount: top.amongPeers },
        { ...base, feature: 'port-subnet', amount: top.inSubnet },
      );
      pushRest(rest, parts);
      this.#combination(top, held, evidence, parts);
      const { hosts, tokens } = this.#today.burst(evidence);
      const subnet = this.#state.subnets.get(evidence.host.network)?.window;
      const rate = groupRate(
        subnet?.total('new-port') ?? 0,
        subnet?.total('host') ?? 0,
        networkNewRate(this.#state.window),
      );
      const gap = this.#state.scansSince(top.token);
      const burst = Math.min(BURST_CAP, geometricTailSurprise(tokens, rate * hosts * gap));
      if (tokens > 1) {
        const counts: SurpriseCount[] = [{ of: 'subnet', seen: tokens, among: hosts }];
        parts.push({ ...base, feature: 'subnet-burst', amount: burst, surprise: burst, counts });
      }
    }
    const [first, ...others] = rated.filter(({ misses }) => misses === 0);
    if (first !== undefined) {
      const base = {
        channel: 'new-port',
        ports: [first.port.key],
        surprise: first.surprise,
        counts: first.counts,
      } as const;
      parts.push({ ...base, feature: 'first-port', amount: first.order });
      if (top === undefined) this.#combination(first, held, evidence, parts);
      if (this.#state.learned === 0) pushRest(others, parts);
    }
    return top;
  }

  #combination(top: NewPort, held: readonly number[], evidence: HostEvidence, parts: SurprisePart[]): void {
    const { surprise, with: others } = combination(this.#state, top.token, held);
    if (surprise === 0) return;
    const ports = others.map((token) => this.#today.portOf(token, evidence));
    const { counts } = this.#state;
    const together = {
      of: 'network',
      seen: counts.tokens.get(top.token)?.hosts ?? 0,
      among: counts.hosts,
    } as const;
    parts.push({
      channel: 'combination',
      feature: 'combination',
      ports: [top.port.key, ...ports],
      amount: surprise,
      surprise,
      counts: [together],
    });
  }

  /** At the first scan: the port that nearly all peers have, and this host has not. */
  #lacking({ host, open }: HostEvidence, group: PeerGroup | undefined, parts: SurprisePart[]): void {
    if (group === undefined || group.counts.hosts < 4 || host.partial) return;
    let worst: SurprisePart | undefined;
    const scope = 1 << this.#state.scopes.of(host.coverage ?? this.#today.coverage);
    for (const [id, { hosts }] of group.counts.tokens) {
      const token = this.#state.tokens.token(id);
      const others = Math.max(hosts, group.counts.inScope(this.#state.scopes.covering(token)) - 1);
      if (open.has(id) || hosts < NEARLY_ALL * others) continue;
      if (token.low !== token.high || !silent(this.#state, host, token, token.low, scope)) continue;
      const surprise = -Math.log(1 - (hosts + 0.5) / (others + 1));
      if (surprise <= (worst?.surprise ?? 0)) continue;
      worst = {
        channel: 'missing-port',
        feature: 'missing-peers',
        ports: [`${token.low}/${token.protocol}`],
        amount: surprise,
        surprise,
        counts: [{ of: 'peers', seen: hosts, among: others }],
      };
    }
    if (worst !== undefined) parts.push(worst);
  }

  #missing(evidence: HostEvidence, group: PeerGroup | undefined, parts: SurprisePart[]): void {
    let worst: SurprisePart | undefined;
    let worstOfPeers: SurprisePart | undefined;
    let worstAgent: SurprisePart | undefined;
    const loss = this.#today.loss(evidence);
    const closes = closingRate(group?.window, this.#state.window);
    for (const { token, memory, run } of evidence.missing) {
      const count = group?.counts.tokens.get(token) ?? { hosts: 0, seen: memory.seen, tries: memory.tries };
      // As it was when it was seen last: the run itself is no evidence that it flaps.
      const own = { seen: memory.seen, tries: memory.tries - memory.absent };
      const open = openRate(own, { seen: count.seen - memory.seen, tries: count.tries - memory.tries });
      const surprise = missingPortSurprise(open, run, loss, closes);
      if (surprise < EVERYDAY) continue;
      const part: SurprisePart = {
        channel: 'missing-port',
        feature: 'missing',
        ports: [`${memory.portid}/${this.#state.tokens.token(token).protocol}`],
        amount: surprise,
        surprise,
        counts: [
          { of: 'absences', seen: run, among: run },
          { of: 'scans', seen: memory.seen, among: memory.tries },
          {
            of: 'peers',
            seen: Math.max(0, count.hosts - 1),
            among: Math.max(0, (group?.counts.hosts ?? 1) - 1),
          },
        ],
      };
      if (worst === undefined || surprise > worst.surprise) worst = part;
      if (isAgent(part.ports[0]!, memory.service) && surprise > (worstAgent?.surprise ?? 0)) {
        worstAgent = { ...part, feature: 'missing-agent' };
      }
      if (group === undefined || group.counts.hosts < 4) continue;
      const covering = this.#state.scopes.covering(this.#state.tokens.token(token));
      if (count.hosts < NEARLY_ALL * group.counts.inScope(covering)) continue;
      if (worstOfPeers === undefined || surprise > worstOfPeers.surprise) {
        worstOfPeers = { ...part, feature: 'missing-peers' };
      }
    }
    if (worst !== undefined) parts.push(worst);
    if (worstOfPeers !== undefined) parts.push(worstOfPeers);
    if (worstAgent !== undefined) parts.push(worstAgent);
  }

  #answers(evidence: HostEvidence, group: PeerGroup | undefined, parts: SurprisePart[]): void {
    const worst = new Map<Feature, SurprisePart>();
    for (const change of evidence.answers) {
      const { kind, port, before, after } = change;
      const same = this.#today.sameAnswer(change) - 1;
      const odds = hazard(kind, 'reseen', ANSWER_PRIOR[kind], group?.window, this.#state.window, same);
      const surprise = Math.min(HAZARD_CAP, -Math.log(odds));
      if ((worst.get(kind)?.surprise ?? 0) >= surprise) continue;
      worst.set(kind, {
        channel:
          kind === 'service'
            ? 'service'
            : kind === 'product' || kind === 'banner-lost'
              ? 'product'
              : 'version',
        feature: kind,
        ports: [port.key],
        amount: surprise,
        surprise,
        before,
        after,
        counts: [
          {
            of: 'host-scans',
            seen: this.#state.window.total(kind),
            among: this.#state.window.total('reseen'),
          },
          { of: 'same-today', seen: same, among: this.#today.hosts },
        ],
      });
    }
    parts.push(...worst.values());
  }

  #newHost(evidence: HostEvidence, group: PeerGroup | undefined, parts: SurprisePart[]): void {
    const { host, swapped } = evidence;
    const subnet = this.#state.subnets.get(host.network);
    const arrival = arrivalSurprise(subnet, this.#state);
    const counts: SurpriseCount[] = [
      {
        of: 'subnet',
        seen: subnet?.window.total(swapped ? 'swap' : 'new-host') ?? 0,
        among: subnet?.window.total('host') ?? 0,
      },
    ];
    const base = { channel: 'new-host', ports: [], surprise: arrival, counts } as const;
    const severity = Math.max(
      0,
      ...Array.from(evidence.open.values(), ({ key, service, product }) =>
        this.#severity({ key, service, product }),
      ),
    );
    parts.push(
      { ...base, feature: 'host', amount: swapped ? arrival / 2 : arrival },
      { ...base, feature: 'host-vendor', amount: vendorSurprise(subnet, host.vendor ?? '') },
      { ...base, feature: 'host-fit', amount: fitSurprise(subnet, group) },
      { ...base, feature: 'host-severity', amount: severity },
    );
  }

  /** A host that shows new ports again and again, given how often its peers do. */
  #drift({ memory, newPorts }: HostEvidence, group: PeerGroup | undefined, parts: SurprisePart[]): void {
    const found = newPorts.filter(({ misses }) => misses > 0);
    if (memory === undefined || found.length === 0 || memory.newPorts.length === 0) return;
    const steps = memory.newPorts.length + found.length;
    const scans = Math.min(memory.answered, HOST_SCANS) + 1;
    const network = networkNewRate(this.#state.window);
    const rate = groupRate(group?.window.total('new-port') ?? 0, group?.window.total('host') ?? 0, network);
    const surprise = geometricTailSurprise(steps, rate * scans);
    if (surprise < EVERYDAY) return;
    parts.push({
      channel: 'drift',
      feature: 'drift',
      ports: found.map(({ port }) => port.key),
      amount: surprise,
      surprise,
      counts: [{ of: 'drift-steps', seen: steps, among: scans }],
    });
  }
}

/** The ports beside the strangest; what they add is capped together. */
function pushRest(
  rest: readonly (Pick<NewPort, 'port'> &
    Pick<SurprisePart, 'surprise' | 'counts'> & { readonly order: number })[],
  parts: SurprisePart[],
): void {
  const sum = rest.reduce((total, { order }) => total + order, 0);
  const scale = sum > REST_CAP ? REST_CAP / sum : 1;
  for (const { port, surprise, counts, order } of rest) {
    parts.push({
      channel: 'new-port',
      feature: 'port-rest',
      ports: [port.key],
      surprise,
      counts,
      amount: order * scale,
    });
  }
}

/** A service that left one port for another: it is both, and one cause. */
function movedPort({ newPorts, missing }: HostEvidence, parts: SurprisePart[]): void {
  for (const { port } of newPorts) {
    const arrived = parts.find(({ channel, ports }) => channel === 'new-port' && ports[0] === port.key);
    if (arrived === undefined || port.service === '' || port.service === 'unknown') continue;
    for (const { memory, run } of missing) {
      if (run > 1 || memory.service !== port.service) continue;
      if (memory.product !== '' && port.product !== '' && memory.product !== port.product) continue;
      const left = parts.find(
        ({ feature, ports }) => feature === 'missing' && Number.parseInt(ports[0]!, 10) === memory.portid,
      );
      if (left === undefined) continue;
      const surprise = Math.min(arrived.surprise, left.surprise);
      parts.push({
        ...arrived,
        feature: 'moved',
        surprise,
        amount: surprise,
        ports: [port.key, ...left.ports],
      });
      return;
    }
  }
}

/**
 * −ln P(X ≥ k) for a count whose rate differs from host to host: Poisson with an exponential rate is geometric,
 * and its tail is (m/(1+m))ᵏ.
 */
export function geometricTailSurprise(k: number, mean: number): number {
  return k * Math.log((1 + mean) / mean);
}

/** The features of a host, in the order of FEATURES: what weights are trained on. */
export function featureVector({ parts }: HostParts): number[] {
  return FEATURES.map((name) =>
    parts.reduce((sum, { feature, amount }) => (feature === name ? sum + amount : sum), 0),
  );
}

/** The largest surprise per channel, as CHANNELS lists them. */
export function channelSurprises({ parts }: Pick<HostParts, 'parts'>): number[] {
  return CHANNELS.map((name) =>
    parts.reduce((most, { channel, surprise }) => (channel === name ? Math.max(most, surprise) : most), 0),
  );
}
