import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { twoWeeksArb } from '../../test/generated/scan-runs.ts';
import { HOSTILE_STRINGS } from '../../test/hostile-strings.ts';
import { pairRuns } from '../exposure/diff/diff-runs.ts';
import type { RunDiff } from '../exposure/model/run-diff.ts';
import { renderDiffXml } from './diff-xml.ts';
import { escapeXml, escapeXmlComment } from './escape-xml.ts';

const dtd = resolve(import.meta.dirname, '../../docs/ndiff-1.dtd');
const xmllint = spawnSync('xmllint', ['--version']).status === 0;

/** What xmllint says against the document; empty when it is valid. */
function complaints(xml: string): string {
  const run = spawnSync('xmllint', ['--noout', '--dtdvalid', dtd, '-'], { input: xml, encoding: 'utf8' });
  return run.status === 0 ? '' : `${run.stderr}\n${xml}`.slice(0, 2_000);
}

describe.skipIf(!xmllint)('diff as XML, validated by xmllint (skipped without it)', () => {
  test('is valid for generated pairs, terse and verbose', () => {
    // One process for many documents would need one root; 60 are enough beside the golden pairs.
    const pairs = fc.sample(twoWeeksArb, { numRuns: 30, seed: 11 });
    for (const [a, b] of pairs) {
      const diff = pairRuns(a.run, b.run, { evenIfIncomparable: true });
      for (const verbose of [false, true])
        expect(complaints([...renderDiffXml(diff, { verbose })].join(''))).toBe('');
    }
  });

  test('is valid whatever scanned hosts wrote', () => {
    const [a, b] = fc
      .sample(twoWeeksArb, { numRuns: 300, seed: 5 })
      .find(([x, y]) =>
        pairRuns(x.run, y.run, { evenIfIncomparable: true }).hosts.some((host) => host.changes.length > 4),
      )!;
    for (const { text } of HOSTILE_STRINGS) {
      const poisoned = JSON.parse(
        JSON.stringify(b.run, (key, value: unknown) =>
          ['product', 'version', 'output', 'value', 'args'].includes(key) && typeof value === 'string'
            ? text
            : value,
        ),
      ) as typeof b.run;
      const diff: RunDiff = pairRuns(a.run, poisoned, { evenIfIncomparable: true });
      const xml = [...renderDiffXml(diff, { verbose: true })].join('');
      expect(complaints(xml)).toBe('');
      expect(xml).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    }
  });
});

describe('escapeXml', () => {
  test.each([
    { why: 'markup', text: `<a b="c">&'`, want: '&lt;a b=&quot;c&quot;&gt;&amp;&apos;' },
    { why: 'line feed and tab survive attribute normalisation', text: 'a\n\tb', want: 'a&#10;&#9;b' },
    { why: 'what XML cannot hold', text: 'a\u0000b\u001b\uFFFEc\uD800', want: 'a\uFFFDb\uFFFD\uFFFDc\uFFFD' },
    { why: 'right-to-left override', text: '\u202e', want: '&#8238;' },
    { why: 'harmless', text: 'OpenSSH 9.2p1 東京', want: 'OpenSSH 9.2p1 東京' },
  ])('$why', ({ text, want }) => {
    expect(escapeXml(text)).toBe(want);
  });

  test('a comment cannot be ended from inside', () => {
    expect(escapeXmlComment('a--><b>---')).toBe('a- -&gt;&lt;b&gt;- - - ');
  });
});
