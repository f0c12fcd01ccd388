import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FACTORS, THIN_PORTS } from '../../src/exposure/assess/reliability.ts';
import { alertsConfig } from '../../src/findings/alerts/config.ts';
import { confidenceOf } from '../../src/findings/confidence.ts';
import { LEVEL_FROM, riskOf } from '../../src/findings/risk.ts';
import { firstExcursion, outcomeRatios, waldThreshold } from '../../src/stats/sequential-test.ts';
import { OLDEST_SERVER } from '../../src/store/server.ts';
import { ROOT, textOf } from './pages.ts';

/** A page's words, wherever its lines break. */
const wordsOf = (file: string): string => textOf(file).replaceAll(/\s+/g, ' ');

/** Cells of the table that follows a mark, without its head. */
function tableAfter(page: string, mark: string): readonly (readonly string[])[] {
  const after = textOf(page).split(`<!-- ${mark} -->`)[1] ?? '';
  return (/\n((?:\|.*\n)+)/.exec(after)?.[1] ?? '')
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .replace(/^\| | \|$/g, '')
        .split(' | ')
        .map((cell) => cell.replaceAll('**', '').trim()),
    );
}

describe('docs/explanation/scan-source.md', () => {
  const page = 'docs/explanation/scan-source.md';
  // Defaults of recon.detection: shares of first contacts that are answered, and false alarms accepted.
  const { failure, success } = outcomeRatios(0.92, 0.1);
  const threshold = waldThreshold(0.0001);

  test('says what a failure, an answer and the threshold weigh', () => {
    const text = wordsOf(page);
    expect(text).toContain(
      `a failure weighs **+${failure.toFixed(2)}**, an answer **−${(-success).toFixed(2)}**`,
    );
    expect(text).toContain(`When it reaches **${threshold.toFixed(2)}** there is an episode`);
    expect(text).toContain(`(4 × ${failure.toFixed(2)} = ${(4 * failure).toFixed(2)})`);
    expect(text).toContain(
      `110 × ${failure.toFixed(4)} = ${(110 * failure).toFixed(2)} and 4 × ${(failure / 4).toFixed(4)} = ${failure.toFixed(2)}, together ${(111 * failure).toFixed(2)}`,
    );
  });

  test('has an example whose numbers are those of the test, contact by contact, and add up', () => {
    const rows = tableAfter(page, 'example: contacts');
    expect(rows).toHaveLength(5);
    const weights = rows.map(([, , , term]) => (term === 'dead host outside' ? failure / 4 : failure));
    let sum = 0;
    for (const [index, [, , , , weight, running]] of rows.entries()) {
      sum += weights[index]!;
      expect([weight, running]).toEqual([weights[index]!.toFixed(2), sum.toFixed(2)]);
    }
    expect(firstExcursion(weights, threshold)).toMatchObject({ onset: 0, alarm: 4 });
  });
});

describe('docs/explanation/risk.md', () => {
  test('has an example whose parts are those of the formula, and sum to the score', () => {
    const rows = tableAfter('docs/explanation/risk.md', 'example: risk').map(([what, points]) => [
      what,
      Number(points),
    ]);
    const risk = riskOf([
      { severity: 'high', score: 30, category: 'legacy' },
      { severity: 'low', score: 10, category: 'unsafe' },
    ]);
    expect(rows.map(([, points]) => points)).toEqual([...risk.parts.map(({ points }) => points), risk.score]);
    expect(risk.parts.reduce((sum, { points }) => sum + points, 0)).toBe(risk.score);
    expect(rows.slice(0, 2).map(([what]) => what)).toEqual(risk.parts.slice(0, 2).map(({ text }) => text));
  });
  test('ranks scanning as the code says that it does', () => {
    const code = readFileSync(join(ROOT, 'src/recon/correlate/rank.ts'), 'utf8');
    const rows = [...code.matchAll(/^ \* (\|.*\|)$/gm)].slice(2).map(([, row = '']) =>
      row
        .replace(/^\| | \|$/g, '')
        .split('|')
        .map((cell) => cell.trim()),
    );
    expect(rows.length).toBeGreaterThan(8);
    expect(tableAfter('docs/explanation/risk.md', 'rank')).toEqual(rows);
  });
  test('says where the levels begin', () => {
    const { medium, high, critical } = LEVEL_FROM;
    expect(wordsOf('docs/explanation/risk.md')).toContain(
      `low below ${medium}, medium from ${medium}, high from ${high}, critical from ${critical}`,
    );
  });
});

describe('docs/explanation/confidence.md', () => {
  const page = 'docs/explanation/confidence.md';
  test('has an example that is the product of its factors', () => {
    const rows = tableAfter(page, 'example: confidence');
    const lowered = rows.slice(0, -1).map(([reason = '', factor]) => ({ reason, factor: Number(factor) }));
    expect(Number(rows.at(-1)?.[1])).toBe(confidenceOf(lowered).value);
  });
  test('lists the factors of exposure, and no others', () => {
    const listed = tableAfter(page, 'factors: exposure').map(([, factor]) => Number(factor));
    const up = (a: number, b: number) => a - b;
    expect(listed.toSorted(up)).toEqual(Object.values<number>(FACTORS).toSorted(up));
    expect(wordsOf(page)).toContain(`fewer than ${THIN_PORTS.toLocaleString('en')} TCP ports`);
  });
  test('lists what lowers confidence in scanning as the code has it', () => {
    const code = readFileSync(join(ROOT, 'src/recon/detect/confidence.ts'), 'utf8');
    const lowerings = [...code.matchAll(/lower\(\s*'([^']+)',\s*([\d.]+)/g)];
    expect(lowerings.length).toBeGreaterThan(5);
    const text = wordsOf(page).replaceAll('few contacts (fewer than six)', 'few contacts');
    for (const [, reason, factor] of lowerings) expect(text).toContain(`| ${reason} | ${factor} |`);
  });
});

test('docs/explanation/alerts.md and the how-to say the budget that is the default', () => {
  const { budget } = alertsConfig.parse({});
  expect(wordsOf('docs/explanation/alerts.md')).toContain(`(${budget} when nothing is said)`);
});

test('docs/how-to/clickhouse-server.md names the oldest server that is accepted', () => {
  expect(wordsOf('docs/how-to/clickhouse-server.md')).toContain(`version ${OLDEST_SERVER} or newer`);
});
