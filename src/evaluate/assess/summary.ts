import type { AssessEvaluation, KindRecall, WorldResult } from './evaluation.ts';
import type { KindNaming } from './naming.ts';
import { BUDGETS } from './ranking.ts';
import type { World } from './world.ts';

/** A figure over worlds: worlds, not rows, are what varies. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation; undefined with fewer than two worlds. */
  readonly deviation: number | undefined;
  readonly worlds: number;
}

/** One row of the main table. Undefined where no world has the figure. */
export interface ContenderSummary {
  readonly name: string;
  readonly ap: Spread | undefined;
  readonly rowAp: Spread | undefined;
  readonly recallAt: readonly { readonly budget: number; readonly recall: Spread | undefined }[];
  readonly falseAlertsAt80: Spread | undefined;
  /** Worlds in which four events in five are never found. */
  readonly never80: number;
  readonly firstScanAp: Spread | undefined;
  readonly origins: readonly {
    readonly history: number;
    readonly events: number;
    readonly ap: Spread | undefined;
    readonly recall: Spread | undefined;
  }[];
  readonly kinds: readonly KindRecall[];
  /** Of the events found, those that the explanation names first; empty of detectors that do not explain. */
  readonly named: readonly KindNaming[];
  readonly leftOut: readonly KindRecall[];
  readonly budgets: readonly {
    readonly nominal: number;
    readonly feedback: boolean;
    readonly realised: Spread | undefined;
    readonly recall: Spread | undefined;
  }[];
}

/** Worlds of one part, summed up. */
export interface PartSummary {
  readonly part: World['part'];
  readonly worlds: number;
  readonly events: number;
  readonly hostScans: number;
  readonly contenders: readonly ContenderSummary[];
}

/** Budget at which the recall of a window is given. */
const ORIGIN_BUDGET = 2;

/** One summary per part that has worlds; parts are never added up. */
export function summaries(evaluation: AssessEvaluation): readonly PartSummary[] {
  return (['given', 'made-up'] as const).flatMap((part) => {
    const worlds = evaluation.worlds.filter((world) => world.part === part);
    if (worlds.length === 0) return [];
    return [
      {
        part,
        worlds: worlds.length,
        events: worlds.reduce((sum, world) => sum + world.events, 0),
        hostScans: worlds.reduce((sum, world) => sum + world.hostScans, 0),
        contenders: evaluation.contenders.map(({ name, worlds: results }) =>
          summaryOf(
            name,
            results.filter((result) => result.part === part),
          ),
        ),
      },
    ];
  });
}

function summaryOf(name: string, results: readonly WorldResult[]): ContenderSummary {
  const over = (figure: (result: WorldResult) => number | undefined): Spread | undefined =>
    spread(results.flatMap((result) => figure(result) ?? []));
  const histories = [...new Set(results.flatMap((result) => result.origins.map(({ history }) => history)))];
  const nominals = results[0]?.budgets ?? [];
  return {
    name,
    ap: over(({ whole }) => whole.ap),
    rowAp: over(({ whole }) => whole.rowAp),
    recallAt: BUDGETS.map((budget) => ({
      budget,
      recall: over(({ whole }) =>
        whole.events === 0 ? undefined : whole.recallAt.find((row) => row.budget === budget)?.recall,
      ),
    })),
    falseAlertsAt80: over(({ whole }) => whole.falseAlertsAt80),
    never80: results.filter(({ whole }) => whole.events > 0 && whole.falseAlertsAt80 === undefined).length,
    firstScanAp: over((result) => result.firstScanAp),
    origins: histories.map((history) => {
      const rankings = results.flatMap(
        ({ origins }) => origins.find((origin) => origin.history === history)?.ranking ?? [],
      );
      const withEvents = rankings.filter((ranking) => ranking.events > 0);
      return {
        history,
        events: rankings.reduce((sum, ranking) => sum + ranking.events, 0),
        ap: spread(withEvents.flatMap((ranking) => ranking.ap ?? [])),
        recall: spread(
          withEvents.flatMap(
            (ranking) => ranking.recallAt.find((row) => row.budget === ORIGIN_BUDGET)?.recall ?? [],
          ),
        ),
      };
    }),
    kinds: addUp(results.map((result) => result.kinds)),
    named: addUpNaming(results.map((result) => result.named)),
    leftOut: addUp(results.map((result) => result.leftOut)),
    budgets: nominals.map(({ nominal, feedback }) => {
      const same = results.flatMap(({ budgets }) =>
        budgets.filter((row) => row.nominal === nominal && row.feedback === feedback),
      );
      return {
        nominal,
        feedback,
        realised: spread(same.map((row) => row.realised)),
        recall: spread(same.map((row) => row.recall)),
      };
    }),
  };
}

function addUp(lists: readonly (readonly KindRecall[])[]): KindRecall[] {
  const sums = new Map<string, { events: number; found: number }>();
  for (const { kind, events, found } of lists.flat()) {
    const sum = sums.get(kind) ?? { events: 0, found: 0 };
    sums.set(kind, { events: sum.events + events, found: sum.found + found });
  }
  return Array.from(sums, ([kind, sum]) => ({ kind, ...sum })).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
}

function addUpNaming(lists: readonly (readonly KindNaming[])[]): KindNaming[] {
  const sums = new Map<string, { found: number; named: number; instead: Record<string, number> }>();
  for (const { kind, found, named, instead } of lists.flat()) {
    const sum = sums.get(kind) ?? { found: 0, named: 0, instead: {} };
    sums.set(kind, sum);
    sum.found += found;
    sum.named += named;
    for (const [channel, count] of Object.entries(instead))
      sum.instead[channel] = (sum.instead[channel] ?? 0) + count;
  }
  return Array.from(sums, ([kind, sum]) => ({ kind, ...sum })).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
}

/** Mean and sample standard deviation; undefined of nothing. */
export function spread(values: readonly number[]): Spread | undefined {
  const { length } = values;
  if (length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: length < 2 ? undefined : Math.sqrt(squares / (length - 1)), worlds: length };
}
