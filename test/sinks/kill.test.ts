import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findingId } from '../../src/findings/identity.ts';
import { fromMillis } from '../../src/time/instant.ts';
import { exposed } from './sample.ts';
import { keepAssessment, openMigrated } from './stored-findings.ts';

/** Fifty for a thorough run, which takes minutes: TIDEMARK_KILLS=50. */
const KILLS = Number(process.env['TIDEMARK_KILLS'] ?? 6);
const FINDINGS = 60;
const MINUTE = 60_000;
/** Within how many milliseconds a child is killed that is not killed by a message: longer than one takes with nothing to do. */
const LONGEST_LIFE = 1000;
/** 2026-11-22T04:02:00Z. */
const START = 1_795_320_120_000;
const CHILD = fileURLToPath(new URL('deliver-child.ts', import.meta.url));

/** A message that a receiver took. */
interface Got {
  readonly key: string;
  readonly finding: string;
  readonly revision: number;
  readonly severity: string;
  /** All of it. */
  readonly text: string;
}
type Document = Readonly<Record<'key', string>> &
  Readonly<Record<'revision', number>> &
  Readonly<Record<'finding', { readonly id: string; readonly severity: string }>>;

function gotOf(document: Document): Got {
  const { key, revision, finding } = document;
  return { key, revision, finding: finding.id, severity: finding.severity, text: JSON.stringify(document) };
}

let folder = '';
let server: Server;
let url = '';
/** What came, by sink, in order. */
const got = { hook: [] as Got[], siem: [] as Got[] };
/** How receivers answer while they are away: each request otherwise. */
let away = false;
let refused = 0;
let onMessage = (): void => undefined;
const children: ChildProcess[] = [];

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  if (away) {
    refused += 1;
    if (refused % 3 === 0) request.socket.destroy();
    else response.writeHead(refused % 3 === 1 ? 503 : 429).end('away');
    return;
  }
  if (request.url === '/hook') {
    got.hook.push(gotOf((JSON.parse(body) as { data: Document }).data));
    onMessage();
    response.end();
    return;
  }
  // Splunk's collector: several events in one request.
  const events = body.split('\n').map((line) => (JSON.parse(line) as { event: Document }).event);
  got.siem.push(...events.map(gotOf));
  onMessage();
  response.end('{"text":"Success","code":0}');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-deliver-'));
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks).toString()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const archive = (): string => join(folder, 'archive.jsonl');
const sinks = (): string =>
  JSON.stringify([
    { name: 'hook', kind: 'webhook', url: `${url}/hook`, allowHosts: ['127.0.0.1'] },
    { name: 'siem', kind: 'splunk', url: `${url}/siem`, token: 't', allowHosts: ['127.0.0.1'] },
    { name: 'archive', kind: 'file', path: archive() },
  ]);

interface Life {
  readonly child: ChildProcess;
  /** When it has begun to look for what is new. */
  readonly ready: Promise<void>;
  /** How many messages wait at its end; undefined when it was killed. */
  readonly waiting: Promise<number | undefined>;
}

function start(dataDir: string, at: number): Life {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dataDir, sinks(), String(at)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const ready = new Promise<void>((resolve) => {
    reader.on('line', (line) => {
      lines.push(line);
      resolve();
    });
  });
  const waiting = once(child, 'close').then(([status, signal]) => {
    if (signal === 'SIGKILL') return undefined;
    if (status !== 0) throw new Error(`the sender ended with ${status}`);
    return Number(lines[1]);
  });
  return { child, ready, waiting };
}

/** Severities of the findings, assessment by assessment: each is another version. */
const told: ('high' | 'critical')[] = [];

/** Keeps the findings as an assessment would, in the store that no child has open. */
async function assess(dataDir: string, at: number): Promise<void> {
  const severity = told.length % 2 === 0 ? 'high' : 'critical';
  told.push(severity);
  const store = await openMigrated(dataDir);
  const findings = Array.from({ length: FINDINGS }, (_, number) =>
    exposed({ id: findingId('exposure', 'drift.port-opened', {}, String(number)), severity }),
  );
  await keepAssessment(store, findings, { at: fromMillis(at) });
  await store.close();
}

