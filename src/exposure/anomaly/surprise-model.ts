import { compareIpAddresses } from '../../net/ip-address.ts';
import type { Census, CensusHost } from '../model/census.ts';
import type {
  HostSurprise,
  LearningStage,
  PortSeverity,
  SurpriseItem,
  SurpriseReport,
  SurpriseVerdict,
} from '../model/surprise.ts';
import { announcedItems, ticketsFor, type AnnouncedChange } from './announced.ts';
import { driftOf, keepForCalibration, LEARNED_NEEDED } from './calibrate.ts';
import { Feedback, SEVERITY_FLOOR, type Stratum } from './feedback.ts';
import { groupAlerts, messages } from './group-alerts.ts';
import { gatherEvidence, type HostEvidence } from './host-evidence.ts';
import { HostJudge } from './host-surprise.ts';
import type { HostParts } from './weights.ts';
import { learnCensus } from './learn.ts';
import { LEARNED_WEIGHTS } from './learned-weights.ts';
import { sharedTokens } from './peer-groups.ts';
import { ScanJudgement, type JudgedHost } from './scan-judgement.ts';
import { SurpriseState } from './surprise-state.ts';
import { Today } from './today.ts';
import { FIRST_WEIGHTS, HAND_WEIGHTS, weigh, type SurpriseWeights } from './weights.ts';

/** How the model is asked. */
export interface SurpriseOptions {
  readonly severity: PortSeverity;
  /** False alerts per 1,000 host-scans that the user allows. */
  readonly budget: number;
  /** In force from the fourth scan on; HAND_WEIGHTS and FIRST_WEIGHTS before. Default: LEARNED_WEIGHTS. */
  readonly weights?: SurpriseWeights;
}

/** What people said, of the past and of what is to come. Nothing of it is kept in the state. */
export interface SaidByPeople {
  readonly verdicts?: readonly SurpriseVerdict[];
  readonly announced?: readonly AnnouncedChange[];
}

/** Censuses learned before learned weights are in force (`assessment.md`, cold start). */
const YOUNG_UNTIL = 3;

/** Learns a network scan by scan, and says of the next one what is unusual in it. */
export class SurpriseModel {
  readonly state: SurpriseState;
  readonly #options: SurpriseOptions;
  readonly #onParts: ((evidence: HostEvidence, parts: HostParts) => void) | undefined;

  /** `onParts` is told of what each score is made of, before weights: training reads it. */
  constructor(
    options: SurpriseOptions,
    state: SurpriseState = new SurpriseState(),
    onParts?: (evidence: HostEvidence, parts: HostParts) => void,
  ) {
    this.#options = options;
    this.state = state;
    this.#onParts = onParts;
  }

  /** What verdicts change as things stand, the largest effect first. */
  effects(verdicts: readonly SurpriseVerdict[]): readonly Stratum[] {
    return new Feedback(verdicts, this.state.calibration).effects;
  }

  /** Judges a census and then learns it. Censuses must come in order of time. */
  observe(asked: Census, said: SaidByPeople = {}): SurpriseReport {
    const { state } = this;
    const { census, places } = inAddressOrder(withoutFloods(asked));
    const evidence = gatherEvidence(state, census);
    const first = state.learned === 0;
    // At the first scan there is nobody to compare with but the hosts of the scan itself.
    if (first) learnCensus(state, census, evidence);
    const report = this.#judge(census, evidence, said);
    if (!first) learnCensus(state, census, evidence);
    state.learned += 1;
    return places === undefined
      ? report
      : { ...report, hosts: report.hosts.map((host) => ({ ...host, index: places[host.index]! })) };
  }

  #judge(census: Census, all: readonly HostEvidence[], said: SaidByPeople): SurpriseReport {
    const { state } = this;
    const { severity, budget } = this.#options;
    const young = state.learned < YOUNG_UNTIL;
    const early = state.learned === 0 ? FIRST_WEIGHTS : HAND_WEIGHTS;
    const weights = young ? early : (this.#options.weights ?? LEARNED_WEIGHTS);
    const judge = new HostJudge(state, new Today(state, census, all), severity);
    const feedback = new Feedback(said.verdicts ?? [], state.calibration);
    const judged: JudgedHost[] = [];
    for (const evidence of all) {
      const parts = judge.judge(evidence);
      if (parts === undefined) continue;
      this.#onParts?.(evidence, parts);
      const { score, items } = weigh(parts, weights);
      judged.push({ evidence, parts, score, items, strata: judge.strata(evidence, parts, items) });
    }
    const scan = new ScanJudgement(state.calibration, census, judged, feedback, {
      budget,
      ready: !young && state.learned >= LEARNED_NEEDED,
    });
    const hosts = judged.map((host) => this.#surprise(host, census, scan, feedback, said.announced ?? []));
    hosts.sort((a, b) => b.score - a.score || a.index - b.index);
    const drift = driftOf(state.calibration, census.profile);
    const grouped = withGroups(hosts, judged);
    if (!young) keepForCalibration(state.calibration, scan.left(messages(grouped).length));
    return {
      stage: scan.calibrated ? 'calibrated' : this.#stage(),
      budget,
      hosts: grouped,
      judged: census.hosts.length,
      ...(drift === undefined ? {} : { drift }),
    };
  }

  #stage(): LearningStage {
    const { learned } = this.state;
    return learned === 0 ? 'first-scan' : learned < YOUNG_UNTIL ? 'young' : 'learned';
  }

