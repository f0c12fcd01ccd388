import type { FindingRow, FindingsPage } from '../../api/findings.ts';

type State = FindingRow['state'];
type Buckets = FindingsPage['facets']['state'];

/** Pages of a list of findings, as the cache holds them. */
export interface FindingPages {
  readonly pages: readonly FindingsPage[];
  readonly pageParams: readonly unknown[];
}

/** A row that a verdict took out of a list: how it stood then, and the row before it, gone or not; none when it was the first. */
export interface LeftRow {
  readonly row: FindingRow;
  readonly after: string | undefined;
}

/**
 * A list after a verdict: rows as they stand now, those that its filter of states no longer holds left out, those that
 * come back where they were, and the counts that go with them. What it is worth: a list of hundreds of pages need not be
 * read again for the sake of a few rows. Undefined when a row comes into the list of which nobody knows where.
 * @param judged the rows that the verdict reached, as they stand now
 * @param left the rows that earlier verdicts took out of this list
 */
export function listAfterJudging<P extends FindingPages>(
  list: P,
  states: readonly State[] | undefined,
  judged: ReadonlyMap<string, FindingRow>,
  left: ReadonlyMap<string, LeftRow>,
): { readonly list: P; readonly left: ReadonlyMap<string, LeftRow> } | undefined {
  const stays = ({ state }: FindingRow): boolean => states === undefined || states.includes(state);
  const here = list.pages.flatMap(({ items }) => items);
  const ids = new Set(here.map(({ id }) => id));
  const changed = here.flatMap((before, at) => {
    const after = judged.get(before.id);
    return after === undefined ? [] : [{ before, after, behind: here[at - 1]?.id }];
  });
  const leaving = changed.filter(({ after }) => !stays(after));
  const coming = [...judged.values()].filter((row) => !ids.has(row.id) && stays(row));
  if (changed.length === 0 && coming.length === 0) return { list, left };
  const pages = list.pages.map(({ items }) =>
    items.map((row) => judged.get(row.id) ?? row).filter((row) => !judged.has(row.id) || stays(row)),
  );
  const nowLeft = new Map(left);
  const gap = new Map([...left].map(([id, { after }]) => [after, id]));
  for (const { after, behind } of leaving) {
    // Rows that left before from just here stood between the two.
    let last = behind;
    for (const seen = new Set<string>(); gap.has(last) && !seen.has(gap.get(last)!); seen.add(last))
      last = gap.get(last)!;
    nowLeft.set(after.id, { row: after, after: last });
  }
  const back: { readonly before: FindingRow; readonly after: FindingRow }[] = [];
  for (const row of coming) {
    const was = left.get(row.id);
    if (was === undefined || !putBack(pages, row, nowLeft)) return undefined;
    back.push({ before: was.row, after: row });
    nowLeft.delete(row.id);
  }
  const gone = leaving.map(({ before }) => before);
  const moved = (buckets: Buckets, of: (row: FindingRow) => string): Buckets =>
    counted(counted(buckets, gone.map(of), -1), coming.map(of), 1);
  return {
    left: nowLeft,
    list: {
      ...list,
      pages: list.pages.map((page, at) => {
        const items = pages[at]!;
        // The counts of a list are those of its first page.
        if (at > 0) return { ...page, items };
        const { state, severity, half, rule } = page.facets;
        const stood = [...changed, ...back];
        return {
          ...page,
          items,
          ...(page.total === undefined ? {} : { total: page.total - gone.length + coming.length }),
          facets: {
            state: counted(
              counted(
                state,
                stood.map(({ before }) => before.state),
                -1,
              ),
              stood.map(({ after }) => after.state),
              1,
            ),
            severity: moved(severity, (row) => row.severity),
            half: moved(half, (row) => row.half),
            rule: moved(rule, (row) => row.rule),
          },
        };
      }),
    },
  };
}

/** Puts a row behind the one that it stood behind, or behind what that one stood behind; false when that is not known. */
function putBack(pages: FindingRow[][], row: FindingRow, left: ReadonlyMap<string, LeftRow>): boolean {
  const seen = new Set<string>();
  let behind = left.get(row.id)?.after;
  while (behind !== undefined) {
    const wanted = behind;
    if (seen.has(wanted)) return false;
    seen.add(wanted);
    for (const items of pages) {
      const at = items.findIndex(({ id }) => id === wanted);
      if (at === -1) continue;
      items.splice(at + 1, 0, row);
      return true;
    }
    const before = left.get(wanted);
    if (before === undefined) return false;
    behind = before.after;
  }
  pages[0]?.unshift(row);
  return true;
}

function counted(buckets: Buckets, values: readonly string[], by: 1 | -1): Buckets {
  const sums = new Map(buckets.map(({ value, count }) => [value, count]));
  for (const value of values) sums.set(value, Math.max(0, (sums.get(value) ?? 0) + by));
  return Array.from(sums, ([value, count]) => ({ value, count }));
}
