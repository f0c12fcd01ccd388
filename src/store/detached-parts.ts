import { z } from 'zod';
import type { Problem } from '../fault/fault.ts';

/**
 * Parts that the engine found damaged when it opened and set aside without a word. Parts that were
 * detached by hand have no reason and are the operator's own business.
 */
export const DETACHED_PARTS = `
SELECT database, table, name, reason
FROM system.detached_parts
WHERE notEmpty(reason) AND database = currentDatabase()
ORDER BY table, name`;

const row = z.object({ database: z.string(), table: z.string(), name: z.string(), reason: z.string() });

/** A row of {@link DETACHED_PARTS} as a Problem. Throws a ZodError when it is not one. */
export function detachedProblem(value: unknown): Problem {
  const part = row.parse(value);
  return {
    code: 'store/detached-part',
    message: `part ${part.name} of table ${part.table} was damaged and set aside (${part.reason}): its rows are missing from every answer until they are imported again`,
    where: { field: `${part.database}.${part.table}` },
  };
}
