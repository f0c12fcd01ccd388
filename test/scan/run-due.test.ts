import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { runDue } from '../../src/assembly/run-due.ts';
import { newestScheduleRuns } from '../../src/exposure/queries/schedule-runs.ts';
import { all } from '../../src/sql/ports.ts';
import { formatMinute, parseInstant } from '../../src/time/instant.ts';
import { FakeSite, SITE } from './fake-nmap.ts';

const root = mkdtempSync(join(tmpdir(), 'tidemark-due-'));
const SCHEDULES = `${SITE}
schedules:
  - { name: nightly, cron: '30 2 * * *', timeZone: Europe/Zurich, profiles: [exposure], targets: [10.0.0.1] }
  - { name: catch-up, cron: '30 2 * * *', timeZone: Europe/Zurich, profiles: [services], targets: [10.0.0.2], missed: run-once }
  - { name: by-day, cron: '0 12 * * *', profiles: [exposure], targets: [10.0.0.1] }
  - { name: elsewhere, cron: '* * * * *', profiles: [exposure], targets: [10.0.0.1], vantage: outside }
`;
let site: FakeSite;
let sites = 0;
beforeEach(async () => {
  site = await FakeSite.open(join(root, String((sites += 1))), SCHEDULES);
});
afterEach(async () => {
  await site.store.close();
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

const ACTOR = { user: 'cron', face: 'cli' } as const;
const at = async (time: string, more: Parameters<FakeSite['setting']>[0] = {}) => {
  site.now = parseInstant(time)!;
  return (await runDue(site.setting(more), ACTOR)).map((outcome) => ({
    what: `${outcome.schedule} ${outcome.kind}`,
    ...(outcome.kind === 'missed' ? { why: outcome.why } : {}),
  }));
};
const history = async () =>
  Object.fromEntries(
    (await all(site.store, newestScheduleRuns, {})).map((run) => [
      run.schedule,
      `${run.event} ${formatMinute(run.nominal)}`,
    ]),
  );

/** The schedules say 02:30 in Zurich, which is 01:30 UTC in winter; the grant is open 20:00 to 06:00 UTC. */
describe('scans whose time has come', () => {
  test('run once each, as the schedule, inside the window', async () => {
    expect(await at('2026-11-23T01:29:00Z')).toEqual([]);
    expect(await at('2026-11-23T01:29:59Z')).toEqual([]);
    expect(await at('2026-11-23T01:31:00Z')).toEqual([{ what: 'nightly ran' }, { what: 'catch-up ran' }]);
    expect(await at('2026-11-23T01:36:00Z')).toEqual([]);
    expect(site.started().map((argv) => argv.at(-1))).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(await history()).toMatchObject({
      nightly: 'ended 2026-11-23 01:30 UTC',
      'catch-up': 'ended 2026-11-23 01:30 UTC',
      'by-day': 'registered 2026-11-23 01:29 UTC',
    });
    expect((await site.audit())[0]).toMatchObject({
      actor: { user: 'schedule nightly' },
      action: 'scan.started',
    });
  });

  test('a window that is closed: missed, with the reason', async () => {
    await at('2026-11-23T01:31:00Z');
    const [missed, ...more] = await at('2026-11-23T12:01:00Z');
    expect(more).toEqual([]);
    expect(missed).toMatchObject({
      what: 'by-day missed',
      why: expect.stringContaining('rule window-closed') as unknown,
    });
    expect(site.started()).toEqual([]);
    expect((await site.audit()).map(({ action }) => action)).toEqual(['scan.refused', 'schedule.missed']);
    expect(await at('2026-11-23T12:02:00Z')).toEqual([]);
  });

  test('a machine that was off: left out, or made up for once', async () => {
    await at('2026-11-20T13:00:00Z');
    expect(await at('2026-11-23T04:00:00Z')).toEqual([
      {
        what: 'nightly missed',
        why: '3 runs, 2026-11-21 01:30 UTC to 2026-11-23 01:30 UTC: nothing looked for due runs in time',
      },
      {
        what: 'catch-up missed',
        why: '2 runs, 2026-11-21 01:30 UTC to 2026-11-22 01:30 UTC: nothing looked for due runs in time',
      },
      { what: 'catch-up ran' },
      {
        what: 'by-day missed',
        why: '2 runs, 2026-11-21 12:00 UTC to 2026-11-22 12:00 UTC: nothing looked for due runs in time',
      },
    ]);
    expect(await at('2026-11-23T04:05:00Z')).toEqual([]);
    expect(site.started()).toHaveLength(1);
  });

  test('two at once make each run once', async () => {
    await at('2026-11-23T01:29:00Z');
    const both = await Promise.all([at('2026-11-23T01:31:00Z'), at('2026-11-23T01:31:00Z')]);
    expect(both.flat().map(({ what }) => what)).toEqual(['nightly ran', 'catch-up ran']);
    expect(site.started()).toHaveLength(2);
  });

  test('one whose scanner fails is not tried for ever', async () => {
    await at('2026-11-23T01:29:00Z');
    site.nmapDoes('exit 1');
    expect(await at('2026-11-23T01:31:00Z')).toEqual([
      { what: 'nightly failed' },
      { what: 'catch-up failed' },
    ]);
    expect(await at('2026-11-23T01:32:00Z')).toEqual([]);
    expect(await history()).toMatchObject({ nightly: 'failed 2026-11-23 01:30 UTC' });
  });
});
