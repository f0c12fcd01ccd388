/** Which whitespace controls stay as they are. */
export interface KeepControls {
  /** Keeps line feeds (and turns CR LF into one), for output that is meant to have lines. Default false. */
  readonly multiline?: boolean;
}

/**
 * Everything that acts on a display instead of being seen on it: C0, DEL and C1 controls (Cc: ESC, CSI, OSC,
 * BEL, NUL, …), bidirectional and zero-width format characters (Cf), line and paragraph separators (Zl, Zp),
 * lone surrogates (Cs), and what Unicode lets fonts leave out (variation selectors, Hangul fillers, tags).
 * General categories of UAX #44; Default_Ignorable_Code_Point of DerivedCoreProperties.txt.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * A pile of combining marks draws over the lines around it ("Zalgo" text). Real scripts stack at most four
 * (pointed Hebrew with cantillation, Vietnamese has two), so the fifth and on are one replacement character.
 */
const PILED_MARKS = /([\p{Mn}\p{Me}]{4})[\p{Mn}\p{Me}]+/gu;

const SHORT_FORMS: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Makes every acting character visible and inert, the way a programmer would write it: `\n`, `\x1b`, `\u202e`,
 * `\u{e0041}`. What is left are characters that only draw. The result is for reading, it is not reversible:
 * a backslash that was in the text stays one backslash. Text without such characters comes back as it was.
 */
export function showControls(text: string, keep: KeepControls = {}): string {
  const lines = keep.multiline === true ? text.replaceAll('\r\n', '\n') : text;
  return lines
    .replace(INVISIBLE, (character) =>
      character === '\n' && keep.multiline === true ? character : visibleForm(character),
    )
    .replace(PILED_MARKS, '$1\uFFFD');
}

function visibleForm(character: string): string {
  const short = SHORT_FORMS[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/**
 * Cuts text to so many UTF-16 units, never inside a character, and says so with `…`. For values that an attacker
 * can make as long as they like; the whole is in the raw scan. Cut before escaping.
 */
export function clip(text: string, units: number): string {
  if (text.length <= units) return text;
  const end = Math.max(0, units - 1);
  const last = text.charCodeAt(end - 1);
  // A high surrogate at the cut would be left alone.
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end)}…`;
}
