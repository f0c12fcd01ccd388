import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DAY, networkAt } from '../../scripts/lab/day-plan.ts';
import { scratch } from '../cli/tidemark.ts';

/** Why the day cannot be made here; undefined where it can. */
function whyNot(): string | undefined {
  if (process.env['TIDEMARK_LAB'] !== '1') return 'takes minutes: TIDEMARK_LAB=1 runs it';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const missing = ['ip', 'nft', 'nmap', 'ndiff', 'openssl'].find(
    (tool) => spawnSync('which', [tool]).status !== 0,
  );
  return missing === undefined ? undefined : `no ${missing} here`;
}

const reason = whyNot();

describe('the plan of the day', () => {
  test('changes something at one host in every step, unless the scan itself is what differs', () => {
    const before = JSON.stringify(networkAt(5));
    const idle = DAY.filter((step) => JSON.stringify(step.edit?.(networkAt(5)) ?? networkAt(5)) === before);
    expect(idle.map((step) => step.what)).toEqual([
      'nothing: the same scan again',
      'other timing, hosts and ports in other order',
      'a scan of fewer ports, without versions',
    ]);
  });
});

describe.skipIf(reason !== undefined)(
  `the day in the lab${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    test('every change is reported and no noise is', { timeout: 900_000 }, async () => {
      const folder = scratch();
      const page = join(folder, 'day.md');
      const script = join(import.meta.dirname, '..', '..', 'scripts', 'lab', 'day.ts');
      const child = spawn(process.execPath, ['--import', 'tsx', script, page], { stdio: 'ignore' });
      try {
        const [status] = (await once(child, 'exit')) as [number | null];
        const rows = readFileSync(page, 'utf8')
          .split('\n')
          .filter((line) => /\*\*(?:missed|reported)\*\*/.test(line));
        expect(rows).toEqual([]);
        expect(status).toBe(0);
      } finally {
        // SIGTERM makes the script take its namespaces down.
        if (child.exitCode === null) child.kill('SIGTERM');
        rmSync(folder, { recursive: true });
      }
    });
  },
);
