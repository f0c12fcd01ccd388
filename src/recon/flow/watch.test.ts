import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NumberInput, NumberStore, numberedLine, numberPorts } from '../../../test/recon/number-store.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Episode } from '../model/episode.ts';
import { watch, type WatchEvent, type WatchOptions, type WatchPorts } from './watch.ts';

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => numberedLine(from + index)).join('');
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

let folder: string;
let store: NumberStore;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-'));
  store = new NumberStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Watches until `enough` says so after an event, then stops in good order. Gives all events. */
async function watched(
  enough: (events: readonly WatchEvent[]) => boolean,
  ports: Partial<WatchPorts> = {},
  options: Partial<WatchOptions> = {},
): Promise<WatchEvent[]> {
  const stop = new AbortController();
  const events: WatchEvent[] = [];
  const quick = { pollMilliseconds: 10, quietMilliseconds: 40, settleMilliseconds: 0, flushMilliseconds: 20 };
  const all = {
    ...quick,
    latenessSeconds: 30,
    checkpoints: store.checkpoints,
    ...options,
    signal: stop.signal,
  };
  for await (const event of watch([at('eve.json')], { ...numberPorts(store), ...ports }, all)) {
    events.push(event);
    if (enough(events)) stop.abort();
  }
  return events;
}

describe('watch', () => {
  test('stores what is there and what comes, and goes on there after a stop', async () => {
    writeFileSync(at('eve.json'), lines(0, 100));
    await watched(() => store.numbers.length >= 90);
    appendFileSync(at('eve.json'), lines(100, 200));
    await watched(() => new Set(store.numbers).size >= 190);
    const stored = store.numbers;
    // What a reader held at the stop was read again; the rest once.
    expect(sorted([...new Set(stored)])).toEqual(
      numbers(0, Math.max(...stored) + 1).filter((number) => stored.includes(number)),
    );
    expect(new Set(stored).size).toBeGreaterThanOrEqual(195);
    expect(stored.length - new Set(stored).size).toBeLessThan(100);
  });

  test('a checkpoint comes after what it speaks of, and never passes over a line that is held', async () => {
    writeFileSync(at('eve.json'), lines(0, 500));
    let input: NumberInput | undefined;
    const broken: string[] = [];
    const ports = numberPorts(store);
    await watched(() => store.numbers.length >= 490, {
      open: (file) => {
        input = new NumberInput(store, file.from.line);
        return input;
      },
      saveCheckpoints: async (checkpoints) => {
        const stored = new Set(store.numbers);
        for (const { line } of checkpoints) {
          if (!numbers(0, line).every((number) => stored.has(number)))
            broken.push(`line ${line} is not stored`);
          if (input?.heldFrom !== undefined && line >= input.heldFrom)
            broken.push(`line ${line} is past a held one`);
        }
        await ports.saveCheckpoints(checkpoints);
      },
    });
    expect(broken).toEqual([]);
    expect(store.checkpoints).toHaveLength(1);
  });

  test('what a reader holds is stored when its file ends', async () => {
    writeFileSync(at('eve.json'), lines(0, 50));
    await watched(() => {
      if (store.numbers.length >= 45 && store.checkpoints[0]?.path.endsWith('eve.json') === true) {
        try {
          renameSync(at('eve.json'), at('eve.json.1'));
        } catch {
          // Done before.
        }
      }
      return store.checkpoints.some(({ ended }) => ended);
    });
    expect(sorted(store.numbers)).toEqual(numbers(0, 50));
  });

  test('judges the sources that something came of, and everything once more at the end', async () => {
    writeFileSync(at('eve.json'), lines(0, 10));
    const rounds: string[] = [];
    const episode = { id: '00' } as Episode;
    const events = await watched((seen) => seen.some((event) => event.kind === 'episodes'), {
      judge: async ({ kind, sources, newest, completeBefore }) => {
        rounds.push(`${kind}: ${[...sources.keys()].join(' ')}`);
        if (kind === 'live') expect(newest! - completeBefore!).toBe(30e6);
        return kind === 'live' ? [episode] : [];
      },
    });
    expect(rounds[0]).toBe(`live: ${'::ffff:192.0.2.1' as IpAddress}`);
    expect(rounds.at(-1)).toMatch(/^last:/);
    expect(events.filter((event) => event.kind === 'episodes')).toEqual([
      { kind: 'episodes', episodes: [episode] },
    ]);
    const status = events.at(-1);
    expect(status).toMatchObject({
      kind: 'status',
      status: { files: 1, lines: 10, records: 10, episodes: 1, waitingBytes: 0 },
    });
  });

  test.each(['flush', 'saveCheckpoints', 'judge'] as const)(
    'a failure of %s stops it, and the next start loses nothing',
    async (where) => {
      for (let start = 0; start < 6; start += 1) {
        appendFileSync(at('eve.json'), lines(start * 40, start * 40 + 40));
        const ports = numberPorts(store);
        let calls = 0;
        const fail = async (): Promise<void> => {
          calls += 1;
          if (calls > start % 3) throw new Error('the store is gone');
        };
        const failing: Partial<WatchPorts> = {
          open: (file) => {
            const input = new NumberInput(store, file.from.line);
            if (where === 'flush') {
              const flush = input.flush.bind(input);
              input.flush = async () => {
                await fail();
                return flush();
              };
            }
            return input;
          },
          saveCheckpoints: async (checkpoints) => {
            if (where === 'saveCheckpoints') await fail();
            await ports.saveCheckpoints(checkpoints);
          },
          judge: async () => {
            if (where === 'judge') await fail();
            return [];
          },
        };
        let statuses = 0;
        const enough = (): boolean => (statuses += 1) > 8;
        await watched(enough, failing).catch((error: Error) =>
          expect(error.message).toBe('the store is gone'),
        );
      }
      renameSync(at('eve.json'), at('eve.json.1'));
      await watched(() => store.checkpoints.some(({ ended }) => ended));
      expect(sorted([...new Set(store.numbers)])).toEqual(numbers(0, 240));
    },
  );

  test('a pipe: its end is the end, and all of it is stored', async () => {
    const stdin = new PassThrough();
    stdin.end(lines(0, 30));
    const signal = new AbortController().signal;
    for await (const event of watch(['-'], numberPorts(store), {
      signal,
      stdin,
      latenessSeconds: 0,
      pollMilliseconds: 10,
    })) {
      expect(['status']).toContain(event.kind);
    }
    expect(sorted(store.numbers)).toEqual(numbers(0, 30));
    expect(store.checkpoints).toEqual([]);
  });
});
