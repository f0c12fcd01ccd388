/**
 * Text as the inside of a quoted Lua string: every byte of its UTF-8 but letters, digits, space, `.`, `_` and `-` is
 * the decimal escape `\ddd` (Lua 5.3 reference manual, section 3.1). What is left can end no string, line, field or
 * comment, in Lua or in any text format, and three digits always: the character after an escape is never read as
 * part of it. A lone surrogate becomes U+FFFD, since UTF-8 cannot say it.
 */
export function escapeLua(text: string): string {
  return text.replace(NOT_PLAIN, (run) =>
    Array.from(new TextEncoder().encode(run), (byte) => `\\${String(byte).padStart(3, '0')}`).join(''),
  );
}

/** Whole runs, so that the halves of a surrogate pair stay together. */
const NOT_PLAIN = /[^A-Za-z0-9 ._-]+/g;
