import { celEnv, celMethod, CelScalar, isCelError, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { parseIpAddress } from '../../net/ip-address.ts';
import { contains, parsePrefix, type Prefix } from '../../net/prefix.ts';
import { FACT_FIELDS, FACT_ROOTS, type Facts } from './facts.ts';

/** Longest condition, in UTF-16 units. The longest built-in one has under 600. */
export const MAX_EXPRESSION_LENGTH = 2_000;
/** Most nodes of a parsed condition: bounds the work of one evaluation outside its one loop. */
export const MAX_EXPRESSION_NODES = 500;
/** Longest regular expression. RE2 is linear in the text, and its factor is the length of the pattern. */
export const MAX_PATTERN_LENGTH = 500;

/** A condition that cannot be used, with the place in its text. */
export class ExpressionRefused extends Error {
  override readonly name = 'ExpressionRefused';
  /** 0-based offset into the expression. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** A condition ready to be asked, any number of times. */
export interface Expression {
  readonly text: string;
  /** Facts it reads, as `service.name`; a root alone (`host`) when it is used whole. */
  readonly reads: ReadonlySet<string>;
  /** The answer, or in a sentence why there is none (an index out of range, a value that is not a yes or no). */
  evaluate(facts: Facts): boolean | { readonly failed: string };
}

/** Of CEL's string extension, what takes time and memory in proportion to its input. */
const STRING_FUNCTIONS = new Set([
  'charAt',
  'indexOf',
  'lastIndexOf',
  'lowerAscii',
  'upperAscii',
  'substring',
  'trim',
]);

const prefixes = new Map<string, Prefix | undefined>();
const PREFIXES_KEPT = 1_024;

function prefixOf(text: string): Prefix | undefined {
  if (prefixes.has(text)) return prefixes.get(text);
  if (prefixes.size >= PREFIXES_KEPT) prefixes.clear();
  const prefix = parsePrefix(text);
  prefixes.set(text, prefix);
  return prefix;
}

/** `host.address.inPrefix("10.0.0.0/8")`: ours, because CEL has no addresses. */
const inPrefix = celMethod('inPrefix', CelScalar.STRING, [CelScalar.STRING], CelScalar.BOOL, function (text) {
  const prefix = prefixOf(text);
  if (prefix === undefined) throw new Error(`${JSON.stringify(text)} is not an address block`);
  const address = parseIpAddress(this);
  return address !== undefined && contains(prefix, address);
});

const environment = celEnv({
  funcs: [...strings.filter((func) => STRING_FUNCTIONS.has(func.name)), inPrefix],
});

/** Everything a condition may call: CEL's operators and standard functions, and the ones above. */
const KNOWN_FUNCTIONS = new Set([
  '_&&_',
  '_||_',
  '!_',
  '-_',
  '_==_',
  '_!=_',
  '_<_',
  '_<=_',
  '_>_',
  '_>=_',
  '_+_',
  '_-_',
  '_*_',
  '_/_',
  '_%_',
  '_?_:_',
  '@in',
  '_[_]',
  '@not_strictly_false',
  'size',
  'contains',
  'startsWith',
  'endsWith',
  'matches',
  'int',
  'double',
  'string',
  'bool',
  'inPrefix',
  ...STRING_FUNCTIONS,
]);

type Node = NonNullable<ReturnType<typeof parse>['expr']>;

/**
 * Parses and checks a condition. Refused at load, never at run: syntax errors, unknown facts and functions,
 * a loop within a loop (its cost would be quadratic in what scanned hosts choose), patterns that RE2 does
 * not take or that are not literal, and anything too long. Throws ExpressionRefused.
 */
export function compileExpression(text: string): Expression {
  if (text.length > MAX_EXPRESSION_LENGTH) {
    throw new ExpressionRefused(
      `the condition has ${text.length} characters, at most ${MAX_EXPRESSION_LENGTH} are taken`,
      0,
    );
  }
  const parsed = parseText(text);
  const check = new Check(parsed.sourceInfo?.positions ?? {});
  check.walk(parsed.expr, { bound: new Set(), looping: false });
  const program = planText(parsed);
  return {
    text,
    reads: check.reads,
    evaluate: (facts) => {
      const result: unknown = program(facts);
      if (typeof result === 'boolean') return result;
      return { failed: isCelError(result) ? result.message : 'the condition does not say yes or no' };
    },
  };
}

function parseText(text: string): ReturnType<typeof parse> {
  try {
    return parse(text);
  } catch (cause) {
    const start = (cause as { readonly location?: { readonly start?: { readonly offset?: number } } })
      .location?.start;
    const message = cause instanceof Error ? cause.message.replace(/^<input>:\d+:\d+: /, '') : String(cause);
    throw new ExpressionRefused(`not a CEL expression: ${message}`, start?.offset ?? 0);
  }
}

/** Planning refuses a few literals that parsing takes, such as half of a surrogate pair. */
function planText(parsed: ReturnType<typeof parse>): ReturnType<typeof plan> {
  try {
    return plan(environment, parsed);
  } catch (cause) {
    throw new ExpressionRefused(cause instanceof Error ? cause.message : String(cause), 0);
  }
}

interface Scope {
  /** Loop variables in force. */
  readonly bound: ReadonlySet<string>;
  readonly looping: boolean;
}

/** Walks the tree once, notes what is read, and refuses what is not allowed. */
class Check {
  readonly reads = new Set<string>();
  readonly #positions: Readonly<Record<string, number>>;
  #nodes = 0;

  constructor(positions: Readonly<Record<string, number>>) {
    this.#positions = positions;
  }

  walk(node: Node | undefined, scope: Scope): void {
    if (node === undefined) return;
    this.#nodes += 1;
    if (this.#nodes > MAX_EXPRESSION_NODES) {
      this.#refuse(node, `the condition has more than ${MAX_EXPRESSION_NODES} parts`);
    }
    const kind = node.exprKind;
    switch (kind.case) {
      case 'identExpr':
        this.#ident(node, kind.value.name, scope);
        return;
      case 'selectExpr':
        this.#select(node, kind.value.operand, kind.value.field, scope);
        return;
      case 'callExpr':
        if (!KNOWN_FUNCTIONS.has(kind.value.function))
          this.#refuse(node, `unknown function ${kind.value.function}`);
        if (kind.value.function === 'matches') this.#pattern(node, kind.value.args.at(-1));
        this.walk(kind.value.target, scope);
        for (const argument of kind.value.args) this.walk(argument, scope);
        return;
      case 'listExpr':
        for (const element of kind.value.elements) this.walk(element, scope);
        return;
      case 'comprehensionExpr': {
        if (scope.looping) this.#refuse(node, 'a loop within a loop is not allowed');
        const loop = kind.value;
        const inside: Scope = {
          bound: new Set([...scope.bound, loop.iterVar, loop.iterVar2, loop.accuVar]),
          looping: true,
        };
        this.walk(loop.iterRange, { bound: scope.bound, looping: true });
        this.walk(loop.accuInit, inside);
        this.walk(loop.loopCondition, inside);
        this.walk(loop.loopStep, inside);
        this.walk(loop.result, inside);
        return;
      }
      case 'structExpr':
        this.#refuse(node, 'maps and messages cannot be built in a condition');
        return;
      case 'constExpr':
      case undefined:
        return;
      default:
        kind satisfies never;
    }
  }

  #ident(node: Node, name: string, scope: Scope): void {
    if (scope.bound.has(name)) return;
    if (!FACT_ROOTS.has(name)) {
      this.#refuse(node, `unknown fact ${name}; there are ${[...FACT_ROOTS].join(', ')}`);
    }
    this.reads.add(name);
  }

  #select(node: Node, operand: Node | undefined, field: string, scope: Scope): void {
    const root = operand?.exprKind.case === 'identExpr' ? operand.exprKind.value.name : undefined;
    if (root === undefined || scope.bound.has(root) || !FACT_ROOTS.has(root)) {
      this.walk(operand, scope);
      return;
    }
    const name = `${root}.${field}`;
    if (!FACT_FIELDS.has(name)) this.#refuse(node, `unknown fact ${name}`);
    this.reads.add(name);
  }

  #pattern(node: Node, argument: Node | undefined): void {
    const constant =
      argument?.exprKind.case === 'constExpr' ? argument.exprKind.value.constantKind : undefined;
    if (constant?.case !== 'stringValue') {
      this.#refuse(node, 'the pattern of matches() must be written out, so that it can be checked here');
    }
    if (constant.value.length > MAX_PATTERN_LENGTH) {
      this.#refuse(node, `the pattern has more than ${MAX_PATTERN_LENGTH} characters`);
    }
    const tried = plan(environment, parse(`"".matches(${JSON.stringify(constant.value)})`))();
    if (isCelError(tried)) this.#refuse(node, tried.message);
  }

  #refuse(node: Node, message: string): never {
    throw new ExpressionRefused(message, this.#positions[String(node.id)] ?? 0);
  }
}
