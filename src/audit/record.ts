import { createHash } from 'node:crypto';
import { z } from 'zod';
import { formatInstant, type Instant } from '../time/instant.ts';

/** What is recorded, named as `object.event`. Only ever added to. */
export const AUDIT_ACTIONS = [
  /** A scan was asked for and refused; nothing was sent. */
  'scan.refused',
  /** A scan was asked for and allowed, written before the scanner starts. */
  'scan.started',
  /** How that scan ended. */
  'scan.ended',
  'verify.refused',
  'verify.started',
  'verify.ended',
  'schedule.missed',
  'baseline.changed',
  'finding.judged',
  'token.created',
  'token.revoked',
  'settings.changed',
  'role.changed',
  /** What was said of an unusual host, or taken back. */
  'feedback.changed',
  /** A planned change was announced, or withdrawn. */
  'announcement.changed',
  /** Contacts were approved as normal, or no longer. */
  'expectation.changed',
  'sink.tested',
  'sink.requeued',
  /** A change that was written down could not be made; `details.record` is the number of that line. */
  'change.failed',
  /** The line before was cut short by a crash; its bytes are described in `details`. */
  'log.resumed',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Who acted, and through what. */
export interface Actor {
  /** User of the machine, name of an API token, or `schedule NAME`. */
  readonly user: string;
  readonly face: 'cli' | 'daemon' | 'api';
}

/** What is to be recorded. */
export interface AuditEntry {
  readonly actor: Actor;
  readonly action: AuditAction;
  /** What it was about: a run, a finding, a schedule, as the user would name it. */
  readonly subject: string;
  /** Why it was allowed or refused, in a sentence; a grant, ticket or rule by its name. */
  readonly why: string;
  /** Whatever belongs to it, as JSON: argv, targets, counts. Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** One line of the log. */
export interface AuditRecord extends AuditEntry {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly at: string;
  /** `hash` of the line before; 64 zeros on the first. */
  readonly prev: string;
  /** SHA-256 of the line as it stands, without this field, in hex. */
  readonly hash: string;
}

/** The chain before its first record. */
export const GENESIS = '0'.repeat(64);

const HEX = /^[0-9a-f]{64}$/;

/** The shape of a line; actions are not checked against the list, because a newer version may have written it. */
export const auditRecord = z.strictObject({
  seq: z.int().positive(),
  at: z.string(),
  actor: z.strictObject({ user: z.string(), face: z.enum(['cli', 'daemon', 'api']) }),
  action: z.string() as unknown as z.ZodType<AuditAction>,
  subject: z.string(),
  why: z.string(),
  details: z.record(z.string(), z.unknown()),
  prev: z.string().regex(HEX),
  hash: z.string().regex(HEX),
});

/**
 * Makes the next record and its line. The hash covers the bytes of the line itself, not a meaning of them, so that any
 * edit shows, were it only a space: it stands last, and what stands before it is what was hashed.
 */
export function makeRecord(
  entry: AuditEntry,
  at: Instant,
  last: { readonly seq: number; readonly hash: string },
): { readonly record: AuditRecord; readonly line: string } {
  const { actor, action, subject, why, details } = entry;
  const content = {
    seq: last.seq + 1,
    at: formatInstant(at),
    actor,
    action,
    subject,
    why,
    details,
    prev: last.hash,
  };
  const body = JSON.stringify(content);
  const hash = hashOf(body);
  return { record: { ...content, hash }, line: `${body.slice(0, -1)},"hash":"${hash}"}` };
}

/** The hash that a line should have, and the one it claims; undefined when it has none where it belongs. */
export function hashesOf(line: string): { readonly is: string; readonly claimed: string } | undefined {
  const match = /^(.*),"hash":"([0-9a-f]{64})"\}$/s.exec(line);
  return match === null ? undefined : { is: hashOf(`${match[1]!}}`), claimed: match[2]! };
}

function hashOf(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex');
}

/** SHA-256 of bytes that are no record. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
