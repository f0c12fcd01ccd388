// How long lists take with a million findings and a hundred thousand hosts in sixty scans: npx tsx bench/listing.ts
//   --findings N --hosts N --scans N   other sizes
//   --data DIR                         keep the store there, and use it again when it is filled
// Fills a store with seeded rows (minutes), brings the read models up to date, then asks each question many times. CPU
// seconds are of this process, engine included: on a busy machine they say more than the time that went by.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Workspace } from '../src/assembly/workspace.ts';
import { loadConfig } from '../src/config/load.ts';
import { encodeRun, type StoredRun } from '../src/exposure/queries/runs.ts';
import { scanRun } from '../src/exposure/queries/tables.ts';
import type { FindingPageAsk } from '../src/findings/current.ts';
import { encodeCurrent, findingCurrentTable } from '../src/findings/queries/current.ts';
import { addressOf } from '../src/net/ip-address.ts';
import { migrations } from '../src/schema/migrations.ts';
import { migrate } from '../src/schema/migrator.ts';
import { first, ndjsonLine } from '../src/sql/ports.ts';
import { command, query } from '../src/sql/query.ts';
import { openStore } from '../src/store/open.ts';
import type { Store } from '../src/store/store.ts';
import { fromMillis, type Instant } from '../src/time/instant.ts';
import { formatBytes, formatTable } from './measure.ts';
import { mixed, seededRow } from './listing-rows.ts';

const { values } = parseArgs({
  options: {
    findings: { type: 'string', default: '1000000' },
    hosts: { type: 'string', default: '100000' },
    scans: { type: 'string', default: '60' },
    data: { type: 'string' },
  },
});
const FINDINGS = Number(values.findings);
const HOSTS = Number(values.hosts);
const SCANS = Number(values.scans);
const BATCH = 20_000;
const TIMES = 20;
const DAY = 86_400e6;
const NOW = fromMillis(Date.UTC(2026, 10, 22));

const fillHosts = command(
  'bench.fill-hosts',
  `INSERT INTO scan_host (load, ordinal, family, address, status, reason, hostnames, mac, mac_vendor, os, os_accuracy, timed_out, coverage,
    \`port.protocol\`, \`port.portid\`, \`port.state\`, \`port.reason\`, \`port.service\`, \`port.product\`, \`port.version\`, \`port.extrainfo\`, \`port.tunnel\`, \`port.more\`, more)
SELECT {load:String}, 0, 4, toIPv6(IPv4NumToString(toUInt32(167772160 + number))), 'up', 'syn-ack', [concat('host-', toString(number), '.corp.example')],
    '', ['Dell', 'HP', 'Cisco', ''][1 + number % 4], ['Linux 5.x', 'Windows Server 2022', 'IOS 15'][1 + number % 3], 96, 0, '',
    arrayMap(i -> 'tcp', ports), ports, arrayMap(i -> if((number + i + {scan:UInt32}) % 50 = 0, 'filtered', 'open'), ports), arrayMap(i -> 'syn-ack', ports),
    arrayMap(i -> 'http', ports), arrayMap(i -> 'nginx', ports), arrayMap(i -> concat('1.', toString((number + intDiv({scan:UInt32}, 20)) % 30)), ports),
    arrayMap(i -> '', ports), arrayMap(i -> '', ports), arrayMap(i -> '', ports),
    concat(char(123), '"otherAddresses":[],"extraports":[],"scripts":[],"hostnameTypes":["PTR"],"os":[]', char(125))
FROM (SELECT number, arrayMap(i -> toUInt16([22, 80, 443, 3306, 8080, 8443, 5432, 6379, 3389, 161][i] + number % 7), range(1, 2 + number % 10)) AS ports FROM numbers({hosts:UInt64}))`,
);
const countRows = query(
  'bench.count',
  'SELECT count() AS n FROM finding_current',
  z.object({ n: z.coerce.number() }),
);
const sizeOf = query(
  'bench.size',
  "SELECT table, sum(rows) AS n, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND table IN ('finding_current', 'host_current', 'host_risk', 'scan_host') GROUP BY table ORDER BY table",
  z.object({ table: z.string(), n: z.coerce.number(), bytes: z.coerce.number() }),
);

const memory = async (key: 'VmRSS' | 'VmHWM'): Promise<number> =>
  Number(new RegExp(`${key}:\\s+(\\d+)`).exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;

async function fill(store: Store): Promise<void> {
  for (let from = 0; from < FINDINGS; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, FINDINGS - from) }, (_, index) =>
      ndjsonLine(encodeCurrent(seededRow(from + index, HOSTS, 1n))),
    );
    await store.insertLines(findingCurrentTable, batch);
  }
  for (let scan = 0; scan < SCANS; scan += 1) {
    const load = `00000000-0000-4000-8000-${String(scan).padStart(12, '0')}`;
    await store.execute(fillHosts, { load, scan, hosts: BigInt(HOSTS) });
    const start = (NOW - (SCANS - scan) * DAY) as Instant;
    const run: StoredRun = {
      info: {
        id: `5ca0000000${String(scan).padStart(6, '0')}` as StoredRun['info']['id'],
        scanner: 'nmap',
        version: '7.95',
        args: 'nmap -sV 10.0.0.0/8',
        start,
        end: (start + 3_600e6) as Instant,
        scaninfo: [{ type: 'syn', protocol: 'tcp', services: '1-65535' }],
        verbose: 0,
        debugging: 0,
        preScripts: [],
        postScripts: [],
        format: 'nmap-xml',
        status: 'complete',
        vantage: 'default',
        profile: 'full',
        privileges: 'raw',
      },
      load,
      ordinal: 0,
      imported: start,
      sha256: load,
      source: 'seeded',
      bytes: 0n,
      hostsUp: HOSTS,
      hostsTotal: HOSTS,
      openPorts: HOSTS * 5,
      problems: 0,
    };
    await store.insert(scanRun, [encodeRun(run)]);
  }
  await store.applyDdl('OPTIMIZE TABLE finding_current FINAL');
}

