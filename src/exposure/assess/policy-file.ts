import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { Fault, formatWhere, type Where } from '../../fault/fault.ts';
import { parsePortKey, type PortKey } from '../../net/port-key.ts';
import { parsePrefix, type Prefix } from '../../net/prefix.ts';
import { fromMillis, parseInstant, type Instant } from '../../time/instant.ts';
import { compileExpression, ExpressionRefused } from './expression.ts';
import { FACT_FIELDS, FACT_ROOTS } from './facts.ts';
import type { Policy, PolicyException, PolicyRule, PolicyScope } from './policy.ts';
import { BUILTIN_RULES } from './packs/builtin.ts';
import { Places, type Path } from './policy-places.ts';
import { PolicyFile, type PolicyDocument } from './policy-schema.ts';
import { ZONES } from './zone.ts';

/** Largest policy file, in UTF-16 units: a thousand rules with tests fit. */
export const MAX_POLICY_LENGTH = 1_000_000;

/** What reading a policy file came to: the policy, or everything that is wrong with it. */
export type ReadPolicy =
  | { readonly ok: true; readonly policy: Policy; readonly places: ReadonlyMap<string, Where> }
  | { readonly ok: false; readonly faults: readonly [Fault, ...Fault[]] };

/**
 * Reads a policy. Never throws: each thing that is wrong is a Fault `policy/…` with line and column. A policy
 * that was read has conditions that compile, rules that exist and tests whose facts exist.
 * @param file name for messages
 * @param packs the policies of the packs that it names, whose rules and roles it may speak of
 */
export function readPolicy(text: string, file: string, packs: readonly Policy[] = []): ReadPolicy {
  if (text.length > MAX_POLICY_LENGTH) {
    const fault = new Fault(
      'policy/too-large',
      `the policy has ${text.length} characters, at most ${MAX_POLICY_LENGTH} are taken`,
      'Split what belongs to different networks into files of their own.',
      { file },
    );
    return { ok: false, faults: [fault] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const places = new Places(document, lines, file, text);
  const [first, ...rest] = document.errors.map(
    (error) =>
      new Fault(
        'policy/not-yaml',
        `not YAML: ${error.message}`,
        'Correct the line; indentation matters.',
        places.at(error.pos[0]),
      ),
  );
  if (first !== undefined) return { ok: false, faults: [first, ...rest] };
  let value: unknown;
  try {
    // Aliases may repeat a value; a few hundred are plenty, and a million are an attack.
    value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const fault = new Fault(
      'policy/not-yaml',
      `not YAML: ${String(cause)}`,
      'Write the values out.',
      { file },
      { cause },
    );
    return { ok: false, faults: [fault] };
  }
  const parsed = PolicyFile.safeParse(value);
  if (!parsed.success) {
    const faults = parsed.error.issues.flatMap((issue) => faultsOfIssue(issue, places));
    return { ok: false, faults: faults as [Fault, ...Fault[]] };
  }
  const faults: Fault[] = [];
  const policy = new PolicyReader(places, faults, packs).read(parsed.data);
  const [wrong, ...others] = faults;
  if (wrong !== undefined) return { ok: false, faults: [wrong, ...others] };
  const ruleLines = new Map(
    parsed.data.rules.map((rule, index) => [rule.id, places.of(['rules', index, 'match'])]),
  );
  return { ok: true, policy, places: ruleLines };
}

/** The packs that a policy file names, as it names them; none where the file is not a policy, which readPolicy then says. */
export function packsNamed(text: string): readonly string[] {
  if (text.length > MAX_POLICY_LENGTH) return [];
  const document = parseDocument(text, { prettyErrors: false });
  const packs: unknown =
    document.errors.length > 0 || !isMap(document.contents) ? undefined : document.get('packs');
  return isSeq(packs) ? packs.items.map((item) => String(isScalar(item) ? item.value : item)) : [];
}

/** readPolicy for callers that have nothing to do but stop: throws the first Fault, and counts the others in its message. */
export function parsePolicy(text: string, file: string): Policy {
  const read = readPolicy(text, file);
  if (read.ok) return read.policy;
  throw oneFault(read.faults);
}

/** Several faults as one: the first, with the others counted and named in its message. */
export function oneFault([first, ...rest]: readonly [Fault, ...Fault[]]): Fault {
  if (rest.length === 0) return first;
  const others = rest.map((fault) => `${formatWhere(fault.where)}: ${fault.message}`).join('; ');
  return new Fault(
    first.code,
    `${first.message} (and ${rest.length} more: ${others})`,
    first.fix,
    first.where,
  );
}

function faultsOfIssue(issue: z.core.$ZodIssue, places: Places): Fault[] {
  const path = issue.path.filter((part): part is string | number => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) =>
        new Fault(
          'policy/unknown-key',
          `unknown key ${JSON.stringify(key)}`,
          'Remove it, or correct its spelling.',
          places.key(path, key),
        ),
    );
  }
  return [
    new Fault(
      'policy/not-valid',
      issue.message,
      'See docs/policy.md for what belongs here.',
      places.of(path),
    ),
  ];
}

