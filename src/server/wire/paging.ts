import { Refused } from '../problem.ts';

/** Which part of a list is asked for. */
export interface PageAsk {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A part of a list. */
export interface Page<T> {
  readonly items: T[];
  readonly next?: string;
  readonly total?: number;
}

/** What an item is ordered by: numbers and texts, compared one after the other. */
type Key = readonly (string | number)[];

/**
 * The part of a list in memory that comes after the cursor. The cursor holds the key of the last item that was given, not
 * a number of items, so what comes in before it makes nothing come twice.
 * @param items in the order of their keys, which are unlike; `descending` where the greatest comes first.
 */
export function pageOfList<T>(
  items: readonly T[],
  ask: PageAsk,
  keyOf: (item: T) => Key,
  order: 'ascending' | 'descending' = 'ascending',
): Page<T> {
  const after = ask.cursor === undefined ? undefined : readCursor(ask.cursor);
  const direction = order === 'ascending' ? 1 : -1;
  const rest =
    after === undefined ? items : items.filter((item) => compareKeys(keyOf(item), after) * direction > 0);
  const page = rest.slice(0, ask.limit);
  const last = page.at(-1);
  return {
    items: page,
    ...(last === undefined || page.length === rest.length ? {} : { next: writeCursor(keyOf(last)) }),
    total: items.length,
  };
}

/** A key as text that nobody has to understand. */
export function writeCursor(key: Key): string {
  return Buffer.from(JSON.stringify(key), 'utf8').toString('base64url');
}

/** The inverse. Throws a Refused 422. */
export function readCursor(cursor: string): Key {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(key) &&
      key.length > 0 &&
      key.length <= 8 &&
      key.every((part) => typeof part === 'string' || (typeof part === 'number' && Number.isFinite(part)))
    )
      return key as Key;
  } catch {
    // Falls through to the refusal.
  }
  throw new Refused(
    422,
    'request/cursor',
    'The cursor is none of this list.',
    'Begin again without a cursor, and give each `next` as it came.',
  );
}

/** Orders two keys part by part; a number comes before a text. */
export function compareKeys(a: Key, b: Key): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [left, right] = [a[at], b[at]];
    if (left === right) continue;
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    if (typeof left !== typeof right) return typeof left === 'number' ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}
