import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where Chromium and its relatives are installed by the packages of common systems; TIDEMARK_CHROMIUM names another. */
const PLACES = [
  process.env['TIDEMARK_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser on this machine, or undefined; tests that need one are skipped without it. */
export const chromiumPath = PLACES.find((place) => place !== undefined && existsSync(place));

/** Added to the name of a suite, so that a skipped one says why. */
export const browserNote =
  chromiumPath === undefined ? ' [skipped: no Chromium found, install it or set TIDEMARK_CHROMIUM]' : '';

/** Starts it without anything that would reach the network by itself. */
export function launchChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('no Chromium on this machine');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
