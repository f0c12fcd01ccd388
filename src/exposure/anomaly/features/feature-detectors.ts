import { fitIsolationForest } from '../../../stats/isolation-forest/fit.ts';
import { contributions, decide } from '../../../stats/isolation-forest/score.ts';
import { matrixOf, type Matrix } from '../../../stats/isolation-forest/matrix.ts';
import type { Census } from '../../model/census.ts';
import type { AnomalyDetector } from '../../model/surprise.ts';
import { FEATURES, featuresOf } from '../../model/feature-catalogue.ts';
import { FeatureHistory, type FeatureTable } from './features.ts';
import { seedLevel, seedRuleRisk, seedTotal } from './seed-risk.ts';

/** `random_state` and `contamination` of the seed design. */
const SEED = 42;
const CONTAMINATION = 0.1;

const SEED_COLUMNS = featuresOf('seed');
const FOREST_COLUMNS = featuresOf('temporal', 'peer');

/** The verdict of the seed's design on one host. */
export interface SeedVerdict {
  readonly index: number;
  /** 0–90. */
  readonly ruleRisk: number;
  /** `decision_function`: below 0 the forest calls the host an outlier. */
  readonly decision: number;
  /** 0–64. */
  readonly total: number;
  readonly level: 'low' | 'medium' | 'high';
  /** What each feature adds to the forest's verdict, most first; see `contributions`. */
  readonly reasons: readonly { readonly feature: string; readonly adds: number }[];
}

/** The first design of Tidemark exactly as it was written: its features, its forest, its blend, its levels. */
export function judgeAsSeed(table: FeatureTable): readonly SeedVerdict[] {
  if (table.rows.length === 0) return [];
  const matrix = scaled(columnsOf(table, SEED_COLUMNS));
  const forest = fitIsolationForest(matrix, { seed: SEED, contamination: CONTAMINATION });
  const decisions = decide(forest, matrix);
  return table.rows.map((features, index) => {
    const ruleRisk = seedRuleRisk(features);
    const decision = decisions[index]!;
    const total = seedTotal(ruleRisk, decision);
    const row = matrix.values.subarray(index * matrix.columns, (index + 1) * matrix.columns);
    const reasons = Array.from(contributions(forest, row).columns, (adds, column) => ({
      feature: FEATURES[SEED_COLUMNS[column]!]!.name,
      adds,
    }));
    return {
      index,
      ruleRisk,
      decision,
      total,
      level: seedLevel(total),
      reasons: reasons.toSorted((a, b) => b.adds - a.adds),
    };
  });
}

/** The seed's design as a detector: its total, and an alert wherever its forest says outlier. */
export class SeedDetector implements AnomalyDetector {
  readonly name = 'seed';
  readonly #history = new FeatureHistory();

  judge(census: Census): ReturnType<AnomalyDetector['judge']> {
    const verdicts = judgeAsSeed(this.#history.features(census));
    this.#history.learn(census);
    return verdicts.map(({ index, total, decision }) => ({ index, score: total, alert: decision < 0 }));
  }
}

/** An isolation forest on the temporal and peer features of each scan: what learning without structure can do. */
export class ForestDetector implements AnomalyDetector {
  readonly name = 'forest';
  readonly #history = new FeatureHistory();

  judge(census: Census): ReturnType<AnomalyDetector['judge']> {
    const table = this.#history.features(census);
    this.#history.learn(census);
    if (table.rows.length === 0) return [];
    const matrix = scaled(columnsOf(table, FOREST_COLUMNS));
    const decisions = decide(
      fitIsolationForest(matrix, { seed: SEED, contamination: CONTAMINATION }),
      matrix,
    );
    return Array.from(decisions, (decision, index) => ({ index, score: -decision, alert: decision < 0 }));
  }
}

function columnsOf(table: FeatureTable, columns: readonly number[]): readonly (readonly number[])[] {
  return table.rows.map((row) => columns.map((column) => row[column]!));
}

/** Standard scaling as scikit-learn's StandardScaler does it: mean 0, population deviation 1, constants only centred. */
function scaled(rows: readonly (readonly number[])[]): Matrix {
  const columns = rows[0]!.length;
  const scale = Array.from({ length: columns }, (_, column) => {
    const mean = rows.reduce((sum, row) => sum + row[column]!, 0) / rows.length;
    const variance = rows.reduce((sum, row) => sum + (row[column]! - mean) ** 2, 0) / rows.length;
    return { mean, deviation: variance === 0 ? 1 : Math.sqrt(variance) };
  });
  return matrixOf(
    rows.map((row) => row.map((value, column) => (value - scale[column]!.mean) / scale[column]!.deviation)),
    columns,
  );
}
