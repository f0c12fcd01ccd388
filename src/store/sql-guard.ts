import { Fault } from '../fault/fault.ts';
import type { Token } from './lexer.ts';
import { significant, tokenize } from './lexer.ts';
import { isHarmlessFunction, isHarmlessTableFunction } from './sql-functions.ts';

/** Longest question, in characters: a person types less, and a program has other ways in. */
const MOST_CHARACTERS = 65_536;

/** What a question turned out to be, before the engine was asked anything. */
export type Question =
  /** One SELECT without comments, semicolon or clauses that reach outside; `explain` asks for its plan. */
  | { readonly kind: 'select'; readonly text: string; readonly explain: boolean }
  | { readonly kind: 'describe'; readonly view: string }
  | { readonly kind: 'list' };

const refuse = (
  why: string,
  fix = 'Ask with one SELECT over the documented views; `tidemark query --views` lists them.',
): Fault => new Fault('query/refused', why, fix);

/** Clauses that write a file or change settings; as column names they have to be quoted. */
const CLAUSES: ReadonlySet<string> = new Set(['into', 'outfile', 'settings', 'format']);

/**
 * Looks at the text of a question as text: one statement, plain characters outside of quotes, no
 * clause that writes or changes settings. Throws a Fault `query/refused`.
 */
export function readQuestion(sql: string): Question {
  if (sql.length > MOST_CHARACTERS) throw refuse(`the query is longer than ${MOST_CHARACTERS} characters`);
  const all = tokenize(sql);
  const tokens = significant(all);
  while (tokens.at(-1)?.text === ';') tokens.pop();
  for (const [index, token] of tokens.entries()) checkToken(token, tokens[index + 1], tokens[index + 2]);
  const words = tokens
    .slice(0, 3)
    .map((token) => (token.kind === 'word' ? token.text.toLowerCase() : token.text));
  switch (words[0]) {
    case undefined:
      throw refuse('the query is empty');
    case 'select':
    case 'with':
    case '(':
      return { kind: 'select', text: rebuild(all, tokens), explain: false };
    case 'explain': {
      if (words[1] !== 'select' && words[1] !== 'with' && words[1] !== '(')
        throw refuse('EXPLAIN takes a SELECT and nothing else');
      return { kind: 'select', text: rebuild(all, tokens.slice(1)), explain: true };
    }
    case 'describe':
    case 'desc': {
      const names = tokens.slice(words[1] === 'table' || words[1] === 'view' ? 2 : 1);
      const [name] = names;
      if (name === undefined || names.length !== 1) throw refuse('DESCRIBE takes the name of one view');
      return { kind: 'describe', view: name.kind === 'quoted' ? name.text.slice(1, -1) : name.text };
    }
    case 'show':
      if (tokens.length !== 2 || (words[1] !== 'tables' && words[1] !== 'views'))
        throw refuse('SHOW lists the documented views: SHOW VIEWS');
      return { kind: 'list' };
    default:
      throw refuse(`a query begins with SELECT or WITH, not with ${tokens[0]?.text ?? ''}`);
  }
}

