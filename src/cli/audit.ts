import type { AuditAction } from '../audit/record.ts';
import type { Call } from './call.ts';
import { whoActs } from './who.ts';

/**
 * Writes down what is about to be changed, and by whom. Throws a Fault `audit/…` when that cannot be done: then nothing
 * must be changed.
 */
export async function writeDown(
  call: Call,
  action: AuditAction,
  what: {
    readonly subject: string;
    readonly why: string;
    readonly details?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { AuditLog } = await import('../audit/audit-log.ts');
  const { config } = await call.loadConfig();
  const { subject, why, details = {} } = what;
  await new AuditLog(config.audit.file, call.process.clock).append({
    actor: { user: whoActs('', call.process.env).by, face: 'cli' },
    action,
    subject,
    why,
    details,
  });
}
