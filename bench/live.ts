/**
 * The live road: Zeek's conn.log is written at a steady rate, rotated by renaming, and watched by the program as users
 * start it. Every few seconds a new scanner begins. Measured: the time from the line that gave the sequential test
 * enough (the fourth refused contact) to the finding on standard output; whether every line is in the store afterwards;
 * and whether the episodes are those of a batch run over the same files. In the middle the program is killed (-9).
 *
 *     node --import tsx bench/live.ts [--minutes 10] [--rate 20000] [--no-compare]
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { formatBytes } from './measure.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '20000' },
    /** Seconds between two scanners. */
    scanners: { type: 'string', default: '5' },
    /** Seconds between two rotations. */
    rotate: { type: 'string', default: '45' },
    kill: { type: 'boolean', default: true },
    /** Judges the same files in a batch, which takes as long again. */
    compare: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const seconds = Number(values.minutes) * 60;
const rate = Number(values.rate);
const MAIN = join(import.meta.dirname, '..', 'dist', 'cli', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'tidemark-live-'));
const logs = join(folder, 'logs');
mkdirSync(logs);

const HEADER = [
  '#separator \\x09',
  '#set_separator\t,',
  '#empty_field\t(empty)',
  '#unset_field\t-',
  '#path\tconn',
  '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\thistory\torig_pkts\tresp_pkts',
  '#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tstring\tcount\tcount',
  '',
].join('\n');
const WORKSTATIONS = 5000;
const SERVERS = 60_000;
/** Servers that a workstation comes back to; one connection of 64 goes to any other. */
const OWN_SERVERS = 40;
/** Of a thousand servers, those that are gone: hosts fail at .01 to .09 of their first contacts (docs/evaluation.md). */
const DEAD = 33;
/** Contacts of a scanner, ten a second; the fourth decides. */
const SCAN_CONTACTS = 40;
const SCAN_GAP = 100;

let written = 0;
function line(source: string, destination: string, port: number, answered: boolean): string {
  written += 1;
  const stamp = (Date.now() / 1000 + (written % 997) / 1e6).toFixed(6);
  const rest = answered ? 'ssl\t0.25\t1200\t48000\tSF\tShADadFf\t14\t40' : '-\t-\t-\t-\tREJ\tSr\t1\t1';
  return `${stamp}\tC${written.toString(36)}\t${source}\t${40_000 + (written % 20_000)}\t${destination}\t${port}\ttcp\t${rest}\n`;
}

