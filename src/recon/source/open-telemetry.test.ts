import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { thirdPartyData } from '../../../test/third-party.ts';
import { nfdumpLines } from './nfdump-process.ts';
import { openTelemetry, type TelemetryOptions, type TelemetrySummary } from './open-telemetry.ts';

const EVE = '{"timestamp":"2026-11-22T00:00:00.000000+0000","event_type":"flow","n":1}\n';
const CONN = '#separator \\x09\n#path\tconn\n#fields\tts\tuid\n1.5\tC1\n#close\t2026\n';
const eve = (lines: number): string =>
  Array.from({ length: lines }, (_, n) => `{"timestamp":"x","event_type":"flow","n":${n}}\n`).join('');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telemetry-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

interface Seen {
  readonly name: string;
  readonly is: string;
  readonly lines: readonly string[];
  readonly summary?: TelemetrySummary;
}

/** What stands behind the arguments, names below the folder, all of it read. */
async function seen(args: readonly string[], options: TelemetryOptions = {}): Promise<Seen[]> {
  const all: Seen[] = [];
  for await (const opened of openTelemetry(args, options)) {
    if (opened.kind === 'source') {
      const { source } = opened;
      const lines: string[] = [];
      for await (const batch of source.lines()) lines.push(...batch);
      const name = source.name.replace(`${folder}/`, '');
      all.push({ name, is: source.format, lines, summary: source.summary() });
    } else {
      const is = opened.kind === 'fault' ? opened.fault.code : opened.why;
      all.push({ name: opened.name.replace(`${folder}/`, ''), is, lines: [] });
    }
  }
  return all;
}

