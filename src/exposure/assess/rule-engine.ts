import type { Port } from '../model/host.ts';
import { controlWords } from './controls.ts';
import { compileExpression, type Expression } from './expression.ts';
import { portFacts, serviceFacts, NOTHING, type Facts } from './facts.ts';
import { EMPTY_POLICY, type Policy, type PolicyRule } from './policy.ts';
import { BUILTIN_RULES } from './packs/builtin.ts';
import type { RuleSubject } from './rule.ts';

/** A rule with its condition ready. */
export interface LoadedRule {
  readonly rule: PolicyRule;
  readonly condition: Expression;
  /** True for the user's own. */
  readonly own: boolean;
  /** Where to read on: its references, and the requirements that it speaks to. */
  readonly references: readonly string[];
}

/** A condition that could not be answered, with how often. */
export interface RuleFailure {
  readonly rule: string;
  readonly message: string;
  readonly times: number;
}

/**
 * Port rules that read the same facts. What they say is a function of those facts, so answers are remembered by
 * them: a hundred banners of one product are one question to the rules that read only name and number.
 */
interface RuleGroup {
  /** The facts read, run facts apart, which are the same throughout. */
  readonly fields: readonly (readonly [root: string, field: string])[];
  /** `without-scripts`: only for ports without script results, which are all alike. */
  readonly remembers: 'always' | 'without-scripts' | 'never';
  readonly rules: LoadedRule[];
  readonly answers: Map<string, readonly LoadedRule[]>;
}

/** How many answers each group remembers. Hosts write banners, so there is an end. */
const ANSWERS_KEPT = 20_000;

const PORT_ROOTS = new Set(['port', 'service']);
const DEFAULT_STATES: readonly string[] = ['open'];

/** Rules in force: built-in ones that are not switched off, then the user's. */
export function rulesInForce(
  policy: Policy,
): readonly { readonly rule: PolicyRule; readonly own: boolean }[] {
  return [
    ...BUILTIN_RULES.map((rule) => ({ rule, own: false })),
    ...policy.rules.map((rule) => ({ rule, own: true })),
  ].filter(({ rule }) => !policy.disabled.has(rule.id));
}

/**
 * Asks rules. Conditions are compiled once, and answers of port rules are remembered, because a thousand hosts
 * with one image have the same few services. Throws ExpressionRefused when a rule's condition cannot be used; the
 * built-in ones and those of a policy that was read from a file always can.
 */
export class RuleEngine {
  readonly #rules: Readonly<Record<RuleSubject, readonly LoadedRule[]>>;
  readonly #groups: readonly RuleGroup[];
  readonly #states = new Set<string>();
  readonly #failures = new Map<string, { message: string; times: number }>();

  constructor(policy: Policy = EMPTY_POLICY) {
    const rules: Record<RuleSubject, LoadedRule[]> = { port: [], host: [], change: [] };
    for (const { rule, own } of rulesInForce(policy)) {
      const loaded: LoadedRule = {
        rule,
        own,
        condition: compileExpression(rule.match),
        references: [...rule.references, ...(rule.compliance ?? []).map(controlWords)],
      };
      rules[rule.on].push(loaded);
      if (rule.on === 'port') for (const state of rule.states ?? DEFAULT_STATES) this.#states.add(state);
    }
    this.#rules = rules;
    this.#groups = groupByFacts(rules.port);
  }

  /** Conditions that failed so far. */
  get failures(): readonly RuleFailure[] {
    return Array.from(this.#failures, ([rule, { message, times }]) => ({ rule, message, times }));
  }

  /** Rules that hold for a port. `rest` has the facts of host, baseline and run. */
  matchPort(port: Port, rest: Facts): LoadedRule[] {
    if (!this.#states.has(port.state)) return [];
    const facts: Facts = {
      ...rest,
      port: portFacts(port),
      service: serviceFacts(port.service),
      change: NOTHING.change,
    };
    return withoutReplaced(this.#groups.flatMap((group) => this.#askGroup(group, port, facts)));
  }

  /** Rules that hold for a host. */
  matchHost(facts: Facts): LoadedRule[] {
    const all: Facts = { ...facts, port: NOTHING.port, service: NOTHING.service, change: NOTHING.change };
    return withoutReplaced(this.#rules.host.filter((loaded) => this.#holds(loaded, all)));
  }

  /** Rules that hold for a deviation; facts of port and service are those of the port it is about. */
  matchChange(facts: Facts): LoadedRule[] {
    return withoutReplaced(this.#rules.change.filter((loaded) => this.#holds(loaded, facts)));
  }

  #askGroup(group: RuleGroup, port: Port, facts: Facts): readonly LoadedRule[] {
    const remembers =
      group.remembers === 'always' || (group.remembers === 'without-scripts' && port.scripts.length === 0);
    if (!remembers) return this.#ask(group, port, facts);
    const key = keyOf(group, port, facts);
    const known = group.answers.get(key);
    if (known !== undefined) return known;
    if (group.answers.size >= ANSWERS_KEPT) group.answers.clear();
    const matched = this.#ask(group, port, facts);
    group.answers.set(key, matched);
    return matched;
  }

  #ask(group: RuleGroup, port: Port, facts: Facts): LoadedRule[] {
    return group.rules.filter(
      (loaded) => (loaded.rule.states ?? DEFAULT_STATES).includes(port.state) && this.#holds(loaded, facts),
    );
  }

  #holds(loaded: LoadedRule, facts: Facts): boolean {
    const answer = loaded.condition.evaluate(facts);
    if (typeof answer === 'boolean') return answer;
    const known = this.#failures.get(loaded.rule.id);
    if (known === undefined) this.#failures.set(loaded.rule.id, { message: answer.failed, times: 1 });
    else known.times += 1;
    return false;
  }
}

function groupByFacts(rules: readonly LoadedRule[]): RuleGroup[] {
  const groups = new Map<string, RuleGroup>();
  for (const loaded of rules) {
    const reads = [...loaded.condition.reads].filter((name) => !name.startsWith('run.')).toSorted();
    const key = reads.join(' ');
    const known = groups.get(key);
    if (known !== undefined) known.rules.push(loaded);
    else groups.set(key, startGroup(reads, loaded));
  }
  return [...groups.values()];
}

function startGroup(reads: readonly string[], loaded: LoadedRule): RuleGroup {
  const fields = reads.map((name) => name.split('.') as [string, string]);
  // A root read whole, or a fact of host or baseline: too many different values to be worth remembering.
  const always = fields.every(([root, field]) => PORT_ROOTS.has(root) && field !== undefined);
  const scripts = reads.includes('port.scripts');
  return {
    fields: fields.filter(([, field]) => field !== 'scripts'),
    remembers: always ? (scripts ? 'without-scripts' : 'always') : 'never',
    rules: [loaded],
    answers: new Map(),
  };
}

/** The facts that a group reads, as text: JSON, so that no banner can look like two facts. */
function keyOf(group: RuleGroup, port: Port, facts: Facts): string {
  const values = group.fields.map(([root, field]) => {
    const value = facts[root]?.[field];
    return typeof value === 'bigint' ? Number(value) : value;
  });
  return JSON.stringify([port.state, ...values]);
}

function withoutReplaced(matched: readonly LoadedRule[]): LoadedRule[] {
  const replaced = new Set(matched.flatMap(({ rule }) => rule.replaces ?? []));
  return matched.filter(({ rule }) => !replaced.has(rule.id));
}
