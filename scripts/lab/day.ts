/**
 * A day in the lab: real Nmap scans a network of namespaces five times, Tidemark learns it, then each step of the
 * plan (`day-plan.ts`) is made, scanned, told by `tidemark diff`, `tidemark assess` and `ndiff`, and undone:
 *
 *   node --import tsx scripts/lab/day.ts             prints the table and writes docs/lab-day.md
 *   node --import tsx scripts/lab/day.ts FILE        writes FILE instead
 *
 * Ends with 1 when a change was not reported or noise was. Needs root, ip, nft, nmap, ndiff and openssl.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markdownCode, escapeMarkdown } from '../../src/report/escape-markdown.ts';
import { BASELINE_SCANS, DAY, networkAt, SERIES, type Series, type Step } from './day-plan.ts';
import { Lab, makeCertificate, tool } from './namespaces.ts';
import { PREFIX6, SCANNER } from './plan.ts';
import { checkMachine, LAB_TOOLS, scannerOf, type Scanner } from './scanner.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'dist', 'cli', 'main.js');
const ALL_SERIES: readonly Series[] = ['tcp', 'tls', 'udp', 'ipv6'];

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly title: string;
  readonly subject: { readonly host?: string; readonly hosts?: readonly string[]; readonly port?: string };
}

interface Told {
  readonly step: Step;
  readonly diff: readonly string[];
  readonly findings: readonly Finding[];
  readonly ndiff: readonly string[];
}

/** Runs the built command line; throws when it failed (2). */
function tidemark(cwd: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0 && status !== 1) throw new Error(`tidemark ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Findings that stand before the day begins, by series. */
type Usual = ReadonlyMap<Series, ReadonlySet<string>>;

async function learn(lab: Lab, scanner: Scanner): Promise<Usual> {
  const usual = new Map<Series, ReadonlySet<string>>();
  for (let scan = 1; scan <= BASELINE_SCANS; scan += 1) {
    await lab.bringTo(networkAt(scan));
    await Promise.all(
      ALL_SERIES.map((series) => scanner.scan(['nmap', ...SERIES[series], '-oX', `${series}-${scan}.xml`])),
    );
  }
  for (const series of ALL_SERIES) {
    const home = join(scanner.directory, series);
    mkdirSync(home);
    const files = Array.from({ length: BASELINE_SCANS }, (_, index) =>
      join('..', `${series}-${index + 1}.xml`),
    );
    tidemark(home, 'import', ...files);
    tidemark(home, 'baseline', 'learn');
    usual.set(series, new Set(findingsIn(home).map((finding) => finding.id)));
  }
  return usual;
}

/** Findings by identity, as `assess` gives them for the newest scan of a history. */
function findingsIn(home: string): readonly Finding[] {
  return (JSON.parse(tidemark(home, 'assess', '--json')) as { findings: readonly Finding[] }).findings;
}

async function take(lab: Lab, scanner: Scanner, usual: Usual, number: number): Promise<Told> {
  const step = DAY[number]!;
  const hosts = networkAt(BASELINE_SCANS);
  await lab.bringTo(step.edit?.(hosts) ?? hosts);
  const file = `step-${number}.xml`;
  await scanner.scan(['nmap', ...(step.args ?? SERIES[step.series]), '-oX', file]);
  const { directory } = scanner;
  const before = `${step.series}-${BASELINE_SCANS}.xml`;
  const changes = JSON.parse(tidemark(directory, 'diff', before, file, '--json')) as {
    changes: readonly { kind: string; host?: string; port?: string; from?: string; to?: string }[];
  };
  // Each step is held against the baseline alone, not against the steps before it.
  const home = join(directory, `home-${number}`);
  cpSync(join(directory, step.series), home, { recursive: true });
  tidemark(home, 'import', join('..', file));
  const findings = findingsIn(home).filter((finding) => usual.get(step.series)?.has(finding.id) !== true);
  rmSync(home, { recursive: true });
  const { stdout } = spawnSync('ndiff', [before, file], { cwd: directory, encoding: 'utf8' });
  return {
    step,
    diff: changes.changes.map(({ kind, host, port, from, to }) =>
      [kind, host, port ?? (from === undefined ? '' : `${from} to ${to ?? ''}`)].filter(Boolean).join(' '),
    ),
    findings,
    // Its first two lines name the two runs and differ always.
    ndiff: stdout
      .split('\n')
      .slice(2)
      .filter((line) => /^[-+]/.test(line)),
  };
}

function isAbout(finding: Finding, step: Step): boolean {
  return finding.subject.host === step.host || finding.subject.hosts?.includes(step.host) === true;
}

/** What is only noted (`info`) asks nobody to look: too little for a change, and all that noise may be. */
function isAsPlanned({ step, findings }: Told): boolean {
  const loud = findings.filter((finding) => finding.severity !== 'info');
  return step.kind === 'noise' ? loud.length === 0 : loud.some((finding) => isAbout(finding, step));
}

const CELL_LINES = 3;

function cell(lines: readonly string[]): string {
  if (lines.length === 0) return 'nothing';
  const rest = lines.length - CELL_LINES;
  return [...lines.slice(0, CELL_LINES), ...(rest > 0 ? [`… ${rest} more`] : [])].join('<br>');
}

function table(told: readonly Told[]): string {
  const rows = told.map((one) => {
    const findings = one.findings.map(({ severity, title }) => `**${severity}** ${escapeMarkdown(title)}`);
    const verdict = isAsPlanned(one)
      ? one.step.kind === 'change'
        ? 'reported'
        : 'quiet'
      : one.step.kind === 'change'
        ? '**missed**'
        : '**reported**';
    return `| ${escapeMarkdown(one.step.what)} | ${one.step.host} | ${verdict} | ${cell(findings)} | ${cell(one.diff.map(escapeMarkdown))} | ${cell(one.ndiff.map(markdownCode))} |`;
  });
  return [
    '| what was done | where | Tidemark | `tidemark assess`, new findings | `tidemark diff` with the last scan | `ndiff` with the last scan |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function page(told: readonly Told[], seconds: number): string {
  const of = (kind: Step['kind']): readonly Told[] => told.filter((one) => one.step.kind === kind);
  const [changes, noise] = [of('change'), of('noise')];
  const nmap = /Nmap version (\S+)/.exec(tool('nmap', '--version'))?.[1] ?? '?';
  return `# A day in the lab

Written by \`node --import tsx scripts/lab/day.ts\` on ${new Date().toISOString().slice(0, 10)} with Nmap ${nmap} and Node ${process.version}, in ${Math.round(seconds)} s. Nothing here is typed by hand.

Real Nmap scanned a network of nine namespaces ${BASELINE_SCANS} times (TCP with versions, TLS, UDP, IPv6), in which a laptop and a preview
server came and went and an RPC port roamed; \`tidemark baseline learn\` made a baseline of each series. Then every step
was made, scanned once, held against that baseline and undone. \`diff\` and \`ndiff\` compare the last scan of the
baseline with the scan of the step: two files, no habits. A change counts as reported when a finding above \`info\` is new at its host;
noise is quiet when nothing above \`info\` is new anywhere.

Reported: ${changes.filter(isAsPlanned).length} of ${changes.length} changes. Quiet: ${noise.filter(isAsPlanned).length} of ${noise.length} kinds of noise. ndiff printed something for ${noise.filter((one) => one.ndiff.length > 0).length} of the ${noise.length}.

Another operating system is not among the changes: namespaces share one kernel, and its TCP stack is what Nmap recognises.

## Changes

${table(changes)}

## Noise

${table(noise)}
`;
}

