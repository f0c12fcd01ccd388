import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Summary } from '../../src/report/summary.ts';
import { summaryHtml } from '../../src/report/summary-html.ts';
import { telemetryHtml } from '../../src/report/telemetry-html.ts';
import { busyWeek, manyEpisodes, noTelemetry, quietWeek } from '../fixtures/episodes.ts';
import { criticalExposure, firstRun, hugeNetwork, officeDrift, quietRun } from '../fixtures/summaries.ts';
import { HOSTILE_STRINGS, plant, TRAP } from '../hostile-strings.ts';
import { browserNote, chromiumPath, launchChromium } from './chromium.ts';

const SCHEMES = ['light', 'dark'] as const;
const SIZES = [
  { size: 'phone', width: 390, height: 844 },
  { size: 'desktop', width: 1440, height: 900 },
] as const;

/** What a page did while it was open. */
interface Visit {
  readonly page: Page;
  readonly console: string[];
  readonly requests: string[];
  readonly dialogs: string[];
}

describe.skipIf(chromiumPath === undefined)(`the HTML report in a real browser${browserNote}`, () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-report-'));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function visit(
    summary: Summary,
    options: { scheme?: 'light' | 'dark'; width?: number; height?: number; bypassCSP?: boolean },
    look: (visit: Visit) => Promise<void>,
  ): Promise<void> {
    const file = join(folder, 'report.html');
    writeFileSync(file, summary.half === 'recon' ? telemetryHtml(summary) : summaryHtml(summary));
    const context = await browser.newContext({
      colorScheme: options.scheme ?? 'light',
      viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
      bypassCSP: options.bypassCSP ?? false,
    });
    try {
      const page = await context.newPage();
      const seen: Visit = { page, console: [], requests: [], dialogs: [] };
      page.on('console', (message) => seen.console.push(message.text()));
      page.on('pageerror', (error) => seen.console.push(error.message));
      page.on('request', (request) => seen.requests.push(request.url()));
      page.on('dialog', (dialog) => {
        seen.dialogs.push(dialog.message());
        void dialog.dismiss();
      });
      await page.goto(pathToFileURL(file).href);
      // Folded parts are looked at too.
      await page.evaluate('document.querySelectorAll("details").forEach((each) => { each.open = true; })');
      await look(seen);
      expect(seen.console).toStrictEqual([]);
      expect(seen.dialogs).toStrictEqual([]);
      expect(
        seen.requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:')),
      ).toStrictEqual([]);
    } finally {
      await context.close();
    }
  }

  const samples = [
    { why: 'office network with drift', make: officeDrift },
    { why: 'quiet run', make: quietRun },
    { why: 'first run', make: firstRun },
    { why: 'critical exposure, interrupted', make: criticalExposure },
    { why: 'busy week of telemetry', make: busyWeek },
    { why: 'quiet week of telemetry', make: quietWeek },
    { why: 'no telemetry', make: noTelemetry },
  ];
  const looks = samples.flatMap((sample) => SCHEMES.map((scheme) => ({ ...sample, scheme })));

  test.each(looks)(
    '$why, $scheme: no accessibility violation on phone and desktop',
    async ({ make, scheme }) => {
      await visit(make(), { scheme }, async ({ page }) => {
        await page.evaluate(axe.source);
        for (const { size, ...viewport } of SIZES) {
          await page.setViewportSize(viewport);
          const violations = await page.evaluate(
            `axe.run(document).then(({ violations }) => violations.map((each) => each.id + ': ' + each.nodes.map((node) => node.html.slice(0, 120) + ' ' + (node.any[0]?.message ?? '')).join(' | ')))`,
          );
          expect({ size, violations }).toStrictEqual({ size, violations: [] });
        }
      });
    },
  );

  test.each(samples)('$why: nothing scrolls sideways from 320 to 3840 pixels', async ({ make }) => {
    await visit(make(), {}, async ({ page }) => {
      for (const width of [320, 360, 390, 768, 1440, 3840]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      }
    });
  });

  test('the style sheet is let in by the policy, and the page is laid out by it', async () => {
    await visit(officeDrift(), {}, async ({ page }) => {
      expect(await page.evaluate('getComputedStyle(document.body).margin')).toBe('0px');
      expect(await page.evaluate('document.scripts.length')).toBe(0);
    });
  });

  test('everything is there to read with scripts turned off and on paper', async () => {
    await visit(criticalExposure(), {}, async ({ page }) => {
      await page.evaluate('document.querySelectorAll("details").forEach((each) => { each.open = false; })');
      await page.emulateMedia({ media: 'print' });
      const height = await page.evaluate(
        'document.querySelector(".evidence code").getBoundingClientRect().height',
      );
      expect(height).toBeGreaterThan(0);
    });
  });

  test('the skip link is the first stop of the keyboard and is seen there', async () => {
    await visit(officeDrift(), {}, async ({ page }) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.className')).toBe('skip');
      expect(
        await page.evaluate('document.activeElement.getBoundingClientRect().top'),
      ).toBeGreaterThanOrEqual(0);
    });
  });

  test('every picture of an episode has its size and a name, and the terms sum to the likelihood', async () => {
    await visit(busyWeek(), { width: 360 }, async ({ page }) => {
      const pictures = await page.evaluate<{ width: number; height: number; name: string }[]>(
        '[...document.querySelectorAll(".pictures svg")].map((each) => ({ width: each.getBoundingClientRect().width, height: each.getBoundingClientRect().height, name: each.getAttribute("aria-label") }))',
      );
      expect(pictures).toHaveLength(16);
      for (const { width, height, name } of pictures) {
        expect(width).toBeGreaterThan(200);
        expect(height).toBeGreaterThan(100);
        expect(name).toMatch(/: \d/);
      }
      const sums = await page.evaluate<{ terms: number; score: number }[]>(
        '[...document.querySelectorAll(".terms")].map((table) => ({ terms: [...table.querySelectorAll("tbody td:last-child")].reduce((sum, cell) => sum + Number(cell.textContent.replaceAll(",", "")), 0), score: Number(table.querySelector("tfoot td:last-child").textContent.replaceAll(",", "")) }))',
      );
      expect(sums).toHaveLength(8);
      // Each is printed with two decimals.
      for (const { terms, score } of sums) expect(Math.abs(terms - score)).toBeLessThan(0.05);
    });
  });

  test('no label of a picture is cut off or lies over another axis', async () => {
    await visit(busyWeek(), { width: 360 }, async ({ page }) => {
      const outside = await page.evaluate<string[]>(
        '[...document.querySelectorAll(".pictures svg")].flatMap((svg) => { const box = svg.getBoundingClientRect(); return [...svg.querySelectorAll("text")].filter((text) => { const own = text.getBoundingClientRect(); return own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1 || own.bottom > box.bottom + 1; }).map((text) => text.textContent); })',
      );
      expect(outside).toStrictEqual([]);
    });
  });

  test('a thousand episodes open', async () => {
    await visit(manyEpisodes(1_000), { width: 360 }, async ({ page }) => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      expect(await page.evaluate('document.querySelectorAll(".episode").length')).toBeLessThanOrEqual(20);
    });
  });

  test('65,536 hosts open', async () => {
    await visit(hugeNetwork(), { width: 360 }, async ({ page }) => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      expect(await page.evaluate('document.querySelectorAll(".hosts tbody tr").length')).toBeLessThanOrEqual(
        750,
      );
    });
  });

  // Without the policy the escaping stands alone; it has to be enough. Each page has every string in other fields.
  test.each(
    [0, 1, 2, 3, 4, 5].flatMap((page) => [
      { page, of: 'an office network', make: (): Summary => officeDrift() },
      { page, of: 'a week of telemetry', make: (): Summary => busyWeek() },
    ]),
  )(
    'hostile strings in every field of $of are harmless without the policy too ($page)',
    async ({ page, make }) => {
      let next = page * 13;
      const planted = plant(make(), () => HOSTILE_STRINGS[(next += 1) % HOSTILE_STRINGS.length]?.text ?? '');
      await visit(planted, { width: 360, bypassCSP: true }, async ({ page: tab }) => {
        expect(await tab.evaluate(`typeof window.${TRAP}`)).toBe('undefined');
        expect(
          await tab.evaluate(
            'document.querySelectorAll("script, img, iframe, form, base, object, embed, link[rel=stylesheet], meta[http-equiv=refresh], style ~ style, [onload], [onfocus]").length',
          ),
        ).toBe(0);
        expect(await tab.evaluate('document.querySelectorAll("h1").length')).toBe(1);
        expect(await tab.evaluate('document.querySelector("h1").checkVisibility()')).toBe(true);
        expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
        // The footer is still outside of everything else: nothing was closed or left open.
        expect(await tab.evaluate('document.querySelector(".page > .foot") !== null')).toBe(true);
      });
    },
  );
});
