import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import type { Script, ScriptElement, ScriptTable } from '../../src/exposure/model/host.ts';
import type { ScanRun } from '../../src/exposure/model/scan-run.ts';
import { readScans } from '../read-scan.ts';

/** Version of the installed Nmap as it says it; undefined where there is none. */
export const NMAP_VERSION = /Nmap version (\S+)/.exec(
  spawnSync('nmap', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)?.[1];

/** Milliseconds after which a scan of a few loopback ports hangs. */
const LIMIT_MS = 120_000;

/** A scan of a few TCP ports of 127.0.0.1 by real Nmap: its XML. Needs no privileges. */
export async function scanLoopback(ports: readonly number[], ...options: readonly string[]): Promise<Buffer> {
  return runNmap(['-sT', '-Pn', '-n', '-p', ports.join(','), ...options, '-oX', '-', '127.0.0.1']);
}

/**
 * Runs Nmap and gives its standard output; throws when it fails, writes to standard error, or hangs.
 * @param namespace of the network in which it runs; where it is not given, the test's own
 */
export async function runNmap(args: readonly string[], namespace?: string): Promise<Buffer> {
  const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
  const [file = '', ...words] = [...inside, 'nmap', ...args];
  const child = spawn(file, words, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] });
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  clearTimeout(limit);
  const said = Buffer.concat(errors).toString();
  if (status !== 0 || said !== '') throw new Error(`nmap ended with ${status ?? 'a signal'}: ${said}`);
  return Buffer.concat(output);
}

/** One row of the script's `deviations`. */
export type Row = Readonly<Record<string, string>>;

/** What the script said of the only host of a scan, as Tidemark's own reader has it: by host script and by port. */
export function saidBy(xml: Uint8Array): {
  host: readonly Row[];
  ports: ReadonlyMap<string, readonly Row[]>;
} {
  const [run] = readScans(xml) as [ScanRun];
  const [host] = run.hosts;
  const ports = new Map<string, readonly Row[]>();
  for (const port of host?.ports ?? []) {
    const rows = rowsOf(port.scripts);
    if (rows.length > 0) ports.set(`${port.portid}/${port.protocol}`, rows);
  }
  return { host: rowsOf(host?.scripts ?? []), ports };
}

function rowsOf(scripts: readonly Script[]): Row[] {
  const items = scripts.find((script) => script.id === 'tidemark-baseline')?.items ?? [];
  const list = items.find((item): item is ScriptTable => 'items' in item && item.key === 'deviations');
  return (list?.items ?? []).map((row) =>
    Object.fromEntries(
      ('items' in row ? row.items : [])
        .filter((item): item is ScriptElement => 'value' in item)
        .map((item) => [item.key ?? '', item.value]),
    ),
  );
}
