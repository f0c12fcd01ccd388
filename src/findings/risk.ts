import type { Finding } from './finding.ts';
import type { RiskLevel, Severity } from './severity.ts';
import type { Risk, RiskPart } from './summary.ts';

/**
 * Parts of the posture score. Each counts once per host, with the points of its worst finding: a second
 * telnet does not double what telnet says of a host.
 */
export type RiskCategory =
  | 'legacy'
  | 'administrative'
  | 'database'
  | 'control-plane'
  | 'unsafe'
  | 'surface'
  | 'tls'
  | 'drift'
  | 'unusual'
  | 'policy';

/** Score from which on a level holds. High and Medium are the seed design's; Critical is added above them. */
export const LEVEL_FROM: Readonly<Record<RiskLevel, number>> = { low: 0, medium: 40, high: 70, critical: 90 };

/**
 * Least score of a host with a finding of the severity: a level never lies below its worst finding, so that
 * "one open database that nobody expected" reads High although the seed gives it 25 points.
 */
const FLOOR: Readonly<Record<Severity, number>> = { info: 0, low: 1, medium: 40, high: 70, critical: 90 };
/** Highest score that a floor leads up to, so that points rank hosts within the level and do not leave it. */
const CEILING: Readonly<Record<Severity, number>> = { info: 0, low: 39, medium: 69, high: 89, critical: 100 };

/** How a category is called where the score is explained; one that is not here is called by its own name. */
const CATEGORY_WORDS: Readonly<Record<string, string>> = {
  legacy: 'outdated services and software',
  administrative: 'remote administration',
  database: 'databases',
  'control-plane': 'management of containers and clusters',
  unsafe: 'services that are risky to expose',
  surface: 'number of open ports',
  tls: 'outdated encryption',
  drift: 'unexpected changes',
  unusual: 'unusual for this host in this network',
  policy: 'your own policy',
  recon: 'scanning seen',
} satisfies Record<RiskCategory | 'recon', string>;

/** What the formula needs of a finding. */
export type Scored = Pick<Finding, 'severity' | 'score'> & { readonly category: string };

/** The level of a score. */
export function levelOf(score: number): RiskLevel {
  if (score >= LEVEL_FROM.critical) return 'critical';
  if (score >= LEVEL_FROM.high) return 'high';
  return score >= LEVEL_FROM.medium ? 'medium' : 'low';
}

/**
 * Posture of one host, 0–100. The seed design adds rule points (+30 deprecated, +20 administrative, +25
 * database, +15 large surface) and then weighs them 0.6, which keeps High out of reach; here the sum counts
 * whole, and severities set floors:
 *
 *     sum   = Σ over categories of the most points of a finding in it, at most 100
 *     floor = the floor of the worst severity (critical 90, high 70, medium 40, low 1)
 *     score = max(sum, floor + (ceiling − floor) × sum / 100), rounded
 *
 * The parts say the same as a sum: points by category, what is cut off above 100, and what the floor adds.
 * Findings of severity `info` add nothing. Levels: Low below 40, Medium from 40, High from 70, Critical from 90.
 */
export function riskOf(findings: readonly Scored[]): Risk {
  const points = new Map<string, number>();
  let worst: Severity = 'info';
  for (const finding of findings) {
    if (finding.severity === 'info') continue;
    points.set(finding.category, Math.max(points.get(finding.category) ?? 0, Math.round(finding.score)));
    if (FLOOR[finding.severity] > FLOOR[worst]) worst = finding.severity;
  }
  const all = [...points.values()].reduce((total, value) => total + value, 0);
  const sum = Math.min(100, all);
  const floored = FLOOR[worst] + ((CEILING[worst] - FLOOR[worst]) * sum) / 100;
  const score = Math.round(Math.max(sum, floored));
  return { level: levelOf(score), score, parts: partsOf(points, { all, sum, score }, worst) };
}

function partsOf(
  points: ReadonlyMap<string, number>,
  { all, sum, score }: { readonly all: number; readonly sum: number; readonly score: number },
  worst: Severity,
): RiskPart[] {
  const parts: RiskPart[] = Array.from(points, ([category, value]) => ({
    kind: 'category' as const,
    points: value,
    text: CATEGORY_WORDS[category] ?? category,
  }))
    .filter((part) => part.points > 0)
    .toSorted((a, b) => b.points - a.points || (a.text < b.text ? -1 : 1));
  if (all > sum) parts.push({ kind: 'most', points: sum - all, text: 'no score is above 100' });
  if (score > sum) {
    parts.push({
      kind: 'floor',
      points: score - sum,
      text: `lifted to ${score} because the worst finding is ${worst} (${worst} begins at ${FLOOR[worst]})`,
    });
  }
  return parts;
}

/**
 * Risk of a run: that of its worst host, raised within the level by how many hosts share the level, 3 points
 * for each power of ten. Not an average, which would hide one bad host among a thousand good ones; and the
 * number of hosts never leads to a worse word than the worst host has earned.
 */
export class RunRisk {
  readonly #what: string;
  #worst = 0;
  #name: string | undefined;
  readonly #hosts: Record<RiskLevel, number> = { low: 0, medium: 0, high: 0, critical: 0 };

  /** @param what one of the things that are added, as the explanation calls it */
  constructor(what = 'host') {
    this.#what = what;
  }

  /** Takes in one host. Of equals the first is named as the worst. */
  add(risk: Pick<Risk, 'level' | 'score'>, name?: string): void {
    if (risk.score > this.#worst) {
      this.#worst = risk.score;
      this.#name = name;
    }
    this.#hosts[risk.level] += 1;
  }

  /** Hosts by level. */
  get hostsByRisk(): Readonly<Record<RiskLevel, number>> {
    return { ...this.#hosts };
  }

  /** The run's risk; low and 0 without hosts. */
  get risk(): Risk {
    if (this.#worst === 0) return { level: 'low', score: 0, parts: [] };
    const level = levelOf(this.#worst);
    const top = level === 'critical' ? 100 : LEVEL_FROM[NEXT[level]] - 1;
    const alike = this.#hosts[level];
    const breadth = Math.min(top - this.#worst, Math.round(3 * Math.log10(Math.max(1, alike))));
    const name = this.#name === undefined ? '' : `, ${this.#name}`;
    const parts: RiskPart[] = [
      { kind: 'worst', points: this.#worst, text: `the worst ${this.#what}${name}` },
    ];
    if (breadth > 0) {
      parts.push({ kind: 'breadth', points: breadth, text: `${alike} ${this.#what}s are at ${level} risk` });
    }
    return { level, score: this.#worst + breadth, parts };
  }
}

const NEXT = { low: 'medium', medium: 'high', high: 'critical' } as const;
