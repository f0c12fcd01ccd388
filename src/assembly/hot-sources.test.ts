import { expect, test } from 'vitest';
import type { IpAddress } from '../net/ip-address.ts';
import { HotSources } from './hot-sources.ts';

const source = (n: number): IpAddress => `10.1.${n >> 8}.${n & 255}` as IpAddress;
const of = (records: number, failed: number, alerts = 0) => ({ records, failed, alerts });

test('a new scanner does not wait behind a thousand clients that fail now and then', () => {
  const hot = new HotSources();
  const scanner = '198.51.100.7' as IpAddress;
  const alerted = '198.51.100.8' as IpAddress;
  hot.add(new Map(Array.from({ length: 1000 }, (_, n) => [source(n), of(400, 3)])));
  hot.add(new Map([[scanner, of(4, 4)]]));
  hot.add(new Map([[alerted, of(1, 0, 1)]]));
  const first = hot.take();
  expect(first.slice(0, 2)).toEqual([alerted, scanner]);
  expect(first.length).toBeLessThan(1000);
});

test('everybody who is due is taken once, and again only when something came of him', () => {
  const hot = new HotSources();
  hot.add(new Map(Array.from({ length: 1000 }, (_, n) => [source(n), of(400, 12)])));
  const taken: IpAddress[] = [];
  while (hot.due > 0) taken.push(...hot.take());
  expect(new Set(taken).size).toBe(1000);
  expect(taken).toHaveLength(1000);
  hot.add(new Map([[source(5), of(3, 1)]]));
  expect(hot.due).toBe(0);
  hot.add(new Map([[source(5), of(3, 3)]]));
  expect(hot.take()).toEqual([source(5)]);
});

test('a source is of interest from three failures or twenty records on', () => {
  const hot = new HotSources();
  hot.add(new Map([[source(1), of(2, 2)], [source(2), of(19, 0)]])); // prettier-ignore
  expect(hot.due).toBe(0);
  hot.add(new Map([[source(1), of(1, 1)], [source(2), of(1, 0)]])); // prettier-ignore
  expect(hot.take()).toEqual([source(1), source(2)]);
});
