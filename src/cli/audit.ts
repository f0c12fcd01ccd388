import type { AuditAction, AuditEntry } from '../audit/record.ts';
import type { Call } from './call.ts';
import { whoActs } from './who.ts';

/** Makes a change that the audit log tells: see `audited`. Throws a Fault `audit/…` when it cannot be written down. */
export async function writeDown<T>(
  call: Call,
  action: AuditAction,
  what: {
    readonly subject: string;
    readonly why: string;
    readonly details?: Readonly<Record<string, unknown>>;
  },
  change: (before: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const { subject, why, details = {} } = what;
  const { audited } = await import('../assembly/audited.ts');
  const { AuditLog } = await import('../audit/audit-log.ts');
  const log = {
    append: async (entry: AuditEntry) => {
      const { config } = await call.loadConfig();
      return new AuditLog(config.audit.file, call.process.clock).append(entry);
    },
  };
  return audited(
    log,
    { actor: { user: whoActs('', call.process.env).by, face: 'cli' }, action, subject, why, details },
    change,
  );
}
