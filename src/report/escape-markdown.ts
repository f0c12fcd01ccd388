import { showControls } from '../text/acting-characters.ts';

/**
 * Text as one line of Markdown that renders as itself: no HTML, emphasis, code, heading, list, table cell,
 * image or link (CommonMark 0.31 section 2.4, GFM tables). Acting characters are shown (`\n`, `\x1b`).
 *
 * Renderers and chats also make links and mentions out of bare text, whatever is escaped, so those are
 * defanged the way incident responders write them: `https[:]//`, `www[.]`, `[at]`.
 */
export function escapeMarkdown(text: string): string {
  const inert = defang(showControls(text).trim().replace(/ {2,}/g, ' '));
  return (
    inert
      .replace(/[&<>|\\`*_[\]~$#]/g, (character) => MARKDOWN_ENTITIES[character] ?? `\\${character}`)
      // Only at the start of a line do these open a list, a rule or an underlined heading.
      .replace(/^[-+=]/, String.raw`\$&`)
      .replace(/^(\d+)([.)])/, String.raw`$1\$2`)
  );
}

// Entities where a backslash would do in CommonMark, but not in every table reader (`\\|` ends a cell).
const MARKDOWN_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '|': '&#124;',
};

/** `https://x` to `https[:]//x`, `www.x` to `www[.]x`, `a@b` to `a[at]b`. */
function defang(text: string): string {
  return text
    .replace(/:(?=\/\/)/g, '[:]')
    .replace(/\bwww\./gi, (www) => `${www.slice(0, -1)}[.]`)
    .replace(/\b(mailto|xmpp|tel|javascript|data|vbscript|file):/gi, '$1[:]')
    .replaceAll('@', '[at]');
}

/**
 * Text as a Markdown code span, for things that people copy (host names, banners, commands). The fence is longer
 * than any run of backticks inside; `|` is shown as `\x7c` because no escape of it is read alike everywhere.
 */
export function markdownCode(text: string): string {
  const shown = showControls(text).replaceAll('|', String.raw`\x7c`);
  if (shown.trim() === '') return '` `';
  const longest = Math.max(0, ...Array.from(shown.matchAll(/`+/g), (run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  // A space is stripped from both ends by readers, and keeps a backtick at the edge off the fence.
  const padding = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return `${fence}${padding}${shown}${padding}${fence}`;
}
