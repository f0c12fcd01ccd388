import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACTING, MAIN, scratch, tidemark, type Ran } from './tidemark.ts';

const lab = join(import.meta.dirname, '..', '..', 'examples', 'lab');
const files = readdirSync(lab)
  .filter((name) => name.endsWith('.xml'))
  .toSorted();
const cwd = scratch();
const run = (...args: string[]): Promise<Ran> => tidemark(args, { cwd });
const json = async (...args: string[]): Promise<unknown> => JSON.parse((await run(...args, '--json')).stdout);

beforeAll(async () => {
  mkdirSync(join(cwd, 'scans'));
  for (const name of files) copyFileSync(join(lab, name), join(cwd, 'scans', name));
  const { status, stdout } = await run('import', 'scans');
  if (status !== 0) throw new Error(`the lab cannot be imported: ${stdout}`);
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

describe('the history', () => {
  test('lists scans newest first, and finds them by prefix and position', async () => {
    const { scans } = (await json('scans')) as { scans: { id: string; source: string }[] };
    expect(scans.map(({ source }) => source)).toEqual(files.toReversed().map((name) => join('scans', name)));
    const id = scans[3]?.id ?? '';
    for (const reference of [id, id.slice(0, 6), 'latest~3']) {
      expect(await json('scans', 'show', reference)).toMatchObject({
        schema: 'tidemark/scan/1',
        scan: { id },
      });
    }
  });

  const script = spawnSync('script', ['--version'], { encoding: 'utf8' });
  const terminal = script.status === 0 && script.stdout.includes('util-linux');
  test.skipIf(!terminal)(
    'on a terminal, even one without a size, nothing is said but the answer',
    async () => {
      const piped = await run('scans');
      const command = [process.execPath, MAIN, 'scans'].map((word) => `'${word}'`).join(' ');
      // stdin is none either: the terminal then has no columns, as in many containers.
      const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
        cwd,
        env: { PATH: process.env['PATH'], HOME: cwd, NO_COLOR: '1', TERM: 'xterm' },
        stdio: ['ignore', 'pipe', 'pipe'],
        encoding: 'utf8',
      });
      expect(status).toBe(0);
      expect(stdout.replaceAll('\r\n', '\n')).toBe(piped.stdout);
    },
  );

  test('gives a file back byte for byte', async () => {
    const { stdout } = await run('scans', 'show', 'latest', '--raw');
    expect(stdout).toBe(readFileSync(join(lab, files.at(-1) ?? ''), 'utf8'));
  });

  test('takes the same file again without a change', async () => {
    const { status, stdout } = await run('import', join('scans', files[0] ?? ''));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^known /);
    expect(((await json('scans')) as { total: number }).total).toBe(files.length);
  });

  test('keeps the good files when one is bad, and says so', async () => {
    writeFileSync(join(cwd, 'recipe.xml'), '<recipe><egg/></recipe>');
    const { status, stdout } = await run('import', 'recipe.xml', join('scans', files[1] ?? ''));
    expect(status).toBe(2);
    expect(stdout).toMatch(/^refused {3}recipe\.xml: .*\n {10}fix: /);
    expect(stdout).toContain('1 known already, 1 refused');
  });

  test('reads standard input', async () => {
    const { status, stdout } = await tidemark(['import', '-'], {
      cwd,
      stdin: readFileSync(join(lab, files[2] ?? '')),
    });
    expect({ status, known: stdout.startsWith('known     -: ') }).toEqual({ status: 0, known: true });
  });

  test('tells a host’s whole history by address or by name', async () => {
    const byAddress = await json('hosts', '10.77.10.80');
    expect(await json('hosts', 'DEV1.corp.example')).toEqual(byAddress);
    const { scans } = byAddress as { scans: { opened: string[] }[] };
    // One port a week from week 7 on (examples/lab/README.md).
    expect(scans.map(({ opened }) => opened).slice(6)).toEqual([
      expect.arrayContaining(['8000/tcp']),
      expect.arrayContaining(['8888/tcp']),
      expect.arrayContaining(['9000/tcp']),
      expect.arrayContaining(['4444/tcp', '9200/tcp']),
    ]);
    const { stdout } = await run('hosts', '10.77.10.80');
    expect(stdout).toContain('+ 4444/tcp');
  });

  test.each([
    { why: 'a scan that is not there', args: ['scans', 'show', 'feed'], code: 'scan/unknown' },
    { why: 'a host that nobody saw', args: ['hosts', '192.0.2.1'], code: 'cli/unknown-host' },
    { why: 'a baseline before one is learned', args: ['baseline', 'show'], code: 'baseline/none' },
    { why: 'a rule that does not exist', args: ['policy', 'explain', 'no.such'], code: 'cli/unknown-rule' },
  ])('$why exits 2 with a fix', async ({ args, code }) => {
    const { status, stderr } = await run(...args, '--json');
    expect(status).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ code, fix: expect.stringMatching(/\w/) as unknown });
  });
});

