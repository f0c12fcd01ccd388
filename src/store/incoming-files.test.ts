import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RowEncoder } from '../sql/row-encoder.ts';
import { texts } from '../../test/store/sample.ts';
import { binaryTarget } from './bound-engine.ts';
import { storeConfig } from './config.ts';
import { IncomingFiles, insertFromFile } from './incoming-files.ts';
import { openStore } from './open.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tidemark-incoming-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('rows on their way can be read by nobody else', async () => {
  const files = new IncomingFiles(dataDir);
  const file = await files.put([Buffer.from('x')]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
  await files.remove(file);
  await files.remove(file);
  expect(await readdir(dirname(file))).toEqual([]);
});

test('nothing stays behind: not of an insert that failed, not of a process that was killed', async () => {
  const incoming = join(dataDir, 'incoming');
  await mkdir(incoming);
  await writeFile(join(incoming, 'left-by-a-kill.rows'), 'x');
  const store = await openStore(storeConfig.parse({ dataDir }));
  try {
    expect(await readdir(incoming).catch(() => 'gone')).toBe('gone');
    await store.ensureTable(texts);
    const encoder = new RowEncoder();
    encoder.u32(1);
    encoder.string('whole');
    encoder.endRow();
    await store.insertBinary(texts, ['id', 'text'], encoder.take());
    await expect(store.insertBinary(texts, ['id', 'text'], Buffer.from([1, 0]))).rejects.toThrow(/texts/);
    expect(await readdir(incoming)).toEqual([]);
  } finally {
    await store.close();
  }
});

test('names, types and paths are quoted', () => {
  const table = { ...texts, name: 'it`s', columns: [{ name: "a'b", type: "Enum8('x' = 1)", comment: '' }] };
  expect(insertFromFile(binaryTarget(table, ["a'b"]), "/tmp/it's/a file")).toBe(
    String.raw`INSERT INTO ${'`it\\`s`'} (${"`a'b`"}) SELECT * FROM file('/tmp/it\'s/a file', 'RowBinary', '${"`a\\'b`"} Enum8(\'x\' = 1)')`,
  );
  expect(() => binaryTarget(texts, ['nope'])).toThrow(TypeError);
});
