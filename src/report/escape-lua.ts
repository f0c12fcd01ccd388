/**
 * Text as the inside of a quoted Lua string: every byte of its UTF-8 but letters, digits, space, `.`, `_` and `-` is
 * the decimal escape `\ddd` (Lua 5.3 reference manual, section 3.1). What is left can end no string, line, field or
 * comment, in Lua or in any text format, and three digits always: the character after an escape is never read as
 * part of it. A lone surrogate becomes U+FFFD, since UTF-8 cannot say it.
 */
export function escapeLua(text: string): string {
  let escaped = '';
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    escaped += PLAIN.test(character) ? character : `\\${String(byte).padStart(3, '0')}`;
  }
  return escaped;
}

const PLAIN = /[A-Za-z0-9 ._-]/;
