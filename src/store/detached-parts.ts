import { z } from 'zod';
import type { Problem } from '../fault/fault.ts';
import { query } from '../sql/query.ts';

/**
 * Parts that the engine found damaged when it opened and set aside without a word. Parts that were
 * detached by hand have no reason and are the operator's own business.
 */
export const detachedParts = query(
  'store.detached-parts',
  `
SELECT database, table, name, reason
FROM system.detached_parts
WHERE notEmpty(reason) AND database = currentDatabase()
ORDER BY table, name`,
  z.object({ database: z.string(), table: z.string(), name: z.string(), reason: z.string() }),
);

/** A row of {@link detachedParts} as a Problem; `node` is named where there are several. */
export function detachedProblem(part: ReturnType<typeof detachedParts.decode>, node?: string): Problem {
  return {
    code: 'store/detached-part',
    message: `part ${part.name} of table ${part.table} was damaged and set aside (${part.reason}): its rows are missing from every answer until they are imported again`,
    where: {
      field: `${part.database}.${part.table}`,
      ...(node === undefined ? {} : { file: node }),
    },
  };
}
