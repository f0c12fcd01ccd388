/**
 * Telemetry into the store, and every source and group in it judged, on one made-up day: Zeek TSV, the same in gz, Zeek
 * JSON and Suricata EVE, each against the bound of its kind in the same run: `wc -l`, `zcat | wc -l`, `jq -c .`. The
 * bounds only touch the bytes; they are no rivals. What is compared is CPU seconds: other work on the machine changes
 * those least.
 *
 *     node --import tsx bench/ingest.ts [--rows 1000000] [--format zeek-tsv] [--day ordinary|worst] [--no-gz] [--no-detect]
 *
 * Ten million rows take 1.3 to 4 GB below the folder of temporary files, and as much again in the store.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes, formatSeconds, formatTable, measureOnce, type Measurement } from './measure.ts';
import { writeTelemetry, type BenchFormat } from './telemetry-source.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    format: { type: 'string' },
    /** `ordinary` or `worst`. */
    day: { type: 'string', default: 'ordinary' },
    /** The compressed file as well. */
    gz: { type: 'boolean', default: true },
    detect: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const rows = Number(values.rows);
const directory = mkdtempSync(join(tmpdir(), 'bench-ingest-'));
const program = join(import.meta.dirname, 'telemetry-process.ts');

/** Runs the process; gives what it cost and what it said. */
async function run(
  what: 'ingest' | 'detect',
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

const perSecond = (amount: number, seconds: number | undefined): string =>
  seconds === undefined ? '' : (amount / seconds).toFixed(0);

try {
  const table = [
    [
      '',
      'rows',
      'size',
      'step',
      'wall',
      'CPU',
      'rows/s',
      'rows per CPU s',
      'MB per CPU s',
      'peak memory',
      'times',
    ],
  ];
  const asked = cases.filter(
    ({ format, zipped }) =>
      (values.format === undefined || format === values.format) && (values.gz || !zipped),
  );
  for (const one of asked) {
    const plain = join(directory, `${one.format}.log`);
    writeTelemetry(plain, one.format, rows, values.day === 'worst' ? 'worst' : 'ordinary');
    const { size } = statSync(plain);
    if (one.zipped) execFileSync('gzip', ['-1', plain]);
    const file = one.zipped ? `${plain}.gz` : plain;
    const dataDir = join(directory, 'history');
    rmSync(dataDir, { recursive: true, force: true });
    const least = await bound(one.bound, file);
    const row = (step: string, cost: Pick<Measurement, 'wall' | 'cpu' | 'peak'>): void => {
      const known = table.some(([name]) => name === one.name);
      table.push([
        known ? '' : one.name,
        known ? '' : String(rows),
        known ? '' : formatBytes(size),
        step,
        formatSeconds(cost.wall),
        formatSeconds(cost.cpu),
        perSecond(rows, cost.wall),
        perSecond(rows, cost.cpu),
        (size / 1e6 / cost.cpu).toFixed(1),
        formatBytes(cost.peak),
        least === undefined ? '' : (cost.cpu / least.cpu).toFixed(1),
      ]);
    };
    if (least !== undefined) row(one.bound, least);
    for (const what of values.detect ? (['ingest', 'detect'] as const) : (['ingest'] as const)) {
      const { cost, said } = await run(what, dataDir, file);
      if (what === 'ingest' && said['rows'] !== rows)
        throw new Error(`${file}: ${said['rows']} rows of ${rows}`);
      row(what === 'ingest' ? what : `${what}: ${said['judged']} judged, ${said['episodes']} episodes`, {
        wall: said[`${what}.wall`] ?? 0,
        cpu: said[`${what}.cpu`] ?? 0,
        peak: cost.peak,
      });
    }
    rmSync(file);
  }
  console.log(formatTable(table));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
