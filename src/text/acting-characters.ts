/** Which whitespace controls stay as they are. */
export interface KeepControls {
  /** Keeps line feeds (and turns CR LF into one), for output that is meant to have lines. Default false. */
  readonly multiline?: boolean;
}

/** A piece of text: as it was, or one acting character in the form that shows it. */
export interface TextPiece {
  readonly text: string;
  /** True for the visible form of a character that would have acted instead of being seen. */
  readonly acting: boolean;
}

/**
 * Everything that acts on a display instead of being seen on it: C0, DEL and C1 controls (Cc: ESC, CSI, OSC,
 * BEL, NUL, …), bidirectional and zero-width format characters (Cf), line and paragraph separators (Zl, Zp),
 * lone surrogates (Cs), and what Unicode lets fonts leave out (variation selectors, Hangul fillers, tags).
 * General categories of UAX #44; Default_Ignorable_Code_Point of DerivedCoreProperties.txt.
 *
 * Before the bar: a pile of combining marks draws over the lines around it ("Zalgo" text). Real scripts stack at most
 * four (pointed Hebrew with cantillation, Vietnamese has two), so the fifth and on are one replacement character. Marks
 * that fonts may leave out are no part of a pile: they are shown.
 */
const ACTING =
  /((?:(?!\p{Default_Ignorable_Code_Point})[\p{Mn}\p{Me}]){4})(?:(?!\p{Default_Ignorable_Code_Point})[\p{Mn}\p{Me}])+|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT_FORMS: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Text that others wrote, in pieces to draw: what acts is there in its visible form, the way a programmer would write
 * it: `\n`, `\x1b`, `\u202e`, `\u{e0041}`. The pieces are for reading, they cannot be turned back: a backslash that was
 * in the text stays one backslash.
 */
export function piecesOf(text: string, { multiline = false }: KeepControls = {}): readonly TextPiece[] {
  const lines = multiline ? text.replaceAll('\r\n', '\n') : text;
  const pieces: TextPiece[] = [];
  let done = 0;
  for (const match of lines.matchAll(ACTING)) {
    const [whole, marks] = match;
    if (multiline && whole === '\n') continue;
    const before = lines.slice(done, match.index) + (marks ?? '');
    if (before !== '') pieces.push({ text: before, acting: false });
    pieces.push({ text: marks === undefined ? visibleForm(whole) : '\uFFFD', acting: true });
    done = match.index + whole.length;
  }
  if (done < lines.length) pieces.push({ text: lines.slice(done), acting: false });
  return pieces;
}

/** The pieces as one string, in which nothing acts. Text without acting characters comes back as it was. */
export function showControls(text: string, keep: KeepControls = {}): string {
  return piecesOf(text, keep)
    .map((piece) => piece.text)
    .join('');
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
