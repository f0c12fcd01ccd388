import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bdi, escapeHtml, html, trustedHtml } from './escape-html.ts';

describe('escapeHtml', () => {
  test.each([
    { why: 'element', text: '<img src=x onerror=alert(1)>', want: '&lt;img src=x onerror=alert(1)&gt;' },
    { why: 'end of an attribute', text: `" onload='x' \``, want: '&quot; onload=&#39;x&#39; &#96;' },
    { why: 'an entity is shown as it was written', text: '&lt;', want: '&amp;lt;' },
    { why: 'right-to-left override', text: 'a\u202eb', want: String.raw`a\u202eb` },
    { why: 'escape and NUL', text: '\u001b[0m\u0000', want: String.raw`\x1b[0m\x00` },
    { why: 'line feeds and tabs stay', text: 'a\r\n\tb', want: 'a\n\tb' },
    { why: 'harmless', text: 'OpenSSH 9.2p1 Debian-2 שלום 東京', want: 'OpenSSH 9.2p1 Debian-2 שלום 東京' },
  ])('$why', ({ text, want }) => {
    expect(escapeHtml(text)).toBe(want);
  });

  test('never emits markup, quotes or acting characters', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: fc.constantFrom(...Array.from(`<>"'&\`;#x3`)) }),
        ),
        (text) => {
          expect(escapeHtml(text)).not.toMatch(
            /[<>"'`]|&(?!(amp|lt|gt|quot|#39|#96);)|(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}]/u,
          );
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('html', () => {
  test('escapes holes in text and in attributes, keeps markup, joins lists, drops nothing-values', () => {
    const items = ['<a>', 'b'].map((item) => html`<i title="${item}">${item}</i>`);
    expect(html`<b>${items}${undefined}${false}${0}</b>`.markup).toBe(
      '<b><i title="&lt;a&gt;">&lt;a&gt;</i><i title="b">b</i>0</b>',
    );
    expect(html`${trustedHtml('<hr>')}${bdi('<')}`.markup).toBe('<hr><bdi>&lt;</bdi>');
  });

  test.each([
    { why: 'unquoted attribute', make: () => html`<p class=${'x'}></p>` },
    { why: 'tag name', make: () => html`<${'p'}></p>` },
    {
      why: 'script',
      make: () =>
        html`<script>
          ${'x'};
        </script>`,
    },
    { why: 'comment', make: () => html`<!-- ${'x'} -->` },
  ])('refuses a hole where escaping is not enough: $why', ({ make }) => {
    expect(make).toThrow(TypeError);
  });
});
