/** A piece of text: as it was, or one acting character in the form that shows it. */
export interface TextPiece {
  readonly text: string;
  /** True for the visible form of a character that would have acted instead of being seen. */
  readonly acting: boolean;
}

/**
 * What acts on a display instead of being seen on it, as the reports have it (src/report/control-characters.ts; the
 * web may import only the wire contract, and test/web/ holds the two together on every hostile string): controls,
 * format characters, separators, lone surrogates, what fonts may leave out, and the fifth and later marks of a pile.
 */
const ACTING =
  /([\p{Mn}\p{Me}]{4})[\p{Mn}\p{Me}]+|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT_FORMS: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text that others wrote, in pieces to draw: what acts is there in its visible form (`\n`, `\x1b`, `\u202e`). */
export function piecesOf(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let done = 0;
  for (const match of text.matchAll(ACTING)) {
    const [whole, marks] = match;
    const before = text.slice(done, match.index) + (marks ?? '');
    if (before !== '') pieces.push({ text: before, acting: false });
    pieces.push({ text: marks === undefined ? visibleForm(whole) : '\uFFFD', acting: true });
    done = match.index + whole.length;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), acting: false });
  return pieces;
}

function visibleForm(character: string): string {
  const short = SHORT_FORMS[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/** Cuts text to so many UTF-16 units, never inside a character, and says so with `…`. */
export function clip(text: string, units: number): string {
  if (text.length <= units) return text;
  const end = Math.max(0, units - 1);
  const last = text.charCodeAt(end - 1);
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end)}…`;
}

/** The same as one string, for attributes (titles, labels), where nothing can be marked. */
export function inertString(text: string, units = 300): string {
  return piecesOf(clip(text, units))
    .map((piece) => piece.text)
    .join('');
}
