import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpolate } from './interpolate.ts';

const sources = {
  env: { SITE: 'office', EMPTY: '', NESTED: '${SITE}' },
  readFile: (path: string): string => {
    if (path === '/run/secret') return 'hunter2\n';
    throw new Error('ENOENT: no such file');
  },
};

describe('interpolate', () => {
  test.each([
    { why: 'no reference stays as it is', text: 'plain $HOME text }', want: 'plain $HOME text }' },
    { why: 'a variable', text: 'at ${SITE}!', want: 'at office!' },
    { why: 'a default when unset', text: '${NONE:-home}', want: 'home' },
    { why: 'a default when empty', text: '${EMPTY:-home}', want: 'home' },
    { why: 'an empty default', text: '[${NONE:-}]', want: '[]' },
    { why: 'an empty variable without default', text: '[${EMPTY}]', want: '[]' },
    { why: 'a default with punctuation', text: '${NONE:-a:-b/c d}', want: 'a:-b/c d' },
    { why: 'a file, its last newline dropped', text: '${file:/run/secret}', want: 'hunter2' },
    { why: 'an escaped reference', text: '$${SITE}', want: '${SITE}' },
    { why: 'what was put in is not looked at again', text: '${NESTED}', want: '${SITE}' },
  ])('$why', ({ text, want }) => {
    expect(interpolate(text, sources)).toMatchObject({ ok: true, text: want });
  });

  test.each([
    { why: 'an unset variable', text: '${NONE}', says: 'NONE is not set' },
    { why: 'an open brace', text: 'x ${SITE', says: 'no "}"' },
    { why: 'shell syntax that we do not have', text: '${SITE:?}', says: 'not a reference' },
    { why: 'an empty reference', text: '${}', says: 'not a reference' },
    { why: 'a file that is not there', text: '${file:/nowhere}', says: 'cannot be read' },
  ])('refuses $why', ({ text, says }) => {
    const message: unknown = expect.stringContaining(says);
    expect(interpolate(text, sources)).toMatchObject({ ok: false, message });
  });

  test('text without "${" always comes back unchanged', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => !text.includes('${')),
        (text) => {
          expect(interpolate(text, sources)).toEqual({ ok: true, text, replaced: false });
        },
      ),
    );
  });
});
