import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BUILTIN_RULES } from '../../src/exposure/assess/packs/builtin.ts';
import { termsIn } from '../../src/report/glossary.ts';
import { summaryText } from '../../src/report/summary-text.ts';
import { situations, type Situation } from './situations.ts';

const FILE = new URL('../../docs/summaries.md', import.meta.url);
const all = situations();
const textOf = ({ summary }: Situation) => summaryText(summary, { colour: false });

function render(): string {
  const texts = all.map(textOf);
  return [
    '# Ten summaries',
    '',
    'Ten weeks of a made-up network (`src/estate`), as `tidemark assess` prints them: in nine of them one thing was done',
    'on purpose. Made by `test/summaries/summaries.test.ts`, which compares them at every run; do not edit.',
    '',
    'How to read one: the first line is the verdict. *Key observations* are what a person should look at, the worst first,',
    'each with how unusual it is here and the raw fact behind it. *Recommended actions* are steps that anybody can take who',
    'may log in to the machine, or ask its owner; in brackets stands what each is about. Words are explained [below](#words).',
    ...all.flatMap((situation, index) => [
      '',
      `## ${situation.title}`,
      '',
      situation.truth === undefined
        ? 'Nothing was done. What remains are services that are known and still worth a look.'
        : `What was done on ${situation.truth.host}: ${situation.truth.detail}`,
      '',
      '```text',
      texts[index]!.trimEnd(),
      '```',
    ]),
    '',
    '## Words',
    '',
    ...termsIn(texts.join('\n')).map(({ term, meaning }) => `- **${term}**: ${meaning}`),
    '',
  ].join('\n');
}

test('docs/summaries.md is what the product prints (UPDATE_DOCS=1 writes it)', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(FILE, render());
  expect(readFileSync(FILE, 'utf8')).toBe(render());
});

const abbreviationsIn = (text: string): ReadonlySet<string> => new Set(text.match(/\b[A-Z]{2,}[0-9]*\b/g));

test('no built-in rule uses an abbreviation that neither the glossary nor its own title brings', () => {
  const unexplained = BUILTIN_RULES.flatMap(({ id, title, why, impact, actions }) => {
    const text = [why, impact, ...actions].join(' ');
    const explained = new Set([...abbreviationsIn(title), ...termsIn(text).map(({ term }) => term)]);
    return [...abbreviationsIn(text)].filter((word) => !explained.has(word)).map((word) => `${id}: ${word}`);
  });
  expect(unexplained).toEqual([]);
});

describe.each(all)('$title', (situation) => {
  const { truth, summary } = situation;
  const review = summary.findings.filter(({ severity }) => severity !== 'info');
  const about = review.filter(
    ({ subject }) =>
      truth !== undefined &&
      (subject.host === truth.host || subject.hosts?.includes(truth.host) === true) &&
      (truth.port === undefined || subject.port === truth.port),
  );

  test('what was done is told, and ranked above what was there before, unless it is milder', () => {
    if (truth === undefined) {
      expect(summary.changes).toEqual([]);
      expect(summary.risk.level).toBe('low');
      return;
    }
    expect(about).not.toEqual([]);
    if (truth.kind !== 'host-disappeared') expect(review[0]).toBe(about[0]);
  });

  test('the score adds up, for the run, each subnet and each host', () => {
    for (const { risk } of [summary, ...summary.subnets, ...summary.hosts]) {
      expect(risk.parts.reduce((sum, { points }) => sum + points, 0)).toBe(risk.score);
    }
    expect(summary.subnets.reduce((sum, { hosts }) => sum + hosts, 0)).toBe(summary.hosts.length);
  });

  test('every step says what it is about', () => {
    expect(review.length === 0 || summary.actions.length > 0).toBe(true);
    for (const step of [...summary.actions, ...summary.impact])
      expect(step).toMatch(/ [(][^()]*\d[.]\d[^()]*[)][.]$/);
  });

  test('no abbreviation is left unexplained', () => {
    // Titles, reasons, impact and steps are ours; facts quote the scanner and the hosts.
    const prose = [
      ...review.flatMap(({ title, impact, actions }) => [title, impact, ...actions]),
      ...review.flatMap(({ observations }) =>
        observations
          .filter(({ evidence }) => evidence.every(({ kind }) => kind === 'rule'))
          .map(({ text }) => text),
      ),
      ...summary.blindSpots,
    ].join('\n');
    const explained = new Set(termsIn(prose).map(({ term }) => term));
    expect([...abbreviationsIn(prose)].filter((word) => !explained.has(word))).toEqual([]);
  });
});
