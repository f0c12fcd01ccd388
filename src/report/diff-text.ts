import type { Instant } from '../time/instant.ts';
import { baselineVersionOf } from '../exposure/model/baseline.ts';
import type { Change } from '../exposure/model/change.ts';
import type { Host, Script } from '../exposure/model/host.ts';
import type { HostDiff, RunDiff } from '../exposure/model/run-diff.ts';
import type { RunInfo } from '../exposure/model/scan-run.ts';
import {
  columns,
  foldedCounts,
  identityOf,
  markHost,
  markScripts,
  type HostMarks,
  type PortMarks,
  type ScriptMarks,
  type Verdict,
} from './diff-host-marks.ts';
import { escapeTerminal } from './escape-terminal.ts';
import { opcodes } from './sequence-matcher.ts';

/** How to write a diff as text. */
export interface DiffTextOptions {
  /** Also what did not change. Default false. */
  readonly verbose?: boolean;
}

/**
 * A diff as ndiff prints it: like a unified diff, `-` before what only was, `+` before what only is, a space
 * before what is in both. Two marks are ours: `<` and `>` stand before what only the first or only the
 * second run tells of while the other did not look, so that nothing is known of a change; and `#` before
 * what limits the comparison. Yields whole lines; everything a scanned host wrote is escaped.
 */
export function* renderDiffText(diff: RunDiff, options: DiffTextOptions = {}): Generator<string> {
  const verbose = options.verbose === true;
  yield* banners(diff, verbose);
  yield* scriptSection('Pre-scan script results', runScripts(diff, 'prerule'), verbose);
  for (const host of diff.hosts) {
    if (verbose || host.changes.length > 0) yield `\n${lines(hostBlock(host, diff, verbose))}`;
  }
  yield* scriptSection('Post-scan script results', runScripts(diff, 'postrule'), verbose);
}

const PRINTABLE = /^[ -~]*$/;

/** Escaped for a terminal. Nearly all text is printable ASCII, and asking that first is several times faster. */
function shown(text: string): string {
  return PRINTABLE.test(text) ? text : escapeTerminal(text);
}

function lines(block: readonly string[]): string {
  return block.length === 0 ? '' : `${block.join('\n')}\n`;
}

function* banners(diff: RunDiff, verbose: boolean): Generator<string> {
  const a = banner(diff.a);
  const b = banner(diff.b);
  if (a !== b) yield `-${a}\n+${b}\n`;
  else if (verbose) yield ` ${a}\n`;
  const { comparability } = diff;
  const notes = comparability.comparable
    ? comparability.limits
    : ['these scans are not comparable:', ...comparability.why];
  for (const note of notes) yield `#${shown(note)}\n`;
  for (const change of diff.runChanges) {
    if (change.kind !== 'coverage-changed') continue;
    if (change.onlyBefore !== '') yield `<${change.protocol} ports ${clipped(change.onlyBefore)}\n`;
    if (change.onlyAfter !== '') yield `>${change.protocol} ports ${clipped(change.onlyAfter)}\n`;
  }
}

/** A port list in one line of reading length; the whole list is in the JSON. */
const LONGEST_LIST = 80;

function clipped(list: string): string {
  if (list.length <= LONGEST_LIST) return list;
  const cut = list.lastIndexOf(',', LONGEST_LIST);
  return `${list.slice(0, cut)},…`;
}

/** `Nmap 7.95 scan initiated Fri Jul 10 23:23:30 2009 as: nmap x`; times are UTC. A baseline was no scan. */
function banner(info: RunInfo): string {
  const version = baselineVersionOf(info.id);
  if (version !== undefined) return shown(`baseline version ${version} of ${info.vantage}/${info.profile}`);
  const parts = [info.scanner === 'nmap' ? 'Nmap' : info.scanner];
  if (info.version !== '') parts.push(info.version);
  parts.push('scan');
  if (info.start !== undefined) parts.push(`initiated ${asctime(info.start)}`);
  if (info.args !== '') parts.push(`as: ${info.args}`);
  return shown(parts.join(' '));
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Fri Jul 10 23:23:30 2009`, UTC: C's asctime with a two-digit day, as ndiff writes it. */
export function asctime(instant: Instant): string {
  const date = new Date(Math.floor(instant / 1e3));
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())} ${time} ${date.getUTCFullYear()}`;
}

function runScripts(diff: RunDiff, at: 'prerule' | 'postrule'): ScriptMarks[] {
  const field = at === 'prerule' ? 'preScripts' : 'postScripts';
  const changes = diff.runChanges.filter(
    (change): change is Extract<Change, { kind: 'script-changed' }> =>
      change.kind === 'script-changed' && change.place.at === at,
  );
  const complete = diff.a.status === 'complete' && diff.b.status === 'complete';
  return markScripts(diff.a[field], diff.b[field], changes, diff.depth, at === 'postrule' && !complete);
}

