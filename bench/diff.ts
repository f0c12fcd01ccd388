import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeScan } from './diff-corpus.ts';
import { formatBytes, formatSeconds, formatTable, measure } from './measure.ts';

/*
 * tidemark's diff against ndiff, on the same two files in the same run: whole processes, output to a file,
 * median of RUNS by wall time. `npm run build && node --import tsx bench/diff.ts [hosts…]`; 4,096 and 65,536 hosts by default.
 */
const RUNS = Number(process.env['RUNS'] ?? 3);
const root = resolve(import.meta.dirname, '..');
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [4_096, 65_536];

if (spawnSync('ndiff', ['--help']).status !== 0) {
  console.error('ndiff is not installed: nothing to compare with (Debian: apt install ndiff)');
  process.exit(2);
}

const tidemark = join(root, 'dist/cli/main.js');
if (!existsSync(tidemark)) {
  console.error('the project is not built: npm run build');
  process.exit(2);
}

/** Port rows in blocks of hosts that are in both scans: ndiff calls a host that was renamed gone and new. */
function portsTold(path: string): number {
  const blocks = readFileSync(path, 'utf8').split('\n\n');
  return blocks
    .filter((block) => block.startsWith(' '))
    .reduce((sum, block) => sum + (block.match(/^[-+]\d+\/tcp/gm)?.length ?? 0), 0);
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
try {
  const rows: string[][] = [
    ['hosts', 'files', 'program', 'wall', 'cpu', 'peak', 'exit', 'ndiff/tidemark: wall', 'cpu'],
  ];
  for (const hosts of sizes) {
    const a = join(folder, `a-${hosts}.xml`);
    const b = join(folder, `b-${hosts}.xml`);
    await writeScan(a, hosts, 'a');
    await writeScan(b, hosts, 'b');
    const files = `2 × ${formatBytes(statSync(a).size)}`;
    const options = { runs: RUNS, reportTo: join(folder, 'usage.json') };
    const printed = { ours: join(folder, 'ours.txt'), theirs: join(folder, 'theirs.txt') };
    const ours = await measure([process.execPath, tidemark, 'diff', a, b], {
      ...options,
      stdout: printed.ours,
    });
    const theirs = await measure(['ndiff', a, b], { ...options, stdout: printed.theirs });
    // A program that fails exits with 1 too: both have to have found the same ports opened and closed.
    const found = [printed.ours, printed.theirs].map(portsTold);
    if (found[0] === 0 || found[0] !== found[1]) {
      throw new Error(
        `tidemark told of ${found[0]} ports of hosts that kept their names, ndiff of ${found[1]}`,
      );
    }
    for (const [program, cost] of [
      ['ndiff', theirs],
      ['tidemark', ours],
    ] as const) {
      const ratio = program === 'ndiff' ? undefined : theirs;
      rows.push([
        hosts.toLocaleString('en'),
        files,
        program,
        formatSeconds(cost.wall),
        formatSeconds(cost.cpu),
        formatBytes(cost.peak),
        String(cost.status),
        ratio === undefined ? '' : `${(ratio.wall / cost.wall).toFixed(1)}×`,
        ratio === undefined ? '' : `${(ratio.cpu / cost.cpu).toFixed(1)}×`,
      ]);
    }
  }
  console.log(formatTable(rows));
  console.log(
    `median of ${RUNS}; ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1) ?? '?'}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
