/** What a piece of SQL text is. `bad` is a quote or comment that never ends, or a character ClickHouse has no use for. */
export type TokenKind = 'space' | 'comment' | 'string' | 'quoted' | 'number' | 'word' | 'mark' | 'bad';

/** A piece of SQL text; the texts of all tokens joined are the input. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** 0-based offset in UTF-16 units. */
  readonly start: number;
}

const NUMBER = /(?:0[xX][0-9a-fA-F]+|0[bB][01]+|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\w*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const SPACE = /[ \t\r\n\f\v]+/y;
const LINE_COMMENT = /(?:--|#!|# )[^\n]*/y;
const HEREDOC = /\$(\w*)\$/y;
const MARK = /[!-/:-@[-^{-~]/y;

/**
 * Splits SQL text as ClickHouse's own lexer does: both quoting styles, heredocs, three kinds of
 * comment. Only as much as is needed to tell text from code; grammar is the engine's business.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const token = next(text, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function next(text: string, start: number): Token {
  const take = (kind: TokenKind, end: number): Token => ({ kind, text: text.slice(start, end), start });
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = start;
    return pattern.exec(text)?.[0];
  };
  const space = match(SPACE);
  if (space !== undefined) return take('space', start + space.length);
  const comment = match(LINE_COMMENT);
  if (comment !== undefined) return take('comment', start + comment.length);
  if (text.startsWith('/*', start)) {
    const end = text.indexOf('*/', start + 2);
    return end === -1 ? take('bad', text.length) : take('comment', end + 2);
  }
  const first = text.charAt(start);
  if (first === "'" || first === '`' || first === '"') {
    const end = endOfQuote(text, start, first);
    return end === undefined ? take('bad', text.length) : take(first === "'" ? 'string' : 'quoted', end);
  }
  if (first === '$') {
    const tag = match(HEREDOC);
    const end = tag === undefined ? -1 : text.indexOf(tag, start + tag.length);
    if (tag !== undefined && end !== -1) return take('string', end + tag.length);
    return take('bad', start + 1);
  }
  const number = match(NUMBER);
  if (number !== undefined) return take('number', start + number.length);
  const word = match(WORD);
  if (word !== undefined) return take('word', start + word.length);
  const mark = match(MARK);
  if (mark !== undefined) return take('mark', start + 1);
  const codePoint = text.codePointAt(start) ?? 0;
  return take('bad', start + (codePoint > 0xffff ? 2 : 1));
}

/** Past the closing quote: backslash escapes the next character, a doubled quote stands for itself. */
function endOfQuote(text: string, start: number, quote: string): number | undefined {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\') at += 1;
    else if (char === quote) {
      if (text.charAt(at + 1) !== quote) return at + 1;
      at += 1;
    }
  }
  return undefined;
}

/** Tokens that mean something to the engine. */
export function significant(tokens: readonly Token[]): Token[] {
  return tokens.filter((token) => token.kind !== 'space' && token.kind !== 'comment');
}

/** The text without the semicolons, spaces and comments at its end, so that a clause can be added. */
export function withoutTail(text: string): string {
  const tokens = tokenize(text);
  const last = tokens.findLast(
    (token) => token.kind !== 'space' && token.kind !== 'comment' && token.text !== ';',
  );
  return last === undefined ? '' : text.slice(0, last.start + last.text.length);
}

/** `{name:Type}` in the text, with its place. */
export interface Placeholder {
  readonly name: string;
  /** ClickHouse type without spaces at its ends. */
  readonly type: string;
  readonly start: number;
  /** Offset past the closing brace. */
  readonly end: number;
}

/** Finds the parameters in SQL text; braces inside strings, quoted names and comments are text. */
export function placeholders(text: string): Placeholder[] {
  const found: Placeholder[] = [];
  const tokens = significant(tokenize(text));
  for (let index = 0; index < tokens.length; index += 1) {
    const [open, name, colon] = [tokens[index], tokens[index + 1], tokens[index + 2]];
    if (open?.text !== '{' || name?.kind !== 'word' || colon?.text !== ':') continue;
    const close = tokens.findIndex((token, at) => at > index + 2 && token.text === '}');
    const end = tokens[close];
    if (end === undefined) continue;
    found.push({
      name: name.text,
      type: text.slice(colon.start + 1, end.start).trim(),
      start: open.start,
      end: end.start + 1,
    });
    index = close;
  }
  return found;
}
