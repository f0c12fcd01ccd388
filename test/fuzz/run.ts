/*
 * Throws mutated inputs at one reader and prints what came of it:
 *   node --import tsx test/fuzz/run.ts --reader nmap-xml --count 100000 --seed 1
 * A crash is printed with its seed and index; `--from INDEX --count 1` sees it again, and the input
 * itself is written to the file that `--save` names.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { campaign, Crash, inputOf } from './campaign.ts';
import { TARGETS } from './targets.ts';

const { values } = parseArgs({
  options: {
    reader: { type: 'string', default: 'nmap-xml' },
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    save: { type: 'string' },
  },
});
const make = TARGETS[values.reader];
if (make === undefined)
  throw new Error(`no reader ${values.reader}; there are ${Object.keys(TARGETS).join(', ')}`);
const target = make();
const seed = Number(values.seed);
const highWater = (): string =>
  /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '?';
const before = highWater();
try {
  const result = campaign(target, Number(values.count), seed, Number(values.from));
  const slowest = inputOf(target, seed, result.slowestIndex);
  console.log(
    JSON.stringify({
      reader: values.reader,
      seed,
      executions: result.executions,
      perSecond: Math.round(result.executions / result.seconds),
      megabytes: Math.round(result.bytes / 1e6),
      problems: result.problems,
      faults: result.faults,
      slowest: {
        millis: Math.round(result.slowestMillis * 10) / 10,
        index: result.slowestIndex,
        bytes: slowest.length,
      },
      peakRssKb: { before: Number(before), after: Number(highWater()) },
    }),
  );
} catch (error) {
  if (!(error instanceof Crash)) throw error;
  if (values.save !== undefined) writeFileSync(values.save, error.input);
  console.error(`${values.reader} seed ${seed}: ${error.message}`);
  console.error(error.cause instanceof Error ? error.cause.stack : '');
  process.exitCode = 1;
}
