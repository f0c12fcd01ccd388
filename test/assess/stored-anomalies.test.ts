import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Workspace } from '../../src/assembly/workspace.ts';
import { loadConfig } from '../../src/config/load.ts';
import { generateEstate, type Estate } from '../../src/estate/estate.ts';
import type { StoredRun } from '../../src/exposure/queries/runs.ts';
import type { AnomalySummary, HostAnomaly } from '../../src/findings/anomaly.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { fromMillis, type Instant } from '../../src/time/instant.ts';

/** The anomaly model over stored scans: thirteen weeks of a made-up network, events in the second half. */
const WEEKS = 13;
const who = { by: 'alice', note: 'CHG-7' };

let directory: string;
let estate: Estate;
let workspace: Workspace;
let runs: readonly StoredRun[];

async function openWith(scans: Estate['scans']): Promise<Workspace> {
  const folder = await mkdtemp(join(directory, 'store-'));
  const opened = await Workspace.open(
    loadConfig({ cwd: folder, env: { TIDEMARK_DATA_DIR: join(folder, 'data') } }).config,
    { clock: () => fromMillis(Date.UTC(2027, 0, 1)), program: 'test' },
  );
  const files: string[] = [];
  for (const scan of scans) {
    const file = join(folder, scan.name);
    await writeFile(file, [...scan.xml].join(''));
    files.push(file);
  }
  for await (const imported of opened.importScans(files, { stdin: Readable.from([]) })) {
    expect(imported).toHaveProperty('outcome.kind', 'imported');
  }
  return opened;
}

const anomaly = async (of: Workspace, run: StoredRun): Promise<AnomalySummary> => {
  const summary = await of.assess(run, { kind: 'nothing' });
  return summary.anomaly!;
};
const hostOf = (summary: AnomalySummary, host: string): HostAnomaly =>
  summary.hosts.find((one) => one.host === host)!;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'anomalies-'));
  estate = generateEstate({ hosts: 120, weeks: WEEKS, seed: 11 });
  workspace = await openWith(estate.scans);
  runs = await workspace.listRuns();
}, 300_000);
afterAll(async () => {
  await workspace.close();
  await rm(directory, { recursive: true, force: true });
});

describe('what a summary says is unusual', () => {
  let newest: AnomalySummary;
  beforeAll(async () => {
    newest = await anomaly(workspace, runs.at(-1)!);
  }, 300_000);

  test('every score is the sum of its items', () => {
    expect(newest.hosts.length).toBeGreaterThan(0);
    for (const { score, items } of newest.hosts) {
      expect(Math.abs(items.reduce((sum, { value }) => sum + value, 0) - score)).toBeLessThan(1e-9);
    }
  });

  test('the hosts of planted events come first, and their items name the port', () => {
    const planted = estate.truth.filter(
      ({ week, label, port }) => week === WEEKS && label === 'event' && port !== undefined,
    );
    expect(planted.length).toBeGreaterThan(0);
    const first = new Map(
      newest.hosts.slice(0, planted.length + 3).map((host) => [host.host, host] as const),
    );
    const named = planted.filter(({ host, port }) =>
      first.get(host)?.items.some(({ ports, value }) => value > 0 && ports.includes(port!)),
    );
    expect(named.length / planted.length).toBeGreaterThanOrEqual(0.75);
  });

  test('it says how far learning has come', async () => {
    expect(newest).toMatchObject({ model: 'surprise/1', scans: WEEKS - 1 });
    expect((await anomaly(workspace, runs[0]!)).stage.name).toBe('first-scan');
    expect((await anomaly(workspace, runs[2]!)).stage.name).toBe('young');
  });

  test('the same scan again gives the same answer, out of the snapshots: nothing but itself is read', async () => {
    const totals: number[] = [];
    const onScan = (_: number, total: number): void => void totals.push(total);
    const summary = await workspace.assess(runs.at(-1)!, { kind: 'nothing' }, { onScan });
    expect(summary.anomaly).toEqual(newest);
    expect(totals).toEqual([1]);
  });

  test('scans that came one at a time, and one that came late, leave no trace', async () => {
    const [late] = estate.scans.slice(5, 6);
    await workspace.close();
    const other = await openWith(estate.scans.filter((scan) => scan !== late));
    try {
      for (const run of await other.listRuns()) await anomaly(other, run);
      const file = join(directory, late!.name);
      await writeFile(file, [...late!.xml].join(''));
      for await (const imported of other.importScans([file], { stdin: Readable.from([]) })) {
        expect(imported).toHaveProperty('outcome.kind', 'imported');
      }
      const again = await anomaly(other, (await other.listRuns()).at(-1)!);
      expect(again).toEqual(newest);
    } finally {
      await other.close();
      workspace = await openWith(estate.scans);
      runs = await workspace.listRuns();
    }
  }, 300_000);
});

