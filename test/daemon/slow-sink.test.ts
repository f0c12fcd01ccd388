import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scratch, tidemark } from '../cli/tidemark.ts';
import { DaemonProcess } from './daemon-process.ts';

const LAB = resolve(import.meta.dirname, '../../examples/lab');
const WEEKS = readdirSync(LAB)
  .filter((name) => name.endsWith('.xml'))
  .toSorted();

let folder: string;
let receiver: Server;
let daemon: DaemonProcess | undefined;
/** How many messages the quick receiver took, and requests that the other never answers by itself. */
let taken = 0;
const unanswered: ServerResponse[] = [];
beforeEach(async () => {
  folder = scratch();
  receiver = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.url === '/slow') {
        unanswered.push(response);
        return;
      }
      taken += 1;
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

function drop(week: number): void {
  const path = join(folder, 'drop', WEEKS[week]!);
  copyFileSync(join(LAB, WEEKS[week]!), `${path}.part`);
  renameSync(`${path}.part`, path);
}

test(
  'a receiver that hangs delays no other, and what is on its way at the end arrives',
  { timeout: 120_000 },
  async () => {
    const { port } = receiver.address() as AddressInfo;
    const sink = (name: string) =>
      `{ name: ${name}, kind: webhook, url: 'http://127.0.0.1:${port}/${name}', timeoutSeconds: 600, allowHosts: [127.0.0.1] }`;
    writeFileSync(
      join(folder, 'tidemark.yaml'),
      `serve: { drop: { folder: drop, settleSeconds: 1 }, deliverSeconds: 1 }\nsinks: [${sink('slow')}, ${sink('quick')}]\n`,
    );
    mkdirSync(join(folder, 'drop'));
    daemon = await DaemonProcess.start(folder);
    drop(0);
    await daemon.until('sink.delivered');
    await daemon.waitFor(() => unanswered.length === 1, 'the slow one is asked');
    const before = taken;
    // Rounds of the other go on, while the slow one still has its first message.
    for (const week of [1, 2]) drop(week);
    await daemon.until('assessment.made', 3);
    await daemon.waitFor(() => taken > before, 'another round of the quick one');
    expect(unanswered).toHaveLength(1);

    const ended = daemon.kill('SIGTERM');
    await daemon.until('daemon.stopping');
    unanswered[0]!.end();
    expect(await ended).toEqual({ status: 0, signal: null });
    // It was noted as delivered, and nothing else was begun.
    expect(unanswered).toHaveLength(1);
    const { stdout } = await tidemark(['sinks', '--json'], { cwd: folder });
    const { sinks } = JSON.parse(stdout) as { sinks: { name: string; delivered: number; why: string }[] };
    expect(sinks).toMatchObject([
      { name: 'slow', delivered: 1, why: '' },
      { name: 'quick', delivered: taken },
    ]);
  },
);

test('a sink is begun and ended by a reload', { timeout: 120_000 }, async () => {
  const configure = (...sinks: readonly string[]): void => {
    const list = sinks.map((name) => `{ name: ${name}, kind: file, path: ${name}.jsonl }`);
    writeFileSync(
      join(folder, 'tidemark.yaml'),
      `serve: { drop: { folder: drop, settleSeconds: 1 }, deliverSeconds: 1 }\nsinks: [${list.join(', ')}]\n`,
    );
  };
  const sinkParts = async (): Promise<readonly string[]> => {
    const { stdout } = await tidemark(['status', '--json'], { cwd: folder });
    const { parts } = JSON.parse(stdout) as { parts: { name: string }[] };
    return parts.flatMap(({ name }) => (name.startsWith('sink ') ? [name] : []));
  };
  configure('first');
  mkdirSync(join(folder, 'drop'));
  daemon = await DaemonProcess.start(folder);
  drop(0);
  await daemon.until('sink.delivered');
  configure('second');
  daemon.child.kill('SIGHUP');
  await daemon.until('daemon.reloaded');
  expect(await sinkParts()).toEqual(['sink second']);
  // One that was never told of anything is told of what is news.
  const lines = (name: string): number => {
    const path = join(folder, `${name}.jsonl`);
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').length : 0;
  };
  expect(lines('first')).toBeGreaterThan(3);
  await daemon.waitFor(() => lines('second') === lines('first'), 'both have the same');
  expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
});
