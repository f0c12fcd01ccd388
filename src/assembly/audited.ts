import { AuditLog } from '../audit/audit-log.ts';
import type { Actor, AuditAction } from '../audit/record.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../time/instant.ts';

/** Who does something, and why. */
export interface Deed {
  /** User of the machine, or name of an API token. */
  readonly by: string;
  readonly note: string;
  /** Through what; the command line where it is not said. */
  readonly face?: Actor['face'];
}

/**
 * Appends to the audit log what is about to be done. Throws a Fault `audit/…`, and then it must not be done.
 */
export async function appendAudit(
  config: Pick<Config, 'audit'>,
  clock: Clock,
  action: AuditAction,
  { by, note, face = 'cli' }: Deed,
  what: { readonly subject: string; readonly details: Readonly<Record<string, unknown>> },
): Promise<void> {
  const actor = { user: by, face };
  await new AuditLog(config.audit.file, clock).append({ actor, action, why: note, ...what });
}
