import { expect, test } from 'vitest';
import { changedBy, TableWrites } from './table-writes.ts';

test.each([
  ['INSERT INTO host_current (address) SELECT 1', ['host_current']],
  ['\n  insert into `flow`\n(a) VALUES (1)', ['flow']],
  ["DELETE FROM `scan_host` WHERE load IN ('x')", ['scan_host']],
  ['ALTER TABLE `flow` MODIFY TTL time', ['flow']],
  ['OPTIMIZE TABLE finding_current FINAL', []],
  ['CREATE OR REPLACE VIEW v AS SELECT 1', 'any'],
  ['TRUNCATE TABLE flow', 'any'],
  ['INSERT INTO tidemark.flow SELECT 1', 'any'],
  ['EXCHANGE TABLES a AND b', 'any'],
])('%j may change %j', (statement, tables) => {
  expect(changedBy(statement)).toEqual(tables);
});

test('what was written to one table leaves the others as they were', () => {
  const writes = new TableWrites();
  const [a, b] = [{ name: 'a' }, { name: 'b' }];
  writes.note(['a']);
  expect([writes.of([a]), writes.of([b]), writes.of([a, b])]).toEqual([1, 0, 1]);
  writes.note('any');
  expect([writes.of([a]), writes.of([b]), writes.of([a, b])]).toEqual([2, 1, 2]);
  writes.note([]);
  expect(writes.of([a, b])).toBe(2);
});
