import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { toFinding } from '../src/recon/flow/summarise-episodes.ts';
import { csvRecord } from '../src/report/escape-csv.ts';
import { summaryHtml } from '../src/report/summary-html.ts';
import { parseSummary, summaryJson } from '../src/report/summary-json.ts';
import { summaryMarkdown } from '../src/report/summary-markdown.ts';
import { summaryText } from '../src/report/summary-text.ts';
import { episodeText, telemetryText } from '../src/report/telemetry-text.ts';
import { telemetryHtml } from '../src/report/telemetry-html.ts';
import { telemetryMarkdown } from '../src/report/telemetry-markdown.ts';
import { busyWeek } from './fixtures/episodes.ts';
import { criticalExposure, officeDrift } from './fixtures/summaries.ts';
import {
  harmInCsv,
  harmInMarkdown,
  harmOnTerminal,
  HOSTILE_STRINGS,
  plant,
  skeletonOf,
} from './hostile-strings.ts';

/** Fields of the sample that `plant` writes; a floor, so that a walk that finds nothing is noticed. */
const PLANTED_AT_LEAST = 150;

test('the strings are planted in every field that others write', () => {
  let count = 0;
  const planted = plant(officeDrift(), () => `planted-${(count += 1)}`);
  expect(count).toBeGreaterThan(PLANTED_AT_LEAST);
  expect(planted.run.args).toMatch(/^planted-/);
  expect(planted.hosts[0]?.names[0]).toMatch(/^planted-/);
  expect(planted.findings[0]?.observations[0]?.evidence[0]?.fact).toMatch(/^planted-/);
  expect(planted.figures.services[0]?.name).toMatch(/^planted-/);
});

describe.each([
  { where: 'an office network', make: officeDrift },
  { where: 'an interrupted run', make: criticalExposure },
])('in every field of $where', ({ make }) => {
  const plainSkeleton = skeletonOf(summaryHtml(plant(make(), () => 'plain')));

  test.each(HOSTILE_STRINGS)('$name', ({ text }) => {
    const planted = plant(make(), () => text);

    const plainText = summaryText(planted, { colour: false });
    expect(harmOnTerminal(plainText)).toStrictEqual([]);
    expect(Math.max(...plainText.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(100);
    // A line that looks like a verdict is ours alone: strings cannot start one.
    expect(plainText.split('\n').filter((line) => /^[A-Z]+ RISK {2}\d/.test(line))).toHaveLength(1);
    const coloured = summaryText(planted, { colour: true });
    expect(harmOnTerminal(stripVTControlCharacters(coloured))).toStrictEqual([]);
    expect(stripVTControlCharacters(coloured)).toBe(plainText);
    expect(harmOnTerminal(summaryText(planted, { colour: false, full: true }))).toStrictEqual([]);

    expect(harmInMarkdown(summaryMarkdown(planted))).toStrictEqual([]);

    const json = summaryJson(planted);
    expect(harmOnTerminal(json)).toStrictEqual([]);
    expect(json).not.toContain('<');
    expect(parseSummary(json)).toStrictEqual(planted);

    const page = summaryHtml(planted);
    expect(skeletonOf(page)).toStrictEqual(plainSkeleton);
    expect(harmOnTerminal(page.replaceAll('\t', ' '))).toStrictEqual([]);

    const record = csvRecord([text, 1, text]);
    expect(harmInCsv(record)).toStrictEqual([]);
    expect(record.split('\r\n')).toHaveLength(2);
  });
});

test('the strings are planted in every field of an episode that others write', () => {
  let count = 0;
  const planted = plant(busyWeek(), () => `planted-${(count += 1)}`);
  expect(count).toBeGreaterThan(PLANTED_AT_LEAST);
  const inside = planted.episodes.find(({ process }) => process !== undefined);
  expect(Object.values(inside?.process ?? {}).every((text) => text.startsWith('planted-'))).toBe(true);
  const [worst] = planted.episodes;
  for (const text of [
    worst?.families[0]?.text,
    worst?.traits[0],
    worst?.transition[0]?.text,
    worst?.exposed[0]?.service,
    worst?.openPorts[0]?.service,
    worst?.unusual[0],
    worst?.records[0]?.text,
    worst?.records[0]?.file,
    planted.digest[0]?.from,
    planted.telemetry.sensors[0],
  ])
    expect(text).toMatch(/^planted-/);
});

describe('in every field of a week of telemetry', () => {
  const plainSkeleton = skeletonOf(telemetryHtml(plant(busyWeek(), () => 'plain')));

  test.each(HOSTILE_STRINGS)('$name', ({ text }) => {
    const planted = plant(busyWeek(), () => text);

    const plainText = telemetryText(planted, { colour: false, noise: true });
    expect(harmOnTerminal(plainText)).toStrictEqual([]);
    expect(Math.max(...plainText.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(100);
    expect(plainText.split('\n').filter((line) => /^[A-Z]+ RISK {2}\d/.test(line))).toHaveLength(1);
    const coloured = stripVTControlCharacters(telemetryText(planted, { colour: true, noise: true }));
    expect(coloured).toBe(plainText);
    expect(harmOnTerminal(telemetryText(planted, { colour: false, full: true }))).toStrictEqual([]);
    for (const episode of planted.episodes)
      expect(
        harmOnTerminal(episodeText(episode, toFinding(episode), { colour: false, full: true })),
      ).toStrictEqual([]);

    expect(harmInMarkdown(telemetryMarkdown(planted))).toStrictEqual([]);

    const json = summaryJson(planted);
    expect(harmOnTerminal(json)).toStrictEqual([]);
    expect(json).not.toContain('<');
    expect(parseSummary(json)).toStrictEqual(planted);

    const page = telemetryHtml(planted);
    expect(skeletonOf(page)).toStrictEqual(plainSkeleton);
    expect(harmOnTerminal(page.replaceAll('\t', ' '))).toStrictEqual([]);
  });
});

describe('the harm functions see harm', () => {
  test.each([
    { why: 'escape on a terminal', harm: harmOnTerminal('a\u001b[2J') },
    { why: 'right-to-left override on a terminal', harm: harmOnTerminal('a\u202e') },
    { why: 'formula in CSV', harm: harmInCsv('a,=1+1\r\n') },
    { why: 'quoted formula in CSV', harm: harmInCsv('"a,b","@x"\r\n') },
    { why: 'link in Markdown', harm: harmInMarkdown('[a](b)') },
    { why: 'bare link in Markdown', harm: harmInMarkdown('https://evil.example') },
    { why: 'HTML in Markdown', harm: harmInMarkdown('<b>') },
    { why: 'a mention in Markdown', harm: harmInMarkdown('@everyone') },
  ])('$why', ({ harm }) => {
    expect(harm).not.toHaveLength(0);
  });

  test('another tag or attribute changes the skeleton', () => {
    expect(skeletonOf('<p class="a">x</p>')).toStrictEqual(['p class', '/p']);
    expect(skeletonOf('<p class="a" onclick="b">x</p>')).not.toStrictEqual(skeletonOf('<p class="a">x</p>'));
    expect(skeletonOf('<p class="a"><img src=x></p>')).not.toStrictEqual(skeletonOf('<p class="a">x</p>'));
  });
});
