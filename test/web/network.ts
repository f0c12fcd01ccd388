import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { seededRow } from '../../bench/listing-rows.ts';
import { buildWeb } from '../../scripts/build-web.mjs';
import type { TokenRole } from '../../src/api/fields.ts';
import { ChangeFeed } from '../../src/assembly/change-feed.ts';
import { Workspace } from '../../src/assembly/workspace.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { listSettings } from '../../src/config/show.ts';
import { encodeCurrent, findingCurrentTable } from '../../src/findings/queries/current.ts';
import { migrations } from '../../src/schema/migrations.ts';
import { migrate } from '../../src/schema/migrator.ts';
import { openStore } from '../../src/store/open.ts';
import { startServer } from '../../src/server/server.ts';
import { nmapXml } from '../scan/fake-nmap.ts';
import { parseInstant, type Instant } from '../../src/time/instant.ts';

const root = resolve(import.meta.dirname, '../..');

/** When the tests say it is: a day after the newest of the examples. */
export const NOW = '2026-11-22T09:30:00Z';

/** The lab and the office of `examples/`, with a permission, a schedule and two receivers of which one is never there. */
const CONFIG = `
exposure:
  vantage: lab
  nmap: ./nmap
  verifyPauseSeconds: 0
  networks:
    - prefix: 10.77.10.0/24
recon:
  networks: [10.20.0.0/16, 203.0.113.0/24]
scope:
  grants:
    - id: lab
      owner: network team
      ticket: NET-1204
      networks: [10.77.10.0/24]
      vantage: lab
      profiles: [exposure, services, audit]
      windows:
        - days: [sat, sun]
          from: '00:00'
          to: '24:00'
          timeZone: UTC
      expires: 2027-06-30
schedules:
  - name: weekly
    cron: '30 22 * * 6'
    timeZone: UTC
    profiles: [exposure]
    targets: [10.77.10.0/24]
sinks:
  - name: archive
    kind: file
    path: findings.jsonl
  - name: chat
    kind: webhook
    url: http://127.0.0.1:9/hook
    secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
server:
  port: 0
  requestsPerMinute: 100000
audit:
  file: audit.jsonl
`;

/** A running server over a real store. */
export interface Network {
  readonly url: string;
  /** Secrets of a token for each role. */
  readonly tokens: Readonly<Record<TokenRole, string>>;
  readonly feed: ChangeFeed;
  readonly workspace: Workspace;
  /** Ends it; throws what went wrong inside while it ran. */
  readonly close: () => Promise<void>;
}

/** The first item of a list of the API. */
export async function firstOf(network: Network, path: string): Promise<{ readonly id: string }> {
  const answer = await fetch(`${network.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${network.tokens.viewer}` },
  });
  const { items } = (await answer.json()) as { readonly items: readonly { readonly id: string }[] };
  const [first] = items;
  if (first === undefined) throw new Error(`${path} is empty`);
  return first;
}

/** What goes into the store before the server starts. */
export type Content = 'nothing' | 'examples' | 'many';

/** How much `many` is: more than anybody scrolls through, and quickly made. */
export const MANY = { findings: 20_000, hosts: 2_000 } as const;

