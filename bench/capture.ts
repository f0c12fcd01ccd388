/*
 * Reads a capture, made by repeating and re-addressing captures of the laboratory, and makes flows of it; beside it
 * `tcpdump -r FILE -w /dev/null` as the bound (it copies packets) and `tshark -r FILE -q -z conv,tcp` as the peer:
 *   node --import tsx bench/capture.ts [--megabytes 200] [--tshark-megabytes 50] [--runs 3] [--folder CAPTURES]
 * tshark takes a shorter file, since it keeps all packets in memory. Each reading is a process of its own, ours as the
 * compiled product: this script compiles src/ into a temporary folder first.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCapture } from './capture-source.ts';
import { formatBytes, formatSeconds, formatTable, measure } from './measure.ts';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '200' },
    'tshark-megabytes': { type: 'string', default: '50' },
    runs: { type: 'string', default: '3' },
    folder: { type: 'string' },
  },
});

/** Reads a file in chunks as the product does; ROOT, FILE and what to do are its arguments. */
const WORKER = `
import { openSync, readSync } from 'node:fs';
const [root, file] = process.argv.slice(2);
const { pcapReader } = await import(root + '/recon/normalise/pcap/pcap-reader.js');
const reader = pcapReader({ sampling: 1, utcOffsetMinutes: 0, notAfter: 0 });
let records = 0;
const sink = { record() { records += 1; }, skip() {}, problem(message) { console.error(message); } };
const fd = openSync(file, 'r');
const buffer = Buffer.alloc(1 << 20);
for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) reader.push(buffer.subarray(0, length), sink);
reader.end(sink);
console.log(reader.packets, records);
`;

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
try {
  const dist = join(folder, 'dist');
  execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--outDir', dist], { stdio: 'ignore' });
  writeFileSync(join(folder, 'worker.mjs'), WORKER);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const long = join(folder, 'long.pcap');
  const short = join(folder, 'short.pcap');
  const packets = writeCapture(long, Number(values.megabytes), values.folder);
  const fewer = writeCapture(short, Number(values['tshark-megabytes']), values.folder);
  const contestants: readonly (readonly [string, readonly string[], string, number])[] = [
    ['tidemark, flows', [process.execPath, join(folder, 'worker.mjs'), dist, long], long, packets],
    ['tcpdump -w /dev/null', ['tcpdump', '-r', long, '-w', '/dev/null'], long, packets],
    ['tshark -z conv,tcp', ['tshark', '-r', short, '-q', '-z', 'conv,tcp'], short, fewer],
  ];
  const rows: string[][] = [
    ['', 'file', 'packets', 'wall', 'packets/s', 'MB/s', 'CPU', 'packets/CPU s', 'peak'],
  ];
  for (const [name, command, file, count] of contestants) {
    if (spawnSync('which', [command[0] ?? '']).status !== 0) {
      rows.push([name, 'not installed']);
      continue;
    }
    const { wall, cpu, peak, status } = await measure(command, {
      runs: Number(values.runs),
      reportTo: join(folder, 'cost.json'),
    });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    const { size } = statSync(file);
    rows.push([
      name, formatBytes(size), String(count), formatSeconds(wall), Math.round(count / wall).toLocaleString('en'),
      (size / 1e6 / wall).toFixed(0), formatSeconds(cpu), Math.round(count / cpu).toLocaleString('en'), formatBytes(peak),
    ]); // prettier-ignore
  }
  console.log(`median of ${values.runs} runs\n\n${formatTable(rows)}`);
} finally {
  rmSync(folder, { recursive: true });
}
