import type { Browser } from 'playwright-core';
import * as z from 'zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Foreign } from '../../src/api/fields.ts';
import { API_BASE, routes, type Route } from '../../src/api/routes.ts';
import { browserNote, chromiumPath, launchChromium } from '../browser/chromium.ts';
import { harmOnTerminal, HOSTILE_STRINGS, TRAP } from '../hostile-strings.ts';
import { firstOf, startNetwork, type Network } from './network.ts';
import { overhang, SIZES, violationsOf, visit } from './visit.ts';

const SCHEMES = ['light', 'dark'] as const;

/** Every page, by its path; those of one thing take the first that the API gives. */
const PAGES = [
  { name: 'overview', path: '/' },
  { name: 'findings', path: '/findings?state=any&unreviewed=true' },
  { name: 'finding of a scan', path: '/findings/{exposure}' },
  { name: 'finding of telemetry', path: '/findings/{recon}' },
  { name: 'hosts', path: '/hosts' },
  { name: 'host', path: '/hosts/10.77.10.10' },
  { name: 'scan runs', path: '/scans' },
  { name: 'scan run', path: '/scans/latest' },
  { name: 'what changed', path: '/diff' },
  { name: 'baseline', path: '/baseline' },
  { name: 'authorised scans', path: '/calendar' },
  { name: 'episodes', path: '/episodes' },
  { name: 'episode', path: '/episodes/{episode}' },
  { name: 'campaigns', path: '/campaigns' },
  { name: 'sensors', path: '/sensors' },
  { name: 'sinks', path: '/sinks' },
  { name: 'audit log', path: '/audit' },
  { name: 'settings', path: '/settings' },
  { name: 'an address that is none', path: '/nothing-here' },
] as const;

