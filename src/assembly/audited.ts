import type { AuditLog } from '../audit/audit-log.ts';
import type { Actor, AuditEntry, AuditRecord } from '../audit/record.ts';

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
