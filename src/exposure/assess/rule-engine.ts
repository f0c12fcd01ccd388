import type { Port } from '../model/host.ts';
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
}

/** A condition that could not be answered, with how often. */
export interface RuleFailure {
  readonly rule: string;
  readonly message: string;
  readonly times: number;
}

/** Which answers of a port rule can be remembered, by what it reads. */
type Memory = 'always' | 'without-scripts' | 'never';

/** How many different services (port, banner and all) have their answers remembered. Hosts write banners, so there is an end. */
const MEMORIES_KEPT = 20_000;

const PORT_ROOTS = new Set(['port', 'service', 'run']);
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
 * Asks rules. Conditions are compiled once; what a rule says of a service depends for most rules on the
 * port and the banner alone, and a thousand hosts with one image have the same few, so those answers are
 * remembered. Throws ExpressionRefused when a rule's condition cannot be used; the built-in ones and those
 * of a policy that was read from a file always can.
 */
export class RuleEngine {
  readonly #rules: Readonly<Record<RuleSubject, readonly LoadedRule[]>>;
  readonly #memory = new Map<LoadedRule, Memory>();
  readonly #states = new Set<string>();
  readonly #failures = new Map<string, { message: string; times: number }>();
  readonly #plain = new Map<string, readonly LoadedRule[]>();
  readonly #scriptless = new Map<string, readonly LoadedRule[]>();

  constructor(policy: Policy = EMPTY_POLICY) {
    const rules: Record<RuleSubject, LoadedRule[]> = { port: [], host: [], change: [] };
    for (const { rule, own } of rulesInForce(policy)) {
      const loaded: LoadedRule = { rule, own, condition: compileExpression(rule.match) };
      rules[rule.on].push(loaded);
      if (rule.on !== 'port') continue;
      this.#memory.set(loaded, memoryOf(loaded.condition));
      for (const state of rule.states ?? DEFAULT_STATES) this.#states.add(state);
    }
    this.#rules = rules;
  }

  /** Conditions that failed so far. */
  get failures(): readonly RuleFailure[] {
    return Array.from(this.#failures, ([rule, { message, times }]) => ({ rule, message, times }));
  }

  /** Rules that hold for a port. `rest` has the facts of host, baseline and run. */
  matchPort(port: Port, rest: Facts): LoadedRule[] {
    if (!this.#states.has(port.state)) return [];
    const key = signature(port);
    const facts: Facts = {
      ...rest,
      port: portFacts(port),
      service: serviceFacts(port.service),
      change: NOTHING.change,
    };
    const matched: LoadedRule[] = [...this.#remembered(this.#plain, key, 'always', port, facts)];
    if (port.scripts.length === 0) {
      matched.push(...this.#remembered(this.#scriptless, key, 'without-scripts', port, facts));
    } else matched.push(...this.#ask('without-scripts', port, facts));
    matched.push(...this.#ask('never', port, facts));
    return withoutReplaced(matched);
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

  #remembered(
    memory: Map<string, readonly LoadedRule[]>,
    key: string,
    kind: Memory,
    port: Port,
    facts: Facts,
  ): readonly LoadedRule[] {
    const known = memory.get(key);
    if (known !== undefined) return known;
    if (memory.size >= MEMORIES_KEPT) memory.clear();
    const matched = this.#ask(kind, port, facts);
    memory.set(key, matched);
    return matched;
  }

  #ask(kind: Memory, port: Port, facts: Facts): LoadedRule[] {
    return this.#rules.port.filter(
      (loaded) =>
        this.#memory.get(loaded) === kind &&
        (loaded.rule.states ?? DEFAULT_STATES).includes(port.state) &&
        this.#holds(loaded, facts),
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

function memoryOf(condition: Expression): Memory {
  let memory: Memory = 'always';
  for (const name of condition.reads) {
    if (!PORT_ROOTS.has(name.split('.', 1)[0] ?? '')) return 'never';
    if (name === 'port.scripts' || name === 'port') memory = 'without-scripts';
  }
  return memory;
}

/** All of a port that conditions can read, scripts apart. */
function signature(port: Port): string {
  const { service } = port;
  return JSON.stringify([
    port.portid,
    port.protocol,
    port.state,
    port.reason,
    service?.name,
    service?.product,
    service?.version,
    service?.extrainfo,
    service?.tunnel,
    service?.method,
    service?.ostype,
    service?.devicetype,
    service?.cpe,
  ]);
}

function withoutReplaced(matched: readonly LoadedRule[]): LoadedRule[] {
  const replaced = new Set(matched.flatMap(({ rule }) => rule.replaces ?? []));
  return matched.filter(({ rule }) => !replaced.has(rule.id));
}