function* scriptSection(
  heading: string,
  scripts: readonly ScriptMarks[],
  verbose: boolean,
): Generator<string> {
  const block = scriptBlock(heading, scripts, verbose);
  if (block.length > 0) yield lines(block);
}

/** An empty line, a title, and the results; nothing when no result is to be shown. */
function scriptBlock(heading: string, scripts: readonly ScriptMarks[], verbose: boolean): string[] {
  const rows = scripts.flatMap((script) => scriptLines(script, verbose));
  if (rows.length === 0) return [];
  const none = (side: 'before' | 'after'): boolean => scripts.every((script) => script[side] === undefined);
  const untold = scripts.every((script) => script.verdict === 'untold');
  const mark = none('after') ? (untold ? '<' : '-') : none('before') ? (untold ? '>' : '+') : ' ';
  return ['', `${mark}${heading}:`, ...rows];
}

function marksOf(verdict: Verdict): readonly [before: string, after: string] {
  return verdict === 'untold' ? ['<', '>'] : ['-', '+'];
}

function scriptLines(script: ScriptMarks, verbose: boolean): string[] {
  const differs = script.verdict === 'changed' || script.verdict === 'untold';
  if (!differs && !verbose) return [];
  if (!differs) return outputLines(script.after ?? script.before).map((line) => ` ${line}`);
  const [minus, plus] = marksOf(script.verdict);
  const before = outputLines(script.before);
  const after = outputLines(script.after);
  return opcodes(before, after).flatMap(({ op, i1, i2, j1, j2 }) =>
    op === 'equal'
      ? before.slice(i1, i2).map((line) => ` ${line}`)
      : [
          ...before.slice(i1, i2).map((line) => `${minus}${line}`),
          ...after.slice(j1, j2).map((line) => `${plus}${line}`),
        ],
  );
}

/** Where Python's splitlines ends a line; ndiff uses it. */
const LINE_ENDS = new RegExp(String.raw`\r\n|[\n\v\f\r\u001C-\u001E\u0085\u2028\u2029]`);

function outputLines(script: Script | undefined): string[] {
  if (script === undefined || script.output === '') return [];
  const rows = script.output.split(LINE_ENDS);
  if (rows.at(-1) === '') rows.pop();
  return rows.map((row, index) => {
    const text = shown(index === 0 ? `${script.id}: ${row}` : row);
    return `${index === rows.length - 1 ? '|_ ' : '|  '}${text}`;
  });
}

function hostBlock(host: HostDiff, diff: RunDiff, verbose: boolean): string[] {
  const marks = markHost(host, diff.depth);
  const before = host.before?.host;
  const after = host.after?.host;
  const out: string[] = [];
  pair(out, marks.identity, verbose, true, title(before), title(after));
  pair(out, marks.status, verbose, false, status(before), status(after));
  pair(out, marks.extraports, verbose, false, notShown(before), notShown(after));
  out.push(...portTable(marks, host, verbose), ...osSection(marks, before, after, verbose));
  out.push(...scriptBlock('Host script results', marks.scripts, verbose));
  const gap = host.changes.find((change) => change.kind === 'coverage-changed' && change.protocol !== 'host');
  if (gap !== undefined && (before?.timedOut === true || after?.timedOut === true)) {
    const which =
      before?.timedOut === true
        ? after?.timedOut === true
          ? 'both scans'
          : 'the first scan'
        : 'the second scan';
    out.push(`#${which} gave up on this host before its end`);
  }
  return out;
}

/** One line when the sides agree, two when they do not; nothing for a side that has nothing to say. */
function pair(
  out: string[],
  verdict: Verdict,
  verbose: boolean,
  always: boolean,
  before: string | undefined,
  after: string | undefined,
): void {
  if (verdict === 'same' || verdict === 'hidden') {
    const line = after ?? before;
    if ((verbose || always) && line !== undefined) out.push(` ${line}`);
    return;
  }
  const [minus, plus] = marksOf(verdict);
  if (before !== undefined) out.push(`${minus}${before}`);
  if (after !== undefined) out.push(`${plus}${after}`);
}

function title(host: Host | undefined): string | undefined {
  if (host === undefined) return undefined;
  const { addresses, names } = identityOf(host);
  const listed = shown(addresses.join(', '));
  return names.length === 0 ? `${listed}:` : `${shown(names.join(', '))} (${listed}):`;
}

