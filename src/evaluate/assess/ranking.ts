import { averagePrecision } from '../../stats/retrieval.ts';

/** A scored host-scan. */
export interface Scored {
  readonly score: number;
  /** Events that it shows; none: harmless. */
  readonly events: readonly number[];
}

/** How well a ranking puts events before harmless hosts. */
export interface Ranking {
  /** Events that had a scan to be seen in, found or not. */
  readonly events: number;
  /** Hosts listed in the scans: what false alerts are counted against. */
  readonly hostScans: number;
  /** Average precision; undefined without an event. */
  readonly ap: number | undefined;
  /** The same with every host-scan that shows an event as an item of its own, and its total. */
  readonly rowAp: number | undefined;
  /** Share of events found before more than 1, 2, 5 false alerts per 1,000 host-scans. */
  readonly recallAt: readonly {
    readonly budget: number;
    readonly recall: number;
    readonly found: readonly number[];
  }[];
  /** False alerts per 1,000 host-scans at the score where four events in five are found; undefined: never. */
  readonly falseAlertsAt80: number | undefined;
}

/** False alerts per 1,000 host-scans at which recall is read. */
export const BUDGETS = [1, 2, 5] as const;
/** What "most events" means in the tables. */
const MOST = 0.8;

/**
 * Measures a ranking. An event counts once, at its highest score; every harmless host-scan is a false alert by itself.
 * Events that were never scored stay in the denominator. Ties are taken whole: a detector that knows three scores has
 * three operating points.
 */
export function rank(
  scored: readonly Scored[],
  visible: ReadonlySet<number>,
  hostScans: number,
  eventRows: number,
): Ranking {
  const best = new Map<number, number>();
  const harmless: number[] = [];
  for (const { score, events } of scored) {
    if (events.length === 0) harmless.push(score);
    for (const event of events) best.set(event, Math.max(best.get(event) ?? -Infinity, score));
  }
  const rows = scored.filter((row) => row.events.length > 0).map((row) => row.score);
  const found = [...best].toSorted((a, b) => b[1] - a[1]);
  const falseScores = harmless.toSorted((a, b) => b - a);
  const recallAt = BUDGETS.map((budget) => {
    const threshold = thresholdAt(falseScores, (budget * hostScans) / 1000);
    const within = found.filter(([, score]) => score > threshold).map(([event]) => event);
    return { budget, recall: visible.size === 0 ? 0 : within.length / visible.size, found: within };
  });
  return {
    events: visible.size,
    hostScans,
    ap: precision(
      found.map(([, score]) => score),
      harmless,
      visible.size,
    ),
    rowAp: precision(rows, harmless, eventRows),
    recallAt,
    falseAlertsAt80: falseAlertsAt(found, falseScores, visible.size, hostScans),
  };
}

/** The largest score that must not be alerted on so that at most `allowed` harmless scores lie above; −∞ when all may. */
function thresholdAt(descending: readonly number[], allowed: number): number {
  return descending[Math.floor(allowed)] ?? -Infinity;
}

/** Average precision where only `right` of `total` were ranked at all: the rest is never found. */
function precision(right: readonly number[], wrong: readonly number[], total: number): number | undefined {
  if (total === 0) return undefined;
  if (right.length === 0) return 0;
  const ranked = averagePrecision(
    [...right.map(() => true), ...wrong.map(() => false)],
    Float64Array.from([...right, ...wrong]),
  );
  return (ranked * right.length) / total;
}

function falseAlertsAt(
  found: readonly (readonly [event: number, score: number])[],
  descending: readonly number[],
  events: number,
  hostScans: number,
): number | undefined {
  const needed = Math.ceil(MOST * events - 1e-9);
  const last = found[needed - 1];
  if (last === undefined || hostScans === 0) return undefined;
  return (1000 * descending.filter((score) => score >= last[1]).length) / hostScans;
}
