import type { DataSetResult, OtherFlagged } from '../evaluate/data-set-result.ts';
import type { ReconEvaluation } from '../evaluate/evaluation.ts';
import { missedOf, type PartTotals, type Recall } from '../evaluate/totals.ts';
import { escapeTerminal } from './escape-terminal.ts';
import { captureSentences, captureTable } from './evaluation-captures.ts';
import { sampledTable, stretchTable } from './evaluation-experiments.ts';
import { decimals, duration, share } from './evaluation-numbers.ts';
import { painter } from './style.ts';
import { renderTable, type TableCell, type TableColumn, type TableOptions } from './table.ts';
import { wrap } from './wrap.ts';

/** How to lay an evaluation out. */
export interface EvaluationTextOptions {
  readonly colour: boolean;
  readonly width: number;
  /** Also the data sets in which all went well, and every entry of every list. */
  readonly full: boolean;
}

/** Sources of one data set that are named in each list without `full`. */
const SHOWN = 5;
/** Terms of a false alarm that are named. */
const TERMS_SHOWN = 4;

const HEADINGS: Readonly<Record<PartTotals['part'], string>> = {
  development: 'Development: data that constants were chosen on; these figures flatter',
  'held-out': 'Held out: data that no constant was chosen on',
  'made-up': 'Made up: traffic of our own generator, scans planted into it; not a measure of the world',
};

/** An evaluation for the terminal, a final newline; everything from files is escaped. */
export function evaluationText(evaluation: ReconEvaluation, options: EvaluationTextOptions): string {
  const paint = painter(options.colour);
  const table: TableOptions = { width: options.width, paint, indent: 2 };
  const heading = (text: string): string => `\n${paint('heading', text)}\n`;
  const pieces: string[] = [];
  for (const totals of evaluation.parts) {
    const results = evaluation.dataSets.filter((result) => result.part === totals.part);
    pieces.push(
      heading(HEADINGS[totals.part]),
      summary(totals, options.width),
      dataSetTable(results, options.full, table),
      ...misses(results, options),
      ...falseAlarms(results, options),
      ...unlabelled(results, options),
      titled('By family', recallTable('family', totals.families, table), paint),
      titled('By shape', recallTable('shape', totals.shapes, table), paint),
      titled('By tool', toolTable(totals, table), paint),
      titled('By contacts shown', sizeTable(totals, table), paint),
      totals.peers.length === 0
        ? ''
        : titled('Side by side: published rules, re-implemented', peerTable(totals, table), paint),
      totals.sampled.length === 0
        ? ''
        : titled('When only some packets are seen', sampledTable(totals, table), paint),
    );
  }
  if (evaluation.captures.length > 0)
    pieces.push(
      heading('Captures, and logs of the same traffic: what is lost for lack of packets'),
      ...captureSentences(evaluation.captures).map((text) => paragraph(text, options.width)),
      `\n${captureTable(evaluation.captures, table)}`,
    );
  if (evaluation.stretch !== undefined)
    pieces.push(
      heading('Slowest constant scan that is found (closed targets)'),
      stretchTable(evaluation.stretch, table),
    );
  if (evaluation.notRead.length > 0) pieces.push(heading('Not read'), ...notRead(evaluation, options.width));
  return pieces.filter((piece) => piece !== '').join('');
}

function titled(title: string, body: string, paint: ReturnType<typeof painter>): string {
  return body === '' ? '' : `\n  ${paint('strong', title)}\n${body}`;
}

function paragraph(text: string, width: number, indent = '  '): string {
  return wrap(text, width - indent.length)
    .map((line) => `${indent}${line}\n`)
    .join('');
}