/** What the schema cannot say: names that must exist, conditions that must compile. */
class PolicyReader {
  readonly #places: Places;
  readonly #faults: Fault[];
  readonly #known = new Set(BUILTIN_RULES.map((rule) => rule.id));
  readonly #roles = new Set<string>();

  constructor(places: Places, faults: Fault[], packs: readonly Policy[]) {
    this.#places = places;
    this.#faults = faults;
    for (const pack of packs) {
      for (const { id } of pack.rules) this.#known.add(id);
      for (const role of pack.roles.keys()) this.#roles.add(role);
    }
  }

  read(file: PolicyDocument): Policy {
    const roles = new Map(
      Object.entries(file.roles).map(([role, networks]) => [
        role,
        networks.flatMap((text, index) => this.#network(text, ['roles', role, index])),
      ]),
    );
    for (const role of roles.keys()) this.#roles.add(role);
    const zones = new Map(
      ZONES.flatMap((zone) => {
        const networks = file.zones[zone];
        if (networks === undefined) return [];
        return [
          [zone, networks.flatMap((text, index) => this.#network(text, ['zones', zone, index]))] as const,
        ];
      }),
    );
    const rules = file.rules.map((entry, index) => this.#rule(entry, index, file.name));
    for (const [index, id] of file.disable.entries()) this.#mustExist(id, ['disable', index]);
    for (const id of Object.keys(file.severity)) this.#mustExist(id, ['severity', id]);
    for (const id of Object.keys(file.severity_in)) this.#mustExist(id, ['severity_in', id]);
    return {
      roles,
      zones,
      rules,
      disabled: new Set(file.disable),
      severities: new Map(Object.entries(file.severity)),
      severitiesIn: new Map(Object.entries(file.severity_in)),
      exceptions: file.exceptions.map((entry, index) => this.#exception(entry, index)),
    };
  }

  #rule(entry: PolicyDocument['rules'][number], index: number, pack: string | undefined): PolicyRule {
    const path = ['rules', index] as const;
    if (this.#known.has(entry.id)) {
      this.#fault('policy/rule-twice', `there is a rule ${entry.id} already`, 'Give the rule another id.', [
        ...path,
        'id',
      ]);
    }
    this.#known.add(entry.id);
    try {
      compileExpression(entry.match);
    } catch (cause) {
      if (!(cause instanceof ExpressionRefused)) throw cause;
      this.#faults.push(
        new Fault(
          'policy/condition',
          cause.message,
          'Correct the condition; docs/policy.md lists what it can ask.',
          this.#places.within([...path, 'match'], cause.offset),
          { cause },
        ),
      );
    }
    for (const [at, test] of entry.tests.entries())
      this.#factsExist(test.facts, [...path, 'tests', at, 'facts']);
    return {
      id: entry.id,
      category: 'policy',
      on: entry.on,
      title: entry.title,
      severity: entry.severity,
      ...(entry.when_new === undefined ? {} : { whenNew: entry.when_new }),
      ...(entry.when_expected === undefined ? {} : { whenExpected: entry.when_expected }),
      ...(entry.severity_in === undefined ? {} : { severityIn: entry.severity_in }),
      points: entry.points,
      match: entry.match,
      ...(entry.states === undefined ? {} : { states: entry.states }),
      why: entry.why,
      impact: entry.impact,
      actions: entry.actions,
      references: entry.references,
      ...(entry.compliance.length === 0 ? {} : { compliance: entry.compliance }),
      ...(entry.replaces === undefined ? {} : { replaces: entry.replaces }),
      tests: entry.tests,
      ...(pack === undefined ? {} : { pack }),
      ...(entry.where === undefined ? {} : { where: this.#scope(entry.where, [...path, 'where']) }),
    };
  }

  #exception(entry: PolicyDocument['exceptions'][number], index: number): PolicyException {
    const path = ['exceptions', index] as const;
    this.#mustExist(entry.rule, [...path, 'rule']);
    const where = this.#scope(entry.where, [...path, 'where']);
    if (Object.keys(where).length === 0) {
      this.#fault(
        'policy/scope-empty',
        'an exception without networks, roles or ports would excuse the rule everywhere',
        'Say where it holds, or list the rule under disable.',
        [...path, 'where'],
      );
    }
    const until = entry.until === undefined ? undefined : this.#until(entry.until, [...path, 'until']);
    return { rule: entry.rule, where, reason: entry.reason, ...(until === undefined ? {} : { until }) };
  }

  #scope(scope: NonNullable<PolicyDocument['rules'][number]['where']>, path: Path): PolicyScope {
    for (const [index, role] of (scope.roles ?? []).entries()) {
      if (this.#roles.has(role)) continue;
      this.#fault('policy/unknown-role', `there is no role ${role}`, 'Add it under roles.', [
        ...path,
        'roles',
        index,
      ]);
    }
    const networks = scope.networks?.flatMap((text, index) =>
      this.#network(text, [...path, 'networks', index]),
    );
    const ports = scope.ports?.flatMap((text, index) => this.#port(text, [...path, 'ports', index]));
    return {
      ...(networks === undefined ? {} : { networks }),
      ...(scope.roles === undefined ? {} : { roles: scope.roles }),
      ...(scope.zones === undefined ? {} : { zones: scope.zones }),
      ...(ports === undefined ? {} : { ports }),
    };
  }

