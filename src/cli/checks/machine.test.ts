import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { fromMillis } from '../../time/instant.ts';
import { checkClock, checkDataDir, checkDiskSpace, checkNode, checkTerminal } from './machine.ts';

const root = mkdtempSync(join(tmpdir(), 'tidemark-checks-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});
const at = (time: string) => () => fromMillis(Date.parse(time));

test.each([
  { version: '18.20.1', state: 'fail' },
  { version: '20.18.9', state: 'fail' },
  { version: '20.19.0', state: 'ok' },
  { version: '24.1.0', state: 'ok' },
])('Node $version: $state', ({ version, state }) => {
  expect(checkNode(version)).toMatchObject({ state });
});

describe('the data folder', () => {
  test('that is not there yet is fine when its parent is writable', async () => {
    expect(await checkDataDir(join(root, 'new', 'deep'))).toMatchObject({ state: 'ok' });
  });

  test('that everybody may write is a warning with the command that closes it', async () => {
    const open = join(root, 'open');
    mkdirSync(open, { mode: 0o777 });
    chmodSync(open, 0o777);
    expect(await checkDataDir(open)).toMatchObject({ state: 'warn', fix: `Close it: chmod o-w ${open}.` });
  });

  test.skipIf(process.getuid?.() === 0)(
    'that may not be written is a failure (root may write everywhere)',
    async () => {
      const closed = join(root, 'closed');
      mkdirSync(closed, { mode: 0o500 });
      expect(await checkDataDir(closed)).toMatchObject({ state: 'fail' });
    },
  );

  test('lies somewhere with room', () => {
    expect(checkDiskSpace(join(root, 'new'))).toMatchObject({
      name: 'disk space',
      message: expect.stringMatching(/B free$/) as unknown,
    });
  });
});

describe('the clock', () => {
  test.each([
    { why: 'now', time: '2026-12-01T10:00:00Z', state: 'ok' },
    { why: 'a machine without a battery', time: '1970-01-01T00:05:00Z', state: 'fail' },
  ])('$why: $state', ({ time, state }) => {
    expect(checkClock(at(time), join(root, 'nothing'))).toMatchObject({ state });
  });

  test('that runs behind the history is a warning', () => {
    const folder = join(root, 'history');
    mkdirSync(folder);
    writeFileSync(join(folder, 'data'), '');
    const later = new Date('2027-03-01T00:00:00Z');
    utimesSync(join(folder, 'data'), later, later);
    expect(checkClock(at('2027-02-01T00:00:00Z'), folder)).toMatchObject({ state: 'warn' });
    expect(checkClock(at('2027-03-02T00:00:00Z'), folder)).toMatchObject({ state: 'ok' });
  });
});

describe('the terminal', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
  test.each([
    { why: 'a pipe', stream: new PassThrough(), env: {}, state: 'ok' },
    { why: 'UTF-8', stream: terminal, env: { LANG: 'de_DE.UTF-8' }, state: 'ok' },
    { why: 'an old locale', stream: terminal, env: { LANG: 'de_DE.ISO-8859-1' }, state: 'warn' },
    { why: 'LC_ALL wins over LANG', stream: terminal, env: { LANG: 'C', LC_ALL: 'C.utf8' }, state: 'ok' },
    { why: 'no locale at all', stream: terminal, env: {}, state: 'warn' },
  ])('$why: $state', ({ stream, env, state }) => {
    expect(checkTerminal(stream, env)).toMatchObject({ state });
  });
});
