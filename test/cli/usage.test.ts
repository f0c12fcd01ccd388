import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { ACTING, MAIN, scratch, tidemark } from './tidemark.ts';

const cwd = scratch();
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

type AnyCommand = ReturnType<typeof buildProgram>;

function everyCommand(
  command: AnyCommand,
  path: readonly string[] = [],
): { path: readonly string[]; command: AnyCommand }[] {
  return [
    { path, command },
    ...command.commands.flatMap((child) => everyCommand(child, [...path, child.name()])),
  ];
}
const program = buildProgram('0', async () => undefined);
const commands = everyCommand(program).map(({ path, command }) => ({
  name: path.join(' ') || '(none)',
  path,
  command,
}));

describe('help', () => {
  test.each(commands)(
    'of $name says what it does, gives an example and the exit statuses',
    async ({ path, command }) => {
      expect(command.description()).not.toBe('');
      for (const option of command.options) expect(option.description).not.toBe('');
      for (const argument of command.registeredArguments) expect(argument.description).not.toBe('');
      const { status, stdout, stderr } = await tidemark([...path, '--help'], { cwd });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/Examples:\n {2}\S*\s?<?\(?tidemark|Examples:\n {2}tidemark/);
      expect(stdout).toContain('Exit status:');
      expect(stdout).toContain('--json');
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    },
  );

  test('every example is a command line that the program takes', () => {
    const lines = commands.flatMap(({ command }) => {
      let text = '';
      command.configureOutput({ writeOut: (part) => (text += part) });
      command.outputHelp();
      return [...text.matchAll(/^ {2}(tidemark .*?)(?: {3,}|$)/gm)].map(([, line]) => line ?? '');
    });
    expect(lines.length).toBeGreaterThan(commands.length - 1);
    const names = new Set(commands.map(({ name }) => name));
    for (const line of lines) {
      const word = line
        .split(' ')
        .slice(1)
        .find((part) => /^[a-z]+$/.test(part));
      expect(names.has(word ?? '(none)') || line.includes(' --')).toBe(true);
    }
  });
});

