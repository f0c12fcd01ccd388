import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scratch, tidemark } from './tidemark.ts';

let cwd: string;
beforeEach(() => {
  cwd = scratch();
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

/** A message, what to do about it, and nothing else: no stack, no line of a log. */
async function refused(args: readonly string[]): Promise<{ readonly what: string; readonly fix: string }> {
  const { status, signal, stdout, stderr } = await tidemark(args, { cwd });
  expect({ status, signal, stdout, stderr }).toMatchObject({ status: 2, signal: null, stdout: '' });
  const [what = '', fix = '', ...rest] = stderr.trimEnd().split('\n');
  expect({ stderr, rest }).toEqual({ stderr, rest: [] });
  expect(what).toMatch(/^tidemark: /);
  expect(fix).toMatch(/^fix: [A-Z].*[.?:\w]$/);
  expect(stderr).not.toMatch(/a bug in tidemark| at .*\.js:\d/);
  return { what, fix };
}

describe('what a newcomer gets wrong', () => {
  test.each<{ args: readonly string[]; what: string; fix: string | RegExp }>([
    { args: ['serve', '--listen', '0.0.0.0:8080'], what: 'no certificate', fix: 'server.tls.cert' },
    {
      args: ['serve', '--listen', 'localhost'],
      what: "'localhost' is invalid",
      fix: 'tidemark serve --help',
    },
    { args: ['serve', '--listen', '127.0.0.1:99999'], what: '127.0.0.1:99999', fix: 'tidemark serve --help' },
    {
      args: ['token', 'create', 'bad name!', '--role', 'viewer'],
      what: 'the name of a token must hold at most 64 letters',
      fix: 'such as grafana',
    },
    {
      args: ['token', 'create', 'x'],
      what: "'--role <role>' not specified",
      fix: 'Add --role viewer | analyst | admin; see `tidemark token create --help`.',
    },
    {
      args: ['token', 'create', 'x', '--role', 'king'],
      what: 'Allowed choices are viewer, analyst, admin',
      fix: 'tidemark token create --help',
    },
    { args: ['token', 'revoke', 'nobody'], what: 'there is no token nobody', fix: 'tidemark token list' },
    {
      args: ['alerts', 'list', '--decision', 'nonsense'],
      what: "'nonsense' is invalid. Allowed choices are sent,",
      fix: 'tidemark alerts list --help',
    },
    {
      args: ['findings', 'judge', 'abcdef123456'],
      what: "'--as <state>' not specified",
      fix: /Add --as .*expected/,
    },
    {
      args: ['findings', 'judge', 'abcdef123456', '--as', 'expected', '--why', 'x'],
      what: 'there is no finding abcdef123456',
      fix: 'tidemark findings --all',
    },
    { args: ['sinks', 'test', 'nobody'], what: 'no sink is called nobody', fix: 'None is configured' },
    {
      args: ['watch', '--once', 'no/such/folder'],
      what: 'no/such/folder: not there, so nothing was read',
      fix: 'Correct the path',
    },
    { args: ['watch', '--once', 'none/*.log'], what: 'none/*.log: not there', fix: 'Correct the path' },
    { args: ['scans', '--data-dir', 'tidemark.txt/x'], what: 'tidemark.txt/x', fix: 'store.dataDir' },
  ])('$args', async ({ args, what, fix }) => {
    writeFileSync(join(cwd, 'tidemark.txt'), '');
    const said = await refused(args);
    expect(said.what).toContain(what);
    expect(said.fix).toMatch(fix);
  });

  test('what is there is read, and what is not is named, also with -q', async () => {
    mkdirSync(join(cwd, 'logs'));
    const { what } = await refused(['-q', 'watch', '--once', 'logs', 'lgos']);
    expect(what).toBe('tidemark: lgos: not there; the rest was read');
  });

  test.each(['status', 'status --json'])('%s where no daemon runs', async (line) => {
    const { status, stdout, stderr } = await tidemark(line.split(' '), { cwd });
    expect(status).toBe(2);
    if (line === 'status')
      expect({ stdout, stderr }).toEqual({
        stdout: '',
        stderr: expect.stringMatching(/^no daemon runs on .*; start one: tidemark serve\n$/),
      });
    else expect(JSON.parse(stdout)).toMatchObject({ running: false });
  });
});

describe('a configuration with a mistake', () => {
  test.each([
    {
      yaml: 'sinks: [{ name: m, kind: smtp, host: mail.example.org, from: "a@example.org\\r\\nBcc: x@y.z", to: [a@example.org] }]',
      place: 'tidemark.yaml:1:62',
      what: 'sinks[0].from must be one address',
      fix: 'Correct the value',
    },
    {
      yaml: 'server: { port: 99999 }',
      place: ':1:17',
      what: 'server.port must be at most 65535, but is 99999',
      fix: 'Lower it',
    },
    {
      yaml: 'alerts: { budget: -1 }',
      place: ':1:19',
      what: 'alerts.budget must be at least 0, but is -1',
      fix: 'Raise it',
    },
    {
      yaml: 'serve: { watch: [{ name: "a b", paths: [x] }] }',
      place: ':1:26',
      what: 'serve.watch[0].name',
      fix: 'Correct',
    },
    { yaml: 'serve: { drpo: 1 }', place: ':1:10', what: 'drpo', fix: 'Did you mean "drop"?' },
    { yaml: 'server: [', place: ':2:1', what: 'not valid YAML', fix: 'Correct the line' },
  ])('$yaml', async ({ yaml, place, what, fix }) => {
    writeFileSync(join(cwd, 'tidemark.yaml'), `${yaml}\n`);
    // Neither opens anything: what a daemon would only notice later is said at once.
    for (const command of ['scans', 'serve']) {
      const said = await refused([command]);
      expect(said.what).toContain(what);
      expect(said.what).toContain(place);
      expect(said.fix).toContain(fix);
    }
  });
});

describe('import --quiet', () => {
  test('says nothing of what went well, and everything of what was refused', async () => {
    const lab = join(import.meta.dirname, '..', '..', 'examples', 'lab', '2026-11-15.xml');
    expect(await tidemark(['-q', 'import', lab], { cwd })).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    writeFileSync(join(cwd, 'bad.xml'), 'no scan at all');
    const { status, stdout, stderr } = await tidemark(['-q', 'import', lab, 'bad.xml'], { cwd });
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    expect(stdout).toMatch(/^refused {3}bad\.xml: .*\n {10}fix: .*\n$/);
  });
});
