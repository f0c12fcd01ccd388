/**
 * Telemetry into the store and the narrowing of detection out of it, on one made-up day: Zeek TSV, the same in gz, Zeek
 * JSON and Suricata EVE, each against the bound of its kind in the same run: `wc -l`, `zcat | wc -l`, `jq -c .`. The
 * bounds only touch the bytes; they are no rivals.
 *
 *     node --import tsx bench/ingest.ts [--rows 1000000] [--format zeek-tsv]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes, formatSeconds, formatTable, measureOnce, type Measurement } from './measure.ts';
import { writeTelemetry, type BenchFormat } from './telemetry-source.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, format: { type: 'string' } },
});
const rows = Number(values.rows);
const directory = mkdtempSync(join(tmpdir(), 'bench-ingest-'));
const program = join(import.meta.dirname, 'telemetry-process.ts');

/** Runs the process; gives what it cost and what it said. */
async function run(
  what: 'ingest' | 'narrow',
  dataDir: string,
  file = '',
): Promise<{ readonly cost: Measurement; readonly said: Readonly<Record<string, number>> }> {
  const stdout = join(directory, 'said.json');
  const cost = await measureOnce([process.execPath, '--import', 'tsx', program, what, dataDir, file], {
    stdout,
    reportTo: join(directory, 'usage.json'),
  });
  if (cost.status !== 0) throw new Error(`${what} ${file} ended with status ${cost.status}`);
  return { cost, said: JSON.parse(readFileSync(stdout, 'utf8')) as Record<string, number> };
}

async function bound(command: string, file: string): Promise<Measurement | undefined> {
  const tool = command.split(' ')[0] ?? '';
  if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return undefined;
  return measureOnce(['sh', '-c', `${command} "$0"${command === 'zcat' ? ' | wc -l' : ''}`, file], {
    reportTo: join(directory, 'usage.json'),
  });
}

interface Case {
  readonly name: string;
  readonly format: BenchFormat;
  readonly zipped: boolean;
  /** A command that ends where the file's name goes. */
  readonly bound: string;
}
const cases: readonly Case[] = [
  { name: 'Zeek TSV', format: 'zeek-tsv', zipped: false, bound: 'wc -l' },
  { name: 'Zeek TSV, gz', format: 'zeek-tsv', zipped: true, bound: 'zcat' },
  { name: 'Zeek JSON', format: 'zeek-json', zipped: false, bound: 'jq -c .' },
  { name: 'Suricata EVE', format: 'suricata-eve', zipped: false, bound: 'jq -c .' },
];

try {
  const table = [
    [
      '',
      'rows',
      'size',
      'wall',
      'CPU',
      'rows/s wall',
      'rows/s CPU',
      'MB/s wall',
      'peak memory',
      'bound',
      'times the bound',
    ],
  ];
  let narrowed = '';
  for (const one of cases.filter(({ format }) => values.format === undefined || format === values.format)) {
    const plain = join(directory, `${one.format}.log`);
    writeTelemetry(plain, one.format, rows);
    const { size } = statSync(plain);
    if (one.zipped) execFileSync('gzip', ['-1', plain]);
    const file = one.zipped ? `${plain}.gz` : plain;
    const dataDir = join(directory, 'history');
    rmSync(dataDir, { recursive: true, force: true });
    const { cost, said } = await run('ingest', dataDir, file);
    if (said['rows'] !== rows) throw new Error(`${file}: ${said['rows']} rows of ${rows}`);
    const wall = said['ingest.wall'] ?? 0;
    const cpu = said['ingest.cpu'] ?? 0;
    const least = await bound(one.bound, file);
    table.push([
      one.name,
      String(rows),
      formatBytes(size),
      formatSeconds(wall),
      formatSeconds(cpu),
      (rows / wall).toFixed(0),
      (rows / cpu).toFixed(0),
      (size / 1e6 / wall).toFixed(1),
      formatBytes(cost.peak),
      least === undefined
        ? `${one.bound.split(' ')[0]} is not installed`
        : `${one.bound}: ${formatSeconds(least.wall)}`,
      least === undefined ? '' : (wall / least.wall).toFixed(1),
    ]);
    rmSync(file);
    if (narrowed !== '') continue;
    const found = await run('narrow', dataDir);
    const step = (name: string): string[] => [
      name,
      formatSeconds(found.said[`${name}.wall`] ?? 0),
      formatSeconds(found.said[`${name}.cpu`] ?? 0),
      name in found.said ? String(found.said[name]) : '',
    ];
    narrowed = formatTable([
      ['', 'wall', 'CPU', 'found'],
      step('candidates'),
      step('groups'),
      [...step('activities').slice(0, 3), `${found.said['contacts']} contacts`],
      ['peak memory', formatBytes(found.cost.peak), '', ''],
    ]);
  }
  console.log(`${formatTable(table)}\n\nNarrowing, of the first of these:\n\n${narrowed}`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
