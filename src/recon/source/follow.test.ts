import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Checkpoint } from './checkpoint.ts';
import { follow, type FollowOptions } from './follow.ts';
import type { FollowEvent } from './follow-event.ts';

const line = (n: number | string): string =>
  `{"timestamp":"2026-11-22T00:00:00.000000+0000","flow_id":${n},"event_type":"flow","src_ip":"192.0.2.1","pad":"${'x'.repeat(60)}"}\n`;
const linesOf = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => line(from + index)).join('');
/** The number of a line, as `line` wrote it. */
const numberOf = (text: string): number => Number(/"flow_id":(\d+)/.exec(text)?.[1] ?? Number.NaN);
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

let folder: string;
let running: Following[];
const at = (name: string): string => join(folder, name);
const write = (name: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'follow-'));
  running = [];
});
afterEach(async () => {
  for (const following of running) await following.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A follower at work, and everything that it gave. */
class Following {
  readonly events: FollowEvent[] = [];
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #changed: (() => void) | undefined;

  constructor(targets: readonly string[], options: Partial<FollowOptions> = {}) {
    const quick = { pollMilliseconds: 30, quietMilliseconds: 80, settleMilliseconds: 0 };
    this.#done = this.#run(
      follow(
        targets.map((target) => (target === '-' ? target : at(target))),
        { ...quick, ...options, signal: this.#stop.signal },
      ),
    );
    running.push(this);
  }

  async #run(events: AsyncGenerator<FollowEvent>): Promise<void> {
    for await (const event of events) {
      this.events.push(event);
      this.#changed?.();
    }
  }

  get numbers(): number[] {
    return this.events.flatMap((event) => (event.kind === 'lines' ? event.lines.map(numberOf) : []));
  }

  get problems(): string[] {
    return this.events.flatMap((event) => (event.kind === 'problem' ? [event.problem.code] : []));
  }

  get opened(): string[] {
    return this.events.flatMap((event) =>
      event.kind === 'opened' ? [event.file.name.replace(`${folder}/`, '')] : [],
    );
  }

  /** The last of each key. */
  get checkpoints(): Checkpoint[] {
    const last = new Map<string, Checkpoint>();
    for (const event of this.events) {
      const checkpoint = 'checkpoint' in event ? event.checkpoint : undefined;
      if (checkpoint !== undefined) last.set(checkpoint.key, checkpoint);
    }
    return [...last.values()];
  }

  async until(what: () => boolean): Promise<void> {
    while (!what()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** Until everything written so far has been given: two looks without news. */
  async quiet(): Promise<void> {
    const before = this.events.length;
    const still = (): boolean => {
      const since = this.events.slice(before);
      return since.length >= 3 && since.slice(-3).every((event) => event.kind === 'quiet');
    };
    await this.until(still);
  }

  async ended(count = 1): Promise<void> {
    await this.until(() => this.events.filter((event) => event.kind === 'ended').length >= count);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  /** Ends by itself. */
  done(): Promise<void> {
    return this.#done;
  }
}

describe('following a file', () => {
  test('gives what is there and what is added, with positions that meet', async () => {
    write('eve.json', linesOf(0, 3));
    const following = new Following(['eve.json']);
    await following.quiet();
    for (let n = 3; n < 20; n += 1) {
      appendFileSync(at('eve.json'), line(n));
      await following.until(() => following.numbers.length === n + 1);
    }
    expect(following.numbers).toEqual(numbers(0, 20));
    const batches = following.events.filter((event) => event.kind === 'lines');
    for (const [index, batch] of batches.entries()) {
      expect(batch.to.line - batch.from.line).toBe(batch.lines.length);
      expect(batch.from).toEqual(index === 0 ? { offset: 0, line: 0 } : batches[index - 1]?.to);
      expect(batch.checkpoint).toMatchObject({ offset: batch.to.offset, line: batch.to.line, ended: false });
    }
  });

  test('waits for a file that is not there yet', async () => {
    const following = new Following(['logs/eve.json']);
    await following.quiet();
    expect(following.events.filter((event) => event.kind === 'skipped').map((event) => event.why)).toEqual([
      'it is not there yet and is waited for',
    ]);
    write('logs/eve.json', line(0));
    await following.until(() => following.numbers.length === 1);
  });

  test('never gives half a line, and no line twice because of it', async () => {
    write('eve.json', line(0) + line(1).slice(0, 40));
    const following = new Following(['eve.json']);
    await following.quiet();
    expect(following.numbers).toEqual([0]);
    appendFileSync(at('eve.json'), line(1).slice(40));
    await following.until(() => following.numbers.length === 2);
    expect(following.numbers).toEqual([0, 1]);
  });

  test('waits with its judgement until the first line is whole', async () => {
    write('eve.json', line(0).slice(0, 30));
    const following = new Following(['eve.json']);
    await following.quiet();
    expect(following.events.every((event) => event.kind === 'quiet')).toBe(true);
    appendFileSync(at('eve.json'), line(0).slice(30));
    await following.until(() => following.numbers.length === 1);
  });

  test('says once that a file is in no known format, and reads it when its format shows', async () => {
    write('x.log', 'What is this?\n');
    const following = new Following(['x.log']);
    await following.quiet();
    const skipped = following.events.filter((event) => event.kind === 'skipped');
    expect(skipped.map((event) => event.why)).toEqual([
      'in no known format: it holds text that begins with “What is this?”',
    ]);
    appendFileSync(at('x.log'), line(7));
    await following.until(() => following.numbers.length === 2);
    expect(following.numbers).toEqual([Number.NaN, 7]);
  });
});

describe('rotation', () => {
  test('by renaming: the old file to its end, also what comes late, then the new one', async () => {
    write('eve.json', linesOf(0, 3));
    const following = new Following(['eve.json']);
    await following.quiet();
    appendFileSync(at('eve.json'), line(3));
    renameSync(at('eve.json'), at('eve.json.1'));
    appendFileSync(at('eve.json.1'), line(4));
    write('eve.json', linesOf(6, 8));
    await following.until(() => following.numbers.includes(7));
    appendFileSync(at('eve.json.1'), line(5).trimEnd());
    await following.ended();
    expect(following.numbers.toSorted((a, b) => a - b)).toEqual(numbers(0, 8));
    expect(following.numbers.indexOf(4)).toBeLessThan(following.numbers.indexOf(6));
    expect(following.problems).toEqual([]);
  });

  test('by renaming, in a directory that is followed: the renamed file is not read again', async () => {
    write('logs/eve.json', linesOf(0, 20));
    const following = new Following(['logs']);
    await following.quiet();
    renameSync(at('logs/eve.json'), at('logs/eve.json.1'));
    write('logs/eve.json', linesOf(20, 40));
    await following.ended();
    await following.quiet();
    expect(following.numbers).toEqual(numbers(0, 40));
  });

  test('several times, each time compressed', async () => {
    write('logs/eve.json', linesOf(0, 20));
    const following = new Following(['logs']);
    for (let turn = 1; turn < 4; turn += 1) {
      await following.until(() => following.numbers.length === turn * 20);
      renameSync(at('logs/eve.json'), at(`logs/eve.json-2026112${turn}`));
      write('logs/eve.json', linesOf(turn * 20, turn * 20 + 20));
      const old = linesOf(turn * 20 - 20, turn * 20);
      write(`logs/eve.json-2026112${turn}.gz`, gzipSync(old));
      rmSync(at(`logs/eve.json-2026112${turn}`));
    }
    await following.ended(3);
    await following.quiet();
    expect(following.numbers).toEqual(numbers(0, 80));
  });

  test('by copying and truncating: the rest comes from the copy', async () => {
    write('eve.json', linesOf(0, 20));
    const following = new Following(['eve.json'], { pollMilliseconds: 300 });
    await following.quiet();
    appendFileSync(at('eve.json'), linesOf(20, 23));
    copyFileSync(at('eve.json'), at('eve.json.1'));
    truncateSync(at('eve.json'));
    appendFileSync(at('eve.json'), linesOf(23, 26));
    await following.until(() => following.numbers.includes(25));
    await following.ended();
    await following.quiet();
    expect(following.numbers.toSorted((a, b) => a - b)).toEqual(numbers(0, 26));
    expect(following.problems).toEqual([]);
  });

  test('by truncating alone: said, and read from the start', async () => {
    write('eve.json', linesOf(0, 20));
    const following = new Following(['eve.json']);
    await following.quiet();
    truncateSync(at('eve.json'));
    appendFileSync(at('eve.json'), linesOf(20, 22));
    await following.until(() => following.numbers.includes(21));
    expect(following.numbers).toEqual(numbers(0, 22));
    expect(following.problems).toEqual(['source/truncated']);
  });

  test('a truncated file that has grown past where we were is seen by how it begins', async () => {
    write('eve.json', linesOf(0, 20));
    const following = new Following(['eve.json'], { pollMilliseconds: 500 });
    await following.quiet();
    writeFileSync(at('eve.json'), linesOf(100, 150));
    await following.until(() => following.numbers.includes(149));
    expect(following.numbers).toEqual([...numbers(0, 20), ...numbers(100, 150)]);
    expect(following.problems).toEqual(['source/truncated']);
  });

  test('dated names: what appears in a directory or matches a pattern', async () => {
    write('logs/eve-2026-11-21.json', linesOf(0, 2));
    write('logs/other.txt', linesOf(100, 102));
    const following = new Following(['logs/eve-*.json']);
    await following.quiet();
    write('logs/eve-2026-11-22.json', linesOf(2, 4));
    appendFileSync(at('logs/eve-2026-11-22.json'), line(4));
    await following.until(() => following.numbers.length === 5);
    expect(following.numbers).toEqual(numbers(0, 5));
  });

  test('a deleted file is read to its end, its last line too', async () => {
    write('eve.json', linesOf(0, 2) + line(2).trimEnd());
    const following = new Following(['eve.json']);
    await following.quiet();
    expect(following.numbers).toEqual([0, 1]);
    rmSync(at('eve.json'));
    await following.ended();
    expect(following.numbers).toEqual([0, 1, 2]);
    write('eve.json', linesOf(3, 4));
    await following.until(() => following.numbers.includes(3));
  });

  test('a file that was closed for long stillness goes on where it was', async () => {
    write('eve.json', linesOf(0, 2) + line(2).slice(0, 20));
    const following = new Following(['eve.json'], { restMilliseconds: 50 });
    await following.ended();
    appendFileSync(at('eve.json'), line(2).slice(20) + line(3));
    await following.until(() => following.numbers.includes(3));
    expect(following.numbers).toEqual(numbers(0, 4));
  });
});

test('of more files than may be open at once each gets its turn, and what is written then too', async () => {
  for (let file = 0; file < 300; file += 1) write(`logs/eve-${file}.json`, line(file));
  const following = new Following(['logs']);
  await following.until(() => following.numbers.length >= 300);
  appendFileSync(at('logs/eve-7.json'), line(300));
  await following.until(() => following.numbers.includes(300));
  expect(following.numbers.toSorted((a, b) => a - b)).toEqual(numbers(0, 301));
});

describe('compressed files', () => {
  test('are read when they appear, once', async () => {
    mkdirSync(at('logs'));
    const following = new Following(['logs']);
    await following.quiet();
    write('logs/eve.1.json.gz', gzipSync(linesOf(0, 3)));
    await following.ended();
    await following.quiet();
    expect(following.numbers).toEqual(numbers(0, 3));
    expect(following.checkpoints).toMatchObject([{ offset: linesOf(0, 3).length, line: 3, ended: true }]);
  });

  test('that are still being written are waited for', async () => {
    const whole = gzipSync(linesOf(0, 5000));
    write('eve.json.gz', whole.subarray(0, whole.length / 2));
    const following = new Following(['eve.json.gz']);
    await following.until(() => following.numbers.length > 100);
    await following.ended();
    write('eve.json.gz', whole);
    await following.until(() => following.numbers.includes(4999));
    expect(following.numbers).toEqual(numbers(0, 5000));
    expect(following.problems).toEqual([]);
  });

  test('that are old and break off are said to be broken', async () => {
    const whole = gzipSync(linesOf(0, 5000));
    write('eve.json.gz', whole.subarray(0, whole.length / 2));
    utimesSync(at('eve.json.gz'), 1e9, 1e9);
    const following = new Following(['eve.json.gz']);
    await following.ended();
    expect(following.problems).toEqual(['source/damaged']);
  });
});

describe('pipes', () => {
  test('standard input is given as it comes, and its end is the end', async () => {
    const stdin = new PassThrough();
    const following = new Following(['-'], { stdin });
    stdin.write(line(0) + line(1).slice(0, 30));
    await following.until(() => following.numbers.length === 1);
    stdin.write(line(1).slice(30));
    await following.until(() => following.numbers.length === 2);
    stdin.end(line(2).trimEnd());
    await following.done();
    expect(following.numbers).toEqual([0, 1, 2]);
    expect(following.events.filter((event) => event.kind === 'ended')).toHaveLength(1);
    expect(following.checkpoints).toEqual([]);
  });

  test('a compressed one too', async () => {
    const stdin = new PassThrough();
    const following = new Following(['-'], { stdin });
    stdin.end(gzipSync(linesOf(0, 1000)));
    await following.done();
    expect(following.numbers).toEqual(numbers(0, 1000));
  });

  test('a capture comes as its bytes', async () => {
    const capture = Buffer.concat([Buffer.from('d4c3b2a1', 'hex'), Buffer.alloc(300_000, 7)]);
    const stdin = new PassThrough();
    const following = new Following(['-'], { stdin });
    stdin.end(capture);
    await following.done();
    const bytes = following.events.flatMap((event) => (event.kind === 'bytes' ? [event.bytes] : []));
    expect(Buffer.concat(bytes).equals(capture)).toBe(true);
  });

  test('a FIFO outlives its writers', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    const following = new Following(['fifo']);
    // Opened before anybody writes: a writer waits for a reader.
    await following.quiet();
    for (let turn = 0; turn < 3; turn += 1) {
      execFileSync('sh', ['-c', 'cat > "$0"', at('fifo')], { input: line(turn) });
      await following.until(() => following.numbers.length === turn + 1);
    }
    expect(following.numbers).toEqual([0, 1, 2]);
    await following.stop();
  });
});

describe('a restart', () => {
  /** Follows until quiet, stops, and gives the checkpoints. */
  async function once(
    targets: readonly string[],
    checkpoints: readonly Checkpoint[] = [],
  ): Promise<Following> {
    const following = new Following(targets, { checkpoints });
    await following.quiet();
    await following.stop();
    return following;
  }

  test('goes on at the checkpoint, with the head to prime the reader', async () => {
    const header = '#separator \\x09\n#path\tconn\n#fields\tts\tuid\n';
    write('conn.log', `${header}1.5\tC1\n`);
    const first = await once(['conn.log']);
    appendFileSync(at('conn.log'), '2.5\tC2\n');
    const second = await once(['conn.log'], first.checkpoints);
    const lines = second.events.flatMap((event) => (event.kind === 'lines' ? event.lines : []));
    expect(lines).toEqual(['2.5\tC2']);
    const opened = second.events.find((event) => event.kind === 'opened');
    expect(opened?.file.head).toEqual([...header.trimEnd().split('\n'), '1.5\tC1']);
    expect(opened?.file.from).toEqual({ offset: header.length + 7, line: 4 });
  });

  test('of a log with a second header far down primes with that too', async () => {
    const rows = '1.5\tC1\n'.repeat(30_000);
    write('conn.log', `#separator \\x09\n#fields\tts\tuid\n${rows}#fields\tuid\tts\n${rows}`);
    const first = await once(['conn.log']);
    appendFileSync(at('conn.log'), 'C2\t2.5\n');
    const second = await once(['conn.log'], first.checkpoints);
    const opened = second.events.find((event) => event.kind === 'opened');
    expect(opened?.file.head.at(-1)).toBe('#fields\tuid\tts');
    expect(opened?.file.head.length).toBeLessThan(10_000);
  });

  test.each([
    {
      why: 'renamed meanwhile',
      rotate: () => renameSync(at('eve.json'), at('eve.json.1')),
    },
    {
      why: 'renamed and compressed meanwhile',
      rotate: () => {
        write('eve.json.1.gz', gzipSync(linesOf(0, 25)));
        rmSync(at('eve.json'));
      },
    },
    {
      why: 'compressed in the middle of a line',
      rotate: () => {
        write('eve.json-20261122.gz', gzipSync(linesOf(0, 25).trimEnd()));
        rmSync(at('eve.json'));
      },
    },
    {
      why: 'copied and truncated meanwhile',
      rotate: () => {
        copyFileSync(at('eve.json'), at('eve.json.1'));
        truncateSync(at('eve.json'));
      },
    },
  ])('$why: the rest, then the new file', async ({ rotate }) => {
    write('eve.json', linesOf(0, 20));
    const first = await once(['eve.json']);
    appendFileSync(at('eve.json'), linesOf(20, 25));
    rotate();
    appendFileSync(at('eve.json'), linesOf(25, 30));
    const second = new Following(['eve.json'], { checkpoints: first.checkpoints });
    await second.ended();
    await second.quiet();
    await second.stop();
    expect(second.numbers.toSorted((a, b) => a - b)).toEqual(numbers(20, 30));
    expect(second.problems).toEqual([]);
    const third = await once(['eve.json'], [...first.checkpoints, ...second.checkpoints]);
    expect(third.numbers).toEqual([]);
    expect(third.problems).toEqual([]);
  });

  test('rotated several times meanwhile: what came between too, of a file that was named itself', async () => {
    write('eve.json', linesOf(0, 20));
    const first = await once(['eve.json']);
    write('eve.json.3.gz', gzipSync(linesOf(0, 22)));
    write('eve.json.2.gz', gzipSync(linesOf(22, 40)));
    write('eve.json.1', linesOf(40, 60));
    write('eve.jsonx', linesOf(100, 101));
    rmSync(at('eve.json'));
    write('eve.json', linesOf(60, 62));
    const second = new Following(['eve.json'], { checkpoints: first.checkpoints });
    await second.until(() => second.numbers.length >= 42);
    await second.quiet();
    expect(second.numbers.toSorted((a, b) => a - b)).toEqual(numbers(20, 62));
    expect(second.problems).toEqual([]);
  });

  test('of a file that was named itself: what was rotated away before it was first followed is left alone', async () => {
    write('eve.json.1', linesOf(0, 20));
    utimesSync(at('eve.json.1'), 1e9, 1e9);
    write('eve.json', linesOf(20, 40));
    const first = await once(['eve.json']);
    expect(first.numbers).toEqual(numbers(20, 40));
    const second = await once(['eve.json'], first.checkpoints);
    expect(second.numbers).toEqual([]);
  });

  test('after a kill that let it remember the newest of what rotation had made: the others too', async () => {
    write('eve.json', linesOf(0, 20));
    const first = await once(['eve.json']);
    write('eve.json.3', linesOf(0, 22));
    write('eve.json.2', linesOf(22, 40));
    write('eve.json.1', linesOf(40, 60));
    truncateSync(at('eve.json'));
    // It saw the newest and was killed.
    const killed = await once(['eve.json.1']);
    appendFileSync(at('eve.json'), linesOf(60, 70));
    const second = new Following(['eve.json'], {
      checkpoints: [...first.checkpoints, ...killed.checkpoints],
    });
    await second.until(() => second.numbers.length >= 30);
    await second.quiet();
    expect(second.numbers.toSorted((a, b) => a - b)).toEqual([...numbers(20, 40), ...numbers(60, 70)]);
    expect(second.problems).toEqual([]);
  });

  test('of a log that was read to its end: says that more may be missing when nothing of it is left', async () => {
    write('eve.json', linesOf(0, 20));
    const first = new Following(['eve.json']);
    await first.quiet();
    renameSync(at('eve.json'), at('eve.json.1'));
    await first.ended();
    await first.stop();
    rmSync(at('eve.json.1'));
    write('eve.json', linesOf(60, 70));
    const second = await once(['eve.json'], first.checkpoints);
    expect(second.numbers).toEqual(numbers(60, 70));
    expect(second.problems).toEqual(['source/generation-missing']);
    const third = await once(['eve.json'], [...first.checkpoints, ...second.checkpoints]);
    expect(third.problems).toEqual([]);
  });

  test('a log of Zeek that went into its archive meanwhile', async () => {
    write('logs/current/conn.log', linesOf(0, 20));
    const first = await once(['logs/current']);
    write('logs/2026-11-22/conn.00:00:00-01:00:00.log.gz', gzipSync(linesOf(0, 24)));
    write('logs/2026-11-22/dns.00:00:00-01:00:00.log.gz', gzipSync(linesOf(50, 60)));
    rmSync(at('logs/current/conn.log'));
    write('logs/current/conn.log', linesOf(24, 26));
    const second = new Following(['logs/current'], { checkpoints: first.checkpoints });
    await second.ended();
    await second.quiet();
    expect(second.numbers.toSorted((a, b) => a - b)).toEqual(numbers(20, 26));
  });

  test('a file that is gone for good is said to be, once', async () => {
    write('eve.json', linesOf(0, 20));
    const first = await once(['eve.json']);
    // Written beside it first, so that it cannot get the same inode.
    write('next', linesOf(30, 31));
    renameSync(at('next'), at('eve.json'));
    const second = await once(['eve.json'], first.checkpoints);
    expect(second.problems).toEqual(['source/gone']);
    expect(second.numbers).toEqual([30]);
    const third = await once(['eve.json'], [...first.checkpoints, ...second.checkpoints]);
    expect(third.problems).toEqual([]);
  });

  test('an inode that is used again is another file', async () => {
    write('eve.json', linesOf(0, 20));
    const first = await once(['eve.json']);
    writeFileSync(at('eve.json'), linesOf(40, 80));
    const second = await once(['eve.json'], first.checkpoints);
    expect(second.numbers).toEqual(numbers(40, 80));
    expect(second.problems).toEqual(['source/truncated']);
  });

  test('a directory with everything read stays silent', async () => {
    write('logs/eve.json', linesOf(0, 20));
    write('logs/eve.json.1', linesOf(20, 40));
    write('logs/eve.json.2.gz', gzipSync(linesOf(40, 60)));
    const first = await once(['logs']);
    expect(first.numbers.toSorted((a, b) => a - b)).toEqual(numbers(0, 60));
    const second = await once(['logs'], first.checkpoints);
    expect(second.numbers).toEqual([]);
    expect(second.opened).toEqual([]);
  });
});
