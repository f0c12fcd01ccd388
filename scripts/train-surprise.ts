/**
 * Fits the weights of the surprise model and prints `src/exposure/anomaly/learned-weights.ts`:
 *
 *     node --import tsx scripts/train-surprise.ts [--worlds 8] > src/exposure/anomaly/learned-weights.ts
 *     node --import tsx scripts/train-surprise.ts [--worlds 8] --each-kind > left-out.json
 *
 * Everything is seeded: the same options print the same file. It learns from training seeds of the estate's daily
 * histories alone; evaluation uses others. `--each-kind` fits once for every kind of event, without the rows that show it,
 * and prints all as JSON: what `tidemark evaluate assess --leave-out` reads.
 */
import { parseArgs } from 'node:util';
import { trainingWorld } from '../src/evaluate/assess/made-up-worlds.ts';
import { rowLabels } from '../src/evaluate/assess/row-labels.ts';
import { featureVector } from '../src/exposure/anomaly/host-surprise.ts';
import { SurpriseModel } from '../src/exposure/anomaly/surprise-model.ts';
import { CONTEXT, FEATURES, HAND_WEIGHTS, type SurpriseWeights } from '../src/exposure/anomaly/weights.ts';
import { portSeverity } from '../src/exposure/flow/port-severity.ts';

/** Censuses that are judged by hand weights, and so are no example for learned ones. */
const YOUNG = 3;
/** The least that learning may leave of a hand weight (`assessment.md`, formula 7). */
const FLOOR = 0.5;
/** Ridge penalty per standardised weight. */
const RIDGE = 1e-3;
const STEPS = 3_000;

/** Worlds of several sizes: what is learned must not rest on how many hosts there are. */
const SIZES = [1_500, 1_500, 500, 1_500];

interface Example {
  readonly values: readonly number[];
  /** Kinds of event that the row shows; none: harmless. */
  readonly kinds: readonly string[];
}

const { values: options } = parseArgs({
  options: { worlds: { type: 'string', default: '8' }, 'each-kind': { type: 'boolean', default: false } },
});

const examples: Example[] = [];
const severity = portSeverity();
for (let seed = 1; seed <= Number(options.worlds); seed += 1) {
  const hosts = SIZES[seed % SIZES.length]!;
  examples.push(...examplesOf(seed, hosts));
  process.stderr.write(`world ${seed}: ${hosts} hosts, ${examples.length} examples so far\n`);
}
process.stdout.write(options['each-kind'] ? weightsOfEach() : sourceOf(fit(examples)));

/** Rows with evidence of one world. Masked rows are neither right nor wrong and are no examples. */
function examplesOf(seed: number, hosts: number): Example[] {
  const world = trainingWorld(seed, hosts);
  const labels = rowLabels(world);
  const kindOf = new Map(world.events.map(({ id, kind }) => [id, kind]));
  const found: Example[] = [];
  let day = 0;
  const model = new SurpriseModel(
    { severity, budget: 2, weights: HAND_WEIGHTS },
    undefined,
    ({ index }, parts) => {
      const label = labels[day]?.get(world.scans[day]?.numbers[index] ?? -1);
      if (day < YOUNG || label === 'masked') return;
      const values = [...featureVector(parts), ...CONTEXT.map((name) => parts.context[name])];
      found.push({ values, kinds: (label ?? []).map((event) => kindOf.get(event) ?? '') });
    },
  );
  for (const { census } of world.scans) {
    model.observe(census);
    day += 1;
  }
  return found;
}

/**
 * Logistic regression by accelerated projected gradient (Beck, Teboulle, SIAM J. Imaging Sci. 2, 2009): weights of
 * features stay above their floor, those of the context are free, the bias is not penalised. Features are scaled to
 * unit deviation for the descent.
 */
