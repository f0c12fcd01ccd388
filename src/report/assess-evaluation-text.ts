import type { AssessEvaluation, KindRecall } from '../evaluate/assess/evaluation.ts';
import type { KindNaming } from '../evaluate/assess/naming.ts';
import { WARM_SCANS, WINDOW_SCANS } from '../evaluate/assess/evaluation.ts';
import {
  summaries,
  type ContenderSummary,
  type PartSummary,
  type Spread,
} from '../evaluate/assess/summary.ts';
import { escapeTerminal } from './escape-terminal.ts';
import { decimals } from './evaluation-numbers.ts';
import { painter } from './style.ts';
import { renderTable, type TableCell, type TableColumn, type TableOptions } from './table.ts';
import { wrap } from './wrap.ts';

/** How to lay an evaluation out. */
export interface AssessEvaluationTextOptions {
  readonly colour: boolean;
  readonly width: number;
  /** Also every world by itself, and what each detector does. */
  readonly full: boolean;
}

const HEADINGS: Readonly<Record<PartSummary['part'], string>> = {
  given: 'Given: worlds read from files; synthetic',
  'made-up': 'Made up: worlds of our own generator; not a measure of any real network',
};

const right = (title: string): TableColumn => ({ title, align: 'right' });

/** An evaluation for the terminal, a final newline; everything from files is escaped. */
export function assessEvaluationText(
  evaluation: AssessEvaluation,
  options: AssessEvaluationTextOptions,
): string {
  const paint = painter(options.colour);
  const table: TableOptions = { width: options.width, paint, indent: 2 };
  const pieces: string[] = [];
  const titled = (title: string, body: string): void => {
    if (body !== '') pieces.push(`\n  ${paint('strong', title)}\n${body}`);
  };
  for (const part of summaries(evaluation)) {
    const names = evaluation.worlds
      .filter((world) => world.part === part.part)
      .map((world) => escapeTerminal(world.name));
    pieces.push(
      `\n${paint('heading', HEADINGS[part.part])}\n`,
      paragraph(
        `${part.worlds} ${part.worlds === 1 ? 'world' : 'worlds'} (${names.join(', ')}), ${part.events} planted events, ${decimals(part.hostScans)} host-scans. An event counts once, at its highest score; every harmless host-scan is a false alert by itself. AP: average precision; R@n: events found at n false alerts per 1,000 host-scans; false at .8: false alerts per 1,000 where four events in five are found; first scan: AP of a detector that has seen nothing. Means over worlds ± their standard deviation.`,
        options.width,
      ),
    );
    titled(`From scan ${WARM_SCANS} on`, mainTable(part.contenders, table));
    titled(
      `By scans of history, ${WINDOW_SCANS} scans each: average precision of events that begin there`,
      originTable(part.contenders, table),
    );
    titled('Found of each kind at 2 false alerts per 1,000 host-scans', kindTable(part.contenders, table));
    titled(
      'Budget of false alerts per 1,000 host-scans: asked for and got',
      budgetTable(part.contenders, table),
    );
    for (const { name, named } of part.contenders.filter((row) => row.named.length > 0))
      titled(`Of what ${name} found: named by the first item of its explanation`, namingTable(named, table));
    for (const { name, kinds, leftOut } of part.contenders.filter((row) => row.leftOut.length > 0))
      titled(
        `Found of each kind by ${name}, and by weights of it that never saw the kind`,
        kindTable(
          [
            { name: 'seen', kinds },
            { name: 'never seen', kinds: leftOut },
          ],
          table,
        ),
      );
  }
  if (options.full) titled('World by world, from scan 10 on', worldTable(evaluation, table));
  if (options.full)
    pieces.push(
      `\n${paint('heading', 'What the detectors do')}\n`,
      ...evaluation.contenders.map(({ name, rule }) => paragraph(`${name}: ${rule}`, options.width)),
    );
  return pieces.join('');
}

function paragraph(text: string, width: number): string {
  return wrap(text, width - 2)
    .map((line) => `  ${line}\n`)
    .join('');
}

/** `.756 ± .02`; ratios in three digits. */
function ratio(value: Spread | undefined): string {
  if (value === undefined) return '-';
  const deviation = value.deviation === undefined ? '' : ` ± ${value.deviation.toFixed(2)}`;
  return `${value.mean.toFixed(3)}${deviation}`;
}

