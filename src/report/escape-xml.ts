/**
 * What XML 1.0 cannot hold in any form (production Char): C0 controls but tab, line feed and carriage
 * return, lone surrogates, U+FFFE and U+FFFF.
 */
// The character class is built from a string, so that no control character stands in the source.
const FORBIDDEN = new RegExp(String.raw`[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Cs}`, 'gu');

/** What acts on a display instead of being seen: kept in the value, but as a character reference. */
const ACTING = /[\t\n\r]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * Text for an attribute value or an element: markup becomes entities, acting characters become
 * references (so a line feed survives attribute normalisation and a terminal is safe), and what XML
 * cannot hold becomes U+FFFD.
 */
export function escapeXml(text: string): string {
  return text
    .replace(FORBIDDEN, '\uFFFD')
    .replace(/[&<>"']/g, (character) => NAMED[character] ?? character)
    .replace(ACTING, (character) => `&#${character.codePointAt(0) ?? 0xfffd};`);
}

/** Text inside a comment: two hyphens may not stand there (XML 1.0, production Comment). */
export function escapeXmlComment(text: string): string {
  return escapeXml(text).replaceAll(/-(?=-|$)/g, '- ');
}
