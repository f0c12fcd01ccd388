import { confidenceOf, type Lowering } from '../../findings/confidence.ts';
import type { Finding, Observation } from '../../findings/finding.ts';
import { findingId } from '../../findings/identity.ts';
import type { Severity } from '../../findings/severity.ts';
import { portKey, type PortKey } from '../../net/port-key.ts';
import type { Instant } from '../../time/instant.ts';
import type { Deviation } from '../model/deviation.ts';
import type { Host, Port } from '../model/host.ts';
import { anomalyFacts, observeAnomaly, saysElsewhere, withAnomaly } from './anomaly-findings.ts';
import type { AssessContext } from './assess-context.ts';
import { portsWords } from './change-words.ts';
import {
  baselineFacts,
  changeFacts,
  hostBaselineFacts,
  hostFacts,
  isGuessed,
  NOTHING,
  portFacts,
  serviceFacts,
  type Facts,
} from './facts.ts';
import {
  observeDeviation,
  observeHost,
  observePort,
  observeRule,
  observeStanding,
  observeZone,
} from './observations.ts';
import {
  EMPTY_POLICY,
  exceptionFor,
  inScope,
  placeOf,
  severitySetFor,
  type HostPlace,
  type Policy,
} from './policy.ts';
import { FACTORS } from './reliability.ts';
import type { LoadedRule, RuleEngine } from './rule-engine.ts';
import { HostStanding, pointsOf, severityOf, type Standing } from './standing.ts';

/** A finding with what grouping and the risk formula need to know of its making. */
export interface MadeFinding {
  readonly finding: Finding;
  readonly category: string;
  readonly on: LoadedRule['rule']['on'];
}

/** What one host came to. */
export interface HostFindings {
  readonly made: readonly MadeFinding[];
  /** Rules whose findings an exception of the policy excused, once per finding. */
  readonly excused: readonly string[];
}

/** The parts of an assessment that are the same for every host. */
export interface HostJudge {
  readonly context: AssessContext;
  readonly engine: RuleEngine;
  readonly run: Facts[string];
}

/** A port without anything but its number, for deviations about a port that the run does not list. */
const NO_PORTS: ReadonlyMap<PortKey, Port> = new Map();

/**
 * All findings of one host: rules on its open ports, on the host, and on its deviations.
 * A new port for which a rule on services already speaks is said once, by that rule.
 * @param host undefined for a host that the run does not list (it disappeared)
 */
export function findOnHost(judge: HostJudge, host: Host | undefined, standing: HostStanding): HostFindings {
  const { context, engine } = judge;
  const address = host?.address ?? standing.deviations[0]?.host;
  if (address === undefined) return { made: [], excused: [] };
  const policy: Policy = context.policy ?? EMPTY_POLICY;
  const place = placeOf(policy, address, context.run.vantage);
  const maker = new FindingMaker(context, policy, place, host?.timedOut === true);
  const base: Facts = {
    ...NOTHING,
    run: judge.run,
    host: hostFacts(host ?? absentHost(address), place),
  };
  const known = context.anomalies?.hosts.get(address);
  const spoken = new Set<PortKey>();
  for (const port of host?.ports ?? []) {
    const key = portKey(port.portid, port.protocol);
    const stands = standing.port(key);
    for (const loaded of engine.matchPort(port, { ...base, baseline: baselineFacts(stands) })) {
      const observations: Observation[] = [observePort(context, address, port)];
      const expectation = observeStanding(context, key, stands.standing, stands.expected);
      if (expectation !== undefined) observations.push(expectation);
      observations.push(observeRule(loaded.rule));
      const lowered = isGuessed(port.service)
        ? [{ reason: 'the service is named by its port number', factor: FACTORS.guessedService }]
        : [];
      const severity = maker.make(loaded, stands.standing, {
        port: key,
        title: loaded.rule.title,
        observations,
        lowered,
      });
      if (severity !== undefined && severity !== 'info') spoken.add(key);
    }
  }
  if (host !== undefined) {
    const hostBase = {
      ...base,
      baseline: hostBaselineFacts(standing.expected),
      anomaly: anomalyFacts(known),
    };
    for (const loaded of engine.matchHost(hostBase)) {
      const unusual = loaded.rule.category === 'unusual' && known !== undefined;
      // Of a port that a rule or drift speaks of already, the model only says how unusual it is.
      if (unusual && saysElsewhere(known, spoken, standing.deviations)) continue;
      const observations = [
        unusual ? observeAnomaly(context, known.anomaly) : observeHost(context, host),
        observeRule(loaded.rule),
      ];
      maker.make(loaded, standing.host, {
        port: undefined,
        title: loaded.rule.title,
        observations,
        lowered: [],
      });
    }
  }
  const ports =
    host === undefined
      ? NO_PORTS
      : new Map(host.ports.map((port) => [portKey(port.portid, port.protocol), port]));
  for (const deviation of standing.deviations) {
    if (isSpoken(deviation, spoken)) continue;
    const port = ports.get(deviation.ports[0] ?? ('' as PortKey));
    const facts: Facts = {
      ...base,
      change: changeFacts(deviation),
      baseline: baselineFacts({ known: true, isNew: false, expected: deviation.expected }),
      ...(port === undefined ? {} : { port: portFacts(port), service: serviceFacts(port.service) }),
    };
    for (const loaded of engine.matchChange(facts)) maker.deviation(loaded, deviation, host);
  }
  return {
    made: known === undefined ? maker.made : withAnomaly(context, maker.made, known),
    excused: maker.excused,
  };
}

