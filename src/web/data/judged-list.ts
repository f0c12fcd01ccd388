import type { FindingRow, FindingsPage } from '../../api/findings.ts';

type State = FindingRow['state'];
type Buckets = FindingsPage['facets']['state'];

/** Pages of a list of findings, as the cache holds them. */
export interface FindingPages {
  readonly pages: readonly FindingsPage[];
  readonly pageParams: readonly unknown[];
}

/**
 * A list after a verdict: rows as they stand now, those that its filter of states no longer holds left out, and the counts
 * that go with them. What it is worth: a list of hundreds of pages need not be read again for the sake of one row.
 */
export function listAfterJudging<P extends FindingPages>(
  list: P,
  states: readonly State[] | undefined,
  judged: ReadonlyMap<string, FindingRow>,
): P {
  const stays = ({ state }: FindingRow): boolean => states === undefined || states.includes(state);
  const changed = list.pages.flatMap(({ items }) =>
    items.flatMap((before) => {
      const after = judged.get(before.id);
      return after === undefined ? [] : [{ before, after }];
    }),
  );
  if (changed.length === 0) return list;
  const left = changed.filter(({ after }) => !stays(after)).map(({ before }) => before);
  const pages = list.pages.map((page, at) => {
    const items = page.items.some(({ id }) => judged.has(id))
      ? page.items.map((row) => judged.get(row.id) ?? row).filter((row) => !judged.has(row.id) || stays(row))
      : page.items;
    // The counts of a list are those of its first page.
    if (at > 0) return { ...page, items };
    const { state, severity, half, rule } = page.facets;
    return {
      ...page,
      items,
      ...(page.total === undefined ? {} : { total: page.total - left.length }),
      facets: {
        state: counted(
          counted(
            state,
            changed.map(({ before }) => before.state),
            -1,
          ),
          changed.map(({ after }) => after.state),
          1,
        ),
        severity: counted(
          severity,
          left.map((row) => row.severity),
          -1,
        ),
        half: counted(
          half,
          left.map((row) => row.half),
          -1,
        ),
        rule: counted(
          rule,
          left.map((row) => row.rule),
          -1,
        ),
      },
    };
  });
  return { ...list, pages };
}

function counted(buckets: Buckets, values: readonly string[], by: 1 | -1): Buckets {
  const sums = new Map(buckets.map(({ value, count }) => [value, count]));
  for (const value of values) sums.set(value, Math.max(0, (sums.get(value) ?? 0) + by));
  return Array.from(sums, ([value, count]) => ({ value, count }));
}