describe('openTelemetry', () => {
  test('an installation of Zeek: its days, the hours of a day, then the current logs; the rest is named as skipped', async () => {
    await write({
      'logs/current/conn.log': CONN,
      'logs/current/stats.log': CONN,
      'logs/current/.state': 'x',
      'logs/2026-11-22/conn.01:00:00-02:00:00.log.gz': gzipSync(CONN),
      'logs/2026-11-22/conn.00:00:00-01:00:00.log.gz': gzipSync(CONN),
      'logs/2026-11-22/dns.00:00:00-01:00:00.log.gz': gzipSync(CONN),
      'logs/2026-11-22/x509.00:00:00-01:00:00.log.gz': gzipSync(CONN),
      'logs/2026-11-21/conn.23:00:00-00:00:00.log.gz': gzipSync(CONN),
      'logs/readme.txt': 'What this is.\n',
    });
    const found = await seen([join(folder, 'logs')]);
    expect(found.map(({ name, is }) => `${name}: ${is}`)).toEqual([
      'logs/2026-11-21/conn.23:00:00-00:00:00.log.gz: zeek-tsv',
      'logs/2026-11-22/conn.00:00:00-01:00:00.log.gz: zeek-tsv',
      'logs/2026-11-22/dns.00:00:00-01:00:00.log.gz: zeek-tsv',
      'logs/2026-11-22/x509.00:00:00-01:00:00.log.gz: Zeek’s x509.log says nothing that is used',
      'logs/2026-11-22/conn.01:00:00-02:00:00.log.gz: zeek-tsv',
      'logs/current/conn.log: zeek-tsv',
      'logs/current/stats.log: Zeek’s stats.log says nothing that is used',
      'logs/readme.txt: in no known format: it holds text that begins with “What this is.”',
    ]);
    expect(found[0]?.lines).toEqual(CONN.trimEnd().split('\n'));
  });

  test('Suricata’s folder: rotated files before the one being written', async () => {
    await write({
      'eve.json': EVE,
      'eve.json.1': EVE,
      'eve.json.2.gz': gzipSync(EVE),
      'eve.json.10.gz': gzipSync(EVE),
      'eve-2026-11-20.json': EVE,
      'fast.log': 'x',
      'suricata.log': 'x',
      'empty.json': '',
    });
    expect((await seen([folder])).map(({ name, is }) => `${name}: ${is}`)).toEqual([
      'eve-2026-11-20.json: suricata-eve',
      'eve.json.10.gz: suricata-eve',
      'eve.json.2.gz: suricata-eve',
      'eve.json.1: suricata-eve',
      'empty.json: it is empty',
      'eve.json: suricata-eve',
      'fast.log: eve.json holds the same alerts and more',
      'suricata.log: Suricata’s messages about itself',
    ]);
  });

  test('a file that was named itself is a fault when it is nothing that is known, and is read whatever its name', async () => {
    await write({ 'notes.txt': 'What this is.\n', 'stats.log': EVE });
    const found = await seen([
      join(folder, 'notes.txt'),
      join(folder, 'stats.log'),
      join(folder, 'gone.json'),
    ]);
    expect(found.map(({ name, is }) => `${name}: ${is}`)).toEqual([
      'notes.txt: source/unknown-format',
      'stats.log: suricata-eve',
      'gone.json: source/not-found',
    ]);
  });

  test('patterns, gzip, zstd and standard input, in the order of the arguments', async () => {
    const zst = readFileSync(new URL('../../../test/fixtures/telemetry/eve.json.zst', import.meta.url));
    await write({ 'a.1': eve(3), 'a.2': gzipSync(eve(4)), b: zst });
    const stdin = Readable.from([...Buffer.from(eve(2))].map((byte) => Buffer.from([byte])));
    const found = await seen(['-', join(folder, 'a.*'), join(folder, 'b')], { stdin, digest: true });
    expect(found.map(({ name, lines }) => `${name}: ${lines.length}`)).toEqual([
      '-: 2',
      'a.2: 4',
      'a.1: 3',
      'b: 5',
    ]);
    const digest = createHash('sha256').update(eve(4)).digest('hex');
    expect(found[1]?.summary).toEqual({ sha256: digest, bytes: eve(4).length, lines: 4, problems: [] });
  });

  test('the content of many batches comes whole, and lines over their borders too', async () => {
    await write({ 'eve.json': eve(100_000) });
    const [found] = await seen([join(folder, 'eve.json')]);
    expect(`${found?.lines.join('\n')}\n`).toBe(eve(100_000));
    expect(found?.summary?.sha256).toBeUndefined();
  });

  test.each([
    { encoding: 'UTF-8', bytes: Buffer.from(`\uFEFF${eve(2).trimEnd()}`) },
    { encoding: 'UTF-16LE', bytes: Buffer.from(`\uFEFF${eve(2).trimEnd()}`, 'utf16le') },
    { encoding: 'UTF-16BE', bytes: Buffer.from(`\uFEFF${eve(2).trimEnd()}`, 'utf16le').swap16() },
  ])('$encoding with its mark, and a last line without a break', async ({ bytes }) => {
    await write({ a: bytes });
    expect((await seen([join(folder, 'a')]))[0]?.lines).toEqual(eve(2).trimEnd().split('\n'));
  });

  test('compressed data that breaks off is read as far as it goes', async () => {
    const content = eve(50_000);
    const whole = gzipSync(content);
    await write({ 'a.gz': whole.subarray(0, whole.length / 2), 'b.gz': whole.subarray(0, 12) });
    const [cut, broken] = await seen([join(folder, 'a.gz'), join(folder, 'b.gz')]);
    expect(content.startsWith(cut!.lines.join('\n'))).toBe(true);
    expect(cut?.lines.length).toBeGreaterThan(10_000);
    expect(cut?.summary?.problems.map(({ code }) => code)).toEqual(['source/damaged']);
    expect(broken?.is).toBe('source/damaged');
  });

  test('a line that is too long is cut, and said to be', async () => {
    await write({ 'eve.json': `${EVE}{"x":"${'x'.repeat(3_000_000)}"}\n${EVE}` });
    const [found] = await seen([join(folder, 'eve.json')]);
    expect(found?.lines.map((line) => line.length)).toEqual([EVE.length - 1, 1024 * 1024, EVE.length - 1]);
    expect(found?.summary?.problems[0]?.message).toBe(
      '1 line is longer than a megabyte; the rest of each was left out',
    );
  });

  test('a format that is given stands above the content', async () => {
    await write({ 'kern.txt': 'Nov 22 00:00:00 gw kernel: link up\n' });
    const [found] = await seen([join(folder, 'kern.txt')], { format: 'netfilter-log' });
    expect(found?.is).toBe('netfilter-log');
  });

  test('a capture is given as bytes', async () => {
    const capture = Buffer.concat([Buffer.from('d4c3b2a1', 'hex'), Buffer.alloc(200_000, 7)]);
    await write({ 'a.pcap.gz': gzipSync(capture) });
    const chunks: Uint8Array[] = [];
    for await (const opened of openTelemetry([join(folder, 'a.pcap.gz')])) {
      if (opened.kind !== 'source') continue;
      expect(opened.source.format).toBe('pcap');
      for await (const chunk of opened.source.chunks()) chunks.push(chunk);
      expect(opened.source.bytesRead).toBe(opened.source.totalBytes);
    }
    expect(Buffer.concat(chunks).equals(capture)).toBe(true);
  });

  test('stops when it is told to', async () => {
    await write({ 'eve.json': eve(100_000) });
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      for await (const opened of openTelemetry([folder], { signal: stop.signal })) {
        if (opened.kind === 'source')
          for await (const lines of opened.source.lines())
            if (lines.length > 0) stop.abort(new Error('enough'));
      }
    };
    await expect(read()).rejects.toThrow('enough');
  });
});

describe('nfcapd', () => {
  const missing = { program: '/nowhere/nfdump' };
  test('without nfdump, the fault names the package', async () => {
    await expect(collect(missing)).rejects.toMatchObject({
      code: 'source/nfdump-missing',
      fix: expect.stringContaining('package nfdump') as string,
    });
  });

  async function collect(options: { program?: string }, path = 'nfcapd.1'): Promise<string[]> {
    const lines: string[] = [];
    for await (const batch of nfdumpLines(path, options)) lines.push(...batch);
    return lines;
  }

  const data = thirdPartyData();
  test.skipIf(data === undefined)('is read through nfdump, in UTC and with milliseconds', async () => {
    const [found] = await seen([join(data!, 'telemetry/slips/test1-malicious.nfdump')]);
    if (found?.is === 'source/nfdump-missing') return;
    expect(found?.lines).toHaveLength(4594);
    expect(found?.lines.slice(0, 2)).toEqual([
      'ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt,opkt,obyt',
      '2018-01-12 15:37:30.942,2018-01-12 15:37:30.942,0.000,147.32.80.119,147.32.82.62,52324,902,6,......S.,1,60,0,0',
    ]);
  });
});
