import { expect, test } from 'vitest';
import { Admission } from './admission.ts';

const never = new AbortController().signal;
/** Whether a promise has settled by now. */
async function isDone(work: Promise<unknown>): Promise<boolean> {
  await new Promise(setImmediate);
  return Promise.race([work.then(() => true), Promise.resolve(false)]);
}

test('senders share a bound; who finds no room waits until somebody has ended', async () => {
  const admission = new Admission(100);
  const [first, second, third] = [1, 2, 3].map(() => admission.begin(never));
  await first!.more(60);
  await second!.more(40);
  const waiting = third!.more(1);
  expect(await isDone(waiting)).toBe(false);
  second!.end();
  await waiting;
  expect([first!.bytes, third!.bytes]).toEqual([60, 1]);
});

test('the oldest goes on beyond the bound: nobody waits for ever', async () => {
  const admission = new Admission(100);
  const [oldest, other] = [admission.begin(never), admission.begin(never)];
  await other.more(100);
  await oldest.more(1_000);
  const waiting = other.more(1);
  expect(await isDone(waiting)).toBe(false);
  oldest.end();
  await waiting;
});

test('who hangs up while waiting waits no longer', async () => {
  const admission = new Admission(100);
  const control = new AbortController();
  const [holder, caller] = [admission.begin(never), admission.begin(control.signal)];
  await holder.more(100);
  const waiting = caller.more(1);
  control.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'store/cancelled' });
});