const rows: string[][] = [['question', 'p50 ms', 'p95 ms', 'CPU ms', 'of']];

async function timed(
  question: string,
  work: (time: number) => Promise<unknown>,
  times = TIMES,
): Promise<void> {
  const walls: number[] = [];
  const cpu = process.cpuUsage();
  let of: unknown;
  for (let time = 0; time < times; time += 1) {
    const began = performance.now();
    of = await work(time);
    walls.push(performance.now() - began);
  }
  const used = process.cpuUsage(cpu);
  const sorted = walls.toSorted((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.ceil(part * sorted.length) - 1] ?? 0).toFixed(0);
  rows.push([
    question,
    at(0.5),
    at(0.95),
    ((used.user + used.system) / 1000 / times).toFixed(0),
    typeof of === 'number' ? String(of) : '',
  ]);
}

const directory = values.data ?? (await mkdtemp(join(tmpdir(), 'tidemark-listing-')));
const { config } = loadConfig({ cwd: directory, env: { TIDEMARK_DATA_DIR: join(directory, 'data') } });
const store = await openStore(config.store);
await migrate(store, migrations, { program: 'bench' });
if ((await first(store, countRows, {}))?.n === 0) {
  const began = performance.now();
  await fill(store);
  console.log(`filled in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
for await (const { table, n, bytes } of store.run(sizeOf, {}))
  console.log(`${table}: ${n.toLocaleString('en-US')} rows, ${formatBytes(bytes)} on disk`);
await store.close();

const workspace = await Workspace.open(config, { clock: () => NOW, program: 'bench' });
try {
  await timed('refresh of hosts, all new', () => workspace.hosts.refresh(), 1);
  await timed('refresh of findings, all hosts', async () => (await workspace.findings.refresh()).worked, 1);
  await timed('refresh of findings, nothing new', async () => (await workspace.findings.refresh()).worked);
  const host = (time: number) => addressOf(4, BigInt(0x0a000000 + (mixed(time) % HOSTS)));
  const page = (ask: FindingPageAsk) => workspace.findings.page(ask).then(({ total }) => total);
  await timed('findings: open, by rank', () => page({ filter: { states: ['open'] } }));
  await timed('findings: everything, by rank', () => page({ filter: { unreviewed: true } }));
  await timed('findings: high or worse, newest first', () =>
    page({ filter: { states: ['open'], severity: 'high' }, sort: 'first-seen' }),
  );
  await timed('findings: one rule', () => page({ filter: { rules: ['tls.rule-3'] } }));
  await timed('findings: of a host', (time) => page({ filter: { host: host(time) } }));
  await timed('findings: of a block', (time) =>
    page({ filter: { within: `10.${mixed(time) % Math.max(1, HOSTS >> 16)}.7.0/24` } }),
  );
  await timed('findings: words', (time) => page({ filter: { text: `host-${mixed(time) % 1000} rule` } }));
  let cursor: string | undefined;
  await timed('findings: page after page', async () => {
    const { next, total } = await workspace.findings.page({ filter: { states: ['open'] }, cursor });
    cursor = next;
    return total;
  });
  await timed('findings: counts', () => workspace.findings.counts().then(({ total }) => total));
  await timed('findings: trend of 90 days', () => workspace.findings.trend(90).then(({ length }) => length));
  await timed('hosts: by address', () => workspace.hosts.page({}).then(({ total }) => total));
  await timed('hosts: by risk', () => workspace.hosts.page({ sort: 'risk' }).then(({ total }) => total));
  await timed('hosts: port, words, severity', () =>
    workspace.hosts
      .page({ filter: { port: '443/tcp', text: 'dell host-9', severity: 'medium' } })
      .then(({ total }) => total),
  );
  await timed('hosts: one, with its ports over time', (time) =>
    workspace.hosts.detail(host(time)).then(({ ports }) => ports.cells.length),
  );
  await timed('episodes', () => workspace.episodes.page({}).then(({ total }) => total));
  console.log(formatTable(rows));
  console.log(`memory: ${formatBytes(await memory('VmRSS'))}, at most ${formatBytes(await memory('VmHWM'))}`);
} finally {
  await workspace.close();
  if (values.data === undefined) await rm(directory, { recursive: true, force: true });
}
