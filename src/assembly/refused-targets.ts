import type { AuditLog } from '../audit/audit-log.ts';
import { Fault } from '../fault/fault.ts';
import type { RefusedTarget } from '../scope/decide.ts';
import { REFUSALS } from '../scope/grant.ts';
import { ruleOf } from './refusal.ts';
import type { ScanAsk } from './scan-ask.ts';

/** Longest target that a message or a record repeats: what was typed may be anything. */
export const SHOWN = 100;
/** Targets of which a refusal is recorded one by one. */
const RECORDED = 100;

/** Targets that the scope refused, each with its rule. */
export class RefusedTargets extends Fault {
  readonly refused: readonly RefusedTarget[];

  constructor(refused: readonly RefusedTarget[]) {
    const [first, ...more] = refused;
    const also = more.length === 0 ? '' : `, and ${more.length} more`;
    super(
      'scan/refused',
      `not allowed: ${first === undefined ? 'nothing was asked' : `${JSON.stringify(first.target.slice(0, SHOWN))}: ${first.why} (rule ${first.rule})`}${also}`,
      first === undefined
        ? 'Name a target.'
        : `${REFUSALS[first.rule]} See \`tidemark scope check TARGET\`, and the grants under scope in tidemark.yaml.`,
    );
    this.refused = refused;
  }
}

/** Runs what leads up to a scan; what it refuses is written to the audit log before it is thrown on. */
export async function orRefused<T>(
  audit: AuditLog,
  ask: ScanAsk,
  profile: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const rule = ruleOf(error);
    const refused: readonly RefusedTarget[] =
      error instanceof RefusedTargets
        ? error.refused
        : rule === undefined
          ? []
          : [{ target: '', rule, why: (error as Fault).message }];
    if (refused.length > 0) await recordRefusal(audit, ask, profile, refused);
    throw error;
  }
}

/** Writes a refusal down. Throws the log's Fault when it cannot be. */
export async function recordRefusal(
  audit: AuditLog,
  ask: Pick<ScanAsk, 'actor' | 'purpose' | 'note' | 'targets' | 'profiles' | 'plan'>,
  profile: string,
  refused: readonly RefusedTarget[],
): Promise<void> {
  const asked = profile === '' ? (ask.plan ?? ask.profiles.join(' ')) : profile;
  await audit.append({
    actor: ask.actor,
    action: `${ask.purpose}.refused`,
    subject: `${asked.slice(0, SHOWN)} ${ask.targets.join(' ')}`.slice(0, 1_000),
    why: [...new Set(refused.map(({ rule }) => rule))].join(', '),
    details: {
      profile: asked.slice(0, SHOWN),
      note: ask.note.slice(0, 1_000),
      refused: refused.slice(0, RECORDED).map((one) => ({
        ...one,
        target: one.target.slice(0, SHOWN),
        why: one.why.slice(0, 1_000),
      })),
      count: refused.length,
    },
  });
}