function summary(totals: PartTotals, width: number): string {
  const rate =
    totals.falseAlarmRate === undefined
      ? 'no host-days were watched'
      : `${decimals(totals.falseAlarmRate.per1000)} per 1,000 host-days in ${decimals(totals.hostDays)} host-days (at most ${decimals(totals.falseAlarmRate.atMost)}, 95 %)`;
  const { groups, sources, purity } = totals.groups;
  return [
    `Scanners found: ${totals.scannersFound} of ${totals.scanners}${share(totals.scannersFound, totals.scanners)}${inDigest(totals.digestOnly)}. Labelled scans: ${totals.labelsFound} of ${totals.labels}.`,
    `Until found: ${decimals(totals.targets.median)} targets (median), ${decimals(totals.targets.p90)} (90 %); ${duration(totals.seconds.median)} (median), ${duration(totals.seconds.p90)} (90 %).`,
    `False alarms: ${totals.falseAlarms} of ${totals.harmless} sources that must not be flagged: ${rate}. Flagged without a label, neither right nor wrong: ${totals.unlabelled}${inDigest(totals.unlabelledDigestOnly)}.`,
    groups === 0
      ? 'No sources were joined into groups.'
      : `Groups: ${groups} of ${sources} sources; labelled members that are scanners: ${purity === undefined ? 'no member has a label' : `${decimals(100 * purity)} %`}.`,
  ]
    .map((text) => paragraph(text, width))
    .join('');
}

function inDigest(count: number): string {
  return count === 0 ? '' : `, ${count} of them in the digest only`;
}

function dataSetTable(results: readonly DataSetResult[], full: boolean, options: TableOptions): string {
  const columns: TableColumn[] = [
    { title: 'data set', min: 24 },
    { title: 'flows' },
    { title: 'found', align: 'right' },
    { title: 'false alarms', align: 'right' },
    { title: 'unlabelled' },
    { title: 'targets', align: 'right' },
    { title: 'time', align: 'right' },
  ];
  const rows = results.map((result): TableCell[] => {
    const found = result.scanners.flatMap((scanner) => scanner.found ?? []);
    const targets = found.flatMap((one) => one.targets ?? []);
    const seconds = found.flatMap((one) => one.seconds ?? []);
    const missed = missedOf(result).length;
    const wrong = result.falseAlarms.length;
    return [
      result.name,
      result.flows,
      result.scanners.length === 0
        ? '-'
        : { text: `${found.length}/${result.scanners.length}`, tone: missed > 0 ? 'high' : 'good' },
      result.harmless === 0
        ? '-'
        : { text: `${wrong}/${result.harmless}`, tone: wrong > 0 ? 'high' : 'good' },
      result.unlabelled.length,
      targets.length === 0 ? '-' : spread(targets),
      seconds.length === 0 ? '-' : duration(Math.max(...seconds)),
    ];
  });
  const shown = full
    ? rows
    : rows.filter((_, index) => {
        const result = results[index];
        return result !== undefined && (fellShort(result) || results.length <= 25);
      });
  if (shown.length === 0) return '';
  return `\n${renderTable(columns, shown, options)}`;
}

function spread(values: readonly number[]): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low === high ? String(low) : `${low}-${high}`;
}

function fellShort(result: DataSetResult): boolean {
  return missedOf(result).length > 0 || result.falseAlarms.length > 0;
}

function misses(results: readonly DataSetResult[], options: EvaluationTextOptions): string[] {
  const lines = results.flatMap((result) =>
    shortened(result, missedOf(result), options, (scanner) => {
      const outcomes = Object.entries(scanner.outcomes)
        .map(([outcome, count]) => `${count} ${outcome}`)
        .join(', ');
      const seen =
        scanner.contacts === 0
          ? 'no flow of it is in the data'
          : `${scanner.contacts} contacts (${outcomes}); the plain sequential test reaches ${decimals(scanner.statistic)} nats`;
      return `${scanner.source} in ${escapeTerminal(result.name)} (${escapeTerminal(scanner.words)}): ${seen}`;
    }),
  );
  return bullets('Missed', lines, options.width);
}

function falseAlarms(results: readonly DataSetResult[], options: EvaluationTextOptions): string[] {
  const lines = results.flatMap((result) =>
    shortened(
      result,
      result.falseAlarms,
      options,
      (other) =>
        `${other.source} in ${escapeTerminal(result.name)}: ${flaggedAs(other)}; ${termsOf(other)}. The truth says: ${escapeTerminal(other.note === '' ? 'harmless' : other.note)}`,
    ),
  );
  return bullets('Flagged, and must not be', lines, options.width);
}

