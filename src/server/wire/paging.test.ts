import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refused } from '../problem.ts';
import { compareKeys, pageOfList, readCursor, writeCursor } from './paging.ts';

interface Item {
  readonly at: number;
  readonly id: string;
}
const keyOf = ({ at, id }: Item) => [at, id] as const;
const items = fc.uniqueArray(
  fc.record({ at: fc.integer({ min: 0, max: 20 }), id: fc.string({ maxLength: 4 }) }),
  { selector: ({ at, id }) => `${at} ${id}`, maxLength: 60 },
);
const inOrder = (list: readonly Item[], order: 'ascending' | 'descending'): Item[] =>
  list.toSorted((a, b) => compareKeys(keyOf(a), keyOf(b)) * (order === 'ascending' ? 1 : -1));

test('walking all pages gives each item once, in order, also when more come in and some go meanwhile', () => {
  fc.assert(
    fc.property(
      items,
      items,
      fc.integer({ min: 1, max: 10 }),
      fc.constantFrom('ascending' as const, 'descending' as const),
      (before, later, limit, order) => {
        const known = new Set(before.map((item) => JSON.stringify(keyOf(item))));
        const news = later.filter((item) => !known.has(JSON.stringify(keyOf(item))));
        let list = inOrder(before, order);
        const walked: Item[] = [];
        let cursor: string | undefined;
        for (;;) {
          const page = pageOfList(list, { limit, cursor }, keyOf, order);
          expect(page.items.length).toBeLessThanOrEqual(limit);
          walked.push(...page.items);
          const next = news.pop();
          if (next !== undefined) list = inOrder([...list, next], order);
          if (page.next === undefined) break;
          cursor = page.next;
        }
        const seen = walked.map((item) => JSON.stringify(keyOf(item)));
        expect(new Set(seen).size).toBe(seen.length);
        expect(walked).toEqual(inOrder(walked, order));
        for (const item of known) expect(seen).toContain(item);
      },
    ),
  );
});

test('a cursor is read as it was written, and anything else is refused', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 8 }), (key) => {
      expect(readCursor(writeCursor(key))).toEqual(key);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(readCursor(text)).toBeInstanceOf(Array);
      } catch (error) {
        expect(error).toBeInstanceOf(Refused);
      }
    }),
  );
});
