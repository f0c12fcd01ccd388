import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Judged, type FindingRow, type FindingsPage, type JudgeBody } from '../../src/api/findings.ts';
import { parseInstant } from '../../src/time/instant.ts';
import { browserNote, chromiumPath, launchChromium } from '../browser/chromium.ts';
import { MANY, NOW, startNetwork, type Network } from './network.ts';
import { visit } from './visit.ts';

/** Ends what hangs; nothing is measured. */
const PATIENT = { timeout: 20_000 };
/** Pages to scroll through: more than a verdict reads again whole. */
const DEEP = 6;

describe.skipIf(chromiumPath === undefined)(`lists of a large network${browserNote}`, () => {
  let browser: Browser;
  let network: Network;

  beforeAll(async () => {
    network = await startNetwork('many');
    browser = await launchChromium();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await network?.close();
  });

  /** Goes to the end of what is loaded until so many pages were asked for. */
  async function scrollThrough(page: Page, pages: () => number, wanted: number): Promise<void> {
    const goOn = async (): Promise<number> => {
      await page.keyboard.press('End');
      return pages();
    };
    await expect.poll(goOn, PATIENT).toBeGreaterThanOrEqual(wanted);
  }
  const nodesOf = (page: Page): Promise<number> =>
    page.evaluate<number>('document.querySelectorAll("*").length');

  test.each([
    { path: '/findings?state=any', api: '/findings?', of: MANY.findings * 0.9 },
    { path: '/hosts', api: '/hosts?', of: MANY.hosts },
  ])(
    '$path: the document does not grow with the list, and all of it is counted',
    async ({ path, api, of }) => {
      await visit(browser, network, { role: 'viewer' }, async ({ page, go, wrongs }) => {
        let asked = 0;
        page.on('response', (response) => {
          if (response.url().includes(`/api/v1${api}`)) asked += 1;
        });
        await go(path);
        const grid = page.getByRole('grid');
        expect(Number(await grid.getAttribute('aria-rowcount'))).toBeGreaterThanOrEqual(of);
        await scrollThrough(page, () => asked, 2);
        const early = await nodesOf(page);
        await scrollThrough(page, () => asked, DEEP);
        // Wherever one is, a screenful and what lies around it: not a row more.
        expect(await nodesOf(page)).toBeLessThan(early * 1.5);
        expect(await page.getByRole('row').count()).toBeLessThan(80);
        // The row with the cursor is one of them, and it is far down.
        const current = page.locator('.table-row.current');
        await current.waitFor();
        expect(Number(await current.getAttribute('aria-rowindex'))).toBeGreaterThan(400);
        expect(wrongs).toStrictEqual([]);
      });
    },
  );

  test('a verdict far down takes its rows away, and asks for no page again; nor does taking it back', async () => {
    await visit(browser, network, { role: 'analyst' }, async ({ page, go, wrongs }) => {
      let asked = 0;
      const rows = new Map<string, FindingRow>();
      page.on('response', async (response) => {
        if (!response.url().includes('/api/v1/findings?')) return;
        asked += 1;
        for (const row of ((await response.json()) as FindingsPage).items) rows.set(row.id, row);
      });
      // The rows of this network are lines of a list without findings behind them: the answer is what the API gives to others.
      await page.route('**/api/v1/findings/judgements', async (route) => {
        const { ids, state, note } = route.request().postDataJSON() as JudgeBody;
        const judged = ids.map((id) => {
          const finding = { ...rows.get(id)!, state };
          const { rule, severity } = finding;
          const scope = { kind: 'finding', value: id } as const;
          const judgement = { id, at: NOW, by: 'anna', note, finding: id, rule, severity, state, scope };
          return { finding, judgement: { ...judgement, until: null, effects: [] }, offers: [] };
        });
        await route.fulfill({ json: Judged.parse({ judged }) });
      });
      await go('/findings');
      await scrollThrough(page, () => asked, DEEP);
      const current = page.locator('.table-row.current');
      const at = await current.getAttribute('aria-rowindex');
      const name = await current.getByRole('link').innerText();
      const total = Number(await page.getByRole('grid').getAttribute('aria-rowcount'));
      // The row after it is on its way or here; what matters is that nothing before it is asked for.
      await page.waitForLoadState('networkidle');
      await page.keyboard.press('k');
      const before = asked;
      await page.keyboard.press('a');
      await page.getByRole('status').getByText('acknowledged').waitFor();
      await expect
        .poll(async () => Number(await page.getByRole('grid').getAttribute('aria-rowcount')), PATIENT)
        .toBe(total - 1);
      expect(asked - before).toBeLessThanOrEqual(1);
      // The cursor stands on the row that followed.
      await expect.poll(() => current.getByRole('link').innerText(), PATIENT).toBe(name);
      expect(Number(await current.getAttribute('aria-rowindex'))).toBe(Number(at) - 1);
      // Taken back, it stands where it was, and no page was asked for either.
      await page.getByRole('button', { name: 'Undo' }).click();
      await expect
        .poll(async () => Number(await page.getByRole('grid').getAttribute('aria-rowcount')), PATIENT)
        .toBe(total);
      await expect.poll(() => current.getAttribute('aria-rowindex'), PATIENT).toBe(at);
      expect(asked - before).toBeLessThanOrEqual(1);
      // One that reaches further asks once what it reached, not for the pages.
      await page.keyboard.press('k');
      await page.keyboard.press('n');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Why').fill('the whole hall');
      await dialog.getByLabel('How far it reaches').selectOption('host');
      const wide: string[] = [];
      page.on('request', (request) => {
        if (request.url().includes('/api/v1/findings?')) wide.push(request.url());
      });
      await dialog.getByRole('button', { name: 'Say noise' }).click();
      await expect
        .poll(async () => Number(await page.getByRole('grid').getAttribute('aria-rowcount')), PATIENT)
        .toBe(total - 1);
      await page.waitForLoadState('networkidle');
      expect(wide.filter((url) => !/[?&]rule=.*&sort=changed/.test(url)).length).toBeLessThanOrEqual(1);
      expect(wide.filter((url) => /[?&]rule=.*&sort=changed/.test(url))).toHaveLength(1);
      expect(wrongs).toStrictEqual([]);
    });
  });

  test('what is new is read from the top: one page, however far down one was', async () => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, go }) => {
      let asked = 0;
      page.on('request', (request) => {
        if (request.url().includes('/api/v1/findings?')) asked += 1;
      });
      await go('/findings');
      await page.getByText('Live', { exact: true }).waitFor();
      await scrollThrough(page, () => asked, DEEP);
      await page.waitForLoadState('networkidle');
      network.feed.publish({ kind: 'finding', ids: ['00000000000000a1'], at: parseInstant(NOW)! });
      const pill = page.getByRole('button', { name: '1 new or changed' });
      await pill.waitFor();
      const before = asked;
      await pill.click();
      await expect.poll(() => page.evaluate<number>('scrollY'), PATIENT).toBe(0);
      await page.waitForLoadState('networkidle');
      // The first page, and the next where the window is near its end.
      expect(asked - before).toBeGreaterThanOrEqual(1);
      expect(asked - before).toBeLessThanOrEqual(2);
    });
  });
});