describe('what people say', () => {
  test('a verdict is kept, has an effect on what is alike, and taken back leaves none', async () => {
    const [before, last] = [runs.at(-2)!, runs.at(-1)!];
    const untouched = await anomaly(workspace, last);
    const about = (await anomaly(workspace, before)).hosts[0]!.host;
    const verdict = await workspace.anomalies.say(before, about, 'noise', who);
    expect(await workspace.anomalies.verdicts()).toMatchObject([
      { id: verdict.id, said: 'noise', host: about, by: 'alice', note: 'CHG-7' },
    ]);
    expect((await workspace.anomalies.judge(last)).effects.some(({ offset }) => offset < 0)).toBe(true);
    const taken = await workspace.anomalies.takeBack(verdict.id.slice(0, 8), {
      by: 'bob',
      note: 'wrong host',
    });
    expect(taken.takenBack).toMatchObject({ by: 'bob', note: 'wrong host' });
    expect((await workspace.anomalies.judge(last)).effects).toEqual([]);
    expect(await anomaly(workspace, last)).toEqual(untouched);
    await expect(workspace.anomalies.takeBack(verdict.id, who)).rejects.toMatchObject({
      code: 'feedback/taken-back',
    });
  }, 300_000);

  test('of a host that was not unusual there is nothing to say', async () => {
    await expect(
      workspace.anomalies.say(runs.at(-1)!, '10.99.99.99' as IpAddress, 'true', who),
    ).rejects.toMatchObject({
      code: 'feedback/not-unusual',
    });
    await expect(workspace.anomalies.takeBack('ffff', who)).rejects.toMatchObject({
      code: 'feedback/unknown',
    });
  });

  test('an announced change weighs less on its hosts in its time, and says why; withdrawn it weighs as before', async () => {
    const last = runs.at(-1)!;
    const before = await anomaly(workspace, last);
    const { host, score } = before.hosts[0]!;
    const at = last.info.start!;
    const announced = await workspace.anomalies.announce(
      {
        ticket: 'CHG-9',
        hosts: [parsePrefix(host)!],
        ports: [],
        from: (at - 1) as Instant,
        to: (at + 1) as Instant,
      },
      who,
    );
    const during = hostOf(await anomaly(workspace, last), host);
    expect(during.score).toBeLessThan(score);
    expect(during.items.at(-1)?.text ?? '').toMatch(/CHG-9|usual/);
    expect(during.items.some(({ text, value }) => text.includes('CHG-9') && value < 0)).toBe(true);
    await workspace.anomalies.withdraw(announced.id, who);
    expect(await anomaly(workspace, last)).toEqual(before);
    await expect(
      workspace.anomalies.announce({ ticket: 'X', hosts: [], ports: [], from: at, to: at }, who),
    ).rejects.toMatchObject({ code: 'feedback/ends-before-it-begins' });
  }, 300_000);
});

test('the first design can be asked for, and never reaches its own High', async () => {
  const summary = await workspace.assess(runs.at(-1)!, { kind: 'nothing' }, { anomaly: { model: 'seed' } });
  expect(summary.anomaly).toMatchObject({ model: 'seed/1', alerts: 0 });
  expect(Math.max(...summary.anomaly!.hosts.map(({ score }) => score))).toBeLessThan(70);
  const off = await workspace.assess(runs.at(-1)!, { kind: 'nothing' }, { anomaly: { model: 'off' } });
  expect(off.anomaly).toBeUndefined();
}, 300_000);
