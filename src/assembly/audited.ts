import { AuditLog } from '../audit/audit-log.ts';
import type { Actor, AuditAction, AuditEntry, AuditRecord } from '../audit/record.ts';
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
 * Makes a change that the audit log tells. `change` calls what it is given once nothing refuses it any more, and before
 * anything is changed: that appends the record, and throws a Fault `audit/…` where it cannot; then nothing must be changed.
 * So what is refused is in the log as no change, and a change is never without its record. What fails after its record
 * (a disk that is full) is told by a second one, `change.failed`.
 */
export async function audited<T>(
  log: Pick<AuditLog, 'append'>,
  entry: AuditEntry,
  change: (before: () => Promise<void>) => Promise<T>,
): Promise<T> {
  let record: AuditRecord | undefined;
  try {
    return await change(async () => {
      record = await log.append(entry);
    });
  } catch (error) {
    if (record !== undefined)
      // The first failure is what is told, also when the log cannot take it.
      await log
        .append({
          actor: entry.actor,
          action: 'change.failed',
          subject: entry.subject,
          why: `It failed after it was written down: ${(error as Error).message}`.slice(0, 1_000),
          details: { record: record.seq, action: entry.action },
        })
        .catch(() => undefined);
    throw error;
  }
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