function unlabelled(results: readonly DataSetResult[], options: EvaluationTextOptions): string[] {
  const lines = results.flatMap((result) => {
    const byContacts = result.unlabelled.toSorted((a, b) => b.contacts - a.contacts);
    return shortened(
      result,
      byContacts,
      options,
      (other) => `${other.source} in ${escapeTerminal(result.name)}: ${flaggedAs(other)}`,
    );
  });
  return bullets('Flagged, without a label', lines, options.width);
}

/** The terms that speak for a scan, heaviest first: `36 × one more empty session (+28.8)`. */
function termsOf(other: OtherFlagged): string {
  const against = other.terms.filter((term) => term.total > 0).slice(0, TERMS_SHOWN);
  return against.map((term) => `${term.contacts} × ${term.term} (+${decimals(term.total)})`).join(', ');
}

/** A line for each of a data set's entries; without `full` for the first few, and how many more there are. */
function shortened<T>(
  result: DataSetResult,
  entries: readonly T[],
  { full }: EvaluationTextOptions,
  line: (entry: T) => string,
): string[] {
  const shown = full ? entries : entries.slice(0, SHOWN);
  const left = entries.length - shown.length;
  return [...shown.map(line), ...(left === 0 ? [] : [`${left} more in ${escapeTerminal(result.name)}`])];
}

function flaggedAs(other: OtherFlagged): string {
  const families = other.families.length === 0 ? 'no family' : other.families.join(', ');
  return `${other.shape}, ${families}, ${other.contacts} contacts`;
}

function bullets(title: string, lines: readonly string[], width: number): string[] {
  if (lines.length === 0) return [];
  return [`\n  ${title}\n`, ...lines.map((line) => paragraph(line, width, '    ').replace(/^ {4}/, '  - '))];
}

function recallTable(title: string, rows: readonly Recall<string>[], options: TableOptions): string {
  if (rows.length === 0) return '';
  return renderTable(
    [
      { title },
      { title: 'labelled' },
      { title: 'found' },
      { title: 'named so' },
      { title: 'found %', align: 'right' },
    ],
    rows.map((row) => [
      row.kind,
      row.labelled,
      row.found,
      row.named,
      decimals((100 * row.found) / row.labelled),
    ]),
    options,
  );
}

function toolTable({ tools }: PartTotals, options: TableOptions): string {
  if (tools.length === 0) return '';
  return renderTable(
    [
      { title: 'tool', min: 12 },
      { title: 'labelled' },
      { title: 'found' },
      { title: 'tool named' },
      { title: 'another named' },
    ],
    tools.map(({ tool, labelled, found, right, wrong }) => [
      tool,
      labelled,
      found,
      right,
      wrong === 0 ? 0 : { text: wrong, tone: 'medium' as const },
    ]),
    options,
  );
}

function sizeTable(totals: PartTotals, options: TableOptions): string {
  if (totals.sizes.length === 0) return '';
  return renderTable(
    [{ title: 'contacts', align: 'right' }, { title: 'scanners' }, { title: 'found' }],
    totals.sizes.map((row) => [row.kind, row.labelled, row.found]),
    options,
  );
}

function peerTable(totals: PartTotals, options: TableOptions): string {
  const rows: TableCell[][] = [
    [
      { text: 'tidemark', tone: 'strong' },
      `${totals.scannersFound}/${totals.scanners}`,
      `${totals.falseAlarms}/${totals.harmless}`,
      totals.unlabelled,
      decimals(totals.targets.median),
    ],
    ...totals.peers.map((peer) => [
      peer.name,
      `${peer.found}/${totals.scanners}`,
      `${peer.falseAlarms}/${totals.harmless}`,
      peer.unlabelled,
      decimals(peer.medianTargets),
    ]),
  ];
  return renderTable(
    [
      { title: 'detector' },
      { title: 'found', align: 'right' },
      { title: 'false alarms', align: 'right' },
      { title: 'unlabelled' },
      { title: 'targets (median)', align: 'right' },
    ],
    rows,
    options,
  );
}

function notRead(evaluation: ReconEvaluation, width: number): string[] {
  const byWhy = new Map<string, string[]>();
  for (const { name, why } of evaluation.notRead) byWhy.set(why, [...(byWhy.get(why) ?? []), name]);
  return [...byWhy].map(([why, names]) =>
    paragraph(`${escapeTerminal(why)}: ${names.map((name) => escapeTerminal(name)).join(', ')}`, width),
  );
}