function fit(rows: readonly Example[]): SurpriseWeights {
  const names = [...FEATURES, ...CONTEXT];
  const size = names.length;
  const bias = FEATURES.length;
  const deviations = names.map((_, column) => (column === bias ? 1 : deviationOf(rows, column)));
  // One array: a descent over rows of their own is a walk through memory.
  const scaled = new Float64Array(rows.length * size);
  for (const [index, { values }] of rows.entries())
    for (let column = 0; column < size; column += 1)
      scaled[index * size + column] = values[column]! / deviations[column]!;
  const events = Uint8Array.from(rows, ({ kinds }) => (kinds.length > 0 ? 1 : 0));
  const floors = names.map((_, column) =>
    column < bias ? FLOOR * HAND_WEIGHTS.features[FEATURES[column]!] * deviations[column]! : -Infinity,
  );
  const rate = 1 / (0.25 * largestEigenvalue(scaled, size) + RIDGE);
  let now = new Float64Array(size);
  now[bias] = HAND_WEIGHTS.context.bias;
  let ahead = now;
  for (let step = 0; step < STEPS; step += 1) {
    const slope = Float64Array.from(ahead, (weight, column) => (column === bias ? 0 : RIDGE * weight));
    for (let index = 0; index < rows.length; index += 1) {
      const from = index * size;
      const p = 1 / (1 + Math.exp(-dot(scaled, from, ahead)));
      const error = (p - events[index]!) / rows.length;
      for (let column = 0; column < size; column += 1) slope[column]! += error * scaled[from + column]!;
    }
    const next = ahead.map((weight, column) => Math.max(floors[column]!, weight - rate * slope[column]!));
    const momentum = step / (step + 3);
    ahead = next.map((weight, column) => weight + momentum * (weight - now[column]!));
    now = next;
  }
  const weight = (column: number): number => Number((now[column]! / deviations[column]!).toPrecision(4));
  return {
    features: Object.fromEntries(FEATURES.map((name, column) => [name, weight(column)])),
    context: Object.fromEntries(CONTEXT.map((name, column) => [name, weight(bias + column)])),
  } as unknown as SurpriseWeights;
}

function deviationOf(rows: readonly Example[], column: number): number {
  const mean = rows.reduce((sum, { values }) => sum + values[column]!, 0) / rows.length;
  const squares = rows.reduce((sum, { values }) => sum + (values[column]! - mean) ** 2, 0);
  return Math.sqrt(squares / rows.length) || 1;
}

/** Of the second moments, by power iteration: the steepest that the logistic loss can be, times four. */
function largestEigenvalue(scaled: Float64Array, size: number): number {
  let vector = new Float64Array(size).fill(1);
  let value = 0;
  for (let step = 0; step < 100; step += 1) {
    const next = new Float64Array(size);
    for (let from = 0; from < scaled.length; from += size) {
      const along = (dot(scaled, from, vector) * size) / scaled.length;
      for (let column = 0; column < size; column += 1) next[column]! += along * scaled[from + column]!;
    }
    value = Math.hypot(...next);
    vector = next.map((x) => x / value);
  }
  return value * 1.01;
}

/** Of a row that begins at `from`. */
function dot(rows: Float64Array, from: number, weights: Float64Array): number {
  let sum = 0;
  for (let column = 0; column < weights.length; column += 1) sum += rows[from + column]! * weights[column]!;
  return sum;
}

/** Weights that never saw a kind of event, by kind. */
function weightsOfEach(): string {
  const kinds = [...new Set(examples.flatMap((example) => example.kinds))].toSorted();
  const weights = kinds.map((kind) => {
    process.stderr.write(`without ${kind}\n`);
    return [kind, fit(examples.filter((example) => !example.kinds.includes(kind)))];
  });
  return `${JSON.stringify(Object.fromEntries(weights), undefined, 1)}\n`;
}

function sourceOf({ features, context }: SurpriseWeights): string {
  const lines = (record: Readonly<Record<string, number>>): string =>
    Object.entries(record)
      .map(([name, value]) => `    ${/^[a-z]+$/.test(name) ? name : `'${name}'`}: ${value},`)
      .join('\n');
  const events = examples.filter(({ kinds }) => kinds.length > 0).length;
  return `import type { SurpriseWeights } from './weights.ts';

/**
 * Weights that were learned; in force from the fourth scan on. A logistic regression with non-negative weights, none
 * below half of its hand weight, fitted by \`scripts/train-surprise.ts\` to ${options.worlds} made-up histories of 75 scans (daily
 * histories of the estate, training seeds 1 to ${options.worlds}, 500 to 1,500 hosts): ${examples.length} host-scans with evidence, ${events} of them
 * of planted events. No real network and no world of the evaluation took part. Made by that script; do not edit.
 */
export const LEARNED_WEIGHTS: SurpriseWeights = {
  features: {
${lines(features)}
  },
  context: {
${lines(context)}
  },
};
`;
}
