import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { serveConfig } from '../../src/daemon/config.ts';

const UNIT = readFileSync(resolve(import.meta.dirname, '../../examples/systemd/tidemark.service'), 'utf8');
/** The value of a key that stands once. */
const valueOf = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(UNIT)?.[1] ?? '';

test('what it starts is a command line that the program takes', async () => {
  const started: string[] = [];
  const program = buildProgram('0.0.0', async () => void started.push('serve'));
  await program.parseAsync(['node', ...valueOf('ExecStart').split(' ')]);
  expect(started).toEqual(['serve']);
});

test('systemd waits longer than the daemon takes to end what hangs', () => {
  const { stopSeconds } = serveConfig.parse({});
  // 15 seconds: FORCE of src/cli/serve/serve.ts.
  expect(Number(valueOf('TimeoutStopSec'))).toBeGreaterThan(stopSeconds + 15);
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
describe.skipIf(!hasSystemd)('systemd-analyze', () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-unit-'));
    file = join(folder, 'tidemark.service');
    // It looks whether the program is there.
    writeFileSync(file, UNIT.replace('/usr/local/bin/tidemark', '/bin/true'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('finds nothing wrong with it', () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    expect(stderr.split('\n').filter((line) => line.includes('tidemark.service'))).toEqual([]);
    expect(status).toBe(0);
  });

  test('calls it OK: an exposure of 3 at most, of 10', () => {
    const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', file], {
      encoding: 'utf8',
    });
    const exposure = /exposure level for \S+: ([\d.]+) OK/.exec(stdout)?.[1];
    expect(Number(exposure)).toBeLessThanOrEqual(3);
  });
});
