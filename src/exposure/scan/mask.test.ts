import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MASK, Masker } from './mask.ts';

/** All of a text through a masker, cut into pieces. */
function through(secrets: readonly string[], pieces: readonly string[]): string {
  const masker = new Masker(secrets);
  return Buffer.concat([...pieces.map((piece) => masker.push(Buffer.from(piece))), masker.end()]).toString();
}

test.each([
  { secrets: [], text: 'nothing to hide', want: 'nothing to hide' },
  { secrets: ['hunter2'], text: 'user:hunter2\nhunter2', want: `user:${MASK}\n${MASK}` },
  { secrets: ['a<b&"c'], text: 'as a&lt;b&amp;&quot;c or a<b&"c', want: `as ${MASK} or ${MASK}` },
  { secrets: ['pass', 'password1'], text: 'password1 pass word', want: `${MASK} ${MASK} word` },
])('$text', ({ secrets, text, want }) => {
  expect(through(secrets, [text])).toBe(want);
  expect(through(secrets, text.split(''))).toBe(want);
  expect(new Masker(secrets).text(text)).toBe(want);
});

test('wherever the output is cut, it comes to the same, and no secret is left', () => {
  const secret = fc.constantFrom('abab', 'abc', 'cab&', 'aaaa');
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 3 }),
      fc.array(fc.oneof(secret, fc.string({ unit: fc.constantFrom('a', 'b', 'c', '&'), maxLength: 6 }))),
      (secrets, pieces) => {
        const whole = through(secrets, [pieces.join('')]);
        expect(through(secrets, pieces)).toBe(whole);
        for (const one of secrets) expect(whole).not.toContain(one);
      },
    ),
  );
});
