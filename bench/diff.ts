import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeScan } from './diff-corpus.ts';
import { formatBytes, formatSeconds, formatTable, measure } from './measure.ts';

/*
 * tidemark's diff against ndiff, on the same two files in the same run: whole processes, output to /dev/null,
 * median of RUNS by wall time. `node --import tsx bench/diff.ts [hosts…]`; 4,096 and 65,536 hosts by default.
 */
const RUNS = Number(process.env['RUNS'] ?? 3);
const root = resolve(import.meta.dirname, '..');
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [4_096, 65_536];

if (spawnSync('ndiff', ['--help']).status !== 0) {
  console.error('ndiff is not installed: nothing to compare with (Debian: apt install ndiff)');
  process.exit(2);
}

// Compiled, as users run it, and inside the repository, so that dependencies resolve.
const dist = join(root, 'node_modules/.cache/bench-dist');
mkdirSync(dist, { recursive: true });
const tsc = spawnSync(process.execPath, [
  join(root, 'node_modules/typescript/bin/tsc'),
  '-p',
  join(root, 'tsconfig.build.json'),
  '--outDir',
  dist,
]);
if (!existsSync(join(dist, 'assembly/diff-files.js'))) {
  console.error(`the project does not compile:\n${tsc.stdout.toString()}`);
  process.exit(2);
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
    const ours = await measure([process.execPath, join(root, 'bench/diff-command.mjs'), dist, a, b], options);
    const theirs = await measure(['ndiff', a, b], options);
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
