import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { Row } from '../sql/ports.ts';
import { query } from '../sql/query.ts';
import type { Table } from '../sql/table.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../time/instant.ts';

/** What a token may do, from least to most; each includes the ones before. */
export const TOKEN_ROLES = ['viewer', 'analyst', 'admin'] as const;

/** See TOKEN_ROLES. */
export type TokenRole = (typeof TOKEN_ROLES)[number];

/** Permission to use the API, without the secret that proves it. */
export interface AccessToken {
  readonly id: string;
  /** Who or what it is for; of the valid tokens no two have the same. */
  readonly name: string;
  readonly role: TokenRole;
  readonly note: string;
  readonly created: Instant;
  readonly by: string;
  /** When it ends by itself. */
  readonly until: Instant | undefined;
  readonly revoked: { readonly at: Instant; readonly by: string } | undefined;
  /** SHA-256 of the secret. */
  readonly digest: Uint8Array;
}

/** Octets of a secret: 256 bits. */
const SECRET_BYTES = 32;
/** Says what it is to whoever finds one in a log, and to scanners for secrets. */
const PREFIX = 'tidemark_';
const SECRET = /^tidemark_[A-Za-z0-9_-]{43}$/;

/** A new secret: 256 bits of the operating system's randomness in base64url, behind `tidemark_`. */
export function newSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/**
 * What is kept of a secret: SHA-256, without salt or stretching. Those slow down guessing, and nobody guesses 256 random
 * bits: NIST SP 800-63B (3, 5.1.2.2) asks for a stretched hash only below 112 bits of entropy. So a check costs
 * microseconds, and many wrong ones are no load.
 */
export function digestOfSecret(secret: string): Uint8Array {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/**
 * The token whose secret this is, whatever its state; undefined when there is none. All are compared, each in constant
 * time, so that how long it takes says nothing of how near a guess was.
 */
export function tokenOfSecret(tokens: readonly AccessToken[], secret: string): AccessToken | undefined {
  if (!SECRET.test(secret)) return undefined;
  const digest = digestOfSecret(secret);
  let found: AccessToken | undefined;
  for (const token of tokens) if (timingSafeEqual(token.digest, digest)) found = token;
  return found;
}

/** How a token stands at an instant. */
export function tokenState(
  { until, revoked }: Pick<AccessToken, 'until' | 'revoked'>,
  now: Instant,
): 'valid' | 'expired' | 'revoked' {
  if (revoked !== undefined) return 'revoked';
  return until !== undefined && until <= now ? 'expired' : 'valid';
}

/** Whether a role includes another. */
export function includesRole(role: TokenRole, least: TokenRole): boolean {
  return TOKEN_ROLES.indexOf(role) >= TOKEN_ROLES.indexOf(least);
}

/** What became of tokens, appended: one row when it is made, one when it is revoked. */
export const accessTokenTable: Table = {
  name: 'access_token',
  comment: 'Tokens of the API, made and revoked; of the secret only its SHA-256',
  columns: [
    { name: 'id', type: 'UUID', comment: 'Identifier of the token' },
    { name: 'at', type: "DateTime64(6, 'UTC')", comment: 'When' },
    { name: 'event', type: 'LowCardinality(String)', comment: 'created or revoked' },
    { name: 'by', type: 'String', comment: 'Who' },
    { name: 'name', type: 'String', comment: 'Who or what the token is for' },
    { name: 'role', type: 'LowCardinality(String)', comment: 'viewer, analyst or admin' },
    { name: 'note', type: 'String', comment: 'Why' },
    { name: 'digest', type: 'String', comment: 'SHA-256 of the secret in hex; empty when revoked' },
    { name: 'until', type: "Nullable(DateTime64(6, 'UTC'))", comment: 'When it ends by itself; null: never' },
  ],
  engine: 'MergeTree',
  orderBy: ['at', 'id'],
  shardBy: '0',
  durable: true,
};

/** A token → the row that makes it. */
export function encodeToken(token: Omit<AccessToken, 'revoked'>): Row {
  const { created, digest, until, ...rest } = token;
  return {
    ...rest,
    at: formatColumnTime(created),
    event: 'created',
    digest: Buffer.from(digest).toString('hex'),
    until: until === undefined ? null : formatColumnTime(until),
  };
}

/** The row that revokes a token. */
export function encodeRevocation(
  { id, name, role }: Pick<AccessToken, 'id' | 'name' | 'role'>,
  at: Instant,
  by: string,
): Row {
  return {
    id,
    at: formatColumnTime(at),
    event: 'revoked',
    by,
    name,
    role,
    note: '',
    digest: '',
    until: null,
  };
}

/** Every token that was ever made, oldest first. A revocation holds whenever it was written. */
export const allTokens = query(
  'access.tokens',
  `SELECT toString(id) AS token,
  anyIf(t.at, event = 'created') AS created, anyIf(t.by, event = 'created') AS made_by,
  anyIf(t.name, event = 'created') AS named, anyIf(t.role, event = 'created') AS as_role,
  anyIf(t.note, event = 'created') AS why, anyIf(t.digest, event = 'created') AS secret_digest,
  anyIf(t.until, event = 'created') AS ends,
  countIf(event = 'revoked') > 0 AS is_revoked, minIf(t.at, event = 'revoked') AS revoked_at,
  argMinIf(t.by, t.at, event = 'revoked') AS revoked_by
FROM access_token AS t
GROUP BY id
HAVING countIf(event = 'created') > 0
ORDER BY created, token`,
  z
    .object({
      token: z.string(),
      created: z.string(),
      made_by: z.string(),
      named: z.string(),
      as_role: z.enum(TOKEN_ROLES),
      why: z.string(),
      secret_digest: z.string().regex(/^[0-9a-f]{64}$/),
      ends: z.string().nullable(),
      is_revoked: z.coerce.boolean(),
      revoked_at: z.string(),
      revoked_by: z.string(),
    })
    .transform((row): AccessToken => ({
      id: row.token,
      name: row.named,
      role: row.as_role,
      note: row.why,
      created: parseColumnTime(row.created),
      by: row.made_by,
      until: row.ends === null ? undefined : parseColumnTime(row.ends),
      revoked: row.is_revoked ? { at: parseColumnTime(row.revoked_at), by: row.revoked_by } : undefined,
      digest: Buffer.from(row.secret_digest, 'hex'),
    })),
);
