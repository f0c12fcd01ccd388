import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CHILD = fileURLToPath(new URL('../../test/store/exit-child.ts', import.meta.url));

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidemark-exit-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('a process with an open store', () => {
  // The engine would let the process wait for a query that runs for hours.
  test.each([
    { how: 'runs to its end', status: 0 },
    { how: 'exits', status: 3 },
    { how: 'throws', status: 1 },
    { how: 'exits while it reads', status: 4 },
    { how: 'exits while the engine computes', status: 5 },
    { how: 'closes while the engine computes', status: 0 },
  ])(
    'ends when it $how',
    async ({ how, status }) => {
      const child = spawn(process.execPath, ['--import', 'tsx', CHILD, join(dir, 'data'), how], {
        stdio: 'ignore',
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), 45_000);
      const ended = await new Promise((resolve) => {
        child.once('exit', (code, signal) => resolve({ code, signal }));
      });
      clearTimeout(timer);
      expect(ended).toEqual({ code: status, signal: null });
    },
    60_000,
  );
});
