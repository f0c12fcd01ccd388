import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CheckedRequestOf, ResponseOf, RouteName, routes } from '../api/routes.ts';
import { audited } from '../assembly/audited.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { AuditAction } from '../audit/record.ts';
import type { BrowserSessions } from './browser-sessions.ts';
import type { EventStream } from './event-stream.ts';
import { actorOf, type Caller, type Gate } from './gate.ts';
import type { ServerOptions } from './options.ts';

/** What handlers work with. */
export interface Context extends ServerOptions {
  readonly audit: AuditLog;
  readonly gate: Gate;
  readonly sessions: BrowserSessions;
  readonly events: EventStream;
  readonly tls: boolean;
  /** Aborted when the server closes: what it started ends. */
  readonly closing: AbortSignal;
}

/** The request and the answer themselves, for what is not a document. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Answers a route: the request is checked, and whoever asks may. */
export type Handler<N extends RouteName> = (
  request: CheckedRequestOf<N>,
  caller: (typeof routes)[N]['role'] extends 'anyone' ? undefined : Caller,
  exchange: Exchange,
) => Promise<ResponseOf<N> extends undefined ? unknown : ResponseOf<N>>;

/** Handlers by the name of their route. */
export type Handlers<N extends RouteName> = { readonly [K in N]: Handler<K> };

/** What the audit log is to tell of a change. */
interface Written {
  readonly action: AuditAction;
  readonly subject: string;
  readonly why: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Makes a change that the audit log tells: see `audited`. */
export function writeDown<T>(
  { audit }: Pick<Context, 'audit'>,
  caller: Caller,
  { action, subject, why, details = {} }: Written,
  change: (before: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const entry = {
    actor: actorOf(caller),
    action,
    subject: subject.slice(0, 1_000),
    why: why.slice(0, 2_000),
    details,
  };
  return audited(audit, entry, change);
}
