import { z } from 'zod';
import { all } from '../../src/sql/ports.ts';
import { query } from '../../src/sql/query.ts';
import type { Store } from '../../src/store/store.ts';

const AnyRow = z.record(z.string(), z.unknown());

const contents = [
  ...['flow', 'app_event', 'ids_alert', 'process_event'].map(
    (table) => `SELECT * EXCEPT (file, line, loaded) FROM ${table} FINAL ORDER BY ALL`,
  ),
  `SELECT source, destination, port, protocol, min(opening) AS o, max(last) AS l, groupBitOr(outcomes) AS bits, groupBitOr(flags) AS f,
          min(service) AS s, max(source_bytes) AS sb, max(destination_bytes) AS db, max(duration) AS d, max(sampling) AS sm
   FROM contact GROUP BY source, destination, port, protocol ORDER BY ALL`,
  `SELECT destination, port, protocol, source, min(opening) AS o, groupBitOr(outcomes) AS bits, min(first_answered) AS f, max(last_answered) AS l
   FROM service_history GROUP BY destination, port, protocol, source ORDER BY ALL`,
].map((text, index) => query(`test.contents.${index}`, text, AnyRow));

/** Every record and what is derived of records, once, but for where and when it was read. */
export async function everything(store: Store): Promise<unknown> {
  const found: unknown[] = [];
  for (const one of contents) found.push(await all(store, one, {}));
  return found;
}
