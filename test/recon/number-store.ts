import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WatchedInput, WatchPorts } from '../../src/recon/flow/watch.ts';
import type { Checkpoint } from '../../src/recon/source/checkpoint.ts';
import { fromMillis } from '../../src/time/instant.ts';

/** A line of a log, a record for each number. */
export function numberedLine(number: number): string {
  return `{"timestamp":"2026-11-22T00:00:00.000000+0000","flow_id":${number},"event_type":"flow","pad":"${'x'.repeat(60)}"}\n`;
}

/** The number of a line that numberedLine wrote; NaN of anything else. */
export function numberOf(line: string): number {
  return Number(/^\{"timestamp":"[^"]+","flow_id":(\d+),.*x"\}$/.exec(line)?.[1] ?? Number.NaN);
}

/** A store of numbers in two files of a folder, which a killed process leaves as they are: what was flushed, and checkpoints. */
export class NumberStore {
  readonly #records: string;
  readonly #checkpoints: string;

  constructor(folder: string) {
    this.#records = join(folder, 'records');
    this.#checkpoints = join(folder, 'checkpoints');
  }

  /** In the order in which they were stored. What a kill cut short was never acknowledged and is not there. */
  get numbers(): number[] {
    if (!existsSync(this.#records)) return [];
    return readFileSync(this.#records, 'utf8')
      .split('\n')
      .filter((line) => /^\d+;$|^NaN;$/.test(line))
      .map((line) => Number(line.slice(0, -1)));
  }

  get checkpoints(): Checkpoint[] {
    if (!existsSync(this.#checkpoints)) return [];
    return JSON.parse(readFileSync(this.#checkpoints, 'utf8')) as Checkpoint[];
  }

  /** The break before ends what a kill may have cut short. */
  insert(numbers: readonly number[]): void {
    if (numbers.length > 0)
      appendFileSync(this.#records, `\n${numbers.map((number) => `${number};\n`).join('')}`);
  }

  save(checkpoints: readonly Checkpoint[]): void {
    const all = new Map(this.checkpoints.map((checkpoint) => [checkpoint.key, checkpoint]));
    for (const checkpoint of checkpoints) all.set(checkpoint.key, checkpoint);
    writeFileSync(`${this.#checkpoints}.new`, JSON.stringify([...all.values()]));
    renameSync(`${this.#checkpoints}.new`, this.#checkpoints);
  }
}

/** Brings numbers into a store; like a reader that stitches flows, it holds every seventh until five more have come. */
export class NumberInput implements WatchedInput {
  readonly #store: NumberStore;
  readonly #held = new Map<number, number>();
  #batch: number[] = [];
  #line: number;
  #records = 0;

  constructor(store: NumberStore, line: number) {
    this.#store = store;
    this.#line = line;
  }

  get heldFrom(): number | undefined {
    return [...this.#held.keys()][0];
  }

  get tally(): WatchedInput['tally'] {
    const last = this.#records === 0 ? undefined : fromMillis(Date.UTC(2026, 10, 22) + this.#records);
    return { records: { flow: this.#records, app: 0, alert: 0, process: 0 }, problems: 0, last };
  }

  async add(lines: readonly string[]): Promise<void> {
    for (const text of lines) {
      this.#line += 1;
      this.#records += 1;
      if (this.#line % 7 === 0) this.#held.set(this.#line, numberOf(text));
      else this.#batch.push(numberOf(text));
      for (const [line, number] of this.#held) {
        if (line > this.#line - 5) break;
        this.#held.delete(line);
        this.#batch.push(number);
      }
    }
  }

  async flush(): ReturnType<WatchedInput['flush']> {
    this.#store.insert(this.#batch);
    const sources = new Map([
      ['::ffff:192.0.2.1', { records: this.#batch.length, failed: 0, alerts: 0 }] as const,
    ]);
    const empty = this.#batch.length === 0;
    this.#batch = [];
    return (empty ? new Map() : sources) as Awaited<ReturnType<WatchedInput['flush']>>;
  }

  end(): ReturnType<WatchedInput['end']> {
    this.#batch.push(...this.#held.values());
    this.#held.clear();
    return this.flush();
  }
}

/** The ports of a watch into a store of numbers. */
export function numberPorts(store: NumberStore): WatchPorts {
  return {
    clock: () => fromMillis(Date.now()),
    open: (file) => new NumberInput(store, file.from.line),
    saveCheckpoints: async (checkpoints) => store.save(checkpoints),
    judge: async () => [],
  };
}
