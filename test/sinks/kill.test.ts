import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findingId } from '../../src/findings/identity.ts';
import { fromMillis } from '../../src/time/instant.ts';
import { exposed } from './sample.ts';
import { keepAssessment, openMigrated } from './stored-findings.ts';

/** Twenty for a thorough run: TIDEMARK_KILLS=20. */
const KILLS = Number(process.env['TIDEMARK_KILLS'] ?? 5);
const FINDINGS = 60;
const CHILD = fileURLToPath(new URL('deliver-child.ts', import.meta.url));

describe('delivery and kill -9', () => {
  let folder = '';
  let server: Server;
  let url = '';
  /** Keys in the order in which they came, with what came. */
  const got: {
    readonly key: string;
    readonly body: string;
    readonly finding: string;
    readonly severity: string;
  }[] = [];
  /** Called when another message has come. */
  let onMessage = (): void => undefined;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-deliver-'));
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const { data } = JSON.parse(body) as { data: { finding: { id: string; severity: string } } };
        const { id: finding, severity } = data.finding;
        got.push({ key: request.headers['webhook-id'] as string, body, finding, severity });
        onMessage();
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(async () => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(dataDir: string): { readonly child: ChildProcess; readonly gone: Promise<unknown> } {
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dataDir, url], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    children.push(child);
    return { child, gone: new Promise((resolve) => child.once('exit', (status) => resolve(status))) };
  }

  /** Keeps the findings as an assessment would, in the store that no child has open. */
  async function assess(dataDir: string, severity: 'high' | 'critical'): Promise<void> {
    const store = await openMigrated(dataDir);
    const findings = Array.from({ length: FINDINGS }, (_, number) =>
      exposed({ id: findingId('exposure', 'drift.port-opened', {}, String(number)), severity }),
    );
    await keepAssessment(store, findings, { at: fromMillis(Date.now()) });
    await store.close();
  }

  test(`after ${KILLS} kills every message came, each finding's versions in order, twice only under one key`, async () => {
    const dataDir = join(folder, 'data');
    const random = xoroshiro128plus(7);
    await assess(dataDir, 'high');
    for (let life = 0; life < KILLS; life += 1) {
      if (life === Math.floor(KILLS / 2)) await assess(dataDir, 'critical');
      const { child, gone } = start(dataDir);
      // Killed with a message on the wire, before the sender has its answer or has kept what became of it.
      let left = uniformInt(random, 1, Math.max(1, Math.floor(FINDINGS / 4)));
      onMessage = () => {
        left -= 1;
        if (left === 0) child.kill('SIGKILL');
      };
      expect(await gone).toBeNull();
    }
    onMessage = () => undefined;
    expect(await start(dataDir).gone).toBe(0);

    const keys = new Set(got.map(({ key }) => key));
    const severities = new Map<string, string[]>();
    const bodies = new Map<string, string>();
    for (const { key, body, finding, severity } of got) {
      if (bodies.has(key)) {
        expect(body).toBe(bodies.get(key));
        continue;
      }
      bodies.set(key, body);
      severities.set(finding, [...(severities.get(finding) ?? []), severity]);
    }
    expect(severities.size).toBe(FINDINGS);
    // What was delivered before the second assessment came as both; all in order, and the last word is the last version.
    for (const order of severities.values()) expect(order).toEqual(['high', 'critical']);
    expect(keys.size).toBe(2 * FINDINGS);
    // Each kill came after a message that was not yet kept as delivered.
    expect(got.length).toBeGreaterThan(keys.size);
    expect(got.length).toBeLessThanOrEqual(keys.size + KILLS);
  }, 300_000);
});
