import { confidenceOf, lowerFurther, type Lowering } from '../../findings/confidence.ts';
import type { Confidence, Finding, Subject } from '../../findings/finding.ts';
import { compareFindings } from '../../findings/ranking.ts';
import { riskOf, RunRisk } from '../../findings/risk.ts';
import type { HostSummary, ExposureSummary } from '../../findings/summary.ts';
import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import type { Deviation } from '../model/deviation.ts';
import type { Host } from '../model/host.ts';
import type { AssessContext } from './assess-context.ts';
import { ChangeLines } from './change-lines.ts';
import { runFacts } from './facts.ts';
import { findOnHost, type HostJudge } from './host-findings.ts';
import { againstWords } from './observations.ts';
import { isUp } from './prevalence.ts';
import { blindSpots, count, FACTORS, runLowerings, type RunReliability } from './reliability.ts';
import { RuleEngine } from './rule-engine.ts';
import { RunFindings } from './run-findings.ts';
import { HostStanding } from './standing.ts';
import { SubnetTally } from './subnets.ts';

/** Hosts that a summary carries unless told otherwise: more than a person reads, few enough for a page. */
const KEEP_HOSTS = 500;
/** Sentences of impact and action at the top of a summary; each finding has its own besides. */
const TOP_IMPACTS = 8;
const TOP_ACTIONS = 12;
/** Service names that are counted, and that are shown. Hosts choose the names, so there is an end. */
const SERVICES_COUNTED = 10_000;
const SERVICES_SHOWN = 30;

/**
 * Assesses a run host by host: add the hosts in any order, each once, then `finish`. Memory grows with the
 * findings' addresses and the hosts kept, not with what the hosts are.
 */
export class Assessor {
  readonly #context: AssessContext;
  readonly #judge: HostJudge;
  readonly #reliability: RunReliability;
  readonly #runLowered: readonly Lowering[];
  readonly #deviations = new Map<IpAddress, Deviation[]>();
  readonly #findings = new RunFindings();
  readonly #risk = new RunRisk();
  readonly #subnets: SubnetTally;
  readonly #changes: ChangeLines;
  readonly #services = new Map<string, number>();
  readonly #excused = new Map<string, number>();
  #kept: HostSummary[] = [];
  #assessed = 0;
  #up = 0;
  #down = 0;
  #timedOut = 0;
  #openPorts = 0;

