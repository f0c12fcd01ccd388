import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeMarkdown, markdownCode } from './escape-markdown.ts';

describe('escapeMarkdown', () => {
  test.each([
    { why: 'link', text: '[x](http://e)', want: String.raw`\[x\](http\[:\]//e)` },
    { why: 'image', text: '![x](y)', want: String.raw`!\[x\](y)` },
    {
      why: 'bare URL, host and mail address',
      text: 'https://a www.b c@d',
      want: String.raw`https\[:\]//a www\[.\]b c\[at\]d`,
    },
    { why: 'HTML', text: '<b>&amp;', want: '&lt;b&gt;&amp;amp;' },
    { why: 'table cell', text: String.raw`a|b\|c`, want: String.raw`a&#124;b\\&#124;c` },
    { why: 'heading after a line break', text: 'a\n# b', want: String.raw`a\\n\# b` },
    { why: 'list', text: '- a', want: String.raw`\- a` },
    { why: 'numbered list', text: '12. a', want: String.raw`12\. a` },
    { why: 'indented code', text: '     a', want: 'a' },
    {
      why: 'emphasis, code, strike, math',
      text: '*a* _b_ `c` ~d~ $e$',
      want: String.raw`\*a\* \_b\_ \`c\` \~d\~ \$e\$`,
    },
    { why: 'terminal escape', text: '\u001b[1m', want: String.raw`\\x1b\[1m` },
    {
      why: 'harmless',
      text: '3389/tcp (ms-wbt-server) is open, 1.5: since 2026',
      want: '3389/tcp (ms-wbt-server) is open, 1.5: since 2026',
    },
  ])('$why', ({ text, want }) => {
    expect(escapeMarkdown(text)).toBe(want);
  });

  test('never emits a live construct', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...Array.from('[]()!<>|*_`~\\#-+=1. \n@:/w&$')) }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const escaped = escapeMarkdown(value);
        expect(escaped).not.toMatch(/[<>|\n\r]|:\/\/|@|^\s|^[-+=#]|^\d+[.)]/);
        // Without entities and escaped pairs, no special character is left.
        expect(escaped.replace(/&(amp|lt|gt|#124);|\\./g, '')).not.toMatch(/[&\\`*_[\]~$#]/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('markdownCode', () => {
  test.each([
    { why: 'plain', text: 'ssh', want: '`ssh`' },
    { why: 'backticks inside', text: 'a`b``c', want: '```a`b``c```' },
    { why: 'backtick at the edge', text: '`a', want: '`` `a ``' },
    { why: 'pipe', text: 'a|b', want: String.raw`${'`'}a\x7cb${'`'}` },
    { why: 'nothing', text: '', want: '` `' },
  ])('$why', ({ text, want }) => {
    expect(markdownCode(text)).toBe(want);
  });

  test('the fence is never found inside', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', 'a', ' ', '|', '\n') }), (text) => {
        const span = markdownCode(text);
        const fence = /^`+/.exec(span)?.[0] ?? '';
        const inside = span.slice(fence.length, -fence.length);
        expect(span.endsWith(fence)).toBe(true);
        expect(inside.split(/[^`]+/)).not.toContain(fence);
        expect(span).not.toMatch(/[|\n]/);
      }),
    );
  });
});
