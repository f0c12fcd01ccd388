import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { TokenRole } from '../../src/api/fields.ts';
import { NOW, type Network } from './network.ts';

/** Sizes that every page is looked at in. */
export const SIZES = [
  { size: 'phone', width: 390, height: 844 },
  { size: 'desktop', width: 1440, height: 900 },
] as const;

/** An open browser window of somebody who is signed in, and what went wrong in it. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console messages, errors of scripts, violations of the policy, dialogs, requests that left for elsewhere. */
  readonly wrongs: string[];
  /** Opens a path of the dashboard and waits until nothing is loading. */
  readonly go: (path: string) => Promise<void>;
  /** Waits until nothing is loading. */
  readonly settled: () => Promise<void>;
}

/** Opens a window with the cookie of a role, or of nobody, and closes it after the look. */
export async function visit(
  browser: Browser,
  network: Network,
  options: {
    readonly role?: TokenRole | undefined;
    readonly scheme?: 'light' | 'dark';
    readonly width?: number;
    readonly height?: number;
  },
  look: (visit: Visit) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    baseURL: network.url,
    colorScheme: options.scheme ?? 'light',
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  try {
    if (options.role !== undefined) {
      const answer = await context.request.post('/api/v1/session', {
        data: { token: network.tokens[options.role] },
        headers: { origin: network.url },
      });
      if (!answer.ok()) throw new Error(`not signed in: ${answer.status()} ${await answer.text()}`);
    }
    const page = await context.newPage();
    // The browser's clock is the server's, or relative times would depend on the day of the test.
    await page.clock.install({ time: new Date(NOW) });
    const wrongs: string[] = [];
    page.on('console', (message) => wrongs.push(message.text()));
    page.on('pageerror', (error) => wrongs.push(error.message));
    page.on('dialog', (dialog) => {
      wrongs.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(network.url)) wrongs.push(`request to ${request.url()}`);
    });
    await page.addInitScript(
      "document.addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))",
    );
    const settled = async (): Promise<void> => {
      await page.locator('h1').first().waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
    };
    await look({
      page,
      context,
      wrongs,
      settled,
      go: async (path) => {
        await page.goto(path);
        await settled();
      },
    });
  } finally {
    await context.close();
  }
}

/** Rules of axe that a page breaks, each with the places; empty when it breaks none. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate<string[]>(
    `axe.run(document).then(({ violations }) => violations.map((each) => each.id + ': ' + each.nodes.map((node) => node.html.slice(0, 120) + ' ' + (node.any[0]?.message ?? '')).join(' | ')))`,
  );
}

/** How many pixels a page reaches out to the side. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate<number>(
    'Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - Math.round(document.documentElement.getBoundingClientRect().width)',
  );
}
