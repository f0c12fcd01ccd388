import { Writable } from 'node:stream';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { parseInstant } from '../../src/time/instant.ts';
import { browserNote, chromiumPath, launchChromium } from '../browser/chromium.ts';
import { firstOf, NOW, startNetwork, type Network } from './network.ts';
import { violationsOf, visit } from './visit.ts';

/** Ends what hangs; nothing is measured. */
const PATIENT = { timeout: 20_000 };

describe.skipIf(chromiumPath === undefined)(`the main jobs in a real browser${browserNote}`, () => {
  let browser: Browser;
  let network: Network;

  beforeAll(async () => {
    network = await startNetwork('examples');
    browser = await launchChromium();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await network?.close();
  });

  test('triage with the keyboard alone: down, acknowledge, undo by key, expect with a reason, and the effect is told', async () => {
    await visit(browser, network, { role: 'analyst' }, async ({ page, go, wrongs }) => {
      await go('/findings?half=exposure');
      const rows = page.getByRole('row');
      const grid = page.getByRole('grid');
      const before = await grid.getAttribute('aria-rowcount');
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('k');
      const first = await rows.nth(1).getByRole('link').innerText();
      expect(await grid.getAttribute('aria-activedescendant')).toBe(await rows.nth(1).getAttribute('id'));
      await page.keyboard.press('a');
      await page.getByRole('status').getByText('acknowledged').waitFor();
      // It left the list of what is open, and the cursor stands on the next.
      await expect.poll(() => grid.getAttribute('aria-rowcount'), PATIENT).toBe(String(Number(before) - 1));
      expect(await rows.nth(1).getByRole('link').innerText()).not.toBe(first);
      await page.getByRole('button', { name: 'Undo' }).click();
      await expect.poll(() => grid.getAttribute('aria-rowcount'), PATIENT).toBe(before);
      // A port that opened and shall be open: the baseline learns it.
      await go('/findings?rule=drift.port-opened');
      await page.keyboard.press('j');
      await page.keyboard.press('e');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.type('change NET-1310, approved by the owner');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page
        .getByRole('status')
        .getByText(/baseline version 2 expects .*; undo: tidemark baseline rollback 1/)
        .waitFor();
      expect(wrongs).toStrictEqual([]);
    });
    expect((await network.workspace.baselines.inForce())?.version).toBe(2);
  });

  test('single keys can be turned off, and then do nothing', async () => {
    await visit(browser, network, { role: 'analyst' }, async ({ page, go }) => {
      await go('/findings');
      await page.keyboard.press('?');
      await page.getByLabel('Single letters are commands').uncheck();
      await page.keyboard.press('Escape');
      await page.keyboard.press('j');
      expect(await page.getByRole('grid').getAttribute('aria-activedescendant')).toBeNull();
      // The arrows stay.
      await page.getByRole('grid').focus();
      await page.keyboard.press('ArrowDown');
      expect(await page.getByRole('grid').getAttribute('aria-activedescendant')).not.toBeNull();
    });
  });

  test('several at once: tick with x and Shift-x, one reason, one scope, until a day', async () => {
    await visit(browser, network, { role: 'analyst' }, async ({ page, go }) => {
      await go('/findings?severity=low&half=exposure');
      await page.keyboard.press('j');
      await page.keyboard.press('x');
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('X');
      await page.getByText('3 ticked').waitFor();
      await page.keyboard.press('n');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Why').fill('printers in the hall, seen every week');
      await dialog.getByLabel('Until').selectOption('30');
      await dialog.getByRole('button', { name: 'Say noise' }).click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByRole('status').getByText('3 findings: noise').waitFor();
      await go('/findings?state=noise');
      await page.getByRole('row').nth(3).waitFor();
      expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('4');
    });
    const noise = await network.workspace.findings.page({ filter: { states: ['noise'] } });
    const until = noise.items.map(({ lifecycle }) => lifecycle.until);
    expect(until).toHaveLength(3);
    for (const at of until) {
      expect(at).toBeGreaterThan(parseInstant(NOW)! + 29 * 86_400e6);
      expect(at).toBeLessThan(parseInstant(NOW)! + 31 * 86_400e6);
    }
  });

  test('a verdict that reaches further is taken back as far as it reached', async () => {
    const ports = async (): Promise<readonly string[]> => {
      const filter = { rules: ['drift.port-opened'], host: '10.77.10.80' as IpAddress };
      const { items } = await network.workspace.findings.page({ filter });
      return items.map(({ lifecycle }) => lifecycle.state);
    };
    const before = await ports();
    expect(before.length).toBeGreaterThan(1);
    await visit(browser, network, { role: 'analyst' }, async ({ page, go }) => {
      await go('/findings?rule=drift.port-opened&host=10.77.10.80');
      await page.keyboard.press('j');
      await page.keyboard.press('n');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Why').fill('a test machine');
      await dialog.getByLabel('How far it reaches').selectOption('host');
      await dialog.getByRole('button', { name: 'Say noise' }).click();
      await page.getByText('Nothing matches these filters.').waitFor();
      expect(new Set(await ports())).toStrictEqual(new Set(['noise']));
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByRole('row').nth(before.length).waitFor();
    });
    expect(await ports()).toStrictEqual(before);
  });

  test('a verdict that the server refuses is told with its way out, and nothing is lost of what was typed', async () => {
    await visit(browser, network, { role: 'analyst' }, async ({ page, go }) => {
      await go('/findings?half=exposure');
      await page.keyboard.press('j');
      await page.keyboard.press('c');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Why').fill('seen by myself');
      await dialog.getByLabel('How far it reaches').selectOption('network');
      await dialog.getByLabel('Network', { exact: true }).fill('192.0.2.0/24');
      await dialog.getByRole('button', { name: 'Say confirmed' }).click();
      await dialog.getByText('does not lie in network 192.0.2.0/24').waitFor();
      await dialog.getByText('Name a network in which all its hosts lie').waitFor();
      expect(await dialog.getByLabel('Why').inputValue()).toBe('seen by myself');
    });
  });

  test('approving a baseline: tick a host and a port, say why, and they are no change any more', async () => {
    await visit(browser, network, { role: 'analyst' }, async ({ page, go, wrongs }) => {
      await go('/baseline');
      const inForce = (await network.workspace.baselines.inForce())!.version;
      await page.getByRole('checkbox', { name: 'Tick 10.77.10.10 3306/tcp' }).check();
      await page.getByRole('checkbox', { name: 'Tick all of 10.77.10.11' }).check();
      await page.getByRole('button', { name: 'Approve as expected' }).click();
      await page.getByRole('dialog').getByLabel('Why').fill('the new database moved in');
      await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
      await page
        .getByRole('status')
        .getByText(`Version ${inForce + 1} was made and is in force.`)
        .waitFor();
      await page.getByText(`Version ${inForce + 1}`, { exact: true }).waitFor();
      await page.getByRole('checkbox', { name: 'Tick 10.77.10.10 3306/tcp' }).waitFor({ state: 'detached' });
      expect(await page.getByRole('region', { name: 'Changes of 10.77.10.11' }).count()).toBe(0);
      expect(wrongs).toStrictEqual([]);
    });
  });

  test('the focus is never lost: not with a button that goes, not with one that waits', async () => {
    const exposure = await firstOf(network, '/findings?half=exposure&state=open&sort=host');
    const { id } = await firstOf(network, '/episodes?source=10.20.1.43');
    await visit(browser, network, { role: 'analyst' }, async ({ page, go, wrongs }) => {
      const focused = (): Promise<string> =>
        page.evaluate<string>('document.activeElement.id || document.activeElement.innerText');
      await go(`/findings/${exposure.id}`);
      await page.getByRole('button', { name: 'Acknowledge' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Acknowledge' }).waitFor({ state: 'detached' });
      await expect.poll(focused, PATIENT).toBe('main');
      await go(`/episodes/${id}`);
      await page.getByRole('button', { name: 'Show all of it' }).focus();
      await page.keyboard.press('Enter');
      const more = page.getByRole('button', { name: 'Show more' });
      await more.waitFor();
      await expect.poll(focused, PATIENT).toBe('main');
      await more.focus();
      await page.keyboard.press('Enter');
      await page.getByText('100 of what is kept').waitFor();
      await expect.poll(focused, PATIENT).toBe('Show more');
      // An answer so quick that the button works again by the time that the focus is looked for.
      await page.evaluate(`new Promise((done) => {
        const button = document.activeElement;
        button.disabled = true;
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            button.disabled = false;
            done();
          }),
        );
      })`);
      await expect.poll(focused, PATIENT).toBe('Show more');
      expect(wrongs).toStrictEqual([]);
    });
  });

  test('looking again: the scope is asked, the ports are scanned, and the outcome appears by itself', async () => {
    const { id } = await firstOf(network, '/findings?rule=legacy.telnet');
    await visit(browser, network, { role: 'analyst' }, async ({ page, go, wrongs }) => {
      await go(`/findings/${id}`);
      await page.keyboard.press('v');
      await page.getByRole('dialog').getByLabel('Why').fill('the owner says it is off');
      await page.getByRole('dialog').getByRole('button', { name: 'Scan these ports' }).click();
      await page.getByRole('status').getByText('Allowed by lab (NET-1204)').waitFor();
      // Asking again while it runs goes by the browser's clock, which a test has to move.
      await page.clock.runFor(10_000);
      await page.getByText('It is no longer there').waitFor();
      expect(wrongs).toStrictEqual([]);
    });
  });

  test('looking again outside the scope is refused, with the reason', async () => {
    const row = await firstOf(network, '/findings?half=exposure&state=open');
    await visit(browser, network, { role: 'analyst' }, async ({ page, go }) => {
      await page.route('**/verify', (route) =>
        route.fulfill({
          status: 422,
          contentType: 'application/problem+json',
          json: {
            type: 'urn:tidemark:problem:scan/refused',
            title: 'Refused',
            status: 422,
            code: 'scan/refused',
            detail: 'the scope does not allow this scan; nothing was sent',
            fix: 'Ask the owner of the network for a grant.',
            refused: [
              {
                target: '10.77.10.70',
                rule: 'window',
                why: 'the window of grant lab is closed',
                means: 'Wait until it opens.',
                grant: 'lab',
              },
            ],
          },
        }),
      );
      await go(`/findings/${row.id}`);
      await page.keyboard.press('v');
      await page.getByRole('dialog').getByLabel('Why').fill('again');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').getByText('the window of grant lab is closed').waitFor();
      expect(await page.getByRole('alert').innerText()).toContain(
        'Ask the owner of the network for a grant.',
      );
    });
  });

  test('live: what is new waits in a pill, no row moves until it is asked for', async () => {
    await visit(browser, network, { role: 'analyst' }, async ({ page, go, wrongs }) => {
      await go('/findings');
      await page.getByText('Live', { exact: true }).waitFor();
      let asked = 0;
      page.on('request', (request) => {
        if (request.url().includes('/findings?')) asked += 1;
      });
      const at = parseInstant(NOW)!;
      network.feed.publish({ kind: 'finding', ids: ['00000000000000a1', '00000000000000a2'], at });
      network.feed.publish({ kind: 'finding', ids: ['00000000000000a2', '00000000000000a3'], at });
      const pill = page.getByRole('button', { name: '3 new or changed' });
      await pill.waitFor();
      await page.clock.runFor(5_000);
      expect(asked).toBe(0);
      await pill.click();
      await pill.waitFor({ state: 'detached' });
      await expect.poll(() => asked, PATIENT).toBe(1);
      expect(wrongs).toStrictEqual([]);
    });
  });

  test('every state of the list is a link, and the way back leads to the place that was left', async () => {
    await visit(browser, network, { role: 'analyst', height: 500 }, async ({ page, go, settled }) => {
      await go('/findings?state=any&severity=medium&half=exposure&sort=host');
      expect(await page.getByRole('button', { name: /^medium/ }).getAttribute('aria-pressed')).toBe('true');
      expect(await page.getByLabel('Order').inputValue()).toBe('host');
      for (let row = 0; row < 5; row += 1) await page.keyboard.press('j');
      const cursor = page.locator('.table-row.current');
      const name = await cursor.getByRole('link').innerText();
      const scrolled = await page.evaluate<number>('scrollY');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name }).waitFor();
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
      await page.goBack();
      await settled();
      await cursor.waitFor();
      expect(await cursor.getByRole('link').innerText()).toBe(name);
      await expect.poll(() => page.evaluate<number>('scrollY'), PATIENT).toBe(scrolled);
    });
  });

  test('the row under the cursor is in the link: a reload and a colleague see the same one', async () => {
    await visit(browser, network, { role: 'viewer', height: 500 }, async ({ page, context, go, settled }) => {
      await go('/findings?state=any&half=exposure&sort=host');
      for (let row = 0; row < 12; row += 1) await page.keyboard.press('j');
      const nameIn = (here: typeof page): Promise<string> =>
        here.locator('.table-row.current').getByRole('link').innerText();
      const name = await nameIn(page);
      await page.clock.runFor(1_000);
      await expect.poll(() => new URL(page.url()).searchParams.get('row'), PATIENT).toMatch(/^[0-9a-f]{16}$/);
      await page.reload();
      await settled();
      expect(await nameIn(page)).toBe(name);
      const other = await context.newPage();
      await other.goto(page.url());
      await other.locator('.table-row.current').waitFor();
      expect(await nameIn(other)).toBe(name);
      // It is in view, and the filters came along.
      const box = (await other.locator('.table-row.current').boundingBox())!;
      expect(box.y).toBeGreaterThan(0);
      expect(box.y + box.height).toBeLessThan(500);
      expect(await other.getByLabel('Order').inputValue()).toBe('host');
    });
  });

  test('the palette goes anywhere: a place by its name, a host by a part of its address', async () => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, go, wrongs }) => {
      await go('/');
      await page.keyboard.press('/');
      await page.keyboard.type('audit');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
      await page.keyboard.press('Control+k');
      await page.keyboard.type('10.77.10.70');
      await page.clock.runFor(1_000);
      await page
        .getByRole('option', { name: /^10\.77\.10\.70/ })
        .first()
        .click();
      await page.getByRole('heading', { level: 1, name: '10.77.10.70' }).waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('f');
      await page.getByRole('heading', { level: 1, name: 'Findings' }).waitFor();
      expect(wrongs).toStrictEqual([]);
    });
  });

  test('a risk is a sum: what is said of the network, a scan, a host and a finding adds up to its score, as the reports have it', async () => {
    const { id } = await firstOf(network, '/findings?rule=legacy.telnet&state=open');
    const { finding } = await network.workspace.findings.show(id);
    const host = finding.subject.host!;
    const detail = await network.workspace.hosts.detail(host);
    // A host with more findings than a page holds is asked of the store: it says the same.
    const manyMore = { host: detail.host, findings: { ...detail.findings, items: [] } };
    expect(await network.workspace.riskOfHost(manyMore)).toStrictEqual(
      await network.workspace.riskOfHost(detail),
    );
    const newest = await network.workspace.findRun('latest');
    // Assessed once more: the report says of the run what the pages do.
    const { risk: ofRun } = await network.workspace.assess(newest);
    const risks = [
      { path: '/', risk: ofRun },
      { path: '/scans/latest', risk: ofRun },
      { path: `/hosts/${host}`, risk: await network.workspace.riskOfHost(detail) },
      { path: `/findings/${id}`, risk: await network.workspace.riskOfFinding(finding) },
    ];
    await visit(browser, network, { role: 'viewer' }, async ({ page, go }) => {
      for (const { path, risk } of risks) {
        await go(path);
        const table = page.getByRole('table', { name: 'How the risk adds up' });
        const rows = await table.getByRole('row').allInnerTexts();
        const parts = rows.slice(1, -1).map((row) => row.split('\t'));
        expect(parts.map(([text]) => text)).toStrictEqual(risk.parts.map(({ text }) => text));
        expect(parts.length).toBeGreaterThan(1);
        const sum = parts.reduce((total, [, points]) => total + Number(points?.replace('−', '-')), 0);
        expect(sum).toBe(risk.score);
        expect(rows.at(-1)).toBe(`Together\t${risk.score}`);
        const said = new RegExp(`${risk.level}, ${risk.score} of 100`);
        await page
          .getByText(said)
          .or(page.getByRole('img', { name: said }))
          .waitFor();
      }
    });
  });

  test('a receiver that takes nothing is told on the overview and where sinks are, with the reason', async () => {
    const room = { version: '0.0.0-test', stdout: new Writable(), signal: new AbortController().signal };
    await network.workspace.sinks.enqueue();
    await network.workspace.sinks.deliver(room, 'chat');
    const [, chat] = await network.workspace.sinks.list();
    expect(chat).toMatchObject({ name: 'chat', delivered: 0 });
    expect(chat!.failing).toBeGreaterThan(0);
    expect(chat!.pending).toBeGreaterThanOrEqual(chat!.failing);
    await visit(browser, network, { role: 'viewer' }, async ({ page, go, settled }) => {
      await go('/');
      await page.getByText(`chat does not take what it is sent: ${chat!.why}`).waitFor();
      await page.getByRole('link', { name: `${chat!.pending} messages waiting` }).click();
      await settled();
      const sinks = page.getByRole('region');
      await sinks.filter({ hasText: 'chat' }).getByText('It does not take what it is sent').waitFor();
      // Nobody asked the other one yet.
      expect(await sinks.filter({ hasText: 'archive' }).getByText('does not take').count()).toBe(0);
    });
  });

  test('every version of a service that was ever seen has its time', async () => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, go }) => {
      await go('/hosts/10.77.10.10');
      const table = page.getByRole('table', { name: 'Services and their versions over time' });
      const rows = await table.getByRole('row').allInnerTexts();
      expect(rows.filter((row) => row.startsWith('443/tcp'))).toStrictEqual([
        '443/tcp\thttp nginx 1.22.1\t15 Nov, 05:02\t15 Nov, 05:02\t1',
        '443/tcp\tssl/http nginx 1.22.1\t13 Sept, 06:02\t8 Nov, 05:02\t9',
      ]);
    });
  });

  test('a scanner that no scan of ours has seen has a page: what it did, and the reason why there is no more', async () => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, go }) => {
      await go('/episodes?source=198.19.211.130');
      await page.getByRole('grid', { name: 'Episodes' }).getByRole('link').first().click();
      await page.getByRole('main').getByRole('link', { name: '198.19.211.130', exact: true }).first().click();
      await page.getByText('No scan of ours has seen 198.19.211.130').waitFor();
      const panel = page.getByRole('region', { name: 'Whom it scanned' });
      await panel.getByRole('link', { name: /198\.19\.211\.130 scanned/ }).waitFor();
      expect(await violationsOf(page)).toStrictEqual([]);
    });
  });

  test('the heat map is read with the arrow keys, and its figures are a table', async () => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, go }) => {
      await go('/hosts/10.77.10.10');
      const map = page.getByRole('group', { name: /Ports of 10\.77\.10\.10 over 10 scans/ });
      await map.focus();
      await page.keyboard.press('ArrowUp');
      await page.getByText(/22\/tcp on 15 Nov, .*: open/).waitFor();
      await page.getByText('In figures').first().click();
      expect(await page.getByRole('columnheader', { name: /15 Nov/ }).count()).toBe(1);
    });
  });

  test('a session that ended leads to the sign-in, and back to the same page', async () => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, context, go, settled }) => {
      await go('/hosts');
      await context.clearCookies();
      await page.getByRole('link', { name: 'Episodes' }).first().click();
      await page.getByLabel('Access token').fill(network.tokens.viewer);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Episodes' }).waitFor();
      await settled();
      expect(new URL(page.url()).pathname).toBe('/episodes');
    });
  });

  test('a page of a build that is gone is told so, keeps nobody from the others, and comes with a load', async () => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, go, settled }) => {
      await go('/');
      await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404, body: '' }));
      const places = page.getByRole('navigation');
      await places.getByRole('link', { name: 'Findings' }).click();
      await page.getByRole('alert').getByText('This page could not be loaded.').waitFor();
      await page.unroute('**/assets/*.js');
      await places.getByRole('link', { name: 'Hosts' }).click();
      await page.getByRole('heading', { level: 1, name: 'Hosts' }).waitFor();
      await places.getByRole('link', { name: 'Findings' }).click();
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('heading', { level: 1, name: 'Findings' }).waitFor();
      await settled();
      expect(await page.getByRole('alert').count()).toBe(0);
    });
  });

  test('a server that cannot be reached is told so, with a way to try again', async () => {
    await visit(browser, network, { role: 'viewer' }, async ({ page, go }) => {
      await go('/');
      await page.route('**/api/v1/scans?**', (route) => route.abort());
      await page.getByRole('link', { name: 'Scan runs' }).first().click();
      await page.clock.runFor(20_000);
      await page.getByRole('alert').getByText('The server cannot be reached.').waitFor();
      await page.unroute('**/api/v1/scans?**');
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('grid', { name: 'Scan runs' }).waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
    });
  });

  test('a baseline is learned without the run that is under review, unless somebody says so', async () => {
    // The newest run of all is the look at one port from above.
    const all = await network.workspace.listRuns();
    const runs = all.filter((run) => run.info.profile === all[0]!.info.profile);
    await visit(browser, network, { role: 'analyst' }, async ({ page, go, wrongs }) => {
      const learn = async (choose?: string): Promise<void> => {
        await go('/baseline');
        await page.getByRole('button', { name: 'Learn from the runs' }).click();
        const dialog = page.getByRole('dialog');
        if (choose !== undefined) await dialog.getByLabel('Learn from all runs').selectOption(choose);
        await dialog.getByLabel('Why').fill('weeks that were reviewed');
        expect(await violationsOf(page)).toStrictEqual([]);
        await dialog.getByRole('button', { name: 'Learn', exact: true }).click();
        await dialog.waitFor({ state: 'detached' });
      };
      await learn();
      expect((await network.workspace.baselines.inForce())!.runs).toStrictEqual(
        runs.slice(0, -1).map(({ info }) => info.id),
      );
      await learn(runs[3]!.info.id);
      expect((await network.workspace.baselines.inForce())!.runs).toStrictEqual(
        runs.slice(0, 4).map(({ info }) => info.id),
      );
      expect(wrongs).toStrictEqual([]);
    });
  });
});
