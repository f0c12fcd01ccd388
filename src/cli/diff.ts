import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { diffFiles, readScanFile } from '../assembly/diff-files.ts';
import type { Workspace } from '../assembly/workspace.ts';
import {
  changeSetOf,
  diffScans,
  type InputDiff,
  type InputDiffOptions,
  type WholeScan,
} from '../exposure/flow/diff-inputs.ts';
import { locateConfig } from '../config/locate.ts';
import { identityByNetwork } from '../exposure/flow/host-identity.ts';
import { Fault, type Problem } from '../fault/fault.ts';
import { renderDiffJson } from '../report/diff-json.ts';
import { renderDiffText } from '../report/diff-text.ts';
import { renderDiffXml } from '../report/diff-xml.ts';
import { counted } from '../text/phrase.ts';
import { baselineReference } from './against.ts';
import type { Call, ExitStatus } from './call.ts';
import { safe } from './print.ts';
import { openWorkspace } from './with-workspace.ts';

/** How a diff is printed and whether it goes on. */
export interface DiffCommandOptions {
  readonly xml?: true;
  readonly verbose?: true;
  readonly anyway?: true;
  readonly udpSilence?: true;
}

/** Text is gathered to about this many characters before it is written: a line at a time is slow. */
const BATCH = 64 * 1024;

/** Reads both sides, compares, prints. The store is opened only when a side is in it. */
export async function diff(
  call: Call,
  a: string,
  b: string,
  options: DiffCommandOptions,
): Promise<ExitStatus> {
  const { print } = call;
  const verbose = options.verbose === true;
  const found = await compare(call, a, b, {
    verbose,
    identity: await configuredIdentity(call),
    evenIfIncomparable: options.anyway === true,
    noise: { udpOpenFiltered: options.udpSilence === true },
  });
  remark(call, a, found.problems.a);
  remark(call, b, found.problems.b);
  if (found.leftOut > 0) {
    print.note(
      `remark: ${counted(found.leftOut, 'change')} of UDP ports to or from open|filtered left out; --udp-silence shows them`,
    );
  }
  const lines = print.json
    ? renderDiffJson(changeSetOf(found.diff))
    : options.xml === true
      ? renderDiffXml(found.diff, { verbose })
      : renderDiffText(found.diff, { verbose });
  let batch = '';
  for (const line of lines) {
    batch += line;
    if (batch.length < BATCH) continue;
    call.process.signal.throwIfAborted();
    await print.text(batch);
    batch = '';
  }
  if (batch !== '') await print.text(batch);
  return found.verdict === 'equal' ? 0 : 1;
}

/** What the configuration makes of hosts. Reading it costs more than the diff of two small files, so it is only read when there is one. */
async function configuredIdentity(call: Call): Promise<NonNullable<InputDiffOptions['identity']>> {
  if (locateConfig(call.options.config, call.process).file === undefined) return 'address';
  const { config } = await call.loadConfig();
  return identityByNetwork(config.exposure.networks);
}

async function compare(call: Call, a: string, b: string, options: InputDiffOptions): Promise<InputDiff> {
  if (a === '-' && b === '-') {
    throw new Fault('cli/usage', 'standard input can be one side only', 'Name a file for the other side.');
  }
  const { stdin } = call.process;
  const [fileA, fileB] = [isFile(call, a), isFile(call, b)];
  if (fileA && fileB) return diffFiles(a, b, { ...options, stdin });
  // Files first: the store is then held no longer than needed, and standard input is read before it opens.
  const wholeA = fileA ? await readScanFile(a, stdin) : undefined;
  const wholeB = fileB ? await readScanFile(b, stdin) : undefined;
  const workspace = await openWorkspace(call);
  try {
    const before = wholeA ?? (await readStored(workspace, a));
    const after = wholeB ?? (await readStored(workspace, b));
    return diffScans(
      fileA ? standWhere(before, after) : before,
      fileB ? standWhere(after, before) : after,
      options,
    );
  } finally {
    await workspace.close();
  }
}

/** A file does not say where its scanner stood; who holds it against a scan of the history takes it to be there. */
function standWhere(file: WholeScan, other: WholeScan): WholeScan {
  const { vantage } = other.run.info;
  return { ...file, run: { ...file.run, info: { ...file.run.info, vantage } } };
}

/** What names a file that is there is that file; `-` is standard input; everything else is in the history. */
function isFile(call: Call, reference: string): boolean {
  if (reference === '-') return true;
  const path = resolve(call.process.cwd, reference);
  if (existsSync(path) && !statSync(path).isDirectory()) return true;
  // A path that is mistyped should be called a missing file, not an unknown scan.
  return /[/\\]|\.(?:xml|gnmap|json|gz|zst|txt)$/.test(reference);
}

async function readStored(workspace: Workspace, reference: string): Promise<WholeScan> {
  const version = baselineReference(reference);
  const run =
    version === undefined
      ? await workspace.loadRun(await workspace.findRun(reference))
      : await workspace.baselines.expectedRun(await workspace.baselines.find(version));
  return { run, problems: [] };
}

function remark(call: Call, name: string, problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  call.print.note(
    `remark: ${safe(name)}: ${counted(problems.length, 'piece')} set aside; the first: ${safe(first.message)}`,
  );
}
