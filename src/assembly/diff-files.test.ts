import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diffFiles } from './diff-files.ts';

const probes = resolve(import.meta.dirname, '../../test/fixtures/nmap/probes');
const before = join(probes, 'proto_ip.a.xml');
const after = join(probes, 'proto_ip.b.xml');

describe('diffFiles', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'diff-files-'));
    await writeFile(join(directory, 'after.bin'), gzipSync(readFileSync(after)));
    await writeFile(join(directory, 'none.xml'), '<html></html>');
    await writeFile(
      join(directory, 'before.gnmap'),
      '# Nmap 7.95 scan initiated Fri Jul 10 23:23:30 2009 as: nmap -oG - 10.0.0.1\nHost: 10.0.0.1 ()\tStatus: Up\nHost: 10.0.0.1 ()\tPorts: 80/open/tcp//http///\n# Nmap done at Fri Jul 10 23:23:40 2009 -- 1 IP address (1 host up) scanned in 10.00 seconds\n',
    );
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const kinds = async (a: string, b: string, stdin?: Readable): Promise<string[]> => {
    const { diff, verdict } = await diffFiles(a, b, stdin === undefined ? {} : { stdin });
    const found = diff.hosts.flatMap((host) => host.changes.map((change) => change.kind));
    expect(verdict).toBe(found.length === 0 ? 'equal' : 'different');
    return found;
  };

  test('two plain files', async () => {
    expect(await kinds(before, after)).toEqual(['port-closed']);
  });

  test('silent: a file and itself', async () => {
    expect(await kinds(before, before)).toEqual([]);
  });

  test('a compressed file, whatever its name', async () => {
    expect(await kinds(before, join(directory, 'after.bin'))).toEqual(['port-closed']);
  });

  test('standard input as one side', async () => {
    expect(await kinds('-', after, Readable.from([readFileSync(before)]))).toEqual(['port-closed']);
  });

  test('another format: silent where it says the same', async () => {
    const gnmap = join(directory, 'before.gnmap');
    expect(await kinds(gnmap, gnmap)).toEqual([]);
  });

  test.each([
    { why: 'a file that is not there', path: '/nowhere/x.xml', code: 'source/not-found' },
    { why: 'no scan', path: 'none.xml', code: 'parse/not-a-scan' },
    { why: 'a folder of two files', path: '.', code: 'diff/not-one-file' },
  ])('$why → $code', async ({ path, code }) => {
    const folder = path === '.' ? probes : directory;
    const full = path.startsWith('/') ? path : resolve(folder, path);
    await expect(diffFiles(before, full)).rejects.toMatchObject({ code });
  });
});
