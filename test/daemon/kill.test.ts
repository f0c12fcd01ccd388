import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { first } from '../../src/sql/ports.ts';
import { query } from '../../src/sql/query.ts';
import { storeConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/open.ts';
import { scratch, tidemark } from '../cli/tidemark.ts';
import { DaemonProcess } from './daemon-process.ts';

/** Kills in this run. TIDEMARK_KILLS=50 npx vitest run test/daemon/kill.test.ts */
const KILLS = Number(process.env['TIDEMARK_KILLS'] ?? 4);
/** Scans that appear in each life. */
const EACH = 2;
const LAB = resolve(import.meta.dirname, '../../examples/lab');
const WEEKS = readdirSync(LAB)
  .filter((name) => name.endsWith('.xml'))
  .toSorted();

let folder: string;
let receiver: Server;
let daemon: DaemonProcess | undefined;
/** What came, in order. */
const got: { readonly key: string; readonly body: string; readonly finding: string }[] = [];
beforeEach(async () => {
  folder = scratch();
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { data } = JSON.parse(body) as { data: { finding: { id: string } } };
      got.push({ key: String(request.headers['webhook-id']), body, finding: data.finding.id });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});
afterEach(async () => {
  await daemon?.end();
  receiver.closeAllConnections();
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

const counts = query(
  'test.counts',
  `SELECT (SELECT uniqExact(run) FROM scan_run) AS runs, (SELECT count() FROM scan_run) AS commits,
          (SELECT uniqExact(run) FROM assessment) AS assessed,
          (SELECT count() FROM scan_host WHERE load NOT IN (SELECT load FROM scan_run)) AS half`,
  z.object({
    runs: z.coerce.number(),
    commits: z.coerce.number(),
    assessed: z.coerce.number(),
    half: z.coerce.number(),
  }),
);

/** Scans that this run drops: the weeks of the lab, and copies of the last one that are scans of their own. */
function drop(number: number): void {
  const name = WEEKS[Math.min(number, WEEKS.length - 1)]!;
  const path = join(folder, 'drop', `${String(number).padStart(3, '0')}-${name}`);
  cpSync(join(LAB, name), `${path}.part`);
  // Another file, as far as its bytes go, once the weeks are used up.
  if (number >= WEEKS.length) writeFileSync(`${path}.part`, `<!-- ${number} -->\n`, { flag: 'a' });
  const written = Date.UTC(2026, 0, 1) / 1_000 + number;
  utimesSync(`${path}.part`, written, written);
  renameSync(`${path}.part`, path);
}

test(
  `${KILLS} times killed during import, assessment and delivery: every scan is there once, assessed, and told`,
  { timeout: 120_000 + KILLS * 40_000 },
  async () => {
    const { port } = receiver.address() as AddressInfo;
    writeFileSync(
      join(folder, 'tidemark.yaml'),
      `serve: { drop: { folder: drop, settleSeconds: 1 }, deliverSeconds: 1 }
sinks: [{ name: hook, kind: webhook, url: 'http://127.0.0.1:${port}/', allowHosts: [127.0.0.1] }]
`,
    );
    mkdirSync(join(folder, 'drop'));
    const random = xoroshiro128plus(11);
    let dropped = 0;
    // The first scan of a series is assessed before the others come: of what came before it nothing is news.
    drop(dropped++);
    daemon = await DaemonProcess.start(folder);
    await daemon.until('assessment.made');
    const moments = ['daemon.started', 'scan.imported', 'assessment.made', 'sink.delivered', 'a message'];
    for (let life = 0; life < KILLS; life += 1) {
      const victim: DaemonProcess = daemon;
      const before = { messages: got.length, lines: victim.log.length };
      for (let each = 0; each < EACH; each += 1) drop(dropped++);
      const moment = moments[life % moments.length]!;
      await victim.waitFor(
        () =>
          moment === 'a message'
            ? got.length > before.messages
            : moment === 'daemon.started' ||
              victim.log.slice(before.lines).some(({ event }) => event === moment),
        moment,
      );
      await sleep(uniformInt(random, 0, 400));
      expect(await victim.kill()).toEqual({ status: null, signal: 'SIGKILL' });
      daemon = await DaemonProcess.start(folder);
    }
    const last = daemon;
    const done = (): number =>
      existsSync(join(folder, 'drop/done')) ? readdirSync(join(folder, 'drop/done')).length : 0;
    await last.waitFor(() => done() >= dropped, 'every file is read');
    // At rest: nothing to assess, nothing to send, and a whole round of delivery since the last assessment.
    const rounds = new Set<string>();
    const isDone = async (): Promise<boolean> => {
      await sleep(300);
      const { stdout } = await tidemark(['status', '--json'], { cwd: folder });
      const { sinks, parts } = JSON.parse(stdout) as {
        sinks: { pending: number }[];
        parts: { name: string; state: string; since: string }[];
      };
      const partOf = (name: string) => parts.find((part) => part.name === name)!;
      const [assessment, delivery] = [partOf('assessment'), partOf('delivery')];
      if (assessment.state !== 'waiting') rounds.clear();
      else if (delivery.since > assessment.since) rounds.add(delivery.since);
      return rounds.size >= 3 && sinks[0]?.pending === 0;
    };
    await last.waitFor(isDone, 'everything is done');
    const listed = await tidemark(['findings', '--json', '--all'], { cwd: folder });
    expect(await last.kill('SIGTERM')).toEqual({ status: 0, signal: null });

    const store = await openStore(storeConfig.parse({ dataDir: join(folder, '.tidemark') }));
    expect(store.problems).toEqual([]);
    expect(await first(store, counts, {})).toEqual({
      runs: dropped,
      commits: dropped,
      assessed: dropped,
      half: 0,
    });
    await store.close();
    expect(readdirSync(join(folder, 'drop')).toSorted()).toEqual(['done']);

    // Every finding was told at least once, and twice only under one key with one content.
    const bodies = new Map<string, string>();
    for (const { key, body } of got) {
      expect(bodies.get(key) ?? body).toBe(body);
      bodies.set(key, body);
    }
    const told = new Set(got.map(({ finding }) => finding));
    const { findings } = JSON.parse(listed.stdout) as {
      findings: { state: string; finding: { id: string; severity: string } }[];
    };
    // Sinks are told what stands open; what came and was resolved again between two rounds of delivery is not news.
    const due = findings
      .filter(({ state, finding }) => state === 'open' && finding.severity !== 'info')
      .map(({ finding }) => finding.id);
    expect(due.length).toBeGreaterThan(8);
    expect(due.filter((id) => !told.has(id))).toEqual([]);
  },
);
