import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Terminal columns that a text takes: 2 for wide East Asian characters and emoji, 0 for combining marks. */
export function columnsOf(text: string): number {
  // Most of what scanners print is ASCII, and asking the library for each cell of 65,536 rows is slow.
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

/** The start of a text in so many columns, with `…` in the last one when something was left out. */
export function truncate(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (columnsOf(text) <= columns) return text;
  return `${takeColumns(text, columns - 1)}…`;
}

/**
 * Lines of at most so many columns, broken at spaces, or inside a word that is longer than a line. Expects escaped
 * text without line feeds. Never returns an empty list; runs of spaces become one.
 */
export function wrap(text: string, columns: number): string[] {
  const width = Math.max(1, columns);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (word === '') continue;
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (columnsOf(line) > width) {
      const head = takeColumns(line, width);
      // A wide character in a line of one column cannot be broken further.
      if (head === '' || head === line) break;
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

/** Pads to so many columns on the side that the alignment asks for. */
export function pad(text: string, columns: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, columns - columnsOf(text)));
  return align === 'right' ? space + text : text + space;
}

/** The longest start, in whole graphemes, that fits. */
function takeColumns(text: string, columns: number): string {
  let taken = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const width = columnsOf(segment);
    if (used + width > columns) break;
    taken += segment;
    used += width;
  }
  return taken;
}
