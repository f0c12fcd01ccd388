/**
 * The API of `tidemark serve` under load: requests at a fixed rate, whether or not the last ones were answered, from
 * clients that keep their connections, while scans are imported and telemetry is judged through the same daemon. Says how long
 * requests of each route took, which statuses came, and what the daemon needed.
 *
 * Twelve of 22 requests ask for the same as others of their kind (first pages, posture, status): the server may answer
 * them from what it keeps, as long as nothing was written to what they are read from. Four ask for one of some hundred findings and
 * hosts, in turn. Six are never the same twice: further pages, words, hosts.
 *
 *     npm run build && node --import tsx bench/api.ts [--seconds 300] [--rate 200] [--findings 1000000] [--hosts 100000] [--no-work]
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { encodeCurrent, findingCurrentTable } from '../src/findings/queries/current.ts';
import { addressOf } from '../src/net/ip-address.ts';
import { migrations } from '../src/schema/migrations.ts';
import { migrate } from '../src/schema/migrator.ts';
import { storeConfig } from '../src/store/config.ts';
import { openStore } from '../src/store/open.ts';
import { seededRow } from './listing-rows.ts';
import { formatBytes, formatTable } from './measure.ts';
import { nmapXml } from './nmap-xml-source.ts';
import { writeTelemetry } from './telemetry-source.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    rate: { type: 'string', default: '200' },
    /** Findings put into the list beforehand, and the hosts that they are about. */
    findings: { type: 'string', default: '100000' },
    hosts: { type: 'string', default: '10000' },
    /** Import and detect meanwhile. */
    work: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const [seconds, rate, findings, hosts] = [values.seconds, values.rate, values.findings, values.hosts].map(
  Number,
) as [number, number, number, number];
const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'dist', 'cli', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'bench-api-'));
const dataDir = join(folder, 'data');
mkdirSync(dataDir, { mode: 0o700 });
writeFileSync(
  join(folder, 'tidemark.yaml'),
  `store: { dataDir: ${dataDir} }\nserver: { port: 0, requestsPerMinute: 1000000 }\n`,
);

/** Runs a command to its end; throws when it says that something went wrong. */
function tidemark(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    child.once('error', reject);
    child.once('close', (status) =>
      status === 0 || status === 1
        ? resolve(out)
        : reject(new Error(`tidemark ${args.join(' ')}: ${status}\n${errors}`)),
    );
  });
}

/** Findings as a network of that size would have them, written where lists are read from. */
async function fill(): Promise<void> {
  const store = await openStore(storeConfig.parse({ dataDir }));
  await migrate(store, migrations, { program: 'bench' });
  const version = BigInt(Date.now()) * 1000n;
  for (let begin = 0; begin < findings; begin += 5_000) {
    // Episodes among them would have to be whole: those that `detect` makes do.
    const rows = Array.from({ length: Math.min(5_000, findings - begin) }, (_, n) =>
      seededRow(begin + n, hosts, version),
    ).filter(({ finding: { half } }) => half === 'exposure');
    await store.insert(findingCurrentTable, rows.map(encodeCurrent));
  }
  // As a refresh that writes so much leaves it.
  await store.applyDdl('OPTIMIZE TABLE finding_current FINAL');
  await store.close();
}

await fill();
await tidemark('import', join(ROOT, 'examples', 'lab'));
await tidemark('detect', join(ROOT, 'examples', 'telemetry'));
const { secret } = JSON.parse(await tidemark('--json', 'token', 'create', 'load', '--role', 'viewer')) as {
  secret: string;
};