  #network(text: string, path: Path): Prefix[] {
    const prefix = parsePrefix(text);
    if (prefix !== undefined) return [prefix];
    this.#fault(
      'policy/not-a-network',
      `${JSON.stringify(text)} is no address and no network`,
      'Write 10.0.0.0/8 or 2001:db8::1.',
      path,
    );
    return [];
  }

  #port(text: string, path: Path): PortKey[] {
    if (parsePortKey(text) !== undefined) return [text as PortKey];
    this.#fault('policy/not-a-port', `${JSON.stringify(text)} is no port`, 'Write 443/tcp.', path);
    return [];
  }

  #until(text: string, path: Path): Instant | undefined {
    const instant = parseInstant(text);
    if (instant === undefined) {
      this.#fault(
        'policy/not-a-date',
        `${JSON.stringify(text)} is no date`,
        'Write 2026-12-31, or 2026-12-31T18:00:00Z.',
        path,
      );
      return undefined;
    }
    // "until 2026-12-31" includes that day, in UTC.
    return text.includes('T') ? instant : ((instant + fromMillis(86_400_000)) as Instant);
  }

  #factsExist(facts: Readonly<Record<string, Readonly<Record<string, unknown>>>>, path: Path): void {
    const unknown = (parent: Path, key: string, name: string): void => {
      this.#faults.push(
        new Fault(
          'policy/unknown-fact',
          `there is no fact ${name}`,
          'See docs/policy.md for the facts there are.',
          this.#places.key(parent, key),
        ),
      );
    };
    for (const [root, fields] of Object.entries(facts)) {
      if (!FACT_ROOTS.has(root)) unknown(path, root, root);
      else {
        for (const field of Object.keys(fields)) {
          if (!FACT_FIELDS.has(`${root}.${field}`)) unknown([...path, root], field, `${root}.${field}`);
        }
      }
    }
  }

  #mustExist(id: string, path: Path): void {
    if (this.#known.has(id)) return;
    this.#fault(
      'policy/unknown-rule',
      `there is no rule ${id}`,
      'docs/rules.md lists the built-in rules.',
      path,
    );
  }

  #fault(code: Fault['code'], message: string, fix: string, path: Path): void {
    this.#faults.push(new Fault(code, message, fix, this.#places.of(path)));
  }
}
