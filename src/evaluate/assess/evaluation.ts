import { averagePrecision } from '../../stats/retrieval.ts';
import type { Contender } from './contender.ts';
import { countAlerts, play, rankWindow, windowTruth, type Judged, type Window } from './play.ts';
import { namingByKind, type KindNaming } from './naming.ts';
import { BUDGETS, type Ranking } from './ranking.ts';
import { rowLabels, type RowLabels } from './row-labels.ts';
import type { World } from './world.ts';

/** Scans of history before a test window, and how many scans it has (`assessment.md`, how quality is measured). */
export const ORIGINS = [1, 3, 7, 14, 30, 60] as const;
export const WINDOW_SCANS = 15;
/**
 * The headline counts from this scan on, in short worlds from half of them: before, the model says itself that it only
 * ranks (`assessment.md`, cold start: budget alerts after about ten scans).
 */
export const WARM_SCANS = 10;
/** The false alerts per 1,000 host-scans at which recall by kind is read. */
const KIND_BUDGET = 2;

/** Recall of one kind of event. */
export interface KindRecall {
  readonly kind: string;
  readonly events: number;
  readonly found: number;
}

/** What was measured of one detector on one world. */
export interface WorldResult {
  readonly world: string;
  readonly part: World['part'];
  /** Scans from WARM_SCANS on. */
  readonly whole: Ranking;
  /** By scans of history: only events that begin inside the window count. */
  readonly origins: readonly { readonly history: number; readonly ranking: Ranking }[];
  /** Found at 2 false alerts per 1,000 host-scans. */
  readonly kinds: readonly KindRecall[];
  /** Of those, whose explanation names them; empty of detectors that do not explain. */
  readonly named: readonly KindNaming[];
  /** Average precision over the hosts of a first scan, of a detector that has seen nothing before. */
  readonly firstScanAp: number | undefined;
  /** Nominal against realised; only of detectors that decide by a budget. */
  readonly budgets: readonly BudgetResult[];
  /** Recall of each kind with weights that were learned without it; only where something is learned. */
  readonly leftOut: readonly KindRecall[];
}

/** What a budget of alerts came to. */
export interface BudgetResult {
  readonly nominal: number;
  /** Verdicts on alerts were told back after each scan. */
  readonly feedback: boolean;
  /** False alerts per 1,000 host-scans. */
  readonly realised: number;
  readonly recall: number;
}

/** One row of the tables. */
export interface ContenderResult {
  readonly name: string;
  readonly rule: string;
  readonly worlds: readonly WorldResult[];
}

