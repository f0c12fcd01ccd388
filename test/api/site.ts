import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { ChangeFeed } from '../../src/assembly/change-feed.ts';
import { Workspace } from '../../src/assembly/workspace.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig, type LoadedConfig } from '../../src/config/load.ts';
import { listSettings } from '../../src/config/show.ts';
import { makeServer } from '../../src/server/make-server.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import { fromMillis, type Instant } from '../../src/time/instant.ts';

const examples = resolve(import.meta.dirname, '../../examples');
/** A secret of the configuration: no answer may hold it. */
export const SECRET_OF_CONFIG = 'hunter2-of-the-elasticsearch-sink';

const CONFIG = `
exposure:
  vantage: lab
  networks: [{ prefix: 10.30.0.0/16 }]
scope:
  grants:
    - { id: lab, owner: lab team, ticket: LAB-1, networks: [10.30.0.0/16], vantage: lab, profiles: [exposure, services], expires: 2099-01-01,
        windows: [{ days: [mon, tue, wed, thu, fri], from: '22:00', to: '05:00', timeZone: Europe/Zurich }] }
schedules:
  - { name: nightly, cron: '30 2 * * *', profiles: [services], targets: [10.30.0.0/24] }
sinks:
  - { name: siem, kind: elasticsearch, url: 'http://127.0.0.1:9', user: tidemark, password: ${SECRET_OF_CONFIG}, allowHosts: [127.0.0.1] }
  - { name: lines, kind: file, path: findings.jsonl }
`;

/** Who may ask, by the role of the token. */
export interface Tokens {
  readonly viewer: string;
  readonly analyst: string;
  readonly admin: string;
  readonly expired: string;
  readonly revoked: string;
}

/** A server over a store that is filled from examples/, and what stands around it. */
export interface Site {
  readonly app: FastifyInstance;
  readonly workspace: Workspace;
  readonly feed: ChangeFeed;
  readonly loaded: LoadedConfig;
  readonly tokens: Tokens;
  readonly options: ServerOptions;
  readonly directory: string;
  /** What went wrong inside, since the last look. */
  readonly errors: { readonly about: string; readonly error: unknown }[];
  /** Lets time pass, in microseconds. */
  readonly wait: (microseconds: number) => void;
  readonly now: () => Instant;
  /** Another server over the same store, with another configuration of the server. */
  readonly serve: (
    change: Partial<Config['server']>,
    more?: Partial<ServerOptions>,
  ) => Promise<FastifyInstance>;
  close(): Promise<void>;
}

/** Opens a store, fills it, and makes the server. */
export async function openSite(): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), 'api-'));
  await writeFile(join(directory, 'tidemark.yaml'), CONFIG);
  const loaded = loadConfig({ cwd: directory, env: {} });
  const { config } = loaded;
  // After the examples; retention counts by the engine's own clock.
  let now = Math.max(Date.now() * 1e3, fromMillis(Date.UTC(2026, 10, 22))) as Instant;
  const clock = (): Instant => now;
  const wait = (microseconds: number): void => {
    now = (now + microseconds) as Instant;
  };
  const workspace = await Workspace.open(config, { clock, program: 'test', own: true });
  await fill(workspace, wait);
  const actor = { user: 'test', face: 'cli' } as const;
  const make = async (role: 'viewer' | 'analyst' | 'admin', name: string, until?: Instant) =>
    (await workspace.tokens.create({ name, role, note: '', until }, actor)).secret;
  const tokens: Tokens = {
    viewer: await make('viewer', 'victor'),
    analyst: await make('analyst', 'anna'),
    admin: await make('admin', 'ada'),
    expired: await make('admin', 'eve', (now + 1e6) as Instant),
    revoked: await make('admin', 'rita'),
  };
  await workspace.tokens.revoke('rita', actor);
  wait(2e6);
  const feed = new ChangeFeed();
  const errors: { about: string; error: unknown }[] = [];
  const started = now;
  const options: ServerOptions = {
    workspace,
    config,
    settings: { file: loaded.located.file, items: listSettings(loaded) },
    version: '0.0.0-test',
    clock,
    feed,
    status: () => ({
      started,
      ready: true,
      parts: [
        {
          name: 'schedules',
          state: 'waiting',
          since: started,
          detail: '',
          restarts: 0,
          failures: 0,
          error: undefined,
          next: undefined,
          givenUp: false,
        },
      ],
    }),
    metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', text: 'tidemark_up 1\n' }),
    webRoot: join(directory, 'no-dashboard'),
    stdout: new PassThrough(),
    env: { PATH: '' },
    onError: (error, about) => errors.push({ error, about }),
  };
  const apps: FastifyInstance[] = [];
  const serve: Site['serve'] = async (change, more = {}) => {
    const app = await makeServer({
      ...options,
      ...more,
      config: { ...config, server: { ...config.server, ...change } },
    });
    apps.push(app);
    return app;
  };
  return {
    app: await serve({ requestsPerMinute: 1_000_000 }),
    workspace,
    feed,
    loaded,
    tokens,
    options,
    directory,
    errors,
    wait,
    now: clock,
    serve,
    close: async () => {
      await Promise.all(apps.map((app) => app.close()));
      await workspace.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Ten weekly scans of the lab, the first eight of which are the baseline; and telemetry with a scan in it. */
async function fill(workspace: Workspace, wait: (microseconds: number) => void): Promise<void> {
  const stdin = Readable.from([]);
  const { signal } = new AbortController();
  const lab = join(examples, 'lab');
  const scans = (await readdir(lab)).filter((name) => name.endsWith('.xml')).toSorted();
  for await (const _ of workspace.importScans(
    scans.map((name) => join(lab, name)),
    { stdin },
  ));
  const runs = await workspace.listRuns();
  await workspace.baselines.learn(runs.slice(0, 8), { by: 'test', note: 'the lab as it is' });
  for (const run of runs.slice(8)) {
    wait(1e6);
    await workspace.assess(run);
  }
  const telemetry = [join(examples, 'telemetry', 'nmap-sV-web.eve.json')];
  for await (const _ of workspace.recon.importTelemetry(telemetry, { stdin, signal }));
  wait(1e6);
  await workspace.recon.detect({}, { signal });
  await workspace.findings.refresh();
  wait(1e6);
}

/** The header of a token. */
export function bearer(secret: string): { readonly authorization: string } {
  return { authorization: `Bearer ${secret}` };
}
