import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserNote, chromiumPath, launchChromium } from '../browser/chromium.ts';
import { startNetwork, type Network } from './network.ts';
import { overhang, SIZES, violationsOf, visit } from './visit.ts';

/** Pages of a store without anything in it, and what they say then. */
const EMPTY = [
  { path: '/', says: 'Nothing has been assessed yet' },
  { path: '/findings', says: 'Nothing needs a look.' },
  { path: '/findings?text=nothing', says: 'Nothing matches these filters.' },
  { path: '/hosts', says: 'No host yet.' },
  { path: '/scans', says: 'No scan yet.' },
  { path: '/baseline', says: 'Nothing is approved yet.' },
  { path: '/calendar', says: 'Nothing: there is no grant.' },
  { path: '/episodes', says: 'Nobody was seen exploring the network.' },
  { path: '/campaigns', says: 'No sources were seen working together.' },
  { path: '/sensors', says: 'No telemetry has come in.' },
  { path: '/sinks', says: 'No sink is configured.' },
] as const;

describe.skipIf(chromiumPath === undefined)(`the dashboard on the first day${browserNote}`, () => {
  let browser: Browser;
  let network: Network;

  beforeAll(async () => {
    network = await startNetwork('nothing');
    browser = await launchChromium();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await network?.close();
  });

  test.each(EMPTY)('$path says so, and how to begin', async ({ path, says }) => {
    for (const { width, height } of SIZES)
      await visit(browser, network, { role: 'analyst', width, height }, async ({ page, go, wrongs }) => {
        await go(path);
        await page.getByText(says).first().waitFor();
        expect(await violationsOf(page)).toStrictEqual([]);
        expect(await overhang(page)).toBe(0);
        expect(wrongs).toStrictEqual([]);
      });
  });

  test('a machine that no scan has seen has a page that says so', async () => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, go }) => {
      await go('/hosts/192.0.2.1');
      await page.getByText('No scan of ours has seen 192.0.2.1').waitFor();
      expect(await page.getByText('No episode.').count()).toBe(2);
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(await violationsOf(page)).toStrictEqual([]);
    });
  });

  test.each([
    { path: '/findings/0123456789abcdef', says: 'finding' },
    { path: '/scans/0123456789abcdef', says: 'scan' },
    { path: '/episodes/0123456789abcdef', says: 'episode' },
  ])('$path, which is not there, is told with the reason', async ({ path, says }) => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, go }) => {
      await go(path);
      const alert = page.getByRole('alert');
      await alert.waitFor();
      expect(await alert.innerText()).toMatch(new RegExp(says, 'i'));
      expect(await violationsOf(page)).toStrictEqual([]);
    });
  });
});
