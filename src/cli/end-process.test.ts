import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { endProcess } from './end-process.ts';

describe('the end of the process', () => {
  test.each([
    { pending: 'nothing', pieces: [] },
    { pending: 'a piece that fits the buffer', pieces: [10] },
    { pending: 'several that fit', pieces: [10, 20, 30] },
    { pending: 'more than the buffer holds', pieces: [100_000] },
    { pending: 'more than the buffer holds, and a small piece', pieces: [100_000, 10] },
  ])('waits for $pending', async ({ pieces }) => {
    const taken: number[] = [];
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        // A reader that takes its time.
        setTimeout(() => {
          taken.push(chunk.length);
          done();
        }, 2);
      },
    });
    for (const size of pieces) stdout.write(Buffer.alloc(size));
    const before = await new Promise((resolve) => {
      endProcess(stdout, () => resolve(taken.reduce((sum, size) => sum + size, 0)));
    });
    expect(before).toBe(pieces.reduce((sum, size) => sum + size, 0));
  });
});
