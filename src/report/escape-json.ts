/**
 * Characters that JSON may hold raw but that act on whatever shows or embeds the text: C1 controls, DEL, bidirectional
 * and zero-width characters, line separators (as in text/acting-characters.ts), and `<`, which would end a script element.
 * JSON.stringify has already escaped C0 controls and lone surrogates; line feeds are its own indentation.
 */
const ACTING = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}<]/gu;

/**
 * JSON text that is harmless on a terminal and inside HTML. Lossless: acting characters become `\uXXXX` escapes, so
 * JSON.parse gives back exactly what went in.
 */
export function escapeJson(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, undefined, indent);
  // JSON.stringify answers undefined for what JSON cannot say (undefined, a function).
  if (text === undefined) throw new TypeError('this value has no JSON form');
  return text.replace(ACTING, (character) =>
    Array.from(
      { length: character.length },
      (_, unit) => String.raw`\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
