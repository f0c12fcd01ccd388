import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { diffRuns } from '../exposure/diff/diff-runs.ts';
import { collectRun } from '../exposure/model/collect-run.ts';
import type { ScanRun } from '../exposure/model/scan-run.ts';
import { NmapXmlReader } from '../exposure/parse/nmap-xml.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { fromMillis } from '../time/instant.ts';
import { documentedViews, Workspace, type ListedHost } from './workspace.ts';

const lab = resolve(import.meta.dirname, '../../examples/lab');
const who = { by: 'test', note: 'test' };

let directory: string;
let workspace: Workspace;
let scans: readonly string[];

const open = (dataDir = join(directory, 'data')): Promise<Workspace> =>
  Workspace.open(loadConfig({ cwd: directory, env: { TIDEMARK_DATA_DIR: dataDir } }).config, {
    clock: () => fromMillis(Date.UTC(2026, 10, 16)),
    program: 'test',
  });

async function importAll(paths: readonly string[], stdin: Readable = Readable.from([])): Promise<string[]> {
  const outcomes: string[] = [];
  for await (const imported of workspace.importScans(paths, { stdin })) {
    if ('outcome' in imported) outcomes.push(imported.outcome.kind);
    else if ('fault' in imported) outcomes.push(imported.fault.code);
    else outcomes.push(`skipped: ${imported.skipped}`);
  }
  return outcomes;
}

async function readFileAsRun(path: string, like: ScanRun): Promise<ScanRun> {
  const reader = new NmapXmlReader();
  const { id, vantage, profile, privileges } = like.info;
  const events = [...reader.push(await readFile(path)), ...reader.end()];
  return collectRun(events, { id, vantage, profile, privileges })[0]!;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'workspace-'));
  scans = (await readdir(lab))
    .filter((name) => name.endsWith('.xml'))
    .map((name) => join(lab, name))
    .toSorted();
  workspace = await open();
});
afterAll(async () => {
  await workspace.close();
  await rm(directory, { recursive: true, force: true });
});

describe('import', () => {
  test('ten weekly scans by real Nmap become ten runs', async () => {
    expect(await importAll(scans)).toEqual(scans.map(() => 'imported'));
    expect((await workspace.listRuns()).map((run) => run.info.status)).toEqual(scans.map(() => 'complete'));
  });

  test('the same bytes again change nothing, however they come: by another name, compressed, from stdin', async () => {
    const copy = join(directory, 'copy.xml');
    const packed = join(directory, 'packed.bin');
    await cp(scans[0]!, copy);
    await writeFile(packed, gzipSync(await readFile(scans[1]!)));
    const stdin = Readable.from([await readFile(scans[2]!)]);
    expect(await importAll([copy, packed, '-'], stdin)).toEqual(['known', 'known', 'known']);
    expect(await workspace.listRuns()).toHaveLength(scans.length);
  });

  test('a bad file among good ones is reported and does not stop the rest', async () => {
    const bad = join(directory, 'bad.xml');
    const cut = join(directory, 'cut.xml');
    await writeFile(bad, '<html><body>not a scan</body></html>');
    const bytes = await readFile(scans[3]!);
    await writeFile(cut, bytes.subarray(0, Math.floor(bytes.length * 0.7)));
    const outcomes = await importAll([bad, join(directory, 'missing.xml'), cut, scans[0]!]);
    expect(outcomes).toEqual(['parse/not-a-scan', 'source/not-found', 'imported', 'known']);
    const run = (await workspace.listRuns()).find(({ info }) => info.status === 'truncated');
    expect(run?.problems).toBeGreaterThan(0);
    expect(await workspace.problemsOf(run!)).toHaveLength(run!.problems);
  });

  test('the raw file comes back byte for byte', async () => {
    for (const path of scans) {
      const bytes = await readFile(path);
      const id = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
      const pieces: Uint8Array[] = [];
      for await (const piece of workspace.rawRun(await workspace.findRun(id))) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    }
  });

  test('a run read back from the store is the run that the file holds', async () => {
    for (const path of scans) {
      const id = createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
        .slice(0, 16);
      const stored = await workspace.loadRun(await workspace.findRun(id));
      const fresh = await readFileAsRun(path, stored);
      expect(stored).toEqual(fresh);
      expect(diffRuns(stored, fresh).changes).toEqual([]);
    }
  });
});

describe('what a folder holds besides scans', () => {
  test('is skipped, and a file that was named is refused', async () => {
    const outcomes = await importAll([lab]);
    expect(outcomes.filter((outcome) => outcome === 'skipped: no scanner output')).toHaveLength(2);
    expect(await importAll([join(lab, 'README.md')])).toEqual(['parse/unknown-format']);
  });
});

