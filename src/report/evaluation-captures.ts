import {
  rightTools,
  VIEW_LOSSES,
  type CaptureAndLog,
  type ViewVerdict,
} from '../evaluate/capture-and-log.ts';
import { renderTable, type TableCell, type TableOptions } from './table.ts';

/** Captures beside logs of the same traffic: what each tells, and what is lost for lack of packets. Empty when there are none. */
export function captureTable(captures: readonly CaptureAndLog[], options: TableOptions): string {
  if (captures.length === 0) return '';
  return renderTable(
    [
      { title: 'capture', min: 24 },
      { title: 'tool', min: 8 },
      { title: 'by packets', min: 36 },
      { title: 'by the log', min: 24 },
      { title: 'lost' },
      { title: 'gained' },
    ],
    captures.map((row) => {
      const { log, lost, gained } = row;
      const same = log?.falseAlarms === row.capture.falseAlarms && lost.length === 0 && gained.length === 0;
      return [
        row.name.slice(row.name.lastIndexOf('/') + 1),
        row.tools.join(', '),
        verdictCell(row, row.capture),
        log === undefined ? 'no log' : same ? 'the same' : verdictCell(row, log),
        lost.join(', '),
        gained.join(', '),
      ];
    }),
    options,
  );
}

/** `found, family, tool, touched`: what there is of it; of several scanners how many. */
function verdictCell(row: CaptureAndLog, view: ViewVerdict): TableCell {
  const { scanners, labels, tools } = row;
  const share = (what: string, some: number, all: number): string[] =>
    all === 0 || some === 0 ? [] : [all === 1 ? what : `${what} ${some}/${all}`];
  const words = [
    ...share('found', view.found, scanners),
    ...share('family', view.familyNamed, labels),
    ...share('tool', rightTools(view, tools), tools.length),
    ...(view.depth === undefined ? [] : [view.depth]),
    ...(view.falseAlarms === 0 ? [] : [`${view.falseAlarms} flagged in error`]),
  ];
  const text = words.length > 0 ? words.join(', ') : scanners === 0 ? 'silent, as it must be' : 'not found';
  return { text, tone: view.falseAlarms > 0 || view.found < scanners ? 'high' : 'good' };
}

/** The sums of it, in sentences. */
export function captureSentences(captures: readonly CaptureAndLog[]): readonly string[] {
  if (captures.length === 0) return [];
  const both = captures.filter(({ log }) => log !== undefined);
  const of = (
    rows: readonly CaptureAndLog[],
    view: (row: CaptureAndLog) => ViewVerdict | undefined,
  ): string => {
    const sum = (value: (row: CaptureAndLog) => number): number =>
      rows.reduce((all, row) => all + value(row), 0);
    const found = sum((row) => view(row)?.found ?? 0);
    const tools = sum((row) => rightTools(view(row) ?? row.capture, row.tools));
    const alarms = sum((row) => view(row)?.falseAlarms ?? 0);
    return `${found} of ${sum(({ scanners }) => scanners)} scanners found, ${sum((row) => view(row)?.familyNamed ?? 0)} of ${sum(({ labels }) => labels)} scans given their family, ${tools} of ${sum((row) => row.tools.length)} tools named, ${alarms} of ${sum(({ harmless }) => harmless)} flagged in error`;
  };
  const times = (list: 'lost' | 'gained'): string =>
    VIEW_LOSSES.map((loss) => `${loss} ${both.filter((row) => row[list].includes(loss)).length}`).join(', ');
  return [
    `All ${captures.length} captures: ${of(captures, ({ capture }) => capture)}.`,
    `The ${both.length} of which there is a log: by packets ${of(both, ({ capture }) => capture)}; by the log ${of(both, ({ log }) => log)}.`,
    `Lost for lack of packets, in captures: ${times('lost')}. Told by the log alone: ${times('gained')}.`,
  ];
}
