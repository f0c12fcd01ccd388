import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Workspace } from '../assembly/workspace.ts';
import type { Config } from '../config/config.ts';
import { generateEstate, type Estate } from '../estate/estate.ts';
import { Fault } from '../fault/fault.ts';
import { summaryHtml } from '../report/summary-html.ts';
import { summaryJson } from '../report/summary-json.ts';
import { summaryText } from '../report/summary-text.ts';
import type { Call, ExitStatus } from './call.ts';
import type { Instant } from '../time/instant.ts';
import { safe } from './print.ts';
import { closeStdin } from './stdin.ts';
import { whoActs } from './who.ts';

/** What the demo is made of. */
export interface DemoOptions {
  readonly hosts: number;
  readonly weeks: number;
  readonly seed: number;
  readonly truth?: true;
}

/** The newest scan of every demo: Sunday 2026-11-15 04:02 UTC. A date of its own, so that the same options give the same bytes. */
const LAST_SCAN = Date.UTC(2026, 10, 15, 4, 2) * 1000;
/** Microseconds. */
const WEEK = 7 * 86_400e6;

/** Makes the network's scans, imports them, learns from the quiet half, assesses the newest, writes the report. */
export async function demo(call: Call, options: DemoOptions): Promise<ExitStatus> {
  const { print } = call;
  const estate = estateOf(options);
  const { config } = await call.loadConfig();
  // A folder for each network: another size or seed is another history, and a second run finds its own.
  const folder = join(
    config.store.dataDir,
    'demo',
    `${options.hosts}-hosts-${options.weeks}-weeks-${options.seed}`,
  );
  const files = await writeScans(call, estate, join(folder, 'scans'));
  closeStdin();
  const workspace = await Workspace.open(demoConfig(config, folder), {
    clock: call.process.clock,
    signal: call.process.signal,
    program: call.version,
  });
  try {
    await importAll(call, workspace, files);
    if ((await workspace.baselines.versions()).length === 0) {
      const quiet = (await workspace.listRuns()).slice(0, Math.max(1, Math.floor(options.weeks / 2)));
      await workspace.baselines.learn(quiet, whoActs('the quiet weeks of the demo', call.process.env));
    }
    const summary = await workspace.assess(await workspace.findRun('latest'));
    const report = join(folder, 'report.html');
    await writeFile(report, summaryHtml(summary));
    if (print.json) {
      await print.text(summaryJson(summary));
      return 0;
    }
    await print.text(summaryText(summary, { colour: print.color, width: print.width }));
    if (options.truth === true) await print.text(truthText(estate));
    await print.text(closingText(options, estate, folder, report));
    return 0;
  } finally {
    call.progress.end();
    await workspace.close();
  }
}

function estateOf({ hosts, weeks, seed }: DemoOptions): Estate {
  try {
    const firstScan = (LAST_SCAN - (weeks - 1) * WEEK) as Instant;
    return generateEstate({ hosts, weeks, seed, firstScan });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new Fault('cli/usage', cause.message, 'Choose numbers within these bounds.', {}, { cause });
  }
}

/** Always embedded and apart: the demo never touches the user's own history, wherever that is. */
function demoConfig(config: Config, folder: string): Config {
  const { url: _url, cluster: _cluster, ...store } = config.store;
  return {
    store: { ...store, nodes: [], dataDir: join(folder, 'history') },
    exposure: { ...config.exposure, vantage: 'demo', profile: 'auto', policy: [] },
    recon: config.recon,
    scope: { grants: [] },
    schedules: [],
    sinks: [],
    alerts: config.alerts,
    audit: { file: join(folder, 'audit.jsonl') },
    serve: { ...config.serve, drop: { ...config.serve.drop, folder: undefined }, watch: [] },
    server: config.server,
  };
}

/** The scans as files, since that is what users have. Written once; the same options give the same bytes. */
async function writeScans(call: Call, estate: Estate, folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const [index, scan] of estate.scans.entries()) {
    call.process.signal.throwIfAborted();
    call.progress.update({
      label: 'making the network’s scans',
      done: index,
      total: estate.scans.length,
      unit: 'items',
    });
    const file = join(folder, scan.name);
    if (!existsSync(file)) {
      // Half-written files of an interrupted demo must not pass for scans.
      await writeFile(`${file}.part`, scan.xml);
      await rename(`${file}.part`, file);
    }
    files.push(file);
  }
  return files;
}

async function importAll(call: Call, workspace: Workspace, files: readonly string[]): Promise<void> {
  const { signal } = call.process;
  let done = 0;
  for await (const source of workspace.importScans(files, { stdin: Readable.from([]), signal })) {
    if ('fault' in source) throw source.fault;
    done += 1;
    call.progress.update({ label: 'importing', done, total: files.length, unit: 'items' });
  }
  call.progress.end();
}

function truthText(estate: Estate): string {
  const lines = estate.truth.map((event) => {
    const where = [event.host, event.port].filter((part) => part !== undefined).join(' ');
    return `  week ${String(event.week).padStart(2)}  ${event.kind.padEnd(22)} ${safe(where)}`;
  });
  return `\nWhat was planted\n${lines.join('\n')}\n`;
}

function closingText(options: DemoOptions, estate: Estate, folder: string, report: string): string {
  const at = `tidemark --data-dir ${safe(join(folder, 'history'))}`;
  return `
${options.weeks} weekly scans of a made-up network of ${options.hosts} hosts; ${estate.truth.length} events were planted in the
second half of them${options.truth === true ? '' : ' (--truth lists them)'}. The scans are Nmap XML in ${safe(join(folder, 'scans'))}.

  report   ${safe(report)}
  look     ${at} scans
           ${at} hosts
           ${at} assess --full
`;
}