describe('references to runs', () => {
  test.each([
    { reference: 'latest', want: '2026-11-15' },
    { reference: 'latest~1', want: '2026-11-08' },
  ])('$reference', async ({ reference, want }) => {
    expect((await workspace.findRun(reference)).source).toContain(want);
  });

  test.each([
    { reference: 'latest~99', code: 'scan/none' },
    { reference: 'ffffffffffffffff', code: 'scan/unknown' },
    { reference: "'; DROP TABLE scan_run", code: 'scan/unknown' },
  ])('$reference → $code', async ({ reference, code }) => {
    await expect(workspace.findRun(reference)).rejects.toMatchObject({ code });
  });
});

describe('history of a host', () => {
  test('goes back to the first scan, and lists every host once', async () => {
    const history = await workspace.hostHistory('10.77.10.70' as IpAddress);
    expect(
      history.filter(({ host }) => host.ports.some((port) => port.portid === 23 && port.state === 'open')),
    ).toHaveLength(4);
    const hosts: string[] = [];
    for await (const host of workspace.listHosts()) hosts.push(host.address);
    expect(hosts).toContain('10.77.10.66');
    expect(new Set(hosts).size).toBe(hosts.length);
  });
});

describe('baseline and assessment', () => {
  test('what was planted in ten weeks comes out as findings, and what is noise does not', async () => {
    const runs = (await workspace.listRuns()).filter((run) => run.info.status === 'complete');
    const { version, baseline, setAside } = await workspace.baselines.learn(runs.slice(0, 6), who);
    expect({ version: version.version, setAside }).toEqual({ version: 1, setAside: [] });
    expect(await workspace.baselines.load(version)).toEqual(baseline);

    const summary = await workspace.assess(await workspace.findRun('latest'));
    expect(summary.against).toEqual({ kind: 'baseline', version: 1, runs: 6 });
    const raised = summary.findings.filter(
      (finding) => finding.severity !== 'info' && finding.severity !== 'low',
    );
    const named = raised.map((finding) =>
      `${finding.subject.host ?? ''} ${finding.subject.port ?? ''}`.trim(),
    );
    for (const planted of [
      '10.77.10.10 3306/tcp',
      '10.77.10.70 23/tcp',
      '10.77.10.80 8000/tcp',
      '10.77.10.80 8888/tcp',
      '10.77.10.80 9000/tcp',
      '10.77.10.80 9200/tcp',
      '10.77.10.80 4444/tcp',
      '10.77.10.11 80/tcp',
      '10.77.10.66',
      '10.77.10.40',
      '10.77.10.10 443/tcp',
      '10.77.10.50 9090/tcp',
    ]) {
      expect(named).toContain(planted);
    }
    // Noise in truth.json: a preview server that comes and goes, an RPC service that roams.
    for (const noise of ['5000/tcp', '32765/tcp', '32769/tcp'])
      expect(named.filter((one) => one.endsWith(` ${noise}`))).toEqual([]);
    expect(summary.risk.level).toBe('high');
  });

  test('an approval makes a version in which the finding is gone; rolling back brings it back', async () => {
    const latest = await workspace.findRun('latest');
    const isThere = async (): Promise<boolean> =>
      (await workspace.assess(latest)).findings.some(
        ({ rule, subject }) =>
          rule.startsWith('drift.') && subject.host === '10.77.10.80' && subject.port === '9000/tcp',
      );
    expect(await isThere()).toBe(true);
    const approved = await workspace.baselines.approve(
      [{ what: 'port', host: '10.77.10.80' as IpAddress, port: '9000/tcp' }],
      who,
    );
    expect(approved.version.version).toBe(2);
    expect(await workspace.baselines.load(approved.version)).toEqual(approved.baseline);
    expect(await isThere()).toBe(false);
    await workspace.baselines.rollBack(await workspace.baselines.find('1'), who);
    expect(await isThere()).toBe(true);
    expect(
      (await workspace.baselines.versions()).map(({ version, parent, how }) => [version, parent, how]),
    ).toEqual([
      [1, undefined, 'learned'],
      [2, 1, 'approved'],
      [3, 2, 'rolled-back'],
    ]);
  });

  test('a pinned version stays the measure when a newer one is learned', async () => {
    await workspace.baselines.pin(await workspace.baselines.find('1'), who);
    const runs = (await workspace.listRuns()).filter((run) => run.info.status === 'complete');
    await workspace.baselines.learn(runs, who);
    expect((await workspace.baselines.inForce())?.version).toBe(1);
  });

  test('two stored runs differ as their files do', async () => {
    const runs = (await workspace.listRuns()).filter((run) => run.info.status === 'complete');
    for (const [index, run] of runs.slice(1).entries()) {
      const before = runs[index]!;
      const stored = await workspace.diffRuns(before, run);
      const [a, b] = await Promise.all(
        [before, run].map(async (one) => readFileAsRun(one.source, await workspace.loadRun(one))),
      );
      expect(stored.changes.length).toBeGreaterThan(0);
      expect(stored.changes).toEqual(diffRuns(a!, b!).changes);
    }
  });
});