const daemon = spawn(process.execPath, [MAIN, 'serve'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
const lines: string[] = [];
createInterface({ input: daemon.stderr }).on('line', (line) => lines.push(line));
createInterface({ input: daemon.stdout }).on('line', (line) => lines.push(line));
const url = await listening();

async function listening(): Promise<string> {
  for (let waited = 0; waited < 60_000; waited += 100) {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(lines.join('\n'));
    if (found !== null) return found[0];
    await setTimeout(100);
  }
  throw new Error(`the daemon does not say where it listens:\n${lines.join('\n')}`);
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
interface Answer {
  readonly status: number;
  readonly body: string;
}
function get(path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}/api/v1${path}`,
      { agent, headers: { authorization: `Bearer ${secret}` } },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.once('error', reject);
      },
    );
    asked.once('error', reject);
    asked.end();
  });
}
/** A list, as far as one page of it goes. */
interface List {
  readonly items: readonly Readonly<Record<string, string>>[];
  readonly next?: string;
  readonly facets?: { readonly rule: readonly { readonly value: string }[] };
}
const list = async (path: string): Promise<List> => JSON.parse((await get(path)).body) as List;
/** A field of each item, once there are any: the daemon assesses what was imported before it began. */
const each = async (path: string, field: string): Promise<readonly string[]> => {
  for (let waited = 0; waited < 60_000; waited += 500) {
    const { items } = await list(path);
    if (items.length > 0) return items.map((item) => item[field] ?? '');
    await setTimeout(500);
  }
  throw new Error(`${path} is empty`);
};
// Of the lab's hosts: what was only written into the list has no history behind it.
const details = {
  findings: await each('/findings?network=10.77.0.0/16&limit=200', 'id'),
  hosts: await each('/hosts?limit=200', 'address'),
  scans: await each('/scans', 'id'),
};
const rules = ((await list('/findings?limit=1')).facets?.rule ?? []).map(({ value }) => value);

/** People who go through a list page by page, each through one that nobody else goes through. */
const walks = { begun: 0, free: [] as string[] };
const SORTS = ['rank', 'changed', 'last-seen', 'first-seen', 'host', 'rule'];
function furtherPage(): string {
  const known = walks.free.pop();
  if (known !== undefined) return known;
  const n = walks.begun;
  walks.begun += 1;
  const [rule, order] = [rules[n % rules.length], Math.floor(n / rules.length)];
  const reverse = Math.floor(order / SORTS.length) % 2 === 1;
  return `/findings?limit=50&rule=${rule}&sort=${SORTS[order % SORTS.length]}${reverse ? '&reverse=true' : ''}`;
}
function walkOn(path: string, { body }: Answer): void {
  const { next } = JSON.parse(body) as List;
  if (next !== undefined) walks.free.push(`${path.replace(/&cursor=.*/, '')}&cursor=${next}`);
}

/** A kind of request: how often it is made, for what, and what is done with the answer. */
interface Kind {
  readonly name: string;
  readonly weight: number;
  readonly path: (turn: number) => string;
  readonly answered?: (path: string, answer: Answer) => void;
}
const oneOf = (of: readonly string[], turn: number): string => of[turn % of.length] ?? '';
/** What a dashboard asks for, as often as it does: lists most, details less. */
const KINDS: readonly Kind[] = [
  { name: 'findings', weight: 3, path: () => '/findings?limit=50' },
  {
    name: 'findings, open and severe',
    weight: 2,
    path: () => '/findings?state=open&severity=high&limit=50',
  },
  { name: 'findings, a further page', weight: 2, path: furtherPage, answered: walkOn },
  {
    name: 'findings, by text',
    weight: 2,
    path: (turn) => `/findings?text=host-${turn % hosts}.corp&limit=50`,
  },
  {
    name: 'findings, of a host',
    weight: 2,
    path: (turn) => `/findings?host=${addressOf(4, BigInt(0x0a000000 + (turn % hosts)))}&limit=50`,
  },
  { name: 'finding', weight: 3, path: (turn) => `/findings/${oneOf(details.findings, turn)}` },
  { name: 'hosts', weight: 2, path: () => '/hosts?limit=50' },
  { name: 'host', weight: 1, path: (turn) => `/hosts/${oneOf(details.hosts, turn)}` },
  { name: 'scans', weight: 1, path: () => '/scans?limit=50' },
  { name: 'scan', weight: 1, path: () => `/scans/${details.scans[0]}` },
  { name: 'episodes', weight: 1, path: () => '/episodes?limit=50' },
  { name: 'posture', weight: 1, path: () => '/posture' },
  { name: 'status', weight: 1, path: () => '/status' },
];
const deck = KINDS.flatMap((kind) => Array.from({ length: kind.weight }, () => kind));

const during = { over: false };
/** Imports a scan of some thousand hosts and detects in some hundred thousand flows, over and over. */
async function work(): Promise<{ imports: number; detections: number }> {
  const done = { imports: 0, detections: 0 };
  for (let turn = 1; !during.over; turn += 1) {
    const xml = join(folder, `scan-${turn}.xml`);
    writeFileSync(xml, Buffer.concat([...nmapXml(10, turn)]));
    await tidemark('import', xml);
    done.imports += 1;
    rmSync(xml);
    if (during.over) break;
    const log = join(folder, `conn-${turn}.log`);
    writeTelemetry(log, 'zeek-tsv', 100_000, 'ordinary', turn);
    await tidemark('detect', log);
    done.detections += 1;
    rmSync(log);
  }
  return done;
}

const times = new Map<string, number[]>(KINDS.map(({ name }) => [name, []]));
const statuses = new Map<number | string, number>();
const ask = async (turn: number): Promise<void> => {
  const { name, path: pathOf, answered } = deck[(turn * 7919) % deck.length]!;
  const path = pathOf(turn);
  const began = performance.now();
  let status: number | string;
  try {
    const answer = await get(path);
    ({ status } = answer);
    if (status === 200) answered?.(path, answer);
  } catch (error) {
    status = (error as NodeJS.ErrnoException).code ?? 'error';
  }
  times.get(name)!.push(performance.now() - began);
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
};

/** CPU seconds of the daemon up to now: utime and stime of proc(5), in hundredths of a second. */
const cpuOf = (): number => {
  const fields = readFileSync(`/proc/${daemon.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const cpuBefore = cpuOf();
const working = values.work ? work() : Promise.resolve({ imports: 0, detections: 0 });
const began = performance.now();
const pending = new Set<Promise<void>>();
for (let turn = 0; turn < seconds * rate; turn += 1) {
  const due = began + (turn * 1000) / rate;
  const early = due - performance.now();
  if (early > 1) await setTimeout(early);
  const one = ask(turn).finally(() => pending.delete(one));
  pending.add(one);
}
await Promise.all(pending);
const took = (performance.now() - began) / 1000;
const cpu = cpuOf() - cpuBefore;
during.over = true;
const done = await working;

const quantile = (sorted: readonly number[], q: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN).toFixed(0);
const row = (name: string, of: readonly number[]): string[] => {
  const sorted = of.toSorted((a, b) => a - b);
  return [
    name,
    String(of.length),
    quantile(sorted, 0.5),
    quantile(sorted, 0.95),
    quantile(sorted, 0.99),
    quantile(sorted, 1),
  ];
};
console.log(
  formatTable([
    ['route', 'requests', 'p50 ms', 'p95 ms', 'p99 ms', 'most ms'],
    ...[...times].map(([name, of]) => row(name, of)),
    row('all', [...times.values()].flat()),
  ]),
);
const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))?.[1]) * 1024;
console.log(
  JSON.stringify({
    rate: Math.round((seconds * rate) / took),
    daemonCpuSeconds: cpu,
    cpuMillisPerRequest: (cpu * 1000) / (seconds * rate),
    statuses: Object.fromEntries(statuses),
    findings,
    hosts,
    ...done,
    daemonPeak: formatBytes(peak),
    errors: lines.filter((line) => line.includes('"level":"error"')).slice(0, 3),
  }),
);
agent.destroy();
daemon.kill('SIGTERM');
await new Promise((resolve) => daemon.once('exit', resolve));
rmSync(folder, { recursive: true });
