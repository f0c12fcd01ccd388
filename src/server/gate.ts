import type { FastifyRequest } from 'fastify';
import { includesRole, type TokenRole } from '../access/token.ts';
import type { Route } from '../api/routes.ts';
import type { StoredTokens } from '../assembly/stored-tokens.ts';
import type { Actor } from '../audit/record.ts';
import { isIpv6, parseIpAddress } from '../net/ip-address.ts';
import type { Instant } from '../time/instant.ts';
import type { BrowserSessions } from './browser-sessions.ts';
import { Refused } from './problem.ts';

/** Who asks, once that is known. */
export interface Caller {
  /** Identifier of the token. */
  readonly token: string;
  readonly name: string;
  readonly role: TokenRole;
  readonly via: 'token' | 'session';
  readonly expires: Instant | undefined;
}

/** Name of the cookie; `__Host-` binds it to this very host over TLS (RFC 6265bis, 4.1.3.2). */
export function cookieName(tls: boolean): string {
  return tls ? '__Host-tidemark' : 'tidemark';
}

/** What the gate needs from outside. */
export interface GateSetting {
  readonly tokens: Pick<StoredTokens, 'find' | 'stillValid'>;
  readonly sessions: BrowserSessions;
  readonly tls: boolean;
  /** Configured host names, lower case. */
  readonly names: readonly string[];
}

/** Decides who may pass: which host was meant, who asks, whether a page of somebody else's asks in their name. */
export class Gate {
  readonly #setting: GateSetting;

  constructor(setting: GateSetting) {
    this.#setting = setting;
  }

  /**
   * Refuses a request that was meant for another host: a page whose own name was made to lead here (DNS rebinding) would
   * be of the same origin as we are. Addresses are no names, so they lead nowhere else.
   */
  checkHost(request: FastifyRequest): void {
    const name = hostOf(request.headers.host ?? '');
    if (name !== undefined && (this.#isOurs(name) || parseIpAddress(name) !== undefined)) return;
    throw new Refused(
      421,
      'request/wrong-host',
      'The host of the request is not a name of this server.',
      'Use its address, or list the name under server.names in tidemark.yaml.',
    );
  }

  /** Who asks. Throws a Refused 401 where nobody valid does. */
  async identify(request: FastifyRequest): Promise<Caller> {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const secret = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization)?.[1];
      const token = secret === undefined ? undefined : await this.#setting.tokens.find(secret);
      if (token === undefined) throw unknown();
      const { id, name, role, until } = token;
      return { token: id, name, role, via: 'token', expires: until };
    }
    const cookie = request.cookies[cookieName(this.#setting.tls)];
    const session = cookie === undefined ? undefined : this.#setting.sessions.find(cookie);
    const token = session === undefined ? undefined : await this.#setting.tokens.stillValid(session.token);
    if (session === undefined || token === undefined) throw unknown();
    return {
      token: token.id,
      name: token.name,
      role: token.role,
      via: 'session',
      expires: session.expires,
    };
  }

  /** Throws a Refused 403 where the role of the caller does not include what the route asks for. */
  checkRole(caller: Caller, least: TokenRole): void {
    if (includesRole(caller.role, least)) return;
    throw new Refused(
      403,
      'access/role',
      `This needs the role ${least}; the token has ${caller.role}.`,
      `Use a token with the role ${least}: tidemark token create NAME --role ${least}`,
    );
  }

  /**
   * Refuses what a page of another origin sends with the cookie of somebody who is logged in. Browsers say where a
   * request comes from by Origin (RFC 6454) and Sec-Fetch-Site (W3C Fetch Metadata); whoever sends neither is no browser.
   * @param cookie whether a cookie opened the door: then one of the two must be there.
   */
  checkOrigin(request: FastifyRequest, cookie: boolean): void {
    const { origin, host } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const scheme = this.#setting.tls ? 'https' : 'http';
    const same =
      origin === undefined
        ? site === 'same-origin' || (site === undefined && !cookie)
        : origin.toLowerCase() === `${scheme}://${(host ?? '').toLowerCase()}` &&
          (site === undefined || site === 'same-origin');
    if (same) return;
    throw new Refused(
      403,
      'access/cross-site',
      'The request does not come from a page of this server.',
      'Use the dashboard of this server, or a token in the Authorization header.',
    );
  }

  #isOurs(name: string): boolean {
    return name === 'localhost' || this.#setting.names.includes(name);
  }
}

/** Whether a route changes something: a page of another origin must not be able to ask for it. */
export function changesSomething({ method }: Pick<Route, 'method'>): boolean {
  return method !== 'GET';
}

/** What counts as one caller where no token tells: an address, and of IPv6 the /64 that one subscriber has at least. */
export function addressKey(text: string): string {
  const address = parseIpAddress(text);
  if (address === undefined || !isIpv6(address)) return text;
  return address.split(':').slice(0, 4).join(':');
}

/** The caller as the audit log names it. */
export function actorOf({ name }: Pick<Caller, 'name'>): Actor {
  return { user: `token:${name}`, face: 'api' };
}

/** The name in a Host header, lower case, without port and brackets; undefined where it is none. */
function hostOf(header: string): string | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

function unknown(): Refused {
  return new Refused(
    401,
    'access/no-token',
    'No valid token or session came with the request.',
    'Send Authorization: Bearer TOKEN, or log in. A token is made by: tidemark token create NAME --role viewer',
  );
}
