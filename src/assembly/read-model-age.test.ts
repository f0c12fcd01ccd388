import { expect, test } from 'vitest';
import type { Instant } from '../time/instant.ts';
import { PATIENT, ReadModelAge, type Patience } from './read-model-age.ts';

/** A read model that counts how often it was refreshed; a refresh ends when it is told to. */
function counting(patience: Patience = PATIENT) {
  const ends: (() => void)[] = [];
  let now = 0;
  let began = 0;
  const age = new ReadModelAge(
    () => now as Instant,
    () => {
      began += 1;
      return new Promise<void>((resolve) => ends.push(resolve));
    },
    patience,
  );
  return {
    age,
    began: () => began,
    end: () => ends.shift()?.(),
    pass: (micros: number) => {
      now += micros;
    },
  };
}

/** Lets everything happen that waits for nothing. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('the first lists wait for one refresh, however many they are', async () => {
  const { age, began, end } = counting();
  let listed = 0;
  const lists = [1, 2, 3].map(() => age.wait().then(() => (listed += 1)));
  await settle();
  expect({ began: began(), listed }).toEqual({ began: 1, listed: 0 });
  end();
  await Promise.all(lists);
  expect({ began: began(), listed }).toEqual({ began: 1, listed: 3 });
});

test('a list that is fresh waits for nothing; an old one is refreshed', async () => {
  const { age, began, end, pass } = counting();
  void age.wait();
  await settle();
  end();
  await settle();
  pass(10e6);
  await age.wait();
  expect(began()).toBe(1);
  pass(1);
  const waiting = age.wait();
  await settle();
  expect(began()).toBe(2);
  end();
  await waiting;
});

test('what this process wrote is waited for, also when a refresh is under way that does not know of it', async () => {
  const { age, began, end } = counting();
  void age.wait();
  await settle();
  end();
  await settle();
  age.spoil();
  const running = age.renew();
  await settle();
  age.spoil();
  let listed = false;
  const list = Promise.all([age.wait(), age.wait(), age.wait()]).then(() => (listed = true));
  end();
  await running;
  await settle();
  expect({ began: began(), listed }).toEqual({ began: 3, listed: false });
  end();
  await list;
  expect(listed).toBe(true);
});

test.each([
  { why: 'another process may have written', spoilt: false },
  { why: 'this process wrote', spoilt: true },
])('lists without patience do not wait for a refresh, but have it made: $why', async ({ spoilt }) => {
  const { age, began, end, pass } = counting({ others: 0, own: 0 });
  void age.wait();
  await settle();
  end();
  await settle();
  pass(11e6);
  if (spoilt) age.spoil();
  // The refresh has not ended.
  await Promise.all([age.wait(), age.wait()]);
  await settle();
  expect(began()).toBe(2);
  end();
  await settle();
  await age.wait();
  expect(began()).toBe(2);
});

test('one that failed is tried again by the next list', async () => {
  let fails = true;
  let began = 0;
  const age = new ReadModelAge(
    () => 0 as Instant,
    async () => {
      began += 1;
      if (fails) throw new Error('no store');
    },
  );
  await expect(age.wait()).rejects.toThrow('no store');
  fails = false;
  await age.wait();
  await age.wait();
  expect(began).toBe(2);
});