  #surprise(
    host: JudgedHost,
    census: Census,
    scan: ScanJudgement,
    feedback: Feedback,
    announced: readonly AnnouncedChange[],
  ): HostSurprise {
    const { evidence, parts, strata } = host;
    const offset =
      host.parts.severity >= SEVERITY_FLOOR ? Math.max(0, feedback.offset(strata)) : feedback.offset(strata);
    const items: SurpriseItem[] = [...host.items];
    if (offset !== 0) items.push(feedbackItem(offset, feedback.strataOf(strata)));
    items.push(...announcedItems(ticketsFor(announced, evidence.host.address, census.at), host.items));
    items.sort((a, b) => b.value - a.value);
    const score = items.reduce((sum, { value }) => sum + value, 0);
    const { tokens } = this.state;
    const { group } = parts;
    const share =
      group === undefined ? [] : sharedTokens(this.state, group).map((token) => tokens.token(token).key);
    return {
      index: evidence.index,
      host: evidence.host.address,
      identity: evidence.identity,
      score,
      items,
      ...scan.verdict(host, score),
      scans: evidence.memory?.answered ?? 0,
      peers: { hosts: group?.counts.hosts ?? 0, share: group?.role ? [group.role, ...share] : share },
    };
  }
}

/**
 * A host with more open ports than this says nothing of its services: a firewall, a proxy or a trap answers in
 * their place (the rule `surface.everything` draws the line there too). Its ports are neither judged nor learned.
 */
const FLOOD = 500;

function withoutFloods(census: Census): Census {
  const floods = ({ ports }: CensusHost): boolean =>
    ports.length > FLOOD && ports.filter(({ state }) => state === 'open').length > FLOOD;
  if (!census.hosts.some(floods)) return census;
  const hosts = census.hosts.map((host) => (floods(host) ? { ...host, ports: [], partial: true } : host));
  return { ...census, hosts };
}

/**
 * A census in the order of addresses, and for each of its hosts the place in the census that was asked about. Words are
 * numbered, and groups of peers named, as they are met: only an order of our own keeps a scanner's out of the scores.
 */
function inAddressOrder(asked: Census): { census: Census; places: readonly number[] | undefined } {
  const { hosts } = asked;
  const inOrder = hosts.every(
    ({ address }, index) => index === 0 || compareIpAddresses(hosts[index - 1]!.address, address) <= 0,
  );
  if (inOrder) return { census: asked, places: undefined };
  const places = [...hosts.keys()].toSorted((a, b) =>
    compareIpAddresses(hosts[a]!.address, hosts[b]!.address),
  );
  return { census: { ...asked, hosts: places.map((place) => hosts[place]!) }, places };
}

function feedbackItem(offset: number, strata: readonly Stratum[]): SurpriseItem {
  const widest = strata.toSorted((a, b) => Math.abs(b.offset) - Math.abs(a.offset))[0];
  return {
    channel: 'feedback',
    ports: [],
    value: offset,
    surprise: 0,
    ...(widest === undefined ? {} : { after: `${widest.by} ${widest.name}` }),
    counts:
      widest === undefined
        ? []
        : [{ of: 'host-scans', seen: widest.confirmed, among: widest.confirmed + widest.dismissed }],
  };
}

/** Names the groups of alerts. */
function withGroups(hosts: readonly HostSurprise[], judged: readonly JudgedHost[]): readonly HostSurprise[] {
  const strata = new Map(judged.map((host) => [host.evidence.index, host.strata]));
  const alerts = hosts.flatMap((host) => {
    const of = strata.get(host.index);
    if (host.alert === undefined || of === undefined) return [];
    return [{ index: host.index, network: of.network, about: `${of.channel} ${of.token}`.trim() }];
  });
  if (alerts.length === 0) return hosts;
  const groups = new Map(Array.from(groupAlerts(alerts), ([{ index }, group]) => [index, group]));
  return hosts.map((host) => {
    const group = groups.get(host.index);
    return host.alert === undefined || group === undefined
      ? host
      : { ...host, alert: { ...host.alert, group } };
  });
}