describe('usage errors exit 2 and name the remedy', () => {
  test.each([
    {
      why: 'a misspelt command',
      args: ['docter'],
      says: ["unknown command 'docter'", 'fix: Did you mean doctor?'],
    },
    {
      why: 'a misspelt subcommand',
      args: ['config', 'chekc'],
      says: ["unknown command 'chekc'", 'fix: Did you mean check?'],
    },
    { why: 'an unknown command', args: ['frobnicate'], says: ["unknown command 'frobnicate'", '--help'] },
    {
      why: 'a misspelt option',
      args: ['doctor', '--jsn'],
      says: ["unknown option '--jsn'", 'fix: Did you mean --json?'],
    },
    { why: 'a missing argument', args: ['completion'], says: ["missing required argument 'shell'", 'fix:'] },
    { why: 'an argument too many', args: ['doctor', 'who'], says: ['too many arguments', 'fix:'] },
    {
      why: 'a value that is no choice',
      args: ['completion', 'tcsh'],
      says: ['tcsh', 'bash, zsh, fish, powershell'],
    },
    { why: 'no command at all', args: [], says: ['no command given', 'tidemark --help'] },
    {
      why: 'a configuration that is not there',
      args: ['doctor', '--config'],
      says: ['--config <file>', 'fix:'],
    },
  ])('$why', async ({ args, says }) => {
    const { status, stdout, stderr } = await tidemark(args, { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    for (const part of says) expect(stderr).toContain(part);
    expect(stderr.split('\n')).toHaveLength(3);
  });

  test.each([
    { why: 'usage', args: ['docter', '--json'], code: 'cli/usage' },
    {
      why: 'configuration',
      args: ['config', 'show', '--json', '--config', 'none.yaml'],
      code: 'config/missing',
    },
  ])('with --json an error ($why) is an object', async ({ args, code }) => {
    const { status, stdout, stderr } = await tidemark(args, { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({
      schema: 'tidemark/error/1',
      code,
      fix: expect.any(String) as unknown,
    });
  });
});

describe('hostile words from outside do not reach the terminal', () => {
  const hostile = '\u001B]0;owned\u0007\u001B[2J\u202Egpj.exe\nnew line';
  test.each([
    { why: 'a command name', args: [hostile] },
    { why: 'an option', args: ['doctor', `--${hostile}`] },
    { why: 'a file name', args: ['config', 'show', '--config', hostile] },
  ])('$why', async ({ args }) => {
    const { status, stderr } = await tidemark(args, { cwd });
    expect(status).toBe(2);
    expect(stderr).not.toMatch(ACTING);
    expect(stderr).toContain('owned');
  });
});

describe('streams', () => {
  test('a reader that leaves early is no error worth words', async () => {
    const stderr = await new Promise<string>((resolve) => {
      const child = spawn(process.execPath, [MAIN, 'config', 'schema'], {
        cwd,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      child.stdout.destroy();
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
      child.on('close', () => {
        resolve(said);
      });
    });
    expect(stderr).toBe('');
  });

  test.each([
    { why: 'a pipe gets no colour', env: {}, colour: false },
    { why: 'FORCE_COLOR wants it in a pipe', env: { FORCE_COLOR: '1' }, colour: true },
    { why: 'NO_COLOR wins over FORCE_COLOR', env: { FORCE_COLOR: '1', NO_COLOR: '1' }, colour: false },
    { why: 'an empty NO_COLOR says nothing', env: { FORCE_COLOR: '1', NO_COLOR: '' }, colour: true },
  ])('$why', async ({ env, colour }) => {
    const { stdout } = await tidemark(['config', 'show'], { cwd, env });
    expect(stdout.includes('\u001B[')).toBe(colour);
  });

  test('--no-color wins over FORCE_COLOR', async () => {
    const { stdout } = await tidemark(['--no-color', 'config', 'show'], { cwd, env: { FORCE_COLOR: '1' } });
    expect(stdout).not.toContain('\u001B[');
  });
});

describe('init', () => {
  test('writes a file that is right, says the defaults, and is not overwritten unasked', async () => {
    const folder = scratch();
    const first = await tidemark(['init'], { cwd: folder });
    expect(first).toMatchObject({ status: 0, stderr: '' });
    const file = join(folder, 'tidemark.yaml');
    const written = readFileSync(file, 'utf8');

    const check = await tidemark(['config', 'check'], { cwd: folder });
    expect(check).toMatchObject({ status: 0, stderr: '' });
    const [withFile, without] = await Promise.all([
      tidemark(['config', 'show', '--json'], { cwd: folder }),
      tidemark(['config', 'show', '--json'], { cwd }),
    ]);
    const values = (ran: { stdout: string }): unknown[] =>
      (JSON.parse(ran.stdout) as { settings: { key: string; value: unknown }[] }).settings
        // The audit log lies in the data directory, which is another one without a file.
        .filter(({ key }) => key !== 'store.dataDir' && key !== 'audit.file')
        .map(({ key, value }) => [key, value]);
    expect(values(withFile)).toEqual(values(without));

    writeFileSync(file, '# mine\n');
    const again = await tidemark(['init'], { cwd: folder });
    expect(again.status).toBe(2);
    expect(again.stderr).toContain('--force');
    expect(readFileSync(file, 'utf8')).toBe('# mine\n');
    const forced = await tidemark(['init', '--force', '--json'], { cwd: folder });
    expect(forced.status).toBe(0);
    expect(JSON.parse(forced.stdout)).toMatchObject({ schema: 'tidemark/init/1', file });
    expect(readFileSync(file, 'utf8')).toBe(written);
    rmSync(folder, { recursive: true });
  });
});

describe('doctor', () => {
  test('answers as text and as JSON, and changes nothing', async () => {
    const folder = scratch();
    const { stdout, stderr, status } = await tidemark(['doctor', '--json'], {
      cwd: folder,
      env: { LANG: 'C.UTF-8' },
    });
    expect(stderr).toBe('');
    const answer = JSON.parse(stdout) as {
      schema: string;
      status: number;
      checks: { name: string; state: string }[];
    };
    expect(answer).toMatchObject({ schema: 'tidemark/doctor/1', status });
    expect(answer.checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'Node',
        'configuration',
        'data folder',
        'disk space',
        'clock',
        'Nmap',
        'terminal',
      ]),
    );
    expect(existsSync(join(folder, '.local'))).toBe(false);
    rmSync(folder, { recursive: true });
  });

  test.each([
    { why: 'none', script: undefined, state: 'warn', says: 'not found' },
    {
      why: 'an old one',
      script: 'echo "Nmap version 6.40 ( http://nmap.org )"',
      state: 'warn',
      says: 'older than 7.80',
    },
    {
      why: 'one that is something else',
      script: 'echo hello',
      state: 'warn',
      says: 'does not say its version',
    },
    {
      why: 'a recent one',
      script: 'echo "Nmap version 7.95 ( https://nmap.org )"',
      state: 'ok',
      says: '7.95',
    },
  ])('Nmap in PATH: $why', async ({ script, state, says }) => {
    const folder = scratch();
    if (script !== undefined) writeFileSync(join(folder, 'nmap'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const { stdout } = await tidemark(['doctor', '--json'], { cwd: folder, env: { PATH: folder } });
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; message: string }[] };
    const nmap = checks.find(({ name }) => name === 'Nmap');
    expect(nmap).toMatchObject({ state, message: expect.stringContaining(says) as unknown });
    rmSync(folder, { recursive: true });
  });

  test('a wrong configuration is a failure with its place', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'tidemark.yaml'), 'exposure:\n  vantagge: x\n');
    const { stdout, status } = await tidemark(['doctor'], { cwd: folder });
    expect(status).toBe(2);
    expect(stdout).toContain('tidemark.yaml:2:3');
    expect(stdout).toContain('fix: Did you mean "vantage"?');
    rmSync(folder, { recursive: true });
  });
});

test('completion scripts are printed for every shell, and the program completes its commands', async () => {
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    const { status, stdout } = await tidemark(['completion', shell], { cwd });
    expect(status).toBe(0);
    expect(stdout).toContain('tidemark');
  }
  const { stdout } = await tidemark(['complete', '--', 'conf'], { cwd });
  expect(stdout).toContain('config');
});

test('start-up, printed and not asserted: the machine decides', () => {
  for (const args of [['--version'], ['--help']]) {
    const times = Array.from({ length: 3 }, () => {
      const start = performance.now();
      spawnSync(process.execPath, [MAIN, ...args], { cwd, stdio: 'ignore' });
      return performance.now() - start;
    });
    console.log(`tidemark ${args.join(' ')}: best of 3 ${Math.round(Math.min(...times))} ms`);
  }
  expect(existsSync(MAIN)).toBe(true);
});