function rate(value: Spread | undefined): string {
  if (value === undefined) return '-';
  const deviation = value.deviation === undefined ? '' : ` ± ${decimals(value.deviation)}`;
  return `${decimals(value.mean)}${deviation}`;
}

function mainTable(rows: readonly ContenderSummary[], options: TableOptions): string {
  return renderTable(
    [
      { title: 'detector' },
      right('AP'),
      right('R@1'),
      right('R@2'),
      right('R@5'),
      right('false at .8'),
      right('first scan'),
    ],
    rows.map((row): TableCell[] => [
      row.name,
      ratio(row.ap),
      ...row.recallAt.map(({ recall }) => ratio(recall)),
      row.never80 > 0 ? `never in ${row.never80}` : rate(row.falseAlertsAt80),
      ratio(row.firstScanAp),
    ]),
    options,
  );
}

function originTable(rows: readonly ContenderSummary[], options: TableOptions): string {
  const origins = rows[0]?.origins ?? [];
  return renderTable(
    [{ title: 'detector' }, ...origins.map(({ history }) => right(`after ${history}`))],
    [
      ['events', ...origins.map(({ events }) => events)],
      ...rows.map((row): TableCell[] => [row.name, ...row.origins.map(({ ap }) => ratio(ap))]),
    ],
    options,
  );
}

function kindTable(
  rows: readonly { readonly name: string; readonly kinds: readonly KindRecall[] }[],
  options: TableOptions,
): string {
  const kinds = [...new Set(rows.flatMap((row) => row.kinds.map(({ kind }) => kind)))].toSorted();
  if (kinds.length === 0) return '';
  return renderTable(
    [{ title: 'kind' }, right('events'), ...rows.map(({ name }) => right(name))],
    kinds.map((kind): TableCell[] => {
      const cells = rows.map((row) => row.kinds.find((one) => one.kind === kind));
      return [kind, cells.find((cell) => cell !== undefined)?.events, ...cells.map((cell) => cell?.found)];
    }),
    options,
  );
}

function namingTable(kinds: readonly KindNaming[], options: TableOptions): string {
  const total = (count: (kind: KindNaming) => number): number =>
    kinds.reduce((sum, kind) => sum + count(kind), 0);
  const found = total((kind) => kind.found);
  const named = total((kind) => kind.named);
  return renderTable(
    [{ title: 'kind' }, right('found'), right('named'), { title: 'first item of the others' }],
    [
      ...kinds.map((kind): TableCell[] => [
        kind.kind,
        kind.found,
        kind.named,
        Object.entries(kind.instead)
          .map(([channel, count]) => `${channel} ${count}`)
          .join(', '),
      ]),
      ['all', found, named, `${((100 * named) / found).toFixed(1)} %`],
    ],
    options,
  );
}

function budgetTable(rows: readonly ContenderSummary[], options: TableOptions): string {
  const lines = rows.flatMap((row) =>
    row.budgets.map(({ nominal, feedback, realised, recall }): TableCell[] => [
      row.name,
      feedback ? 'told back' : 'none',
      nominal,
      realised === undefined
        ? '-'
        : { text: rate(realised), tone: realised.mean > nominal ? 'high' : 'good' },
      ratio(recall),
    ]),
  );
  if (lines.length === 0) return '';
  return renderTable(
    [{ title: 'detector' }, { title: 'verdicts' }, right('asked for'), right('got'), right('recall')],
    lines,
    options,
  );
}

function worldTable(evaluation: AssessEvaluation, options: TableOptions): string {
  return renderTable(
    [
      { title: 'world' },
      { title: 'detector' },
      right('events'),
      right('AP'),
      right('R@2'),
      right('false at .8'),
    ],
    evaluation.worlds.flatMap((world) =>
      evaluation.contenders.map(({ name, worlds }): TableCell[] => {
        const whole = worlds.find((result) => result.world === world.name)?.whole;
        return [
          world.name,
          name,
          whole?.events,
          whole?.ap?.toFixed(3),
          whole?.recallAt.find(({ budget }) => budget === 2)?.recall.toFixed(3),
          decimals(whole?.falseAlertsAt80),
        ];
      }),
    ),
    options,
  );
}