/** A number that belongs to another, 0 to 2³²: murmur3's last steps. */
function mixed(number: number): number {
  let bits = Math.imul(number ^ (number >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

const path = join(logs, 'conn.log');
let log = openSync(path, 'a');
writeSync(log, HEADER);
let rotations = 0;
function rotate(): void {
  closeSync(log);
  rotations += 1;
  renameSync(path, join(logs, `conn.${String(rotations).padStart(4, '0')}.log`));
  log = openSync(path, 'a');
  writeSync(log, HEADER);
}

/** When the deciding line of each scanner was written, and when it was said. */
const decided = new Map<string, number>();
const said = new Map<string, number>();
let peakRss = 0;
/** What the program last said of itself. */
let metrics: { readonly at: number; readonly behindBytes: number } | undefined;

function start(): ChildProcess {
  const child = spawn(process.execPath, [MAIN, '--json', 'watch', logs], {
    cwd: folder,
    env: { ...process.env, TIDEMARK_DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  createInterface({ input: child.stderr }).on('line', (text) => {
    console.error(text);
    if (!text.startsWith('{"schema":"tidemark/watch-metrics/')) return;
    const { behindBytes } = JSON.parse(text) as { behindBytes: number };
    metrics = { at: Date.now(), behindBytes };
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    const event = JSON.parse(text) as { episode?: { sources: string[] } };
    for (const source of event.episode?.sources ?? [])
      if (decided.has(source) && !said.has(source)) said.set(source, Date.now());
  });
  return child;
}

async function measureMemory(child: ChildProcess): Promise<void> {
  const { readFileSync } = await import('node:fs');
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      peakRss = Math.max(peakRss, Number(rss ?? 0) * 1024);
    } catch {
      return;
    }
    await setTimeout(500);
  }
}

let child = start();
void measureMemory(child);
const began = Date.now();
let due = 0;
let scanner = 0;
let nextRotation = Number(values.rotate) * 1000;
let killed = !values.kill;
const scans: { source: string; sent: number; next: number }[] = [];
while (Date.now() - began < seconds * 1000) {
  const now = Date.now() - began;
  const target = Math.floor((now / 1000) * rate);
  let text = '';
  // A scanner in time to be found before the end.
  if (now / 1000 / Number(values.scanners) > scanner && now < (seconds - 20) * 1000) {
    scanner += 1;
    scans.push({ source: `198.51.${100 + (scanner >> 8)}.${scanner & 255}`, sent: 0, next: now });
  }
  for (const scan of scans) {
    while (scan.sent < SCAN_CONTACTS && scan.next <= now) {
      scan.sent += 1;
      scan.next += SCAN_GAP;
      text += line(scan.source, `10.9.${scan.sent}.${scan.source.split('.').at(-1)}`, 445, false);
      if (scan.sent === 4) decided.set(scan.source, Date.now());
    }
  }
  for (; due < target; due += 1) {
    const workstation = due % WORKSTATIONS;
    const turn = mixed(due);
    const server =
      (turn & 63) === 0
        ? (turn >>> 6) % SERVERS
        : mixed(workstation * OWN_SERVERS + ((turn >>> 6) % OWN_SERVERS) + 1e9) % SERVERS;
    text += line(
      `10.1.${workstation >> 8}.${workstation & 255}`,
      `93.184.${server >> 8}.${server & 255}`,
      443,
      mixed(server + 2e9) % 1000 >= DEAD,
    );
  }
  writeSync(log, text);
  if (now >= nextRotation) {
    nextRotation += Number(values.rotate) * 1000;
    rotate();
  }
  if (!killed && now > (seconds * 1000) / 2) {
    killed = true;
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    child = start();
    void measureMemory(child);
  }
  await setTimeout(20);
}
closeSync(log);
const ended = Date.now();
/** The program is given time to catch up, and one more round. */
const CATCH_UP = 300_000;
const isBehind = (): boolean =>
  metrics === undefined || metrics.at < ended + 15_000 || metrics.behindBytes > 0;
while (Date.now() - ended < CATCH_UP && isBehind()) await setTimeout(500);
const caughtUp = (Date.now() - ended) / 1000;
child.kill('SIGINT');
await new Promise((resolve) => child.once('exit', resolve));

function ask(dataDir: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env: { ...process.env, TIDEMARK_DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    asked.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    asked.once('error', reject);
    asked.once('close', () => resolve(out));
  });
}
interface Listed {
  readonly findings: readonly {
    readonly present: boolean;
    readonly finding: { readonly id: string };
    readonly episode: {
      readonly first: string;
      readonly last: string;
      readonly likelihood: unknown;
      readonly targets: unknown;
    };
  }[];
}
const essence = (text: string): ReadonlyMap<string, string> =>
  new Map(
    (JSON.parse(text) as Listed).findings
      // A source that was found alone and belongs to a campaign by now is no longer seen alone.
      .filter(({ present }) => present)
      .map(({ finding, episode }) => [
        finding.id,
        JSON.stringify([episode.first, episode.last, episode.likelihood, episode.targets]),
      ]),
  );
const live = await ask(join(folder, 'data'), '--json', 'findings', '--all', '--limit', '100000');
const stored = JSON.parse(
  await ask(join(folder, 'data'), '--json', 'query', 'SELECT uniqExact(record) AS records FROM flows'),
) as { records: number | string };
let equalToBatch: boolean | undefined;
/** Episodes that one road has and the other has not, or has otherwise. */
const differences: { readonly id: string; readonly live?: string; readonly batch?: string }[] = [];
if (values.compare) {
  await ask(join(folder, 'batch'), '--quiet', 'detect', logs);
  const batch = await ask(join(folder, 'batch'), '--json', 'findings', '--all', '--limit', '100000');
  const [lived, batched] = [essence(live), essence(batch)];
  for (const id of new Set([...lived.keys(), ...batched.keys()])) {
    const [one, other] = [lived.get(id), batched.get(id)];
    if (one !== other)
      differences.push({
        id,
        ...(one === undefined ? {} : { live: one }),
        ...(other === undefined ? {} : { batch: other }),
      });
  }
  equalToBatch = differences.length === 0;
}

const latencies = [...decided].flatMap(([source, at]) => {
  const when = said.get(source);
  return when === undefined ? [] : [when - at];
});
const sorted = latencies.toSorted((a, b) => a - b);
const quantile = (q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
console.log(
  JSON.stringify(
    {
      seconds,
      linesPerSecond: rate,
      lines: written,
      rotations,
      records: Number(stored.records),
      lost: written - Number(stored.records),
      scanners: decided.size,
      found: said.size,
      latencyMilliseconds: {
        p50: quantile(0.5),
        p90: quantile(0.9),
        p99: quantile(0.99),
        max: sorted.at(-1),
      },
      episodes: essence(live).size,
      equalToBatch,
      differ: differences.length,
      differences: differences.slice(0, 3),
      caughtUpSeconds: caughtUp,
      killed: values.kill,
      peakMemory: formatBytes(peakRss),
    },
    null,
    2,
  ),
);
rmSync(folder, { recursive: true });
