import type { Finding } from '../../findings/finding.ts';
import { RunRisk } from '../../findings/risk.ts';
import { compareSeverity, type Severity } from '../../findings/severity.ts';
import type { HostSummary, SubnetFinding, SubnetSummary } from '../../findings/summary.ts';
import { contains, formatPrefix, segmentOf, type Prefix } from '../../net/prefix.ts';

/** Subnets that are counted, and that a summary carries. A sweep of IPv6 can have a subnet for each host. */
const COUNTED = 10_000;
const SHOWN = 50;
const FINDINGS_SHOWN = 3;
/** Different findings that are told apart in one subnet; titles of drift name ports, so there is an end. */
const FINDINGS_COUNTED = 500;
/**
 * When a finding counts as concentrated in a subnet: on this many hosts there at least, which are this share of all hosts
 * with it, and this many times what the subnet's share of hosts would give. Judgements, not measurements.
 */
const CONCENTRATED = { hosts: 3, share: 0.5, times: 2 };

interface Tally {
  readonly risk: RunRisk;
  /** Hosts by score, 0–100: what the worst tenth carries is read off it without keeping the hosts. */
  readonly scores: number[];
  readonly findings: Map<string, Count>;
  hosts: number;
  openPorts: number;
}

interface Count {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  points: number;
  hosts: number;
}

/**
 * Counts hosts and findings by subnet: the longest of the given networks that holds a host, else its /24 or /64. Memory
 * grows with subnets and the rules that speak there, not with hosts.
 */
export class SubnetTally {
  readonly #networks: readonly Prefix[];
  readonly #subnets = new Map<string, Tally>();
  /** The same counts over all subnets. */
  readonly #all = new Map<string, number>();
  readonly #passedOver = new Set<string>();
  #hosts = 0;

  constructor(networks: readonly Prefix[] = []) {
    this.#networks = networks.toSorted((a, b) => b.length - a.length);
  }

  /** Takes in one host, once. */
  add({ host, risk, findings, openPorts }: HostSummary): void {
    const told = new Map(
      findings.filter((finding) => finding.severity !== 'info').map((finding) => [keyOf(finding), finding]),
    );
    this.#hosts += 1;
    for (const key of told.keys()) this.#all.set(key, (this.#all.get(key) ?? 0) + 1);
    const network = this.#networks.find((prefix) => contains(prefix, host));
    const tally = this.#tally(network === undefined ? segmentOf(host) : formatPrefix(network));
    if (tally === undefined) return;
    tally.hosts += 1;
    tally.openPorts += openPorts;
    tally.risk.add(risk, host);
    tally.scores[risk.score] = (tally.scores[risk.score] ?? 0) + 1;
    for (const [key, finding] of told) count(tally.findings, key, finding);
  }

  /** Highest risk first, then the one with more hosts at it, then by name. */
  summaries(): { readonly subnets: readonly SubnetSummary[]; readonly leftOut: number } {
    const all = Array.from(this.#subnets, ([network, tally]) => this.#summary(network, tally)).toSorted(
      (a, b) =>
        b.risk.score - a.risk.score ||
        b.hostsByRisk[b.risk.level] - a.hostsByRisk[a.risk.level] ||
        b.hosts - a.hosts ||
        (a.network < b.network ? -1 : 1),
    );
    const subnets = all.slice(0, SHOWN);
    return { subnets, leftOut: all.length - subnets.length + this.#passedOver.size };
  }

  #tally(network: string): Tally | undefined {
    const known = this.#subnets.get(network);
    if (known !== undefined) return known;
    if (this.#subnets.size >= COUNTED) {
      if (this.#passedOver.size < COUNTED) this.#passedOver.add(network);
      return undefined;
    }
    const tally: Tally = { risk: new RunRisk(), scores: [], findings: new Map(), hosts: 0, openPorts: 0 };
    this.#subnets.set(network, tally);
    return tally;
  }

  #summary(network: string, tally: Tally): SubnetSummary {
    const ranked = Array.from(tally.findings, ([key, counted]) => ({
      counted,
      said: this.#finding(key, counted),
    })).toSorted(
      (a, b) =>
        compareSeverity(a.counted.severity, b.counted.severity) ||
        b.counted.points - a.counted.points ||
        b.counted.hosts - a.counted.hosts ||
        (a.counted.title < b.counted.title ? -1 : 1),
    );
    const said = ranked.map((each) => each.said);
    return {
      network,
      risk: tally.risk.risk,
      hosts: tally.hosts,
      openPorts: tally.openPorts,
      hostsByRisk: tally.risk.hostsByRisk,
      findings: said.slice(0, FINDINGS_SHOWN),
      concentrated: said
        .filter((finding) => this.#isConcentrated(finding, tally.hosts))
        .slice(0, FINDINGS_SHOWN),
      worstTenth: worstTenth(tally.scores, tally.hosts),
    };
  }

  #finding(key: string, { rule, title, severity, hosts }: Count): SubnetFinding {
    return { rule, title, severity, hosts, ofHosts: this.#all.get(key) ?? hosts };
  }

  #isConcentrated({ hosts, ofHosts }: SubnetFinding, here: number): boolean {
    return (
      hosts >= CONCENTRATED.hosts &&
      hosts >= CONCENTRATED.share * ofHosts &&
      hosts * this.#hosts >= CONCENTRATED.times * ofHosts * here
    );
  }
}

function keyOf(finding: Finding): string {
  return JSON.stringify([finding.rule, finding.severity, finding.title]);
}

function count(counts: Map<string, Count>, key: string, { rule, title, severity, score }: Finding): void {
  const known = counts.get(key);
  if (known !== undefined) {
    known.hosts += 1;
    known.points = Math.max(known.points, score);
  } else if (counts.size < FINDINGS_COUNTED) {
    counts.set(key, { rule, title, severity, points: score, hosts: 1 });
  }
}

function worstTenth(scores: readonly number[], hosts: number): SubnetSummary['worstTenth'] {
  const tenth = Math.ceil(hosts / 10);
  let left = tenth;
  let points = 0;
  let ofPoints = 0;
  for (let score = scores.length - 1; score > 0; score -= 1) {
    const here = scores[score] ?? 0;
    points += score * Math.min(left, here);
    left -= Math.min(left, here);
    ofPoints += score * here;
  }
  return { hosts: tenth, points, ofPoints };
}
