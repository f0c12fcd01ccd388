import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../fault/fault.ts';
import { DropFolder } from './drop-folder.ts';

/** Milliseconds; the files of these tests are made then. */
const THEN = Date.UTC(2026, 10, 22, 4);
const MINUTE = 60_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-drop-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Puts a file there that was written at a time. */
async function put(name: string, text: string, at = THEN): Promise<void> {
  await writeFile(join(folder, name), text);
  await utimes(join(folder, name), at / 1_000, at / 1_000);
}
const dropFolder = (afterwards: 'move' | 'keep' = 'move'): DropFolder =>
  new DropFolder({ folder, settleSeconds: 10, afterwards });
const ready = async (look: DropFolder, at: number): Promise<readonly string[]> =>
  (await look.ready(at)).map((path) => basename(path));

describe('a file is read', () => {
  test('when it has been quiet for so long, and not before', async () => {
    const look = dropFolder();
    await put('scan.xml', '<nmaprun>…</nmaprun>');
    expect(await ready(look, THEN + 2_000)).toEqual([]);
    expect(await ready(look, THEN + 9_999)).toEqual([]);
    expect(await ready(look, THEN + 10_000)).toEqual(['scan.xml']);
  });

  test('at the second look when it was moved in', async () => {
    const look = dropFolder();
    await put('scan.xml', '<nmaprun>…</nmaprun>', THEN - 60 * MINUTE);
    expect(await ready(look, THEN)).toEqual([]);
    expect(await ready(look, THEN + 1)).toEqual(['scan.xml']);
  });

  test('not while it grows', async () => {
    const look = dropFolder();
    await put('scan.grep', 'Host: ');
    for (let minute = 0; minute < 5; minute += 1) {
      const now = THEN + minute * MINUTE;
      await appendFile(join(folder, 'scan.grep'), 'more');
      await utimes(join(folder, 'scan.grep'), now / 1_000, now / 1_000);
      expect(await ready(look, now + 9_000)).toEqual([]);
    }
  });

  test('when the clock that wrote it is ahead of ours', async () => {
    const look = dropFolder();
    await put('scan.xml', '<nmaprun></nmaprun>', THEN + 60 * MINUTE);
    expect(await ready(look, THEN)).toEqual([]);
    expect(await ready(look, THEN + 9_000)).toEqual([]);
    expect(await ready(look, THEN + 10_000)).toEqual(['scan.xml']);
  });

  test('late when it is a scan that has not ended: Nmap is silent while it scans', async () => {
    const look = dropFolder();
    await put('scan.xml', '<?xml version="1.0"?><nmaprun><host/>');
    await ready(look, THEN);
    expect(await ready(look, THEN + 29 * MINUTE)).toEqual([]);
    expect(await ready(look, THEN + 30 * MINUTE)).toEqual(['scan.xml']);
  });

  test('in the order in which they were written', async () => {
    const look = dropFolder();
    await put('b.xml', 'x', THEN - 2 * MINUTE);
    await put('a.xml', 'x', THEN - MINUTE);
    await put('c.xml', 'x', THEN - 3 * MINUTE);
    await ready(look, THEN);
    expect(await ready(look, THEN)).toEqual(['c.xml', 'b.xml', 'a.xml']);
  });
});

describe('what is never read', () => {
  test.each([
    '.scan.xml',
    'scan.xml.part',
    'scan.xml.tmp',
    'scan.filepart',
    '~scan.xml',
    'scan.xml~',
    'x.crdownload',
  ])('%s: it is on its way', async (name) => {
    const look = dropFolder();
    await put(name, 'x', THEN - MINUTE);
    await ready(look, THEN);
    expect(await ready(look, THEN)).toEqual([]);
  });

  test('links, folders, and what lies in folders', async () => {
    const look = dropFolder();
    await symlink('/etc/passwd', join(folder, 'link.xml'));
    await mkdir(join(folder, 'done'));
    await put('done/old.xml', 'x', THEN - MINUTE);
    await ready(look, THEN + 1e9);
    expect(await ready(look, THEN + 2e9)).toEqual([]);
  });

  test('the lesser forms of a scan whose XML is there, or was', async () => {
    const look = dropFolder();
    for (const name of ['s.xml', 's.nmap', 's.gnmap', 'alone.gnmap']) await put(name, 'x', THEN - MINUTE);
    await ready(look, THEN);
    expect((await ready(look, THEN)).toSorted()).toEqual(['alone.gnmap', 's.xml']);
    expect((await readdir(join(folder, 'done'))).toSorted()).toEqual(['s.gnmap', 's.nmap']);
  });
});

describe('afterwards', () => {
  const refused = new Fault('parse/unknown-format', 'this is no scan', 'Give it a scan.');

  test('a file is moved, under another name where there is one', async () => {
    const look = dropFolder();
    for (const text of ['first', 'second']) {
      await put('scan.xml', text, THEN - MINUTE);
      await look.settled(join(folder, 'scan.xml'), undefined);
    }
    expect(await readFile(join(folder, 'done/scan.xml'), 'utf8')).toBe('first');
    expect(await readFile(join(folder, 'done/scan.xml.1'), 'utf8')).toBe('second');
  });

  test('a refused file is moved with the reason beside it', async () => {
    const look = dropFolder();
    await put('scan.xml', 'x');
    await look.settled(join(folder, 'scan.xml'), refused);
    expect((await readdir(join(folder, 'refused'))).toSorted()).toEqual(['scan.xml', 'scan.xml.why']);
    expect(await readFile(join(folder, 'refused/scan.xml.why'), 'utf8')).toBe(
      'parse/unknown-format: this is no scan\nGive it a scan.\n',
    );
  });

  test('a file that stays is not read twice, unless it changes', async () => {
    const look = dropFolder('keep');
    await put('scan.xml', 'x', THEN - MINUTE);
    await ready(look, THEN);
    expect(await ready(look, THEN)).toEqual(['scan.xml']);
    await look.settled(join(folder, 'scan.xml'), undefined);
    await ready(look, THEN);
    expect(await ready(look, THEN)).toEqual([]);
    await put('scan.xml', 'xy', THEN);
    await ready(look, THEN + MINUTE);
    expect(await ready(look, THEN + MINUTE)).toEqual(['scan.xml']);
    expect(await readdir(folder)).toEqual(['scan.xml']);
  });

  test('one that somebody took away meanwhile is no failure', async () => {
    await put('scan.xml', 'x');
    await rename(join(folder, 'scan.xml'), join(folder, 'other.xml'));
    await expect(dropFolder().settled(join(folder, 'scan.xml'), undefined)).resolves.toBeUndefined();
  });
});

test('a folder that is not there is a fault with a fix', async () => {
  const look = new DropFolder({ folder: join(folder, 'nowhere'), settleSeconds: 1, afterwards: 'move' });
  await expect(look.ready(THEN)).rejects.toMatchObject({
    code: 'daemon/drop-folder',
    fix: expect.stringContaining('serve.drop.folder'),
  });
});
