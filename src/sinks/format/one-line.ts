/**
 * What acts on a terminal, a log or a parser of lines, or hides text: controls, line separators, bidirectional and
 * zero-width characters, halves of surrogate pairs (as report/escape-json.ts escapes them).
 */
const ACTING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** Text of one line in which nothing acts: each such character becomes U+FFFD, so that it shows that something was there. */
export function oneLine(text: string): string {
  return text.replace(ACTING, '\uFFFD');
}

/** A value as one line of JSON in plain sight: what acts is written `\uXXXX`, so that nothing is lost. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(ACTING, (character) =>
    Array.from(
      { length: character.length },
      (_, unit) => String.raw`\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** The first characters of a text, never half a surrogate pair, with `…` where something is left out. */
export function atMost(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = length - 1;
  const code = text.charCodeAt(end - 1);
  // Not in the middle of a surrogate pair.
  if (code >= 0xd800 && code <= 0xdbff) end -= 1;
  return `${text.slice(0, end)}…`;
}
