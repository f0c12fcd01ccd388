import { lower, raise, type Severity } from '../../findings/severity.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { parsePortKey, type PortKey } from '../../net/port-key.ts';
import type { Baseline, ExpectedHost } from '../model/baseline.ts';
import { parsePortList } from '../model/coverage.ts';
import type { Deviation } from '../model/deviation.ts';
import type { PortStanding } from './facts.ts';
import type { Rule } from './rule.ts';
import type { LoadedRule } from './rule-engine.ts';
import type { Zone } from './zone.ts';

/**
 * How a fact stands to what is normal: it is new; the baseline expects it, because runs showed it or because a
 * person approved it; or nothing is known.
 */
export type Standing = 'new' | 'unknown' | 'expected' | 'approved';

/** What counts of the points of a rule: what has been looked at, or has always been so, weighs less than what is new. */
const SHARE: Readonly<Record<Standing, number>> = { new: 1, unknown: 1, expected: 0.5, approved: 0.25 };

/** How bad a rule's finding is, given how its subject stands, and what the policy says of the rule. */
export function severityOf(
  loaded: LoadedRule,
  standing: Standing,
  zone: Zone | undefined,
  override: Severity | undefined,
): Severity {
  if (override !== undefined) return override;
  const { own } = loaded;
  const rule = ruleIn(loaded.rule, zone);
  if (rule.on === 'change') return rule.severity;
  // A rule of the user's own says how bad a thing is here; it is not for us to grade it by habit.
  const whenNew = own ? (rule.whenNew ?? rule.severity) : severityWhenNew(rule);
  const whenExpected = own ? (rule.whenExpected ?? rule.severity) : severityWhenExpected(rule);
  switch (standing) {
    case 'new':
      return whenNew;
    case 'unknown':
      return rule.severity;
    case 'expected':
      return whenExpected;
    case 'approved':
      return own && rule.whenExpected === undefined ? whenExpected : lower(whenExpected);
    default:
      return standing satisfies never;
  }
}

/** The rule as it is graded in a zone: what the zone says takes the place of all three severities. */
function ruleIn(rule: Rule, zone: Zone | undefined): Rule {
  const severity = zone === undefined ? undefined : rule.severityIn?.[zone];
  if (severity === undefined) return rule;
  const { whenNew: _new, whenExpected: _expected, ...rest } = rule;
  return { ...rest, severity };
}

/**
 * A built-in rule's severity for what is new: one step up, but not up to critical, which a rule has to claim by
 * itself. Being new makes a thing more urgent and not more dangerous.
 */
export function severityWhenNew(rule: Rule): Severity {
  if (rule.whenNew !== undefined) return rule.whenNew;
  return rule.severity === 'high' ? 'high' : raise(rule.severity);
}

/** A built-in rule's severity for what the baseline expects: one step down. */
export function severityWhenExpected(rule: Rule): Severity {
  return rule.whenExpected ?? lower(rule.severity);
}

/** The points of a finding: the rule's, by standing; none for `info`. Deviations always count whole. */
export function pointsOf(loaded: LoadedRule, standing: Standing, severity: Severity): number {
  if (severity === 'info') return 0;
  if (loaded.rule.on === 'change' || loaded.own) return loaded.rule.points;
  return Math.round(loaded.rule.points * SHARE[standing]);
}

/** What one host stands against: its expectation and its deviations, indexed by port. */
export class HostStanding {
  readonly expected: ExpectedHost | undefined;
  readonly deviations: readonly Deviation[];
  readonly #hasBaseline: boolean;
  readonly #appeared: boolean;
  readonly #turned = new Set<PortKey>();

  constructor(baseline: Baseline | undefined, deviations: readonly Deviation[], host: IpAddress) {
    this.#hasBaseline = baseline !== undefined;
    this.expected = baseline?.hosts.get(host);
    this.deviations = deviations;
    this.#appeared = deviations.some((deviation) => deviation.changes[0].kind === 'host-appeared');
    for (const deviation of deviations) {
      if (deviation.pattern !== 'change') continue;
      for (const change of deviation.changes) {
        if (change.kind === 'port-opened' || change.kind === 'service-changed') this.#turned.add(change.port);
      }
    }
  }

  /** How one port stands. */
  port(key: PortKey): PortStanding & { readonly standing: Standing } {
    const expected = this.expected?.ports.get(key);
    const isNew = this.#appeared || this.#turned.has(key);
    const known = isNew || this.#covers(key);
    if (isNew) return { known, isNew, expected, standing: 'new' };
    if (expected === undefined || expected.state !== 'open') {
      return { known, isNew, expected: undefined, standing: 'unknown' };
    }
    return {
      known,
      isNew,
      expected,
      standing: expected.provenance.kind === 'approved' ? 'approved' : 'expected',
    };
  }

  /** How the host as a whole stands: new when it appeared, expected when nothing about it turned. */
  get host(): Standing {
    if (this.#appeared) return 'new';
    if (!this.#hasBaseline || this.expected === undefined) return 'unknown';
    return this.#turned.size > 0 ? 'unknown' : 'expected';
  }

  #covers(key: PortKey): boolean {
    const { portid, protocol } = parsePortKey(key)!;
    return parsePortList(this.expected?.coverage[protocol] ?? '')?.has(portid) === true;
  }
}
