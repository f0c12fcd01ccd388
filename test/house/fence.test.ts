import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');

/** What dependency-cruiser says of a tree: how many modules it saw, and the names of the broken rules. */
interface Verdict {
  readonly modules: number;
  readonly rules: readonly string[];
}

async function cruise(directory: string): Promise<Verdict> {
  const { stdout } = await run(
    join(root, 'node_modules/.bin/depcruise'),
    ['src', '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json'],
    { cwd: directory, maxBuffer: 256 * 1024 * 1024 },
  ).catch((error: { stdout: string }) => ({ stdout: error.stdout }));
  const { summary } = JSON.parse(stdout) as {
    summary: { totalCruised: number; violations: { rule: { name: string } }[] };
  };
  return { modules: summary.totalCruised, rules: summary.violations.map((violation) => violation.rule.name) };
}

/** One violation each: the file that breaks the rule, the files it needs, and the rule that must catch it. */
const SEEDS: readonly {
  readonly why: string;
  readonly rule: string;
  readonly files: Readonly<Record<string, string>>;
}[] = [
  {
    why: 'a half imports the other',
    rule: 'room-exposure',
    files: {
      'src/exposure/model/a.ts': "import '../../recon/model/b.ts';",
      'src/recon/model/b.ts': 'export const b = 1;',
    },
  },
  {
    why: 'the store knows a domain',
    rule: 'room-store',
    files: { 'src/store/a.ts': "import '../exposure/model/host.ts';" },
  },
  {
    why: 'a word imports a contract',
    rule: 'room-net',
    files: { 'src/net/a.ts': "import '../findings/finding.ts';" },
  },
  {
    why: 'packets know a domain',
    rule: 'room-packet',
    files: { 'src/packet/a.ts': "import '../recon/model/outcome.ts';" },
  },
  {
    why: 'reading files asks a half',
    rule: 'room-files',
    files: { 'src/files/a.ts': "import '../exposure/model/host.ts';" },
  },
  {
    why: 'the web imports more than the wire contract',
    rule: 'room-web',
    files: { 'src/web/a.ts': "import '../net/prefix.ts';" },
  },
  {
    why: 'a page of the web imports more than the wire contract',
    rule: 'room-web',
    files: { 'src/web/a.tsx': "import { b } from '../net/prefix.ts';\nexport const a = <b>{b}</b>;" },
  },
  {
    why: 'a sink asks a half',
    rule: 'room-sinks',
    files: { 'src/sinks/a.ts': "import '../exposure/model/host.ts';" },
  },
  {
    why: 'config imports assembly',
    rule: 'room-config',
    files: { 'src/config/a.ts': "import '../assembly/b.ts';", 'src/assembly/b.ts': 'export const b = 1;' },
  },
  {
    why: 'a stage imports its sibling',
    rule: 'stages-of-exposure-do-not-touch',
    files: {
      'src/exposure/parse/a.ts': "import '../diff/b.ts';",
      'src/exposure/diff/b.ts': 'export const b = 1;',
    },
  },
  {
    why: 'a stage imports the flow',
    rule: 'stages-of-exposure-do-not-touch',
    files: {
      'src/exposure/parse/a.ts': "import '../flow/b.ts';",
      'src/exposure/flow/b.ts': 'export const b = 1;',
    },
  },
  {
    why: 'the model imports a stage',
    rule: 'vocabulary-of-exposure-knows-no-stage',
    files: {
      'src/exposure/model/a.ts': "import '../parse/b.ts';",
      'src/exposure/parse/b.ts': 'export const b = 1;',
    },
  },
  {
    why: 'a query imports a stage',
    rule: 'vocabulary-of-exposure-knows-no-stage',
    files: {
      'src/exposure/queries/a.ts': "import '../assess/b.ts';",
      'src/exposure/assess/b.ts': 'export const b = 1;',
    },
  },
  {
    why: 'a detector imports a detector',
    rule: 'detectors-are-strangers',
    files: {
      'src/recon/detect/fast/a.ts': "import '../slow/b.ts';",
      'src/recon/detect/slow/b.ts': 'export const b = 1;',
    },
  },
  {
    why: 'a pure stage opens a file',
    rule: 'io-only-at-the-edges',
    files: { 'src/exposure/parse/a.ts': "import { readFileSync } from 'node:fs';\nreadFileSync('x');" },
  },
  {
    why: 'a pure stage starts a process',
    rule: 'io-only-at-the-edges',
    files: { 'src/exposure/diff/a.ts': "import { spawn } from 'node:child_process';\nspawn('x');" },
  },
  {
    why: 'assembly walks in through a window',
    rule: 'front-door-of-exposure',
    files: {
      'src/assembly/a.ts': "import '../exposure/parse/b.ts';",
      'src/exposure/parse/b.ts': 'export const b = 1;',
    },
  },
  {
    why: 'config reads more of a room than its section',
    rule: 'config-reads-sections-only',
    files: { 'src/config/a.ts': "import '../exposure/model/host.ts';" },
  },
  {
    why: 'a half talks to the engine itself',
    rule: 'clickhouse-client-only-in-store',
    files: { 'src/exposure/queries/a.ts': "import '@clickhouse/client';" },
  },
  {
    why: 'a circle',
    rule: 'no-cycle',
    files: { 'src/net/a.ts': "import './b.ts';", 'src/net/b.ts': "import './a.ts';" },
  },
  {
    why: 'a drawer that is used',
    rule: 'no-drawer',
    files: { 'src/net/a.ts': "import './utils.ts';", 'src/net/utils.ts': 'export const b = 1;' },
  },
  {
    why: 'a drawer that uses',
    rule: 'no-drawer-unimported',
    files: { 'src/net/helpers/a.ts': "import '../prefix.ts';" },
  },
  {
    why: 'product code imports a test',
    rule: 'src-knows-no-test',
    files: { 'src/net/a.ts': "import './b.test.ts';", 'src/net/b.test.ts': 'export const b = 1;' },
  },
  {
    why: 'a room that is not in the plan',
    rule: 'no-unlisted-room',
    files: { 'src/gadgets/a.ts': "import '../net/prefix.ts';" },
  },
  { why: 'an import of nothing', rule: 'not-unresolvable', files: { 'src/net/a.ts': "import './gone.ts';" } },
  { why: 'dead wood', rule: 'no-orphan', files: { 'src/net/a.ts': 'export const a = 1;' } },
];

describe('the fence', () => {
  let clean: string;

  beforeAll(async () => {
    clean = await mkdtemp(join(tmpdir(), 'fence-'));
    await cp(join(root, 'src'), join(clean, 'src'), { recursive: true });
    await cp(join(root, 'package.json'), join(clean, 'package.json'));
    await symlink(join(root, 'node_modules'), join(clean, 'node_modules'));
  });
  afterAll(() => rm(clean, { recursive: true, force: true }));

  test('lets the tree as it is pass, and sees every module of it', async () => {
    const verdict = await cruise(root);
    const { fenceFloor } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      fenceFloor: number;
    };
    expect(verdict.rules).toEqual([]);
    expect(verdict.modules).toBeGreaterThanOrEqual(fenceFloor);
  });

  test.each(SEEDS)('catches: $why ($rule)', async ({ rule, files }) => {
    const written: string[] = [];
    try {
      for (const [path, text] of Object.entries(files)) {
        const target = join(clean, path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, `${text}\n`, { flag: 'wx' });
        written.push(target);
      }
      expect((await cruise(clean)).rules).toContain(rule);
    } finally {
      for (const target of written) await rm(target);
    }
  });
});