describe('baseline and assessment', () => {
  beforeAll(async () => {
    const { status, stderr } = await run('baseline', 'learn', '--first', '6');
    if (status !== 0) throw new Error(`no baseline could be learned: ${stderr}`);
  });

  test('a quiet scan that was learned from has no drift; the newest has findings and exits 1', async () => {
    const summary = (await json('assess')) as { schema: string; findings: { rule: string }[] };
    expect(summary.schema).toBe('tidemark/summary/1');
    expect(summary.findings.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['legacy.telnet']));
    expect((await run('assess')).status).toBe(1);
    const learned = (await json('assess', 'latest~4')) as { changes: { kind: string }[] };
    expect(learned.changes.filter(({ kind }) => kind === 'port-opened')).toEqual([]);
  });

  test('approve makes a version that expects the port; rollback takes it back', async () => {
    const drifts = async (): Promise<boolean> =>
      JSON.stringify(await json('assess')).includes('9200/tcp opened');
    expect(await drifts()).toBe(true);
    expect(
      await json('baseline', 'approve', '--host', '10.77.10.80', '--port', '9200', '--note', 'CHG-1'),
    ).toMatchObject({ version: 2, how: 'approved', note: 'CHG-1', inForce: true });
    expect(await drifts()).toBe(false);
    expect(await json('baseline', 'rollback', '1')).toMatchObject({ version: 3, how: 'rolled-back' });
    expect(await drifts()).toBe(true);
  });

  test('what a finding is about, or all in which a host departs, can be approved; versions can be held against each other', async () => {
    const { findings } = (await json('assess')) as { findings: { id: string; rule: string }[] };
    const telnet = findings.find(({ rule }) => rule === 'legacy.telnet')?.id ?? 'none';
    // mail1 is gone, and the camera speaks telnet (examples/lab/README.md).
    await run('baseline', 'approve', '--finding', telnet.slice(0, 8), '--until', '2099-01-01');
    await run('baseline', 'approve', '--host', '10.77.10.30', '--note', 'retired');
    const { status, stdout } = await run('baseline', 'diff', '3', 'latest', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      differences: [
        { kind: 'host-changed', host: '10.77.10.30', attribute: 'presence', after: 'gone' },
        { kind: 'port-added', host: '10.77.10.70', port: '23/tcp' },
      ],
    });
    expect((await run('baseline', 'diff', 'latest', 'latest')).status).toBe(0);
    const nothing = await run('baseline', 'approve', '--host', '10.77.10.30', '--json');
    expect(JSON.parse(nothing.stderr)).toMatchObject({ code: 'baseline/nothing-to-approve' });
  });

  test('a report is one file: HTML by default, Markdown by its name, or standard output', async () => {
    const { status, stdout } = await run('report');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${join(cwd, 'tidemark-report.html')}\n` });
    expect(readFileSync(join(cwd, 'tidemark-report.html'), 'utf8')).toMatch(/^<!doctype html>/i);
    await run('report', '-o', 'r.md');
    expect(readFileSync(join(cwd, 'r.md'), 'utf8')).toMatch(/^#/);
    expect((await run('report', '-o', '-', '--format', 'json')).stdout).toContain('"tidemark/summary/1"');
  });

  test('lines fit 100 columns', async () => {
    for (const args of [
      ['scans'],
      ['hosts'],
      ['hosts', '10.77.10.80'],
      ['baseline', 'show'],
      ['assess'],
      ['policy'],
    ]) {
      for (const line of (await run(...args)).stdout.split('\n'))
        expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  test('a host that is approved as it is keeps the habits that were learned', async () => {
    expect((await run('baseline', 'approve', '--host', '10.77.10.80', '--note', 'as it is')).status).toBe(0);
    const { expected } = (await json('baseline', 'show', '--host', '10.77.10.80')) as {
      expected: { ports: { port: string; state: string; flapping: boolean }[] }[];
    };
    const ports = new Map(expected[0]?.ports.map((port) => [port.port, port]));
    expect(ports.get('5000/tcp')).toMatchObject({ state: 'open', flapping: true });
    expect(ports.get('4444/tcp')).toMatchObject({ state: 'open', flapping: false });
    expect((await run('baseline', 'rollback', '1')).status).toBe(0);
  });

  test('a report is refused when the ending of its file names no format', async () => {
    const { status, stderr } = await run('report', '-o', 'report.pdf');
    expect(status).toBe(2);
    expect(stderr).toContain('--format');
    expect(existsSync(join(cwd, 'report.pdf'))).toBe(false);
  });
});

test('a baseline is learned from scans of the kind of the latest, which a verification of one port is not', async () => {
  const own = scratch();
  try {
    for (const [file, ...options] of [[files[0]!], [files[1]!], [files[2]!, '--profile', 'verify']])
      expect((await tidemark(['import', join(lab, file!), ...options], { cwd: own })).status).toBe(0);
    const { stdout } = await tidemark(['baseline', 'learn', '--note', 'a quiet week'], { cwd: own });
    expect(stdout).toMatch(/^baseline version 1: .* learned from 2 scans$/m);
  } finally {
    rmSync(own, { recursive: true });
  }
});

describe('diff', () => {
  const older = join('scans', '2026-11-08.xml');
  const newer = join('scans', '2026-11-15.xml');

  test('two files are compared without a store', async () => {
    const folder = scratch();
    const { status, stdout, stderr } = await tidemark(
      ['diff', join(lab, '2026-11-08.xml'), join(lab, '2026-11-15.xml')],
      { cwd: folder },
    );
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toContain('\n+4444/tcp open  krb524\n');
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test.each([
    { why: 'a file and itself', args: [older, older], want: 0 },
    { why: 'the two newest of the history', args: [], want: 1 },
    { why: 'a file and its own scan in the history', args: [newer, 'latest'], want: 0 },
    { why: 'the history and standard input', args: ['latest~1', '-'], want: 1 },
    { why: 'the baseline and a scan', args: ['baseline', 'latest'], want: 1 },
    { why: 'a file that is not there', args: [older, 'nothing.xml'], want: 2 },
    { why: 'a scan that is not there', args: ['feed', 'latest'], want: 2 },
    { why: 'standard input twice', args: ['-', '-'], want: 2 },
  ])('$why: exit $want', async ({ args, want }) => {
    const { status, stdout, stderr } = await tidemark(['diff', ...args], {
      cwd,
      stdin: readFileSync(join(lab, '2026-11-15.xml')),
    });
    expect({ status, said: stdout !== '', failed: stderr !== '' }).toEqual({
      status: want,
      said: want === 1,
      failed: want === 2,
    });
  });

  test('a baseline is called one, and says nothing of default states', async () => {
    const { stdout } = await run('diff', 'baseline:1', 'latest');
    expect(stdout).toMatch(/^-baseline version 1 of default\//);
    expect(stdout).not.toMatch(/^-Not shown: \d+ (?:closed|filtered) ports/m);
    const { changes } = (await json('diff', 'baseline:1', 'latest')) as { changes: { kind: string }[] };
    expect(changes.map(({ kind }) => kind)).toContain('port-opened');
    expect(changes.map(({ kind }) => kind)).not.toContain('extraports-changed');
  });

  test('of two files, the one that is no scan is named', async () => {
    const { status, stderr } = await run('diff', older, join(lab, 'truth.json'));
    expect(status).toBe(2);
    expect(stderr).toContain('truth.json');
  });

  test('says the same as text, JSON and XML', async () => {
    const document = (await json('diff', older, newer)) as { schema: string; verdict: string };
    expect(document).toMatchObject({ schema: 'tidemark/diff/1', verdict: 'different' });
    const { status, stdout } = await run('diff', older, newer, '--xml');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^<\?xml .*\n<nmapdiff version="1">/);
  });
});

describe('query', () => {
  test('answers as a table, as NDJSON and as CSV', async () => {
    const sql = 'SELECT status, count() AS scans FROM runs GROUP BY status';
    expect((await run('query', sql)).stdout).toBe('status    scans\ncomplete     10\n');
    expect((await run('query', sql, '--json')).stdout).toBe('{"status":"complete","scans":10}\n');
    expect((await run('query', sql, '--csv')).stdout).toBe('status,scans\r\ncomplete,10\r\n');
    expect((await tidemark(['query', '-', '--csv'], { cwd, stdin: sql })).stdout).toBe(
      'status,scans\r\ncomplete,10\r\n',
    );
  });

  test.each([
    'DROP TABLE scan_run',
    "SELECT * FROM file('/etc/passwd')",
    "SELECT 1 INTO OUTFILE 'x'",
    'SELECT * FROM scan_run',
    "SELECT * FROM url('http://127.0.0.1/')",
    'SELECT 1; SELECT 2',
  ])('refuses %s', async (sql) => {
    const { status, stdout, stderr } = await run('query', sql, '--json');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ code: 'query/refused' });
  });

  test('lists every view with a meaning for every column', async () => {
    const { views } = (await json('query', '--views')) as { views: { columns: { comment: string }[] }[] };
    expect(views.length).toBeGreaterThan(4);
    expect(views.flatMap(({ columns }) => columns).every(({ comment }) => comment !== '')).toBe(true);
  });
});

describe('hostile files', () => {
  const hostile = 'x\u001B]0;owned\u0007\u202Egpj\n.xml';
  test('a file name acts on no terminal, in any command that shows it', async () => {
    const folder = scratch();
    const text = readFileSync(join(lab, files[0] ?? ''), 'utf8').replace('start=', 'comment="x" start=');
    writeFileSync(join(folder, hostile), text);
    const imported = await tidemark(['import', hostile], { cwd: folder });
    expect(imported.status).toBe(0);
    const outputs = [imported.stdout, imported.stderr];
    for (const args of [['scans'], ['scans', '--json'], ['scans', 'show', 'latest']]) {
      const { stdout, stderr, status } = await tidemark(args, { cwd: folder });
      expect(status).toBe(0);
      outputs.push(stdout, stderr);
    }
    for (const output of outputs) expect(output).not.toMatch(ACTING);
    rmSync(folder, { recursive: true });
  });
});

describe('two at once', () => {
  test('a second process is told who has the data folder, or waits; Ctrl-C stops the first in order', async () => {
    const folder = scratch();
    copyFileSync(join(lab, files[0] ?? ''), join(folder, 'a.xml'));
    spawnSync('mkfifo', [join(folder, 'pipe')]);
    const first = start(['import', 'a.xml', 'pipe'], folder);
    const writer = await open(join(folder, 'pipe'), 'w');
    const bytes = readFileSync(join(lab, files[1] ?? ''));
    await writer.write(bytes.subarray(0, 4000));
    // The first one has the store open now, and waits for the rest.
    await first.line;

    const second = await tidemark(['scans'], { cwd: folder });
    expect(second.status).toBe(2);
    expect(second.stderr).toContain(String(first.pid));
    expect(second.stderr).toContain('--wait');
    const third = tidemark(['scans', '--json', '--wait', '25'], { cwd: folder });

    first.interrupt();
    await first.stopping;
    await writer.write(bytes.subarray(4000));
    await writer.close();
    expect(await first.ended).toBe(130);
    const { status, stdout, stderr } = await third;
    expect({ status, waited: stderr === '' || stderr.startsWith('waiting: ') }).toEqual({
      status: 0,
      waited: true,
    });
    // The file that was whole is in, the one that was stopped is not, not even in part.
    expect(JSON.parse(stdout)).toMatchObject({ total: 1 });
    expect(await tidemark(['import', join(lab, files[1] ?? '')], { cwd: folder })).toMatchObject({
      status: 0,
    });
    rmSync(folder, { recursive: true });
  });

  test('Ctrl-C while standard input is awaited: exit 130, and nothing was opened', async () => {
    const folder = scratch();
    const child = start(['import', '-'], folder);
    child.write(readFileSync(join(lab, files[0] ?? '')).subarray(0, 4000));
    await child.settled;
    child.interrupt();
    expect(await child.ended).toBe(130);
    expect(existsSync(join(folder, '.local'))).toBe(false);
    rmSync(folder, { recursive: true });
  });

  test('standard input that is not ours is left alone', async () => {
    const folder = scratch();
    const shell = `"${process.execPath}" "${MAIN}" import a.xml >&2; cat`;
    copyFileSync(join(lab, files[0] ?? ''), join(folder, 'a.xml'));
    const { stdout } = spawnSync('sh', ['-c', shell], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder },
      input: '10.0.0.1\n10.0.0.2\n',
      encoding: 'utf8',
    });
    expect(stdout).toBe('10.0.0.1\n10.0.0.2\n');
    rmSync(folder, { recursive: true });
  });
});

/** A run of the program that goes on while the test does things to it. */
function start(
  args: readonly string[],
  folder: string,
): {
  readonly pid: number | undefined;
  readonly line: Promise<unknown>;
  readonly stopping: Promise<unknown>;
  readonly settled: Promise<unknown>;
  readonly ended: Promise<number | null>;
  readonly interrupt: () => void;
  readonly write: (bytes: Uint8Array) => void;
} {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  return {
    pid: child.pid,
    line: once(child.stdout, 'data'),
    stopping: once(child.stderr, 'data'),
    // Time to start and to begin reading; nothing says so from outside.
    settled: setTimeout(1500),
    ended: once(child, 'close').then(([status]) => status as number | null),
    interrupt: () => child.kill('SIGINT'),
    write: (bytes) => child.stdin.write(bytes),
  };
}