/** Builds the dashboard, fills a store of its own and starts the server on a free port of loopback. */
export async function startNetwork(content: Content): Promise<Network> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-web-'));
  const file = join(folder, 'tidemark.yaml');
  writeFileSync(file, content === 'nothing' ? 'server: { port: 0 }\n' : CONFIG);
  // Nothing of a test reaches the network: what stands in for Nmap finds the telnet of the lab gone.
  writeFileSync(join(folder, 'nmap'), `#!/bin/sh\ncat <<'XML'\n${telnetGone()}XML\n`);
  chmodSync(join(folder, 'nmap'), 0o755);
  const loaded = loadConfig({ cwd: folder, env: {}, config: file, dataDir: join(folder, 'history') });
  const begun = performance.now();
  const base = parseInstant(NOW)!;
  const clock = (): Instant => (base + Math.round((performance.now() - begun) * 1000)) as Instant;
  const webRoot = join(folder, 'web');
  await buildWeb(webRoot);
  if (content === 'many') await fillMany(loaded.config.store, base);
  const workspace = await Workspace.open(loaded.config, { clock, program: 'test', own: true });
  const feed = new ChangeFeed();
  const errors: unknown[] = [];
  try {
    if (content === 'examples') await fill(workspace);
    if (content === 'many') await scanMany(workspace, folder);
    const actor = { user: 'test', face: 'cli' } as const;
    const secretOf = async (role: TokenRole): Promise<string> =>
      (await workspace.tokens.create({ name: `${role}-anna`, role, note: 'test' }, actor)).secret;
    const tokens = {
      viewer: await secretOf('viewer'),
      analyst: await secretOf('analyst'),
      admin: await secretOf('admin'),
    };
    const server = await startServer({
      workspace,
      config: loaded.config,
      settings: { file, items: listSettings(loaded) },
      version: '0.0.0-test',
      clock,
      feed,
      status: () => ({
        started: base,
        ready: true,
        parts: [
          part('schedules', 'waiting', 'next scan on Saturday', base),
          part('watcher zeek', 'running', '', base),
          part('delivery', 'running', '', base),
        ],
      }),
      metrics: async () => ({ contentType: 'text/plain', text: '' }),
      webRoot,
      stdout: new Writable({ write: (_chunk, _encoding, done) => done() }),
      env: { PATH: process.env['PATH'] },
      onError: (error) => errors.push(error),
    });
    return {
      url: server.url,
      tokens,
      feed,
      workspace,
      close: async () => {
        await server.close();
        await workspace.close();
        rmSync(folder, { recursive: true, force: true });
        if (errors.length > 0) throw new AggregateError(errors, 'the server failed inside');
      },
    };
  } catch (error) {
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function telnetGone(): string {
  return nmapXml({ '10.77.10.70': { 23: 'closed' } }, { ports: '23' });
}

function part(name: string, state: 'running' | 'waiting', detail: string, since: Instant) {
  return {
    name,
    state,
    since,
    detail,
    restarts: 0,
    failures: 0,
    error: undefined,
    next: undefined,
    givenUp: false,
  };
}

/** Findings of a large network, written where lists are read from. */
async function fillMany(config: Config['store'], now: Instant): Promise<void> {
  const store = await openStore(config);
  await migrate(store, migrations, { program: 'test' });
  const rows = Array.from({ length: MANY.findings }, (_, n) => seededRow(n, MANY.hosts, BigInt(now)));
  // Episodes among them would have to be whole.
  const ours = rows.filter(({ finding }) => finding.half === 'exposure');
  for (let from = 0; from < ours.length; from += 5_000)
    await store.insert(findingCurrentTable, ours.slice(from, from + 5_000).map(encodeCurrent));
  await store.close();
}

/** A scan of the hosts that they are about. */
async function scanMany(workspace: Workspace, folder: string): Promise<void> {
  const file = join(folder, 'many.xml');
  const hosts = Array.from(
    { length: MANY.hosts },
    (_, n) => [`10.0.${n >> 8}.${n & 255}`, { 22: 'open' }] as const,
  );
  writeFileSync(file, nmapXml(Object.fromEntries(hosts), { ports: '22' }));
  const ask = { stdin: Readable.from([]), signal: new AbortController().signal };
  for await (const one of workspace.importScans([file], ask)) if ('fault' in one) throw one.fault;
  await workspace.findings.refresh();
}

/** Ten weeks of the lab, a baseline from the first six, the later ones assessed; a week of telemetry judged. */
async function fill(workspace: Workspace): Promise<void> {
  const signal = new AbortController().signal;
  const stdin = Readable.from([]);
  for await (const one of workspace.importScans([join(root, 'examples', 'lab')], { stdin, signal }))
    if ('fault' in one && !one.name.endsWith('.md') && !one.name.endsWith('truth.json')) throw one.fault;
  const runs = await workspace.listRuns();
  const who = { by: 'anna', note: 'the first six weeks were reviewed' };
  await workspace.baselines.learn(runs.slice(0, 6), who);
  for (const run of runs.slice(6)) await workspace.assess(run);
  const telemetry = join(root, 'examples', 'telemetry');
  for await (const one of workspace.recon.importTelemetry([telemetry], { stdin, signal }))
    if (one.outcome === 'refused' && !one.name.endsWith('.md')) throw one.fault;
  await workspace.recon.detect({ from: undefined, to: undefined, cover: undefined }, { signal });
  // What the daemon does after each change: the lists are as of the last refresh.
  await workspace.findings.refresh();
}