/** Openings only: what a service turned into is said by drift as well, because the rule on the port does not say what was there. */
function isSpoken(deviation: Deviation, spoken: ReadonlySet<PortKey>): boolean {
  return (
    deviation.pattern === 'change' &&
    deviation.changes.every((change) => change.kind === 'port-opened' && spoken.has(change.port))
  );
}

function absentHost(address: Host['address']): Host {
  return {
    address,
    otherAddresses: [],
    status: { state: 'down' },
    hostnames: [],
    ports: [],
    extraports: [],
    os: [],
    scripts: [],
    timedOut: false,
  };
}

interface Draft {
  readonly port: PortKey | undefined;
  readonly title: string;
  readonly observations: readonly Observation[];
  readonly lowered: readonly Lowering[];
}

/** Makes the findings of one host, unless scope or an exception says otherwise. */
class FindingMaker {
  readonly made: MadeFinding[] = [];
  readonly excused: string[] = [];
  readonly #context: AssessContext;
  readonly #policy: Policy;
  readonly #place: HostPlace;
  readonly #timedOut: boolean;

  constructor(context: AssessContext, policy: Policy, place: HostPlace, timedOut: boolean) {
    this.#context = context;
    this.#policy = policy;
    this.#place = place;
    this.#timedOut = timedOut;
  }

  /** The severity of the finding made, or undefined when none was. */
  make(loaded: LoadedRule, standing: Standing, draft: Draft): Severity | undefined {
    const { rule } = loaded;
    const { port } = draft;
    const { address, zone } = this.#place;
    if (!inScope(rule.where, this.#place, port)) return undefined;
    if (exceptionFor(this.#policy, rule.id, this.#place, port, this.#context.now) !== undefined) {
      this.excused.push(rule.id);
      // An excused finding has been spoken of, by the person who excused it.
      return rule.on === 'port' ? rule.severity : undefined;
    }
    const set = severitySetFor(this.#policy, rule.id, zone);
    const severity = severityOf(loaded, standing, zone, set);
    const placed = set === undefined && zone !== undefined ? observeZone(rule, zone) : undefined;
    const now: Instant = this.#context.run.start ?? this.#context.now;
    const lowered = this.#timedOut
      ? [...draft.lowered, { reason: 'the scanner gave up on this host', factor: FACTORS.timedOut }]
      : draft.lowered;
    this.made.push({
      category: rule.category,
      on: rule.on,
      finding: {
        id: findingId('exposure', rule.id, { host: address, ...(port === undefined ? {} : { port }) }),
        half: 'exposure',
        rule: rule.id,
        title: draft.title,
        severity,
        score: pointsOf(loaded, standing, severity),
        confidence: confidenceOf(lowered),
        subject: { host: address, ...(port === undefined ? {} : { port }) },
        observations: placed === undefined ? draft.observations : [...draft.observations, placed],
        impact: rule.impact,
        actions: rule.actions,
        references: loaded.references,
        firstSeen: draft.observations[0]?.since ?? now,
        lastSeen: now,
      },
    });
    return severity;
  }

  deviation(loaded: LoadedRule, deviation: Deviation, host: Host | undefined): void {
    const lowered: Lowering[] = deviation.weak.map((reason) => ({ reason, factor: FACTORS.weakExpectation }));
    if (!deviation.comparable) {
      lowered.push({ reason: 'the scans cannot be compared', factor: FACTORS.incomparable });
    }
    const observations = [observeDeviation(this.#context, deviation)];
    if (deviation.changes[0].kind === 'host-appeared' && host !== undefined) {
      observations.push(observeHost(this.#context, host));
    }
    observations.push(observeRule(loaded.rule));
    const title =
      deviation.ports.length === 0
        ? loaded.rule.title
        : `${loaded.rule.title}: ${portsWords(deviation.ports)}`;
    this.make(loaded, 'new', { port: deviation.ports[0], title, observations, lowered });
  }
}
