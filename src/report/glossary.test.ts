import { describe, expect, test } from 'vitest';
import { termsIn } from './glossary.ts';

const terms = (text: string) => termsIn(text).map(({ term }) => term);

describe('words that a text uses', () => {
  test.each([
    { why: 'whole words only', text: 'CRYPTLSX and SSHD', want: [] },
    { why: 'abbreviations as they are written', text: 'a dns, a DNS', want: ['DNS'] },
    {
      why: 'other words in either case, singular and plural',
      text: 'Blind spots, Baseline',
      want: ['baseline', 'blind spot'],
    },
    {
      why: 'each once, in alphabetical order',
      text: 'UDP, TCP, UDP and an open\nport',
      want: ['open port', 'TCP', 'UDP'],
    },
    { why: 'beside signs', text: '22/tcp (SSH).', want: ['SSH', 'tcp'] },
    { why: 'none in nothing', text: '', want: [] },
  ])('$why', ({ text, want }) => {
    expect(terms(text)).toEqual(want);
  });
});
