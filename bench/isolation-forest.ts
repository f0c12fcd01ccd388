/*
 * Fits and scores isolation forests of our own and scikit-learn's on the same rows in one run, in turn, and prints the
 * median seconds of both and their ratio:
 *   node --import tsx bench/isolation-forest.ts [--rounds 5]
 * Needs scikit-learn (Debian: python3-sklearn); says so and ends where it is not there. Both get 32-bit rows in
 * memory, 100 trees of 256 rows, one thread.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { fitIsolationForest } from '../src/stats/isolation-forest/fit.ts';
import type { Matrix } from '../src/stats/isolation-forest/matrix.ts';
import { scoreRows } from '../src/stats/isolation-forest/score.ts';
import { median } from '../src/stats/median.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);

const PEER = `
import json, sys, time
import numpy as np
from sklearn.ensemble import IsolationForest
path, rows, columns, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
values = np.fromfile(path, dtype='<f4').reshape(rows, columns)
forest = IsolationForest(n_estimators=100, max_samples=256, random_state=seed, n_jobs=1)
started = time.process_time(); forest.fit(values); fitted = time.process_time()
forest.score_samples(values); scored = time.process_time()
print(json.dumps([fitted - started, scored - fitted]))
`;

const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import sklearn'], { stdio: 'ignore' }).status === 0,
);
if (python === undefined) {
  console.log(
    'scikit-learn is not installed: nothing to compare with (Debian: apt-get install python3-sklearn)',
  );
  process.exit(0);
}

/** Mostly near-constant columns with a few odd rows, as counts of hosts are. */
function rowsOf(rows: number, columns: number): Matrix {
  const random = xoroshiro128plus(42);
  const unit = (): number => (random.next() >>> 0) / 0x1_0000_0000;
  const numbers = Float32Array.from({ length: rows * columns }, (_, at) =>
    at % columns < 6 ? unit() + unit() + unit() : unit() < 0.02 ? Math.floor(unit() * 9) : 0,
  );
  return { values: numbers, rows, columns };
}

const cpu = (run: () => void): number => {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};

const folder = mkdtempSync(join(tmpdir(), 'forest-'));
try {
  console.log('| rows × columns | fit | scikit-learn | ratio | score | scikit-learn | ratio |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const [rows, columns] of [
    [1_500, 16],
    [5_000, 26],
    [65_536, 16],
  ] as const) {
    const matrix = rowsOf(rows, columns);
    const file = join(folder, 'rows.f32');
    writeFileSync(file, matrix.values);
    const ours: [number, number][] = [];
    const theirs: [number, number][] = [];
    for (let round = 0; round < rounds; round += 1) {
      let forest = fitIsolationForest(matrix, { seed: round, trees: 1 });
      const fit = cpu(() => (forest = fitIsolationForest(matrix, { seed: round })));
      const score = cpu(() => scoreRows(forest, matrix));
      ours.push([fit, score]);
      const said = execFileSync(python, ['-c', PEER, file, String(rows), String(columns), String(round)]);
      theirs.push(JSON.parse(said.toString()) as [number, number]);
    }
    const of = (list: readonly [number, number][], which: 0 | 1): number =>
      median(list.map((pair) => pair[which]));
    const cells = ([0, 1] as const).flatMap((which) => [
      `${of(ours, which).toFixed(3)} s`,
      `${of(theirs, which).toFixed(3)} s`,
      `${(of(theirs, which) / of(ours, which)).toFixed(1)} ×`,
    ]);
    console.log(`| ${rows.toLocaleString('en')} × ${columns} | ${cells.join(' | ')} |`);
  }
  console.log(`\nCPU seconds, median of ${rounds}; node ${process.version}`);
} finally {
  rmSync(folder, { recursive: true });
}
