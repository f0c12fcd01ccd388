/*
 * Reads a generated Nmap XML with our reader and with `xmllint --stream --noout`, in turn and in one
 * run, and prints MB/s by wall clock and by CPU time and the peak memory of both:
 *   node --import tsx bench/parse.ts [--megabytes 300] [--rounds 3]
 * Each reading is a process of its own. `tokens` decodes every attribute and text, `hosts` makes scan
 * events; xmllint does neither more than checking. The reader runs as the compiled product does: this
 * script compiles src/ into a temporary folder first.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nmapXml } from './nmap-xml-source.ts';

const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '300' }, rounds: { type: 'string', default: '3' } },
});

/** Reads a file in chunks as the product does, in a process of its own; MODE and FILE are its arguments. */
const WORKER = `
import { openSync, readSync } from 'node:fs';
const [mode, file, root] = process.argv.slice(2);
const { XmlTokenizer } = await import(root + '/exposure/parse/xml-tokenizer.js');
const { DetectingReader } = await import(root + '/exposure/parse/read-scan.js');
let attributes = 0, elements = 0, characters = 0, events = 0;
const handler = {
  open(name, list) {
    elements += 1;
    for (let index = 0; index < list.size; index += 1) { attributes += 1; characters += list.valueAt(index).length; }
    tokenizer.wantsText = true;
  },
  close() {}, text(text) { characters += text.length; },
  stop(stop) { throw new Error(stop.message); }, report() {},
};
const tokenizer = new XmlTokenizer(handler, []);
const reader = mode === 'tokens'
  ? { push: (chunk) => { tokenizer.push(chunk); return []; }, end: () => { tokenizer.end(); return []; } }
  : new DetectingReader();
const fd = openSync(file, 'r');
const buffer = Buffer.alloc(256 * 1024);
for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) events += reader.push(buffer.subarray(0, length)).length;
events += reader.end().length;
console.log(JSON.stringify({ elements, attributes, characters, events }));
`;

interface Measured {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
  readonly output: string;
}

/** Runs a command to its end: CPU and peak memory from the kernel's own account of the child. */
async function measure(command: string, args: readonly string[]): Promise<Measured> {
  const begun = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  let peakKb = 0;
  let ticks = 0;
  // Sampled while it runs: after its end nothing of it is left in /proc.
  const sample = (): void => {
    try {
      peakKb = Math.max(
        peakKb,
        Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0),
      );
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      ticks = Math.max(ticks, Number(fields[11]) + Number(fields[12]));
    } catch {
      // It has just ended.
    }
  };
  const timer = setInterval(sample, 5);
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  clearInterval(timer);
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return {
    wallSeconds: (performance.now() - begun) / 1e3,
    cpuSeconds: ticks / 100,
    peakRssMb: peakKb / 1024,
    output: output.trim(),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
try {
  const file = join(folder, 'scan.xml');
  const fd = openSync(file, 'w');
  for (const piece of nmapXml(Number(values.megabytes), 1)) writeSync(fd, piece);
  closeSync(fd);
  const megabytes = statSync(file).size / 1e6;
  execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  writeFileSync(join(folder, 'worker.mjs'), WORKER);
  const worker = (mode: string): readonly [string, string[]] => [
    process.execPath,
    [join(folder, 'worker.mjs'), mode, file, join(folder, 'dist')],
  ];
  const contestants: Readonly<Record<string, readonly [string, string[]]>> = {
    'xmllint --stream': ['xmllint', ['--stream', '--noout', file]],
    'ours, tokens': worker('tokens'),
    'ours, hosts': worker('hosts'),
  };
  console.log(`${megabytes.toFixed(1)} MB, ${values.rounds} rounds; the best of each`);
  const measured = new Map<string, Measured[]>();
  // Round by round, so that a busy moment of the machine does not fall on one of them alone.
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [name, [command, args]] of Object.entries(contestants)) {
      measured.set(name, [...(measured.get(name) ?? []), await measure(command, args)]);
    }
  }
  for (const [name, rounds] of measured) {
    const wall = Math.min(...rounds.map((round) => round.wallSeconds));
    const cpu = Math.min(...rounds.map((round) => round.cpuSeconds));
    const peak = Math.max(...rounds.map((round) => round.peakRssMb));
    const speed = (seconds: number): string => (megabytes / seconds).toFixed(0).padStart(4);
    console.log(
      `${name.padEnd(18)} ${speed(wall)} MB/s wall  ${speed(cpu)} MB/s CPU  peak ${peak.toFixed(0).padStart(4)} MB  ${rounds[0]?.output ?? ''}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
