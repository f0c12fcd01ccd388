import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  readFileSync,
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
/** How many scans there are in all: one before the first kill. */
const SCANS = 1 + KILLS * EACH;
const LAB = resolve(import.meta.dirname, '../../examples/lab');
const WEEKS = readdirSync(LAB)
  .filter((name) => name.endsWith('.xml'))
  .toSorted();

let folder: string;
let receiver: Server;
let daemon: DaemonProcess | undefined;
/** What came, in order. */
const got: { readonly key: string; readonly body: string; readonly message: Message }[] = [];
/** Whether the receiver is away, and how many requests came while it was. */
let away = false;
let refused = 0;

/** What a webhook is sent of a finding, as far as it is looked at. */
interface Message {
  readonly revision: number;
  readonly state: string;
  readonly finding: { readonly id: string };
}
beforeEach(async () => {
  folder = scratch();
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (away) {
        refused += 1;
        if (refused % 2 === 0) request.socket.destroy();
        else response.writeHead(503).end('away');
        return;
      }
      const { data } = JSON.parse(body) as { data: Message };
      got.push({ key: String(request.headers['webhook-id']), body, message: data });
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

/** The weeks of the lab over and over, the last time when they were: times stand as `start="1790000000"`. */
function drop(number: number): void {
  const name = WEEKS[number % WEEKS.length]!;
  const path = join(folder, 'drop', `${String(number).padStart(3, '0')}-${name}`);
  const rounds = Math.floor((SCANS - 1) / WEEKS.length) - Math.floor(number / WEEKS.length);
  const earlier = rounds * WEEKS.length * 7 * 86_400;
  const text = readFileSync(join(LAB, name), 'utf8').replaceAll(
    /\b(start|time|starttime|endtime)="(\d{10})"/g,
    (_, attribute: string, seconds: string) => `${attribute}="${Number(seconds) - earlier}"`,
  );
  writeFileSync(`${path}.part`, text);
  const written = Date.UTC(2026, 0, 1) / 1_000 + number;
  utimesSync(`${path}.part`, written, written);
  renameSync(`${path}.part`, path);
}

test(
  `${KILLS} times killed during import, assessment and delivery, with a receiver that comes and goes: every scan is there once, assessed, and told`,
  { timeout: 120_000 + KILLS * 40_000 },
  async () => {
    const { port } = receiver.address() as AddressInfo;
    writeFileSync(
      join(folder, 'tidemark.yaml'),
      `serve: { drop: { folder: drop, settleSeconds: 1 }, deliverSeconds: 1 }
sinks: [{ name: hook, kind: webhook, url: 'http://127.0.0.1:${port}/', minSeverity: info, allowHosts: [127.0.0.1] }]
`,
    );
    mkdirSync(join(folder, 'drop'));
    const random = xoroshiro128plus(11);
    let dropped = 0;
    // The first scan of a series is assessed before the others come: of what came before it nothing is news.
    drop(dropped++);
    daemon = await DaemonProcess.start(folder);
    await daemon.until('sink.delivered');
    const moments = ['daemon.started', 'scan.imported', 'assessment.made', 'sink.delivered', 'a message'];
    for (let life = 0; life < KILLS; life += 1) {
      const victim: DaemonProcess = daemon;
      // One life in three it is away; how a message fared shows in requests then.
      away = life % 3 === 1;
      const before = { messages: got.length + refused, lines: victim.log.length };
      for (let each = 0; each < EACH; each += 1) drop(dropped++);
      const moment = away ? ['sink.failed', 'a message'][life % 2]! : moments[life % moments.length]!;
      await victim.waitFor(
        () =>
          moment === 'a message'
            ? got.length + refused > before.messages
            : moment === 'daemon.started' ||
              victim.log.slice(before.lines).some(({ event }) => event === moment),
        moment,
      );
      await sleep(uniformInt(random, 0, 400));
      expect(await victim.kill()).toEqual({ status: null, signal: 'SIGKILL' });
      daemon = await DaemonProcess.start(folder);
    }
    away = false;
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

    // Every finding that the history knows was told at least once, its versions in order, each, and the last as it stands;
    // twice only under one key with one content.
    const bodies = new Map<string, string>();
    const told = new Map<string, Message[]>();
    for (const { key, body, message } of got) {
      const known = bodies.get(key);
      if (known === undefined)
        told.set(message.finding.id, [...(told.get(message.finding.id) ?? []), message]);
      else expect(body).toBe(known);
      bodies.set(key, body);
    }
    const { findings } = JSON.parse(listed.stdout) as {
      findings: { state: string; finding: { id: string } }[];
    };
    const lost = findings.filter(({ finding }) => !told.has(finding.id));
    console.log(
      `${KILLS} kills, ${dropped} scans, ${refused} requests refused: ${findings.length} findings, ${lost.length} of them lost; ` +
        `${got.length} deliveries of ${bodies.size} messages, ${got.length - bodies.size} again under their key`,
    );
    expect(findings.length).toBeGreaterThan(8);
    expect(findings.some(({ state }) => state === 'resolved')).toBe(true);
    expect(lost).toEqual([]);
    for (const { finding, state } of findings) {
      const versions = told.get(finding.id)!;
      expect(versions.map(({ revision }) => revision)).toEqual(versions.map((_, index) => index + 1));
      expect(versions.at(-1)?.state).toBe(state);
    }
    expect(refused).toBeGreaterThan(0);
  },
);
