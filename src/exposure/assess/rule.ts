import type { RiskCategory } from '../../findings/risk.ts';
import type { Severity } from '../../findings/severity.ts';
import type { SeverityIn } from './zone.ts';

/** What a rule is asked of: every open port, every host that is up, or every deviation. */
export type RuleSubject = 'port' | 'host' | 'change';

/** Facts of a test, sparse: what is left out is empty, as the environment says. Integers as JavaScript numbers. */
export interface RuleTestFacts {
  readonly port?: Readonly<Record<string, unknown>>;
  readonly service?: Readonly<Record<string, unknown>>;
  readonly host?: Readonly<Record<string, unknown>>;
  readonly baseline?: Readonly<Record<string, unknown>>;
  readonly change?: Readonly<Record<string, unknown>>;
  readonly anomaly?: Readonly<Record<string, unknown>>;
  readonly run?: Readonly<Record<string, unknown>>;
}

/** An example that documents a rule and proves it. */
export interface RuleTest {
  readonly name: string;
  readonly facts: RuleTestFacts;
  readonly expect: boolean;
}

/** A rule as data: what to look for, how bad it is, why, and what to review. */
export interface Rule {
  /** `category.topic`, unique over all packs: `database.mysql`. */
  readonly id: string;
  /** Which part of the risk formula its points count towards. */
  readonly category: RiskCategory;
  readonly on: RuleSubject;
  /** What is so, in words that fit a headline: "MySQL or MariaDB can be reached". */
  readonly title: string;
  /** Where nothing is known of what is normal. */
  readonly severity: Severity;
  /** Where it is new against the baseline; one step up from `severity` (but not to critical) unless given. */
  readonly whenNew?: Severity;
  /** Where the baseline expects it; one step down from `severity` unless given. */
  readonly whenExpected?: Severity;
  /** Takes the place of `severity` for hosts of a zone; new and expected then follow from it by their usual steps. */
  readonly severityIn?: SeverityIn;
  /** 0–100: posture points, see findings/risk.ts. */
  readonly points: number;
  /** The condition, in CEL over the facts of docs/policy.md. */
  readonly match: string;
  /** Port states it is asked of; only `open` unless given. */
  readonly states?: readonly string[];
  /** Why it matters, in one or two plain sentences. */
  readonly why: string;
  /** What could follow, in one sentence. */
  readonly impact: string;
  /** Review steps, imperative. Never an exploit. */
  readonly actions: readonly string[];
  readonly references: readonly string[];
  /** Requirements that it speaks to: `PCI DSS 4.0 2.2.4`. Built-in rules: only those of controls.ts. */
  readonly compliance?: readonly string[];
  /** Rules that need not be said of the same subject when this one is: it says the same, and more. */
  readonly replaces?: readonly string[];
  readonly tests: readonly RuleTest[];
}
