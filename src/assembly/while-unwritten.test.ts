import { expect, test } from 'vitest';
import { WhileUnwritten } from './while-unwritten.ts';

/** Counts how often each was worked out. */
function counting(most = 10) {
  let written: number | undefined = 0;
  const worked = new Map<string, number>();
  const kept = new WhileUnwritten<string>(() => written, most);
  return {
    kept,
    ask: (key: string): Promise<string> =>
      kept.of(key, async () => {
        worked.set(key, (worked.get(key) ?? 0) + 1);
        return `${key} ${worked.get(key)}`;
      }),
    write: (now: number | undefined) => {
      written = now;
    },
  };
}

test('it is worked out once until something is written', async () => {
  const { ask, write } = counting();
  expect(await Promise.all([ask('x'), ask('x'), ask('y')])).toEqual(['x 1', 'x 1', 'y 1']);
  write(1);
  expect(await ask('x')).toBe('x 2');
  expect(await ask('x')).toBe('x 2');
});

test('what was written meanwhile ends it', async () => {
  const { kept, ask, write } = counting();
  await kept.of('x', async () => {
    write(1);
    return 'as it was before';
  });
  expect(await ask('x')).toBe('x 1');
});

test('nothing is kept where others write too', async () => {
  const { ask, write } = counting();
  write(undefined);
  expect([await ask('x'), await ask('x')]).toEqual(['x 1', 'x 2']);
});

test('what fails is not kept', async () => {
  const { kept, ask } = counting();
  await expect(kept.of('x', () => Promise.reject(new Error('no store')))).rejects.toThrow('no store');
  expect(await ask('x')).toBe('x 1');
});

test('the oldest goes first', async () => {
  const { ask } = counting(2);
  await ask('x');
  await ask('y');
  await ask('z');
  expect([await ask('z'), await ask('x')]).toEqual(['z 1', 'x 2']);
});
