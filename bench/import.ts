/**
 * `tidemark import` of one large Nmap XML against `xmllint --stream --noout` on the same file, in
 * the same run. xmllint only checks that the file is well-formed: it is the bound, not a rival.
 * Also shows that peak memory does not grow with the file: the same at a third of the size.
 *
 *     node --import tsx bench/import.ts [--size-mb 300] [--runs 3]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync, openSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { generateEstate } from '../src/estate/estate.ts';
import { formatBytes, formatSeconds, formatTable, measureOnce, type Measurement } from './measure.ts';

const { values } = parseArgs({
  options: { 'size-mb': { type: 'string', default: '300' }, runs: { type: 'string', default: '3' } },
});
const size = Number(values['size-mb']) * 1e6;
const runs = Number(values.runs);
const root = resolve(import.meta.dirname, '..');
const tidemark = join(root, 'dist/cli/main.js');
const directory = mkdtempSync(join(tmpdir(), 'bench-import-'));

/** Writes the first hosts of a generated week until the file has about the size asked for. */
function writeScan(
  name: string,
  bytes: number,
): { readonly path: string; readonly bytes: number; readonly hosts: number } {
  const path = join(directory, name);
  const scan = generateEstate({ hosts: 65_536, weeks: 1, seed: 7 }).scans[0]!;
  const file = openSync(path, 'w');
  let written = 0;
  let hosts = 0;
  let cut = false;
  for (const chunk of scan.xml) {
    const isHost = chunk.includes('<host ');
    if (cut && isHost) continue;
    if (isHost) hosts += 1;
    written += writeSync(file, chunk);
    if (written >= bytes) cut = true;
  }
  closeSync(file);
  return { path, bytes: statSync(path).size, hosts };
}

const median = (all: readonly Measurement[]): Measurement =>
  all.toSorted((a, b) => a.wall - b.wall)[Math.floor(all.length / 2)]!;

async function several(command: () => readonly string[]): Promise<Measurement> {
  const all: Measurement[] = [];
  for (let run = 0; run < runs; run += 1)
    all.push(await measureOnce(command(), { reportTo: join(directory, 'usage.json') }));
  const bad = all.find((one) => one.status !== 0);
  if (bad !== undefined) throw new Error(`${command().join(' ')} ended with status ${bad.status}`);
  return median(all);
}

try {
  let store = 0;
  const importing = (path: string) => () => {
    store += 1;
    return [
      process.execPath,
      tidemark,
      '--quiet',
      '--data-dir',
      join(directory, `history-${store}`),
      'import',
      path,
    ];
  };
  const large = writeScan('large.xml', size);
  const small = writeScan('small.xml', size / 3);
  const empty = join(directory, 'empty.xml');
  writeFileSync(
    empty,
    '<nmaprun scanner="nmap" start="1" version="7.93"><runstats><finished time="2" exit="success"/></runstats></nmaprun>',
  );
  const rows = [['', 'file', 'hosts', 'wall', 'CPU', 'MB/s wall', 'MB/s CPU', 'hosts/s', 'peak memory']];
  const row = (name: string, file: { bytes: number; hosts: number }, one: Measurement): void => {
    rows.push([
      name,
      formatBytes(file.bytes),
      String(file.hosts),
      formatSeconds(one.wall),
      formatSeconds(one.cpu),
      (file.bytes / 1e6 / one.wall).toFixed(1),
      (file.bytes / 1e6 / one.cpu).toFixed(1),
      (file.hosts / one.wall).toFixed(0),
      formatBytes(one.peak),
    ]);
  };
  const ours = await several(importing(large.path));
  row('tidemark import', large, ours);
  const third = await several(importing(small.path));
  row('tidemark import, a third of it', small, third);
  row(
    'tidemark import, an empty run',
    { bytes: statSync(empty).size, hosts: 0 },
    await several(importing(empty)),
  );
  if (spawnSync('xmllint', ['--version']).status === 0) {
    const bound = await several(() => ['xmllint', '--stream', '--noout', large.path]);
    row('xmllint --stream --noout', large, bound);
    console.log(`${formatTable(rows)}\n`);
    console.log(`wall time, tidemark import / xmllint: ${(ours.wall / bound.wall).toFixed(1)}`);
  } else {
    console.log(`${formatTable(rows)}\n\nxmllint is not installed (libxml2-utils): no bound in this run`);
  }
  console.log(`peak memory, whole file / a third of it: ${(ours.peak / third.peak).toFixed(2)}`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
