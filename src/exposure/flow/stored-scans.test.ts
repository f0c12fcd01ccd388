import { expect, test } from 'vitest';
import type { IpAddress } from '../../net/ip-address.ts';
import type { QueryRunner } from '../../sql/ports.ts';
import type { Host } from '../model/host.ts';
import type { StoredRun } from '../queries/runs.ts';
import { loadRun } from './stored-scans.ts';

const host = (last: number): Host => ({
  address: `10.0.0.${last}` as IpAddress,
  otherAddresses: [],
  status: { state: 'up' },
  hostnames: [],
  ports: [],
  extraports: [],
  os: [],
  scripts: [],
  timedOut: false,
});

/** A store that gives the next of its answers, as many hosts as it says, at each read. */
function storeSaying(answers: readonly number[]): QueryRunner & { reads: number } {
  const store = {
    reads: 0,
    async *run() {
      const hosts = answers[store.reads] ?? 0;
      store.reads += 1;
      for (let last = 1; last <= hosts; last += 1) yield host(last);
    },
  };
  return store as unknown as QueryRunner & { reads: number };
}

const run = { info: { id: 'abcd', scaninfo: [] }, load: 'x', ordinal: 0, hostsUp: 3 } as unknown as StoredRun;

test.each([
  { why: 'what the import counted: one read', answers: [3], hosts: 3, reads: 1 },
  { why: 'a short answer, then all of it', answers: [1, 3, 3], hosts: 3, reads: 3 },
  { why: 'the same twice, whatever was counted', answers: [2, 2], hosts: 2, reads: 2 },
])('$why', async ({ answers, hosts, reads }) => {
  const store = storeSaying(answers);
  expect((await loadRun(store, run)).hosts).toHaveLength(hosts);
  expect(store.reads).toBe(reads);
});

test('never the same twice is a fault, not a verdict', async () => {
  await expect(loadRun(storeSaying([1, 2, 0]), run)).rejects.toMatchObject({ code: 'store/short-answer' });
});