function checkToken(token: Token, next: Token | undefined, afterNext: Token | undefined): void {
  const { kind, text } = token;
  if (kind === 'bad') {
    if (text.startsWith('/*')) throw refuse('a comment does not end');
    if (/^['"`]/.test(text)) throw refuse('a quote does not end');
    throw refuse(`the character ${JSON.stringify(text)} has no meaning outside of quotes`);
  }
  if (text === ';') throw refuse('there is more than one statement');
  if (kind === 'string' && text.startsWith('$')) throw refuse("strings are quoted as 'this'");
  // The guard reads the engine's own tree of the query, line by line: no name may look like a part of it.
  if (kind === 'quoted' && (/[\\\p{Cc}\u2028\u2029]/u.test(text) || /\((?:alias|children) /.test(text)))
    throw refuse(`the name ${JSON.stringify(text)} holds characters that a name cannot have here`);
  if (kind === 'word' && CLAUSES.has(text.toLowerCase())) {
    const isFunction = text.toLowerCase() === 'format' && next?.text === '(';
    if (!isFunction) throw refuse(`${text.toUpperCase()} is not allowed; quote it if it is a name`);
  }
  if (text === '{' && next?.kind === 'word' && afterNext?.text === ':')
    throw refuse('parameters in braces are not allowed');
}

/** The statement without comments: what we looked at is what the engine gets. */
function rebuild(all: readonly Token[], kept: readonly Token[]): string {
  const from = kept[0]?.start ?? 0;
  const last = kept.at(-1);
  const to = last === undefined ? from : last.start + last.text.length;
  return all
    .filter((token) => token.start >= from && token.start < to)
    .map((token) => (token.kind === 'comment' ? ' ' : token.text))
    .join('');
}

/** Kinds of node in the engine's tree (EXPLAIN AST) that only read and compute. */
const NODES: ReadonlySet<string> = new Set([
  'SelectWithUnionQuery',
  'SelectIntersectExceptQuery',
  'SelectQuery',
  'ExpressionList',
  'Identifier',
  'Function',
  'Literal',
  'Asterisk',
  'QualifiedAsterisk',
  'ColumnsRegexpMatcher',
  'ColumnsListMatcher',
  'ColumnsTransformerList',
  'ColumnsExceptTransformer',
  'ColumnsReplaceTransformer',
  'ColumnsReplaceTransformer::Replacement',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'TableExpression',
  'TableIdentifier',
  'TableJoin',
  'ArrayJoin',
  'Subquery',
  'WithElement',
  'OrderByElement',
  'InterpolateElement',
  'WindowDefinition',
  'WindowListElement',
  'SampleRatio',
]);

interface Node {
  readonly kind: string;
  readonly detail: string;
  readonly children: Node[];
}

/** What a question may read. */
export interface Readable {
  /** Names of the documented views. */
  readonly views: ReadonlySet<string>;
  /** Names of everything else in the database: these stay closed, also under the name of a WITH element. */
  readonly closed: ReadonlySet<string>;
}

/**
 * Looks at a question as the engine parsed it: `lines` is the answer to EXPLAIN AST. Everything in
 * it has to be known to be harmless. Throws a Fault `query/refused`.
 */
export function checkTree(lines: readonly string[], readable: Readable): void {
  const root = parseTree(lines);
  if (root?.kind !== 'SelectWithUnionQuery') throw refuse('only SELECT is allowed');
  checkNode(root, undefined, readable);
}

function parseTree(lines: readonly string[]): Node | undefined {
  const open: Node[] = [];
  let root: Node | undefined;
  for (const line of lines) {
    const match = /^( *)([A-Z]\w*(?:::\w+)?)(?: (.*))?$/.exec(line);
    if (match === null)
      throw refuse(`the engine reads this in a way that we do not know: ${JSON.stringify(line)}`);
    const depth = match[1]?.length ?? 0;
    const detail = (match[3] ?? '').replace(/ ?\(children \d+\)$/, '').replace(/ ?\(alias .*\)$/, '');
    const node: Node = { kind: match[2] ?? '', detail, children: [] };
    if (depth === 0 && root === undefined) root = node;
    else {
      const parent = open[depth - 1];
      if (depth === 0 || parent === undefined) throw refuse('the engine sees more than one statement');
      parent.children.push(node);
    }
    open[depth] = node;
    open.length = depth + 1;
  }
  return root;
}

function checkNode(node: Node, parent: Node | undefined, readable: Readable): void {
  if (node.kind === 'Set') throw refuse('SETTINGS is not allowed');
  if (node.kind === 'ColumnsApplyTransformer') throw refuse('APPLY is not allowed', 'Name the columns.');
  if (!NODES.has(node.kind)) throw refuse(`${node.kind} is not allowed in a query`);
  if (node.kind === 'SelectWithUnionQuery' && node.children.some((child) => child.kind !== 'ExpressionList'))
    throw refuse('INTO OUTFILE, FORMAT and SETTINGS are not allowed');
  if (node.kind === 'TableIdentifier') checkTable(node.detail, readable);
  if (node.kind === 'Function') checkFunction(node, parent, readable);
  for (const child of node.children) checkNode(child, node, readable);
}

/**
 * A view, or the name of a WITH element. The tree does not show where a WITH element can be seen, so
 * a name that belongs to anything else in the database is refused whoever else has it.
 */
function checkTable(name: string, { views, closed }: Readable): void {
  if (views.has(name)) return;
  if (!/^[A-Za-z_]\w*$/.test(name) || closed.has(name))
    throw refuse(`${name} is not one of the documented views`);
}

function checkFunction(node: Node, parent: Node | undefined, readable: Readable): void {
  const name = node.detail;
  if (parent?.kind === 'TableExpression') {
    if (!isHarmlessTableFunction(name)) throw refuse(`the table function ${name} is not allowed`);
    return;
  }
  if (!/^\w+$/.test(name) || !isHarmlessFunction(name))
    throw refuse(
      `the function ${name} is not allowed`,
      'Use functions that only compute from their arguments.',
    );
  // `x IN name` reads a table of that name.
  if (/in(?:ignoreset)?$/i.test(name)) {
    const right = node.children[0]?.children[1];
    if (right?.kind === 'Identifier') checkTable(right.detail, readable);
  }
}
