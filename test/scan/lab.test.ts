import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IP, Lab } from '../../scripts/lab/namespaces.ts';
import type { ServicePlan } from '../../scripts/lab/service.ts';
import {
  authorisedScanTable,
  encodeOwnScan,
  ownScansSince,
} from '../../src/exposure/queries/authorised-scans.ts';
import { loadConfig } from '../../src/config/load.ts';
import { migrations } from '../../src/schema/migrations.ts';
import { migrate } from '../../src/schema/migrator.ts';
import { all } from '../../src/sql/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { MAIN, type Ran } from '../cli/tidemark.ts';

/** Real Nmap against hosts that the suite makes itself, in network namespaces: nothing of the machine's own network is touched. */
const PREFIX = 'tmown-';
const missing = ['ip', 'nft', 'nmap', 'tcpdump', 'sysctl'].filter(
  (tool) => spawnSync('which', [tool]).status !== 0,
);
const left = spawnSync(IP, ['netns', 'list'], { encoding: 'utf8' }).stdout ?? '';
const why =
  process.getuid?.() !== 0
    ? 'needs root'
    : missing.length > 0
      ? `needs ${missing.join(', ')}`
      : left.includes(PREFIX)
        ? 'another lab is running'
        : '';
const SCANNER = '10.77.0.250';
const TIMEOUT = 240_000;

let folder: string;
let lab: Lab;

const http = (server: string, port = 80): ServicePlan => ({ kind: 'http', port, server });
const host = (name: string, last: number, more: { readonly address6?: string } = {}) => ({
  name,
  mac: `52:54:00:77:00:${last.toString(16).padStart(2, '0')}`,
  address: `10.77.0.${last}`,
  ...more,
});

