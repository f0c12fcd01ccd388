import * as z from 'zod';
import { Foreign, Time, TimeParameter, TokenRole } from './fields.ts';

/** GET /session: who is asking. */
export const Session = z
  .object({
    name: z.string().meta({ description: 'Name of the token.' }),
    role: TokenRole,
    via: z.enum(['token', 'session']),
    expires: Time.nullable().meta({ description: 'When the session or the token ends.' }),
  })
  .meta({ id: 'Session' });
/** POST /session: a token is given once, and the browser keeps a cookie that scripts cannot read. */
export const SessionBody = z.strictObject({ token: z.string().min(1).max(200) });

/** A token, without its secret. */
export const Token = z
  .object({
    id: z.string(),
    name: z.string(),
    role: TokenRole,
    note: Foreign,
    created: Time,
    by: Foreign,
    until: Time.nullable(),
    revoked: Time.nullable(),
    revokedBy: Foreign.nullable(),
    state: z.enum(['valid', 'expired', 'revoked']),
  })
  .meta({ id: 'Token' });
/** GET /tokens */
export const Tokens = z.object({ items: z.array(Token) });
/** POST /tokens */
export const TokenBody = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'must hold at most 64 letters, digits, ".", "_", "@" or "-"')
    .meta({ description: 'Who or what it is for: the audit log calls it `token:NAME`.' }),
  role: TokenRole,
  note: z.string().trim().max(2_000).default(''),
  until: TimeParameter.optional(),
});
/** The secret is in this answer and nowhere else. */
export const TokenMade = z.object({ token: Token, secret: z.string() });
/** A token in a path. */
export const TokenParameters = z.object({ id: z.uuid() });

export type Session = z.output<typeof Session>;
export type SessionBody = z.input<typeof SessionBody>;
export type Token = z.output<typeof Token>;
export type Tokens = z.output<typeof Tokens>;
export type TokenBody = z.input<typeof TokenBody>;
export type TokenMade = z.output<typeof TokenMade>;
