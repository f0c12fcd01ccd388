import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_EXPANSION } from '../../files/decompress.ts';
import type { SourceSummary } from '../model/source.ts';
import { openSources, type SourceOptions } from './open-sources.ts';

const FIXTURES = new URL('../../../test/fixtures/scan-output/', import.meta.url).pathname;
let folder: string;
const inFolder = (path: string): string => join(folder, path);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-source-'));
  for (const name of ['a', 'a/deep', 'b', 'empty']) mkdirSync(inFolder(name));
  for (const name of ['a/2.xml', 'a/10.xml', 'a/deep/x.txt', 'a/.hidden', 'b/one.xml', 'b/[odd].xml'])
    writeFileSync(inFolder(name), name);
  for (const name of ['b/all.xml', 'b/all.gnmap', 'b/all.nmap', 'b/lone.gnmap'])
    writeFileSync(inFolder(name), name);
  symlinkSync(inFolder('a'), inFolder('a/deep/loop'));
  symlinkSync(inFolder('nowhere'), inFolder('b/broken'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Seen {
  readonly name: string;
  readonly text?: string;
  readonly code?: string;
  readonly skipped?: string;
  readonly summary?: SourceSummary;
}

async function seen(args: readonly string[], options: SourceOptions = {}): Promise<Seen[]> {
  const result: Seen[] = [];
  for await (const opened of openSources(args, options)) {
    if (opened.kind === 'fault') result.push({ name: opened.name, code: opened.fault.code });
    else if (opened.kind === 'skipped') result.push({ name: opened.name, skipped: opened.why });
    else {
      const chunks: Uint8Array[] = [];
      for await (const chunk of opened.source.chunks()) chunks.push(chunk);
      result.push({
        name: opened.source.name,
        text: Buffer.concat(chunks).toString('latin1'),
        summary: opened.source.summary(),
      });
    }
  }
  return result;
}
const namesOf = (entries: readonly Seen[]): readonly string[] =>
  entries.filter((entry) => entry.text !== undefined).map((entry) => entry.name.replace(`${folder}/`, ''));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('what an argument stands for', () => {
  test.each([
    { why: 'a file', args: ['a/2.xml'], want: ['a/2.xml'] },
    { why: 'a directory: all below it, sorted, without hidden files, loops entered once', args: ['a'], want: ['a/10.xml', 'a/2.xml', 'a/deep/x.txt'] },
    { why: 'several, in the order given', args: ['b/one.xml', 'a/2.xml'], want: ['b/one.xml', 'a/2.xml'] },
    { why: 'a pattern', args: ['a/*.xml'], want: ['a/10.xml', 'a/2.xml'] },
    { why: 'a pattern with a class', args: ['a/[0-9].x?l'], want: ['a/2.xml'] },
    { why: 'a pattern over directories', args: ['*/*.xml'], want: ['a/10.xml', 'a/2.xml', 'b/[odd].xml', 'b/all.xml', 'b/one.xml'] },
    { why: 'a pattern that reaches into directories', args: ['**/*.txt'], want: ['a/deep/x.txt'] },
    { why: 'a file whose name looks like a pattern', args: ['b/[odd].xml'], want: ['b/[odd].xml'] },
    { why: 'an empty directory', args: ['empty'], want: [] },
  ])('$why', async ({ args, want }) => {
    expect(namesOf(await seen(args.map(inFolder)))).toEqual(want);
  }); // prettier-ignore

  test('of the three files of nmap -oA only the XML is taken, and why is said', async () => {
    const entries = await seen([inFolder('b')]);
    expect(entries.filter((entry) => entry.skipped !== undefined)).toEqual([
      { name: inFolder('b/all.gnmap'), skipped: 'all.xml holds the same scan' },
      { name: inFolder('b/all.nmap'), skipped: 'all.xml holds the same scan' },
    ]);
    expect(namesOf(entries)).toContain('b/lone.gnmap');
  });

  test('named themselves, they are taken', async () => {
    expect(namesOf(await seen([inFolder('b/all.gnmap')]))).toEqual(['b/all.gnmap']);
  });

  test('what cannot be opened is a fault and stops nothing', async () => {
    const entries = await seen([
      inFolder('missing.xml'),
      inFolder('no*such'),
      inFolder('b'),
      inFolder('a/2.xml'),
    ]);
    expect(
      entries
        .filter((entry) => entry.code !== undefined)
        .map((entry) => `${entry.name.replace(`${folder}/`, '')} ${entry.code}`),
    ).toEqual(['missing.xml source/not-found', 'no*such source/not-found', 'b/broken source/not-found']);
    expect(namesOf(entries).at(-1)).toBe('a/2.xml');
  });

  test.skipIf(process.getuid?.() === 0)(
    'a file without permission (not as root, who may read all)',
    async () => {
      writeFileSync(inFolder('secret'), 'x');
      chmodSync(inFolder('secret'), 0);
      expect((await seen([inFolder('secret')]))[0]?.code).toBe('source/not-permitted');
      rmSync(inFolder('secret'));
    },
  );

  test('- is standard input, even byte by byte', async () => {
    const bytes = gzipSync('from a pipe');
    const stdin = Readable.from(Array.from(bytes, (byte) => Buffer.of(byte)));
    expect(await seen(['-'], { stdin })).toMatchObject([
      { name: '-', text: 'from a pipe', summary: { compression: 'gzip' } },
    ]);
  });

  test('a pipe that is a file', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', inFolder('fifo')]);
    const writing = seen([inFolder('fifo')]);
    const { writeFile } = await import('node:fs/promises');
    await writeFile(inFolder('fifo'), 'through a fifo');
    expect(await writing).toMatchObject([{ text: 'through a fifo' }]);
    rmSync(inFolder('fifo'));
  });

  test('a source that was not read to its end has no summary', async () => {
    for await (const opened of openSources([inFolder('a/2.xml')])) {
      const source = opened.kind === 'source' ? opened.source : undefined;
      expect(() => source?.summary()).toThrow(TypeError);
    }
  });
});

describe('compression', () => {
  const xml = readFileSync(join(FIXTURES, 'services.xml'));
  const zst = readFileSync(join(FIXTURES, 'services.xml.zst'));
  const written = (name: string, bytes: Uint8Array): string => {
    writeFileSync(inFolder(name), bytes);
    return inFolder(name);
  };
  const skippable = Buffer.concat([Buffer.from('502a4d1803000000', 'hex'), Buffer.from('abc')]);

  test.each([
    { why: 'none', bytes: xml, compression: 'none', want: xml },
    { why: 'gzip, whatever the name says', bytes: gzipSync(xml), compression: 'gzip', want: xml },
    { why: 'gzip of two members, as cat a.gz b.gz makes', bytes: Buffer.concat([gzipSync(xml), gzipSync('tail')]), compression: 'gzip', want: Buffer.concat([xml, Buffer.from('tail')]) },
    { why: 'zstd', bytes: zst, compression: 'zstd', want: xml },
    { why: 'zstd of two frames, with a skippable one before each', bytes: Buffer.concat([skippable, zst, skippable, zst]), compression: 'zstd', want: Buffer.concat([xml, xml]) },
    { why: 'an empty file', bytes: Buffer.alloc(0), compression: 'none', want: Buffer.alloc(0) },
    { why: 'an empty gzip', bytes: gzipSync(''), compression: 'gzip', want: Buffer.alloc(0) },
    { why: 'a file of two bytes that begin a gzip', bytes: Buffer.from('1f8b', 'hex'), compression: 'none', want: Buffer.from('1f8b', 'hex') },
  ])('$why', async ({ bytes, compression, want }) => {
    const [entry] = await seen([written('x.xml', bytes)]);
    expect(entry?.summary).toEqual({ sha256: sha256(want), bytes: want.length, compression, problems: [] });
    expect(entry?.text).toBe(want.toString('latin1'));
  }); // prettier-ignore

  test.each([
    { why: 'gzip cut short', bytes: gzipSync(xml).subarray(0, -200) },
    { why: 'gzip with a wrong checksum', bytes: Buffer.concat([gzipSync(Buffer.concat(Array.from({ length: 10 }, () => xml))).subarray(0, -8), Buffer.alloc(8, 7)]) },
    { why: 'zstd with garbage behind it', bytes: Buffer.concat([zst, Buffer.from('garbage, and more of it')]) },
    { why: 'zstd whose second frame is cut short', bytes: Buffer.concat([zst, zst.subarray(0, -20)]) },
  ])('what came before a break is kept, and the break is a problem: $why', async ({ bytes }) => {
    const [entry] = await seen([written('broken', bytes)]);
    expect(entry?.summary?.problems.map((problem) => problem.code)).toEqual(['source/damaged']);
    expect(entry?.text?.length).toBeGreaterThan(1_000);
    expect(xml.toString('latin1').startsWith(entry!.text!.slice(0, xml.length))).toBe(true);
    expect(entry?.summary?.sha256).toBe(sha256(Buffer.from(entry!.text!, 'latin1')));
  }); // prettier-ignore

  test.each([
    { why: 'gzip that is nothing but its first bytes', bytes: Buffer.from('1f8b0800', 'hex'), says: 'gzip' },
    { why: 'gzip of noise', bytes: Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), Buffer.alloc(50, 0xff)]), says: 'gzip' },
    { why: 'zstd that wants a gigabyte of memory', bytes: Buffer.from('28b52ffd00a0010000ff', 'hex'), says: 'needs more than' },
    { why: 'zstd of many tiny frames that each want 128 MB', bytes: Buffer.concat(Array.from({ length: 500 }, () => Buffer.from('28b52ffd0088010000', 'hex'))), says: 'too small for the memory' },
    { why: 'zstd that needs a dictionary', bytes: Buffer.from('28b52ffd01580500000000', 'hex'), says: 'dictionary' },
  ])('nothing but damage is a fault: $why', async ({ bytes, says }) => {
    await expect(seen([written('damaged', bytes)])).rejects.toMatchObject({ code: 'source/damaged', message: expect.stringContaining(says) });
  }); // prettier-ignore

  test.each([
    { why: 'gzip by ratio', bytes: gzipSync(Buffer.alloc(20_000_000)), limits: { ratioFrom: 1_000_000, maxRatio: 400 } },
    { why: 'gzip by size', bytes: gzipSync(Buffer.alloc(2_000_000)), limits: { maxBytes: 1_000_000 } },
    { why: 'zstd by ratio', bytes: runLength(300), limits: { ratioFrom: 1_000_000, maxRatio: 400 } },
  ])('a decompression bomb is refused: $why', async ({ bytes, limits }) => {
    await expect(seen([written('bomb', bytes)], { expansion: { ...DEFAULT_EXPANSION, ...limits } })).rejects.toMatchObject({ code: 'source/expands-too-far' });
  }); // prettier-ignore

  test('a bomb among good files stops only itself', async () => {
    const good = written('good.xml', xml);
    const codes: string[] = [];
    for await (const opened of openSources([written('bomb', gzipSync(Buffer.alloc(2_000_000))), good], {
      expansion: { ...DEFAULT_EXPANSION, maxBytes: 1_000_000 },
    })) {
      if (opened.kind !== 'source') continue;
      try {
        for await (const chunk of opened.source.chunks()) expect(chunk.length).toBeGreaterThan(0);
        codes.push('read');
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
    }
    expect(codes).toEqual(['source/expands-too-far', 'read']);
  });
});

/** A zstd frame of blocks of 128 kB that each are one repeated byte: four bytes of input for each. */
function runLength(blocks: number): Buffer {
  const head = Buffer.from('28b52ffd0058', 'hex');
  const block = (last: boolean): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUIntLE((131_072 << 3) | 2 | (last ? 1 : 0), 0, 3);
    return bytes;
  };
  return Buffer.concat([head, ...Array.from({ length: blocks }, (_, index) => block(index === blocks - 1))]);
}
