import { showControls } from '../text/acting-characters.ts';

/** Markup that is already safe: made by `html` or by {@link trustedHtml}, never from a plain string by itself. */
export class SafeHtml {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
  toString(): string {
    return this.markup;
  }
}

/** What may stand in a hole of an `html` template. `undefined` and `false` leave nothing, lists are joined. */
export type HtmlValue = SafeHtml | string | number | undefined | false | readonly HtmlValue[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/**
 * Text for an element or a quoted attribute: markup characters become entities, and acting characters (controls,
 * bidirectional overrides, zero-width, lone surrogates) become visible as in a terminal. Line feeds and tabs stay.
 */
export function escapeHtml(text: string): string {
  // A tab draws as space in HTML; it is kept by setting it aside from the characters to show.
  const shown = text
    .split('\t')
    .map((part) => showControls(part, { multiline: true }))
    .join('\t');
  return shown.replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? character);
}

/**
 * Hands a string through as markup. Only for text that this program wrote itself (a style sheet, a constant
 * picture); never for anything that came out of a scan.
 */
export function trustedHtml(markup: string): SafeHtml {
  return new SafeHtml(markup);
}

/**
 * Text isolated from the direction of its neighbours, so that a right-to-left host name cannot reorder the line
 * around it. Element content only.
 */
export function bdi(text: string): SafeHtml {
  return new SafeHtml(`<bdi>${escapeHtml(text)}</bdi>`);
}

const checkedTemplates = new WeakSet<TemplateStringsArray>();

/**
 * Auto-escaping template: every hole is escaped unless it is `SafeHtml`. Holes may stand in text or inside a
 * quoted attribute; anywhere else (unquoted attribute, tag name, comment, `<script>`) escaping would not be
 * enough, and the template throws a TypeError the first time it is used, which is a bug in the caller.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml {
  if (!checkedTemplates.has(strings)) {
    checkHoles(strings);
    checkedTemplates.add(strings);
  }
  let markup = strings[0] ?? '';
  for (const [index, value] of values.entries()) markup += render(value) + (strings[index + 1] ?? '');
  return new SafeHtml(markup);
}

function render(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof SafeHtml) return value.markup;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeHtml(value);
  return value.map(render).join('');
}

/** Walks the constant parts with the few states of HTML that matter for a hole. */
function checkHoles(strings: readonly string[]): void {
  let state: 'text' | 'tag' | '"' | "'" = 'text';
  for (const [index, part] of strings.entries()) {
    for (const character of part) {
      if (state === 'text') state = character === '<' ? 'tag' : 'text';
      else if (state === 'tag') {
        if (character === '>') state = 'text';
        else if (character === '"' || character === "'") state = character;
      } else if (character === state) state = 'tag';
    }
    if (/<script|<!--/i.test(part)) throw new TypeError('html: no scripts or comments in a template');
    if (state === 'tag' && index < strings.length - 1)
      throw new TypeError(`html: hole ${index + 1} is neither in text nor in a quoted attribute`);
  }
}
