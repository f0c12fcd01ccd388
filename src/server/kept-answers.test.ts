import { expect, test } from 'vitest';
import { KeptAnswers, type AnswerLife } from './kept-answers.ts';

/** Answers that count how often each was worked out. */
function counting(most = 1000) {
  const answers = new KeptAnswers(most);
  const worked = new Map<string, number>();
  let state: string | undefined = 'a';
  const ask = async (key: string, life: Partial<AnswerLife> = {}): Promise<string> => {
    const buffer = await answers.of(
      key,
      { state: async () => state, atMost: Infinity, ...life },
      async () => {
        worked.set(key, (worked.get(key) ?? 0) + 1);
        return Buffer.from(`${key} ${worked.get(key)}`);
      },
    );
    return buffer.toString();
  };
  return {
    answers,
    ask,
    write: (now: string | undefined) => {
      state = now;
    },
  };
}

test('an answer is worked out once, however many ask', async () => {
  const { ask } = counting();
  expect(await Promise.all([ask('x'), ask('x'), ask('y')])).toEqual(['x 1', 'x 1', 'y 1']);
  expect(await ask('x')).toBe('x 1');
});

test('who asks after others were told of a change gets it, if there is one', async () => {
  const { answers, ask, write } = counting();
  await ask('x');
  write('b');
  expect(await ask('x')).toBe('x 1');
  answers.told();
  expect(await ask('x')).toBe('x 2');
  answers.told();
  expect(await ask('x')).toBe('x 2');
});

test.each([
  { why: 'what it was read from is not known', life: { state: async () => undefined } },
  { why: 'it holds more than what is stored', life: { atMost: 60_000 } },
])('it is worked out again when $why', async ({ life }) => {
  const { answers, ask } = counting();
  await ask('x', life);
  answers.told();
  expect(await ask('x', life)).toBe('x 2');
});

test('what was written while it was worked out is in the next', async () => {
  const { answers, ask, write } = counting();
  const life = {
    state: async () => {
      const before = 'a';
      write('b');
      return before;
    },
  };
  await ask('x', life);
  answers.told();
  expect(await ask('x')).toBe('x 2');
});

test('what fails is not kept', async () => {
  const { answers, ask } = counting();
  const life: AnswerLife = { state: async () => 'a', atMost: 60_000 };
  await expect(answers.of('x', life, () => Promise.reject(new Error('no store')))).rejects.toThrow(
    'no store',
  );
  expect(await ask('x')).toBe('x 1');
});

test('what was not asked for longest is forgotten first', async () => {
  const { ask } = counting(11);
  await ask('x');
  await ask('y');
  await ask('x');
  await ask('z');
  expect(await Promise.all([ask('x'), ask('z')])).toEqual(['x 1', 'z 1']);
  expect(await ask('y')).toBe('y 2');
});
