import type { Token } from '../../api/session.ts';
import { tokenState, type AccessToken } from '../../access/token.ts';
import { formatInstant, type Instant } from '../../time/instant.ts';
import { actorOf, cookieName } from '../gate.ts';
import type { Context, Handlers } from '../handlers.ts';
import { Refused } from '../problem.ts';
import { instantOf, timeOrNull } from '../wire/values.ts';

type Names =
  | 'session.show'
  | 'session.begin'
  | 'session.end'
  | 'tokens.list'
  | 'tokens.create'
  | 'tokens.revoke'
  | 'events.follow';

/** Who may come in, and how they stay. */
export function sessionRoutes(context: Context): Handlers<Names> {
  const { workspace, sessions, events, gate, clock, tls } = context;
  const cookie = cookieName(tls);
  const attributes = { path: '/', httpOnly: true, sameSite: 'strict', secure: tls } as const;
  return {
    'session.show': async (_request, { name, role, via, expires }) => ({
      name,
      role,
      via,
      expires: timeOrNull(expires),
    }),
    'session.begin': async ({ body }, _caller, { reply }) => {
      const token = await workspace.tokens.find(body.token);
      if (token === undefined)
        throw new Refused(
          401,
          'access/no-token',
          'This is no valid token.',
          'Make one: tidemark token create NAME --role viewer',
        );
      const { cookie: value, expires } = sessions.begin(token);
      const maxAge = Math.max(0, Math.floor((expires - clock()) / 1e6));
      reply.setCookie(cookie, value, { ...attributes, maxAge });
      return { name: token.name, role: token.role, via: 'session', expires: formatInstant(expires) };
    },
    'session.end': async (_request, _caller, { request, reply }) => {
      const value = request.cookies[cookie];
      if (value !== undefined) sessions.end(value);
      reply.clearCookie(cookie, attributes);
    },
    'tokens.list': async () => {
      const now = clock();
      return { items: (await workspace.tokens.list()).map((token) => tokenOf(token, now)).toReversed() };
    },
    'tokens.create': async ({ body: { name, role, note, until } }, caller) => {
      const { token, secret } = await workspace.tokens.create(
        { name, role, note, until: instantOf(until) },
        actorOf(caller),
      );
      return { token: tokenOf(token, clock()), secret };
    },
    'tokens.revoke': async ({ parameters: { id } }, caller) => {
      await workspace.tokens.revoke(id, actorOf(caller));
    },
    'events.follow': async (_request, _caller, { request, reply }) => {
      if (events.isFull)
        throw new Refused(
          503,
          'events/full',
          'As many follow live changes as may.',
          'Close other windows, or raise server.streams in tidemark.yaml.',
        );
      const { 'last-event-id': lastEventId } = request.headers;
      reply.header('content-type', 'text/event-stream; charset=utf-8').header('x-accel-buffering', 'no');
      reply.hijack();
      reply.raw.writeHead(200, reply.getHeaders() as Record<string, string>);
      events.add(reply.raw, typeof lastEventId === 'string' ? lastEventId : undefined, () =>
        gate.identify(request).then(
          () => true,
          (error: unknown) => {
            if (error instanceof Refused) return false;
            throw error;
          },
        ),
      );
    },
  };
}

function tokenOf(token: AccessToken, now: Instant): Token {
  const { id, name, role, note, created, by, until, revoked } = token;
  return {
    id,
    name,
    role,
    note,
    created: formatInstant(created),
    by,
    until: timeOrNull(until),
    revoked: timeOrNull(revoked?.at),
    revokedBy: revoked?.by ?? null,
    state: tokenState(token, now),
  };
}
