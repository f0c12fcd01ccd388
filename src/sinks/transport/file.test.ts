import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exposed, outgoing, scanning } from '../../../test/sinks/sample.ts';
import { fileSink, stdoutSink } from './file.ts';

const sender = { version: '0.1.0', hostname: 'sensor1' };
const signal = new AbortController().signal;
const [one, two] = [outgoing(exposed()), outgoing(scanning())];
const keyOf = (line: string) => (JSON.parse(line) as { key: string }).key;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-sinks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a file gets one line a finding, appended, for its owner alone', async () => {
  const path = join(folder, 'findings.jsonl');
  const sink = fileSink('archive', { path, format: 'json', sender });
  await sink.send([one], signal);
  await sink.send([two, one], signal);
  const text = await readFile(path, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  expect(text.trimEnd().split('\n').map(keyOf)).toEqual([one.key, two.key, one.key]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a line that was cut off does not swallow the next one', async () => {
  const path = join(folder, 'torn.jsonl');
  const sink = fileSink('archive', { path, format: 'json', sender });
  await sink.send([one], signal);
  await appendFile(path, '{"schema":"tidemark/fin');
  await sink.send([two], signal);
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  expect([keyOf(lines[0]!), lines[1], keyOf(lines[2]!)]).toEqual([
    one.key,
    '{"schema":"tidemark/fin',
    two.key,
  ]);
});

test('a file that cannot be written is a Fault', async () => {
  const sink = fileSink('archive', { path: join(folder, 'missing', 'x'), format: 'json', sender });
  await expect(sink.send([one], signal)).rejects.toMatchObject({ code: 'sinks/not-written' });
});

test('standard output gets one line a finding, and says when it is gone', async () => {
  let text = '';
  const stdout = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  await stdoutSink('out', { stdout, format: 'leef', sender }).send([one, two], signal);
  expect(text.match(/^LEEF:2\.0\|/gm)).toHaveLength(2);
  const broken = new Writable({ write: (_, __, done) => done(new Error('EPIPE')) });
  broken.on('error', () => undefined);
  await expect(
    stdoutSink('out', { stdout: broken, format: 'json', sender }).send([one], signal),
  ).rejects.toMatchObject({ code: 'sinks/not-written' });
});