async function main(target: string): Promise<boolean> {
  checkMachine([...LAB_TOOLS, 'ndiff']);
  tool(process.execPath, join(ROOT, 'scripts', 'build.mjs'));
  const started = process.hrtime.bigint();
  const work = mkdtempSync(join(tmpdir(), 'tmlab-'));
  const lab = new Lab(work);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= lab.close().finally(() => rmSync(work, { recursive: true })));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().then(() => process.exit(130)));
  }
  try {
    makeCertificate(work);
    lab.plug({ name: 'scanner1', mac: '52:54:00:10:00:fa', address: SCANNER, address6: `${PREFIX6}250` });
    const output = join(work, 'out');
    mkdirSync(output);
    const scanner = scannerOf(lab, output);
    const usual = await learn(lab, scanner);
    const told: Told[] = [];
    for (const [number, step] of DAY.entries()) {
      const one = await take(lab, scanner, usual, number);
      console.log(`          ${isAsPlanned(one) ? 'as planned' : 'NOT AS PLANNED'}: ${step.what}`);
      for (const { severity, title } of one.findings) console.log(`            ${severity}: ${title}`);
      told.push(one);
    }
    const text = page(told, Number(process.hrtime.bigint() - started) / 1e9);
    writeFileSync(target, text);
    console.log(text);
    return told.every(isAsPlanned);
  } finally {
    await close();
  }
}

try {
  process.exitCode = (await main(resolve(process.argv[2] ?? join(ROOT, 'docs', 'lab-day.md')))) ? 0 : 1;
} catch (error) {
  console.error(`lab: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
