import { expect, test } from 'vitest';
import { formatWhere } from './fault.ts';

test.each([
  { where: {}, want: '' },
  { where: { file: 'a.xml', line: 3, column: 9 }, want: 'a.xml:3:9' },
  { where: { file: 'a.xml', offset: 12, field: 'port/@portid' }, want: 'a.xml (byte 12, port/@portid)' },
  { where: { field: 'scope.0' }, want: 'scope.0' },
])('where $want', ({ where, want }) => {
  expect(formatWhere(where)).toBe(want);
});
