import { withoutTail } from './lexer.ts';
/** Backslash and quote are the only characters that can end a ClickHouse literal; the rest keeps texts on one line. */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A string literal of ClickHouse SQL: `'it\'s'`. Safe for any text. */
export function quoteString(text: string): string {
  return `'${text.replaceAll(/[\\\0\b\f\n\r\t']/g, (char) => ESCAPES[char] ?? `\\${char}`)}'`;
}

/** A quoted name of ClickHouse SQL: `` `some name` ``. Safe for any text. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll(/[\\\0\b\f\n\r\t`]/g, (char) => ESCAPES[char] ?? `\\${char}`)}\``;
}

/** `a=1, b='x'` for a SETTINGS clause. Throws a TypeError on a name that is not one. */
export function settingsList(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!/^\w+$/.test(name)) throw new TypeError(`not a setting name: ${name}`);
      if (typeof value === 'string') return `${name}=${quoteString(value)}`;
      return `${name}=${typeof value === 'boolean' ? Number(value) : value}`;
    })
    .join(', ');
}

/** A statement that runs with these settings and no others of its own. */
export function withSettings(
  text: string,
  settings: Readonly<Record<string, string | number | boolean>>,
): string {
  return `${withoutTail(text)}\nSETTINGS ${settingsList(settings)}`;
}