/** Holds one receiver's messages against what was to be told; returns how many came more than once. */
function check(messages: readonly Got[]): number {
  const first = new Map<string, Got>();
  for (const message of messages) {
    const known = first.get(message.key);
    // The same key is the same message.
    if (known === undefined) first.set(message.key, message);
    else expect(message.text).toBe(known.text);
  }
  const versions = new Map<string, Got[]>();
  for (const message of first.values())
    versions.set(message.finding, [...(versions.get(message.finding) ?? []), message]);
  expect(versions.size).toBe(FINDINGS);
  for (const came of versions.values())
    expect(came.map(({ revision, severity }) => [revision, severity])).toEqual(
      told.map((severity, index) => [index + 1, severity]),
    );
  return messages.length - first.size;
}

test(
  `after ${KILLS} kills, with receivers away for an hour of them, every message came, each finding's versions in order, twice only under one key`,
  async () => {
    const dataDir = join(folder, 'data');
    const random = xoroshiro128plus(7);
    let now = START;
    await assess(dataDir, now);
    let killed = 0;
    let ended = 0;
    let lives = 0;
    let awayMinutes = 0;
    while (killed < KILLS || awayMinutes < 60) {
      // In the second third of the kills: an hour of the children's clock at least, whatever it takes.
      away = killed >= KILLS / 3 && (killed < (2 * KILLS) / 3 || awayMinutes < 60);
      const minutes = away ? Math.ceil(180 / KILLS) : 1;
      if (away) awayMinutes += minutes;
      now += minutes * MINUTE;
      const { child, ready, waiting } = start(dataDir, now);
      await ready;
      lives += 1;
      // One in three while they are away may note what failed.
      const spared = away && lives % 3 === 0;
      if (killed % 2 === 0 && !away) {
        // With a message on the wire, before the sender has its answer or has kept what became of it.
        let left = uniformInt(random, 1, FINDINGS / 2);
        onMessage = () => {
          left -= 1;
          if (left === 0) child.kill('SIGKILL');
        };
      } else if (!spared) {
        // At any moment of looking for what is new, sending and keeping.
        setTimeout(() => child.kill('SIGKILL'), uniformInt(random, 0, LONGEST_LIFE));
      }
      const left = await waiting;
      onMessage = () => undefined;
      if (left === undefined) killed += 1;
      else ended += 1;
      // There is always something on its way.
      if (left === 0) await assess(dataDir, now);
    }
    // What is on its way is overtaken by another version. Then in peace, until nothing waits: what failed comes with its delays, of six hours at most.
    away = false;
    await assess(dataDir, now);
    let waiting: number | undefined = Number.NaN;
    for (let round = 0; round < 60 && waiting !== 0; round += 1) {
      now += 30 * MINUTE;
      waiting = await start(dataDir, now).waiting;
    }
    expect(waiting).toBe(0);

    const lines = (await readFile(archive(), 'utf8')).split('\n').filter((line) => line !== '');
    // A kill may cut a line off in the file; it is sent again.
    const whole = lines.flatMap((line) => {
      try {
        return [gotOf(JSON.parse(line) as Document)];
      } catch {
        return [];
      }
    });
    const twice = { hook: check(got.hook), siem: check(got.siem), archive: check(whole) };
    console.log(
      `${killed} kills, ${ended} ends in peace, ${awayMinutes} minutes away with ${refused} requests refused; of ${told.length * FINDINGS} messages each, again under their key: ` +
        `webhook ${twice.hook}, collector ${twice.siem}, file ${twice.archive} (${lines.length - whole.length} lines cut off)`,
    );
    expect(refused).toBeGreaterThan(0);
    // A webhook has one message on the way, a batch has as many as it holds.
    expect(twice.hook).toBeLessThanOrEqual(killed);
  },
  120_000 + KILLS * 30_000,
);