describe('questions in SQL', () => {
  test('read the documented views', async () => {
    const { columns, rows } = await workspace.query(
      "SELECT address, portid, product FROM ports WHERE state = 'open' AND service = 'telnet' GROUP BY ALL ORDER BY address",
    );
    const answer: (readonly unknown[])[] = [];
    for await (const row of rows) answer.push(row);
    expect(columns.map((column) => column.name)).toEqual(['address', 'portid', 'product']);
    expect(answer).toEqual([['10.77.10.70', 23, 'BusyBox telnetd']]);
  });

  test.each(documentedViews.map((view) => [view.name, view] as const))(
    'view %s has the columns that it documents',
    async (name, view) => {
      const { columns } = await workspace.query(`SELECT * FROM ${name} LIMIT 1`);
      expect(columns.map((column) => column.name)).toEqual(view.columns.map((column) => column.name));
    },
  );

  test.each(['SELECT * FROM scan_run', 'DROP VIEW runs', "SELECT * FROM file('/etc/passwd')"])(
    '%s is refused',
    async (sql) => {
      await expect(workspace.query(sql)).rejects.toMatchObject({ code: 'query/refused' });
    },
  );
});

test('everything is still there after closing and opening again', async () => {
  const before = await workspace.listRuns();
  await workspace.close();
  workspace = await open();
  expect(await workspace.listRuns()).toEqual(before);
  expect(existsSync(join(directory, 'data'))).toBe(true);
});

// Last: it adds a scan that the others do not expect.
describe('the list of hosts', () => {
  test('a later scan without names and ports hides neither', async () => {
    const sweep = resolve(import.meta.dirname, '../../test/fixtures/nmap/real/ping-sweep.xml');
    const listed = async (): Promise<ListedHost | undefined> => {
      for await (const host of workspace.listHosts()) if (host.address === '10.77.10.10') return host;
      return undefined;
    };
    const before = await listed();
    expect(before?.names).toContain('web1.corp.example');
    expect(before?.openPorts).toHaveLength(4);
    expect(await importAll([sweep])).toEqual(['imported']);
    const after = await listed();
    expect(after?.lastRun).not.toBe(before?.lastRun);
    expect({ names: after?.names, open: after?.openPorts }).toEqual({
      names: before?.names,
      open: before?.openPorts,
    });
  });
});

describe('scans of another kind, and copies of one scan', () => {
  test('a scan that the baseline says nothing of is held against the one before it in its series', async () => {
    const connect = resolve(lab, '../../test/fixtures/nmap/real/connect.xml');
    expect(await importAll([connect])).toEqual(['imported']);
    const run = (await workspace.listRuns()).find(({ info }) => info.privileges === 'connect')!;
    const summary = await workspace.assess(run);
    expect(summary.against.kind).toBe('nothing');
    expect(summary.blindSpots[0]).toContain('another kind of scan');
  });

  test('a port that masscan writes in several pieces is one port', async () => {
    const banners = resolve(lab, '../../test/fixtures/nmap/real/masscan-banners.json');
    expect(await importAll([banners])).toEqual(['imported']);
    const run = (await workspace.listRuns()).find(({ source }) => source === banners)!;
    const { hosts } = await workspace.loadRun(run);
    const openPorts = hosts.flatMap((host) => host.ports.filter((port) => port.state === 'open'));
    expect(run.openPorts).toBe(openPorts.length);
  });

  test('a file imported while it was written, and again when whole, is one scan', async () => {
    // The engine opens one directory per process.
    await workspace.close();
    const other = await open(join(directory, 'growing'));
    try {
      const bytes = await readFile(scans[0]!);
      const growing = join(directory, 'growing.xml');
      for (const share of [0.6, 0.8, 1]) {
        await writeFile(growing, bytes.subarray(0, Math.floor(bytes.length * share)));
        for await (const _ of other.importScans([growing], { stdin: Readable.from([]) })) continue;
      }
      const runs = await other.listRuns();
      expect(runs.map(({ info }) => info.status).toSorted()).toEqual(['complete', 'truncated', 'truncated']);
      const { baseline } = await other.baselines.learn(runs, who);
      expect(baseline.runs).toEqual([runs.find(({ info }) => info.status === 'complete')!.info.id]);
      await expect(other.findRun('latest~1')).rejects.toMatchObject({ code: 'scan/none' });
    } finally {
      await other.close();
      workspace = await open();
    }
  });
});