describe.skipIf(chromiumPath === undefined)(`the dashboard in a real browser${browserNote}`, () => {
  let browser: Browser;
  let network: Network;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    network = await startNetwork('examples');
    browser = await launchChromium();
    for (const half of ['exposure', 'recon'])
      ids.set(half, (await firstOf(network, `/findings?half=${half}`)).id);
    ids.set('episode', ids.get('recon')!);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await network?.close();
  });
  const pathOf = (path: string): string =>
    path.replace(/\{(\w+)\}/, (_, name: string) => ids.get(name) ?? '');

  const looks = PAGES.flatMap((page) => SCHEMES.map((scheme) => ({ ...page, scheme })));
  test.each(looks)(
    '$name, $scheme: no accessibility violation, nothing blocked, nothing wider than the window',
    async ({ path, scheme }) => {
      for (const { size, width, height } of SIZES)
        await visit(browser, network, { role: 'admin', scheme, width, height }, async (open) => {
          await open.go(pathOf(path));
          expect({ size, violations: await violationsOf(open.page) }).toStrictEqual({ size, violations: [] });
          expect({ size, overhang: await overhang(open.page) }).toStrictEqual({ size, overhang: 0 });
          expect(open.wrongs).toStrictEqual([]);
        });
    },
    60_000,
  );

  test.each(PAGES)(
    '$name fits every window from 360 to 3840 pixels',
    async ({ path }) => {
      await visit(browser, network, { role: 'analyst' }, async (open) => {
        await open.go(pathOf(path));
        for (const width of [360, 600, 800, 1024, 3840]) {
          await open.page.setViewportSize({ width, height: 900 });
          await open.page.waitForTimeout(50);
          expect({ width, overhang: await overhang(open.page) }).toStrictEqual({ width, overhang: 0 });
        }
        // 400 % of zoom on a small screen (WCAG 1.4.10).
        await open.page.setViewportSize({ width: 320, height: 640 });
        expect(await overhang(open.page)).toBe(0);
      });
    },
    60_000,
  );

  test('the sign-in is accessible in both schemes, and a wrong token is told so', async () => {
    for (const scheme of SCHEMES)
      await visit(browser, network, { scheme, width: 390 }, async ({ page, go, wrongs }) => {
        await go('/findings');
        expect(await violationsOf(page)).toStrictEqual([]);
        await page.getByLabel('Access token').fill('tm_wrong');
        await page.keyboard.press('Enter');
        await page.getByRole('alert').getByText('token').waitFor();
        expect(await violationsOf(page)).toStrictEqual([]);
        // The browser itself notes each answer of 401.
        expect(wrongs.filter((wrong) => !wrong.includes('401'))).toStrictEqual([]);
      });
  });

  test('a right token leads to the page that was asked for, and stays out of scripts and addresses', async () => {
    await visit(browser, network, {}, async ({ page, context, go, settled }) => {
      await go('/hosts');
      await page.getByLabel('Access token').fill(network.tokens.viewer);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Hosts' }).waitFor();
      await settled();
      const cookie = (await context.cookies())[0];
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
      expect(
        await page.evaluate('document.cookie + JSON.stringify(localStorage) + location.href'),
      ).not.toContain(network.tokens.viewer);
    });
  });

  test('the theme that was chosen holds after a reload, whatever the system says', async () => {
    await visit(browser, network, { role: 'viewer', scheme: 'light' }, async ({ page, go }) => {
      await go('/');
      const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      const light = await ground();
      await page.getByRole('button', { name: 'Colours: as the system' }).click();
      await page.getByRole('button', { name: 'Colours: light' }).click();
      const dark = await ground();
      expect(dark).not.toBe(light);
      await go('/findings');
      expect(await ground()).toBe(dark);
    });
  });

  test('nothing moves where motion is not wanted', async () => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, go }) => {
      await go('/findings');
      expect(await page.evaluate('document.getAnimations().length')).toBe(0);
      expect(
        await page.evaluate('getComputedStyle(document.querySelector(".button")).transitionDuration'),
      ).toBe('0s');
    });
  });

  test('who may only look is offered nothing that changes anything', async () => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, go }) => {
      await go(`/findings/${ids.get('exposure')}`);
      expect(await page.getByRole('button', { name: /acknowledge|look again/i }).count()).toBe(0);
      await go('/findings');
      expect(await page.getByRole('checkbox', { name: /tick/i }).count()).toBe(0);
      await go('/baseline');
      expect(await page.getByRole('button', { name: /learn|approve/i }).count()).toBe(0);
      await go('/audit');
      await page.getByText('This needs the role admin.').waitFor();
    });
  });

  // Without the policy React's escaping stands alone; it has to be enough. Each pass puts other strings into other fields.
  test.each(
    // In the examples no schedule has run, so that page holds nothing of others.
    PAGES.filter(({ name }) => name !== 'an address that is none' && name !== 'authorised scans').flatMap(
      (page) => [0, 1].map((pass) => ({ ...page, pass })),
    ),
  )(
    'hostile strings in every foreign field of $name stay text ($pass)',
    async ({ path, pass }) => {
      let next = pass * 31;
      let planted = 0;
      const text = (): string => {
        planted += 1;
        return HOSTILE_STRINGS[(next += 1) % HOSTILE_STRINGS.length]!.text;
      };
      await visit(browser, network, { role: 'admin', width: 360 }, async ({ page, settled, wrongs }) => {
        await page.route(`**${API_BASE}/**`, async (route) => {
          const contract = contractOf(route.request().method(), new URL(route.request().url()).pathname);
          if (contract === undefined || !(contract.response instanceof z.ZodType)) return route.continue();
          const answer = await route.fetch();
          if (!answer.ok()) return route.fulfill({ response: answer });
          const json = plantForeign(contract.response, await answer.json(), text);
          return route.fulfill({ response: answer, json });
        });
        await page.goto(pathOf(path));
        await settled();
        expect(await page.evaluate(`typeof window.${TRAP}`)).toBe('undefined');
        expect(await page.evaluate('document.querySelectorAll("main h1").length')).toBe(1);
        expect(
          await page.evaluate(
            'document.querySelectorAll("main script, main img, main iframe, main form, main object, main embed, main style, main base, main meta, [onload], [onfocus], [onerror], [onmouseover], main a[href^=\\"javascript\\"], main a[href^=\\"data\\"]").length',
          ),
        ).toBe(0);
        const said = await page.evaluate<string>(
          'document.title + " " + document.querySelector("main").innerText',
        );
        expect(harmOnTerminal(said.replaceAll('\u00a0', ' ').replaceAll('\t', ' '))).toStrictEqual([]);
        expect(await overhang(page)).toBe(0);
        expect(wrongs).toStrictEqual([]);
        await page.unrouteAll({ behavior: 'ignoreErrors' });
        // A page without foreign text would prove nothing.
        expect(planted).toBeGreaterThan(0);
      });
    },
    60_000,
  );
});

/** The route of the contract that a request asks. */
function contractOf(method: string, path: string): Route | undefined {
  return Object.values<Route>(routes).find(
    (route) =>
      route.method === method &&
      new RegExp(`^${API_BASE}${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path),
  );
}

/** Is a schema the one for text of the outside, however it was described? */
function isForeign(schema: z.core.$ZodType): boolean {
  for (let at: z.core.$ZodType | undefined = schema; at !== undefined; at = at._zod.parent)
    if (at === Foreign) return true;
  return false;
}

/** A document in which every string that others may write is what `text` answers. */
function plantForeign(schema: z.core.$ZodType, value: unknown, text: () => string): unknown {
  if (typeof value === 'string') return isForeign(schema) ? text() : value;
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return plantForeign(schema.unwrap(), value, text);
  if (schema instanceof z.ZodArray && Array.isArray(value))
    return value.map((each) => plantForeign(schema.element, each, text));
  if (schema instanceof z.ZodUnion) {
    const fits = schema.options.find((option) => (option as z.ZodType).safeParse(value).success);
    return fits === undefined ? value : plantForeign(fits, value, text);
  }
  if (schema instanceof z.ZodObject && typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => {
        const field = (schema.shape as Record<string, z.core.$ZodType>)[key];
        return [key, field === undefined ? each : plantForeign(field, each, text)];
      }),
    );
  return value;
}