  constructor(context: AssessContext) {
    this.#context = context;
    // A baseline that the run cannot be held against expects nothing of it.
    const baseline = context.comparability?.comparable === false ? undefined : context.baseline;
    this.#reliability = {
      run: context.run,
      against: context.against,
      comparability: context.comparability,
      baseline,
      earlierRuns: this.#earlier().length,
    };
    this.#judge = { context, engine: new RuleEngine(context.policy), run: runFacts(context.run) };
    this.#runLowered = runLowerings(this.#reliability);
    this.#subnets = new SubnetTally(context.networks);
    this.#changes = new ChangeLines(againstWords(context));
    for (const deviation of context.deviations ?? []) {
      this.#changes.add(deviation);
      // What concerns the run as a whole is in the list of changes, and no rule speaks of it.
      if (deviation.host === undefined) continue;
      const known = this.#deviations.get(deviation.host);
      if (known === undefined) this.#deviations.set(deviation.host, [deviation]);
      else known.push(deviation);
    }
  }

  /** Assesses one host. Undefined for a host that is down and of which nothing else is to be said. */
  addHost(host: Host): HostSummary | undefined {
    const deviations = this.#deviations.get(host.address) ?? [];
    this.#deviations.delete(host.address);
    if (!isUp(host)) {
      this.#down += 1;
      return deviations.length === 0 ? undefined : this.#judgeHost(host.address, undefined, deviations);
    }
    this.#up += 1;
    if (host.timedOut) this.#timedOut += 1;
    this.#countServices(host);
    return this.#judgeHost(host.address, host, deviations);
  }

  /** The verdict on the run. Deviations of hosts that were not added (they disappeared) are assessed now. */
  finish(): ExposureSummary {
    for (const [address, deviations] of this.#deviations) this.#judgeHost(address, undefined, deviations);
    this.#deviations.clear();
    const { context } = this.#judge;
    const { run } = context;
    const findings = this.#findings.ranked();
    const hostsUp = this.#up;
    const hosts = this.#ranked();
    const told = findings.filter((finding) => finding.severity !== 'info');
    const { subnets, leftOut } = this.#subnets.summaries();
    return {
      schema: 'tidemark/summary/1',
      half: 'exposure',
      generated: context.now,
      run: {
        id: run.id,
        scanner: run.scanner,
        args: run.args,
        start: run.start,
        status: run.status,
        vantage: run.vantage,
        profile: run.profile,
        hostsUp,
        hostsTotal: Math.max(run.hosts?.total ?? 0, hostsUp + this.#down),
      },
      against: context.against,
      risk: this.#risk.risk,
      confidence: this.#runConfidence(),
      findings,
      hosts,
      hostsLeftOut: this.#assessed - hosts.length,
      subnets,
      subnetsLeftOut: leftOut,
      changes: this.#changes.lines(),
      ...(context.anomalies === undefined ? {} : { anomaly: context.anomalies.summary }),
      impact: onceEach(told, (finding) => [finding.impact], TOP_IMPACTS),
      actions: onceEach(told, (finding) => finding.actions, TOP_ACTIONS),
      blindSpots: blindSpots(
        this.#reliability,
        { up: hostsUp, down: this.#down, timedOut: this.#timedOut },
        this.#excused,
        this.#judge.engine.failures,
      ),
      figures: {
        openPorts: this.#openPorts,
        hostsByRisk: this.#risk.hostsByRisk,
        services: Array.from(this.#services, ([name, amount]) => ({ name, hosts: amount }))
          .toSorted((a, b) => b.hosts - a.hosts || (a.name < b.name ? -1 : 1))
          .slice(0, SERVICES_SHOWN),
        trend: [...this.#earlier(), { run: run.id, start: run.start, openPorts: this.#openPorts, hostsUp }],
      },
    };
  }

  /** The trend without the assessed run, which callers may have in it already. */
  #earlier(): ExposureSummary['figures']['trend'] {
    return (this.#context.trend ?? []).filter((point) => point.run !== this.#context.run.id);
  }

  #judgeHost(address: IpAddress, host: Host | undefined, deviations: readonly Deviation[]): HostSummary {
    const { made, excused } = findOnHost(
      this.#judge,
      host,
      new HostStanding(this.#reliability.baseline, deviations, address),
    );
    for (const rule of excused) this.#excused.set(rule, (this.#excused.get(rule) ?? 0) + 1);
    this.#findings.add(made);
    const risk = riskOf(made.map(({ finding, category }) => ({ ...finding, category })));
    this.#risk.add(risk, address);
    const summary: HostSummary = {
      host: address,
      names: [...new Set(host?.hostnames.map((name) => name.name))],
      risk,
      confidence: this.#hostConfidence(host),
      findings: made.map((entry) => entry.finding).toSorted(compareFindings),
      openPorts: host?.ports.filter((port) => port.state === 'open').length ?? 0,
    };
    this.#openPorts += summary.openPorts;
    this.#subnets.add(summary);
    this.#assessed += 1;
    this.#context.onHost?.(summary);
    this.#kept.push(summary);
    const keep = this.#context.keepHosts ?? KEEP_HOSTS;
    if (this.#kept.length > 2 * keep + 16) this.#kept = this.#ranked();
    return summary;
  }

  #ranked(): HostSummary[] {
    return this.#kept
      .toSorted(
        (a, b) =>
          b.risk.score - a.risk.score ||
          (a.findings[0] !== undefined && b.findings[0] !== undefined
            ? compareFindings(a.findings[0], b.findings[0])
            : b.findings.length - a.findings.length) ||
          compareIpAddresses(a.host, b.host),
      )
      .slice(0, this.#context.keepHosts ?? KEEP_HOSTS);
  }

  #hostConfidence(host: Host | undefined): Confidence {
    const base = confidenceOf(this.#runLowered);
    if (host?.timedOut !== true) return base;
    return lowerFurther(base, [{ reason: 'the scanner gave up on this host', factor: FACTORS.timedOut }]);
  }

  #runConfidence(): Confidence {
    const base = confidenceOf(this.#runLowered);
    if (this.#timedOut === 0 || this.#up === 0) return base;
    // In proportion: one host of a thousand that timed out lowers nothing that two decimals can show.
    const factor = 1 - (1 - FACTORS.timedOut) * (this.#timedOut / this.#up);
    return lowerFurther(base, [
      { reason: `the scanner gave up on ${count(this.#timedOut, 'host')}`, factor },
    ]);
  }

  #countServices(host: Host): void {
    const names = new Set<string>();
    for (const port of host.ports) {
      if (port.state === 'open' && port.service !== undefined && port.service.name !== '') {
        names.add(port.service.name);
      }
    }
    for (const name of names) {
      const known = this.#services.get(name);
      if (known !== undefined || this.#services.size < SERVICES_COUNTED)
        this.#services.set(name, (known ?? 0) + 1);
    }
  }
}

/** Sentences of ranked findings, each once with what it is about, in the order in which they are first met. */
function onceEach(
  findings: readonly Finding[],
  read: (finding: Finding) => readonly string[],
  most: number,
): string[] {
  const said = new Map<string, Subject[]>();
  for (const finding of findings) {
    for (const sentence of read(finding)) {
      if (sentence === 'None by itself.') continue;
      const known = said.get(sentence);
      if (known !== undefined) known.push(finding.subject);
      else if (said.size < most) said.set(sentence, [finding.subject]);
    }
  }
  return Array.from(
    said,
    ([sentence, subjects]) => `${sentence.replace(/[.]$/, '')} (${aboutWords(subjects)}).`,
  );
}

/** Hosts that are named in a step; the others are counted. */
const NAMED = 2;

/** `23/tcp on 10.0.0.5`, `10.0.0.5, 10.0.0.6 and 3 more hosts`: without it, "it" in a list of steps is nobody. */
function aboutWords(subjects: readonly Subject[]): string {
  const hosts = [
    ...new Set(subjects.flatMap(({ host, hosts: all }) => all ?? (host === undefined ? [] : [host]))),
  ];
  const ports = new Set(subjects.map(({ port }) => port));
  const [port] = ports;
  const on = ports.size === 1 && port !== undefined ? `${port} on ` : '';
  const named = hosts.slice(0, NAMED).join(', ');
  return `${on}${named}${hosts.length > NAMED ? ` and ${count(hosts.length - NAMED, 'more host')}` : ''}`;
}