/** What to spend time on. */
export interface AssessEvaluationOptions {
  /** Budgets with and without feedback: six more passes of every detector that has a budget. */
  readonly budgets: boolean;
  /** Told before each pass, and waited for: a pass takes seconds, and whoever wants to stop must get a word in. */
  readonly onPass?: (world: string, contender: string) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** What was measured. */
export interface AssessEvaluation {
  readonly worlds: readonly {
    readonly name: string;
    readonly part: World['part'];
    readonly scans: number;
    readonly hostScans: number;
    readonly events: number;
  }[];
  readonly contenders: readonly ContenderResult[];
}

/** Shows every world to every contender. One world is in memory at a time. */
export async function evaluateAssess(
  worlds: AsyncIterable<World>,
  contenders: readonly Contender[],
  options: AssessEvaluationOptions,
): Promise<AssessEvaluation> {
  const results = contenders.map(({ name, rule }) => ({ name, rule, worlds: [] as WorldResult[] }));
  const seen: AssessEvaluation['worlds'][number][] = [];
  for await (const world of worlds) {
    const labels = rowLabels(world);
    seen.push({
      name: world.name,
      part: world.part,
      scans: world.scans.length,
      hostScans: world.scans.reduce((sum, { census }) => sum + census.hosts.length, 0),
      events: world.events.length,
    });
    for (const [index, contender] of contenders.entries()) {
      results[index]?.worlds.push(await evaluateOne(world, labels, contender, options));
    }
  }
  return { worlds: seen, contenders: results };
}

async function evaluateOne(
  world: World,
  labels: RowLabels,
  contender: Contender,
  options: AssessEvaluationOptions,
): Promise<WorldResult> {
  const pass = async (made: Contender, budget: number, feedback: boolean): Promise<Judged> => {
    await options.onPass?.(world.name, contender.name);
    options.signal?.throwIfAborted();
    return play(world, labels, made.make(budget), feedback);
  };
  const scans = world.scans.length;
  const warm: Window = { from: Math.min(WARM_SCANS, Math.floor(scans / 2)), to: scans };
  const judged = await pass(contender, KIND_BUDGET, false);
  const whole = rankWindow(judged, labels, warm);
  const explains = judged.some(({ rows }) => rows.some(({ top }) => top !== undefined));
  return {
    world: world.name,
    part: world.part,
    whole,
    origins: ORIGINS.filter((history) => history < scans).map((history) => ({
      history,
      ranking: rankWindow(judged, labels, { from: history, to: Math.min(scans, history + WINDOW_SCANS) }),
    })),
    kinds: recallByKind(world, labels, warm, whole),
    named: explains ? namingByKind(world, judged, warm, foundAt(whole, KIND_BUDGET)) : [],
    firstScanAp: firstScanAp(world, labels, contender),
    budgets:
      options.budgets && contender.budgeted ? await budgetsOf(pass, contender, judged, labels, warm) : [],
    leftOut: await leftOutOf(pass, contender, world, labels, warm),
  };
}

/** Plays the world once more with a contender. */
type Pass = (made: Contender, budget: number, feedback: boolean) => Promise<Judged>;

async function budgetsOf(
  pass: Pass,
  contender: Contender,
  judged: Judged,
  labels: RowLabels,
  window: Window,
): Promise<BudgetResult[]> {
  const results: BudgetResult[] = [];
  for (const nominal of BUDGETS) {
    for (const feedback of [false, true]) {
      const same = nominal === KIND_BUDGET && !feedback;
      const played = same ? judged : await pass(contender, nominal, feedback);
      const { hostScans, falseAlerts, events, found } = countAlerts(played, labels, window);
      results.push({
        nominal,
        feedback,
        realised: hostScans === 0 ? 0 : (1000 * falseAlerts) / hostScans,
        recall: events === 0 ? 0 : found / events,
      });
    }
  }
  return results;
}

async function leftOutOf(
  pass: Pass,
  contender: Contender,
  world: World,
  labels: RowLabels,
  window: Window,
): Promise<KindRecall[]> {
  const results: KindRecall[] = [];
  for (const kind of kindsOf(world)) {
    const other = contender.without?.(kind);
    if (other === undefined) continue;
    const ranking = rankWindow(await pass(other, KIND_BUDGET, false), labels, window);
    results.push(...recallByKind(world, labels, window, ranking).filter((row) => row.kind === kind));
  }
  return results;
}

function kindsOf(world: World): string[] {
  return [...new Set(world.events.map((event) => event.kind))].toSorted();
}

function foundAt(ranking: Ranking, wanted: number): readonly number[] {
  return ranking.recallAt.find(({ budget }) => budget === wanted)?.found ?? [];
}

function recallByKind(world: World, labels: RowLabels, window: Window, ranking: Ranking): KindRecall[] {
  const { events } = windowTruth(labels, window);
  const found = new Set(foundAt(ranking, KIND_BUDGET));
  return kindsOf(world).flatMap((kind) => {
    const ids = world.events.filter((event) => event.kind === kind && events.has(event.id));
    return ids.length === 0
      ? []
      : [{ kind, events: ids.length, found: ids.filter((event) => found.has(event.id)).length }];
  });
}

/**
 * What a detector makes of the first scan it ever sees, when what was planted is already there: over scans of the
 * profile that the world begins with, average precision of the hosts that show an event. Hosts without a score rank
 * last, all equal. Averaged over the scans.
 */
function firstScanAp(world: World, labels: RowLabels, contender: Contender): number | undefined {
  const profile = world.scans[0]?.census.profile;
  const values: number[] = [];
  const shows = new Set(world.events.flatMap((event) => event.rows.map(([scan, host]) => `${scan} ${host}`)));
  for (const [scan, { census, numbers }] of world.scans.entries()) {
    if (census.profile !== profile) continue;
    const scores = new Map(
      contender
        .make(KIND_BUDGET)
        .judge(census)
        .map(({ index, score }) => [index, score]),
    );
    const positive: boolean[] = [];
    const ranked: number[] = [];
    for (const [index, number] of numbers.entries()) {
      const shown = shows.has(`${scan} ${number}`);
      if (!shown && labels[scan]?.get(number) === 'masked') continue;
      positive.push(shown);
      ranked.push(scores.get(index) ?? -Number.MAX_VALUE);
    }
    if (positive.includes(true)) values.push(averagePrecision(positive, ranked));
  }
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Whether, with feedback, no budget was overdrawn on average over the worlds of a part: what the model promises of a
 * budget. True when nothing that has a budget took part.
 */
export function budgetsHeld(evaluation: AssessEvaluation): boolean {
  return evaluation.contenders.every(({ worlds }) =>
    (['given', 'made-up'] as const).every((part) => {
      const rows = worlds
        .filter((world) => world.part === part)
        .flatMap((world) => world.budgets.filter((row) => row.feedback));
      return BUDGETS.every((nominal) => {
        const same = rows.filter((row) => row.nominal === nominal);
        return same.reduce((sum, row) => sum + row.realised, 0) <= nominal * same.length;
      });
    }),
  );
}
