import { clip } from '../text/acting-characters.ts';
import { escapeTerminal } from './escape-terminal.ts';
import type { Paint, Tone } from './style.ts';
import { andMore } from './summary-words.ts';
import { truncate, wrap } from './wrap.ts';

/** Sentences may quote a banner of any length; this much of one says what it is. */
const LONGEST_SENTENCE = 600;

/** Text from outside as one line for the terminal: cut and escaped. */
export function printable(text: string): string {
  return escapeTerminal(clip(text, LONGEST_SENTENCE));
}

/** A page of terminal text: lines so far, with the width and the paint that all parts share. Escapes what it is given. */
export class TextPage {
  readonly width: number;
  readonly paint: Paint;
  readonly #lines: string[] = [];

  constructor(width: number, paint: Paint) {
    this.width = width;
    this.paint = paint;
  }

  /** A line as it is: the caller has escaped it. */
  line(text = ''): void {
    this.#lines.push(text);
  }

  /** An empty line and a title. */
  heading(title: string): void {
    this.line();
    this.line(this.paint('heading', truncate(printable(title), this.width)));
  }

  /** A paragraph with a hanging indent; `first` is the painted start of its first line, `columns` wide. */
  paragraph(text: string, columns: number, first = ' '.repeat(columns), tone?: Tone): void {
    for (const [index, line] of wrap(printable(text), this.width - columns).entries()) {
      const painted = tone === undefined ? line : this.paint(tone, line);
      this.line((index === 0 ? first : ' '.repeat(columns)) + painted);
    }
  }

  /** Lines that were laid out and escaped elsewhere. */
  block(text: string): void {
    this.#lines.push(text.replace(/\n$/, ''));
  }

  /** A list with a mark per entry, or numbers when the mark is `1`. Nothing at all for an empty list. */
  list(title: string, entries: readonly string[], limit: number, mark: '-' | '1'): void {
    if (entries.length === 0) return;
    this.heading(title);
    const shown = entries.slice(0, limit);
    for (const [index, entry] of shown.entries())
      this.paragraph(entry, 4, mark === '1' ? `${String(index + 1).padStart(2)}. ` : '  - ');
    this.rest(entries.length, shown.length);
  }

  /** How many entries were left out, if any. */
  rest(total: number, shown: number, besides = ''): void {
    if (total > shown) this.line(this.paint('quiet', `    …${andMore(total, shown)}${besides}`));
  }

  /** The page, with a final newline. */
  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}
