/**
 * How long a person waits before a command does anything: help, version, a no-op, and commands that
 * open the store, against `node -e ''` in the same run.
 *
 *     node --import tsx bench/start-up.ts [--runs 15]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes, formatTable, measure } from './measure.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '15' } } });
const directory = mkdtempSync(join(tmpdir(), 'bench-start-'));
const tidemark = [
  process.execPath,
  resolve(import.meta.dirname, '../dist/cli/main.js'),
  '--data-dir',
  join(directory, 'history'),
];
const options = { runs: Number(values.runs), reportTo: join(directory, 'usage.json') };

try {
  const bare = await measure([process.execPath, '-e', ''], options);
  const rows = [['', 'wall', 'ratio to node', 'CPU', 'peak memory']];
  for (const [name, command] of [
    ["node -e ''", [process.execPath, '-e', '']],
    ['tidemark --help', [...tidemark, '--help']],
    ['tidemark --version', [...tidemark, '--version']],
    ['tidemark config show', [...tidemark, 'config', 'show']],
    ['tidemark scans (opens the store)', [...tidemark, 'scans']],
    ["tidemark query 'SELECT 1' (opens the store)", [...tidemark, 'query', 'SELECT count() FROM runs']],
  ] as const) {
    const one = await measure(command, options);
    rows.push([
      name,
      `${(one.wall * 1e3).toFixed(0)} ms`,
      (one.wall / bare.wall).toFixed(1),
      `${(one.cpu * 1e3).toFixed(0)} ms`,
      formatBytes(one.peak),
    ]);
  }
  console.log(formatTable(rows));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