/** `tidemark` as it is built, started where the scanner stands. */
function start(args: readonly string[]) {
  const child = spawn(
    IP,
    ['netns', 'exec', lab.namespaceOf('scanner1'), process.execPath, MAIN, '-q', ...args],
    { cwd: folder, env: { PATH: process.env['PATH'], HOME: folder }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then(([status, signal]): Ran => ({
    status: status as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }));
  return { child, ended };
}
const tidemark = (...args: readonly string[]): Promise<Ran> => start(args).ended;

interface Seen {
  readonly scans: readonly unknown[];
}

interface Listed {
  readonly scans: readonly {
    readonly id: string;
    readonly status: string;
    readonly openPorts: number;
    readonly hostsUp: number;
  }[];
}
async function scan(...args: readonly string[]): Promise<Listed['scans'][number]> {
  const ran = await tidemark('--json', 'scan', ...args, '--no-assess');
  expect(ran).toMatchObject({ status: 0 });
  return (JSON.parse(ran.stdout) as Listed).scans[0]!;
}

describe.skipIf(why !== '')(`real scans in a lab${why === '' ? '' : ` (skipped: ${why})`}`, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-lab-'));
    const expires = new Date(Date.now() + 3 * 86_400e3).toISOString().slice(0, 10);
    writeFileSync(
      join(folder, 'tidemark.yaml'),
      `exposure: { vantage: lab, verifyPauseSeconds: 0, hostTimeoutMinutes: 1 }
scope:
  grants:
    - { id: lab, owner: test, networks: [10.77.0.0/24, 'fd77::/120'], exclude: [${SCANNER}], vantage: lab, profiles: [exposure, services, udp], timing: 4, expires: ${expires} }
`,
    );
    lab = new Lab(folder, PREFIX);
    lab.plug(host('scanner1', 250, { address6: 'fd77::fa' }));
    lab.plug(host('web', 10, { address6: 'fd77::10' }));
    lab.plug(host('db', 11));
    lab.plug(host('dark', 12));
    lab.filter({ name: 'dark', allow: [9] });
    await lab.serve({ name: 'web', services: [http('nginx/1.22.1'), http('nginx/1.22.1', 8080)] });
    await lab.serve({ name: 'db', services: [http('Apache/2.4.57')] });
  }, TIMEOUT);
  afterAll(async () => {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  }, TIMEOUT);

  test(
    'services that appear, vanish and change their version',
    async () => {
      const ports = ['-p', '22,80,8080,8443'];
      const first = await scan('services', '10.77.0.10-12', ...ports);
      expect(first).toMatchObject({ status: 'complete', openPorts: 3, hostsUp: 3 });
      await lab.serve({ name: 'web', services: [http('nginx/1.18.0'), http('nginx/1.22.1', 8443)] });
      const second = await scan('services', '10.77.0.10-12', ...ports);
      const { status, stdout } = await tidemark('diff', first.id, second.id);
      expect(status).toBe(1);
      expect(stdout).toMatch(/8080\/tcp/);
      expect(stdout).toMatch(/8443\/tcp/);
      expect(stdout).toMatch(/1\.22\.1[\s\S]*1\.18\.0/);
      // The host behind the filter answered ARP only: it is up, and nothing on it was seen.
      const { stdout: raw } = await tidemark('scans', 'show', second.id, '--raw');
      expect(raw).toMatch(/addr="10\.77\.0\.12"[\s\S]*state="filtered"/);
      expect(
        (JSON.parse((await tidemark('--json', 'hosts', '10.77.0.12')).stdout) as Seen).scans,
      ).toMatchObject([
        { state: 'up', open: [] },
        { state: 'up', open: [] },
      ]);
    },
    TIMEOUT,
  );

  test(
    'IPv6, and UDP',
    async () => {
      expect(await scan('exposure', 'fd77::10', '-p', '80,81')).toMatchObject({ openPorts: 1, hostsUp: 1 });
      expect(await scan('udp', '10.77.0.10', '-p', '9,53')).toMatchObject({
        status: 'complete',
        openPorts: 0,
      });
    },
    TIMEOUT,
  );

  test(
    'a host that dies in the middle of a scan: what was seen of the others is kept',
    async () => {
      lab.plug(host('frail', 13));
      await lab.serve({ name: 'frail', services: [http('nginx/1.22.1')] });
      const running = start(['--json', 'scan', 'exposure', '10.77.0.10,13', '-p', '1-2000', '--no-assess']);
      const capture = spawn(
        IP,
        ['netns', 'exec', lab.namespaceOf('frail'), 'tcpdump', '-q', '-i', 'eth0', '-c', '200', 'tcp'],
        { stdio: 'ignore' },
      );
      await once(capture, 'close');
      await lab.unplug('frail');
      const ran = await running.ended;
      expect(ran).toMatchObject({ status: 0 });
      expect((JSON.parse(ran.stdout) as Listed).scans[0]).toMatchObject({ status: 'complete' });
      expect((await tidemark('audit', 'verify')).status).toBe(0);
    },
    TIMEOUT,
  );

  test(
    'our own scan is authorised; with one address missing from the ledger it is a finding',
    async () => {
      const capture = join(folder, 'scan.pcap');
      const tcpdump = spawn(
        IP,
        ['netns', 'exec', lab.namespaceOf('scanner1'), 'tcpdump', '-U', '-i', 'eth0', '-w', capture],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      // It says that it listens.
      await once(tcpdump.stderr, 'data');
      await scan('exposure', '10.77.0.10-12');
      tcpdump.kill('SIGINT');
      await once(tcpdump, 'close');

      const seen = await tidemark('detect', capture);
      expect(seen).toMatchObject({ status: 0 });
      const { findings } = JSON.parse((await tidemark('--json', 'findings', 'list', '--all')).stdout) as {
        readonly findings: readonly {
          readonly standing: string;
          readonly episode: { readonly sources: readonly string[] };
        }[];
      };
      expect(findings.length).toBeGreaterThan(0);
      expect(findings.map(({ standing, episode }) => [standing, episode.sources])).toEqual(
        findings.map(() => ['authorised', [SCANNER]]),
      );

      // The same ledger without one of the addresses, in a history of its own.
      const { config } = loadConfig({ cwd: folder, env: {} });
      const here = await openStore(config.store);
      const since = { since: '1970-01-01 00:00:00.000000' };
      const own = (await all(here, ownScansSince, since)).at(-1)!;
      await here.close();
      expect(own).toMatchObject({ source: SCANNER, targets: ['10.77.0.10/31', '10.77.0.12'] });
      // Two stores in one process need an engine each, which there is not: the second is made by the program.
      const other = join(folder, 'other');
      expect((await tidemark('--data-dir', other, 'scans')).status).toBe(0);
      const there = await openStore({ ...config.store, dataDir: other });
      await migrate(there, migrations, { program: 'test' });
      await there.insert(authorisedScanTable, [
        encodeOwnScan({ ...own, targets: ['10.77.0.10/31'] }, own.to),
      ]);
      await there.close();
      const again = await tidemark('--data-dir', other, 'detect', capture);
      expect(again).toMatchObject({ status: 1 });
      expect(again.stdout).toMatch(/beyond|outside|10\.77\.0\.12/);
    },
    TIMEOUT,
  );
});