function status(host: Host | undefined): string | undefined {
  return host === undefined || host.status.state === 'unknown' ? undefined : `Host is ${host.status.state}.`;
}

function notShown(host: Host | undefined): string | undefined {
  if (host === undefined || host.extraports.length === 0) return undefined;
  // A baseline knows of folded ports that they were not open, and no more.
  const isExpectation = host.status.reason === 'baseline';
  const counts = foldedCounts(host).map(
    ({ state, count }) => `${count} ${isExpectation ? 'ports that were not open' : `${state} ports`}`,
  );
  return `Not shown: ${shown(counts.join(', '))}`;
}

/** The mark of lines that stand for a whole host. */
function wholeMark(presence: HostMarks['presence']): string {
  return { both: ' ', gone: '-', new: '+', 'only-before': '<', 'only-after': '>' }[presence];
}

function portTable(marks: HostMarks, host: HostDiff, verbose: boolean): string[] {
  const foldedBefore = foldedStates(host.before?.host);
  const foldedAfter = foldedStates(host.after?.host);
  const rows: (readonly string[] | string)[] = [];
  for (const port of marks.ports) {
    const own = portRows(port, verbose, foldedBefore, foldedAfter);
    const scripts = port.scripts.flatMap((script) => scriptLines(script, verbose));
    // A script that changed needs its port above it.
    if (own.length === 0 && scripts.length > 0) rows.push([' ', ...cells(port, port.after ?? port.before)]);
    rows.push(...own, ...scripts);
  }
  if (rows.length === 0) return [];
  const table = [[wholeMark(marks.presence), 'PORT', 'STATE', 'SERVICE', 'VERSION'], ...rows];
  const widths: number[] = [];
  for (const row of table) {
    if (typeof row === 'string') continue;
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
    }
  }
  return table.map((row) => {
    if (typeof row === 'string') return row;
    const padded = row.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell)));
    return `${padded[0]}${padded.slice(1).join(' ')}`.trimEnd();
  });
}

/** Characters, as Python counts them. */
function widthOf(cell: string): number {
  return PRINTABLE.test(cell) ? cell.length : Array.from(cell).length;
}

function foldedStates(host: Host | undefined): ReadonlySet<string> | undefined {
  return host === undefined ? undefined : new Set(host.extraports.map((extra) => extra.state));
}

function portRows(
  port: PortMarks,
  verbose: boolean,
  before: ReadonlySet<string> | undefined,
  after: ReadonlySet<string> | undefined,
): (readonly string[])[] {
  if (port.row === 'same' || port.row === 'hidden') {
    return verbose ? [[' ', ...cells(port, port.after ?? port.before)]] : [];
  }
  const [minus, plus] = marksOf(port.row);
  const rows: (readonly string[])[] = [];
  // As ndiff does: a state that the host's "Not shown" line stands for is not repeated, if the other side is.
  const onlyBefore = port.after !== undefined && after?.has(port.after.state) === true;
  const onlyAfter = port.before !== undefined && before?.has(port.before.state) === true && !onlyBefore;
  if (port.before !== undefined && !onlyAfter) rows.push([minus, ...cells(port, port.before)]);
  if (port.after !== undefined && !(onlyBefore && port.before !== undefined)) {
    rows.push([plus, ...cells(port, port.after)]);
  }
  return rows;
}

function cells(marks: PortMarks, port: PortMarks['before']): string[] {
  const [state = '', service, version] = port === undefined ? [] : columns(port);
  const row = [marks.key, state, service, version];
  while (row.at(-1) === undefined) row.pop();
  return row.map((cell) => shown(cell ?? ''));
}

function osSection(
  marks: HostMarks,
  before: Host | undefined,
  after: Host | undefined,
  verbose: boolean,
): string[] {
  const names = (host: Host | undefined): string[] => (host?.os ?? []).map((match) => shown(match.name));
  const a = names(before);
  const b = names(after);
  if (a.length === 0 && b.length === 0) return [];
  if (marks.os === 'same' || marks.os === 'hidden') {
    return verbose ? [' OS details:', ...b.map((name) => `   ${name}`)] : [];
  }
  const [minus, plus] = marksOf(marks.os);
  const head = b.length === 0 ? minus : a.length === 0 ? plus : ' ';
  const rows = opcodes(a, b).flatMap(({ op, i1, i2, j1, j2 }) =>
    op === 'equal'
      ? a.slice(i1, i2).map((name) => `   ${name}`)
      : [
          ...a.slice(i1, i2).map((name) => `${minus}  ${name}`),
          ...b.slice(j1, j2).map((name) => `${plus}  ${name}`),
        ],
  );
  return [`${head}OS details:`, ...rows];
}
