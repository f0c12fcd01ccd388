import { createHash, randomBytes } from 'node:crypto';
import type { AccessToken } from '../access/token.ts';
import type { Clock, Instant } from '../time/instant.ts';

/** One browser that logged in. */
export interface BrowserSession {
  /** The token it was begun with: the session is worth what the token is worth, and ends with it. */
  readonly token: string;
  readonly expires: Instant;
}

/** Sessions at once; beyond it the oldest ends. */
const MOST = 10_000;
/** Sessions of one token at once: many browsers of one person, or one thief. */
const MOST_OF_TOKEN = 50;

/**
 * Who logged in with a browser. Kept in memory only, under the SHA-256 of the cookie: after a restart people log in
 * again, and a dump of this map opens nothing.
 */
export class BrowserSessions {
  readonly #clock: Clock;
  readonly #lifetime: number;
  readonly #sessions = new Map<string, BrowserSession>();

  /** @param lifetime microseconds */
  constructor(clock: Clock, lifetime: number) {
    this.#clock = clock;
    this.#lifetime = lifetime;
  }

  /** Begins a session that ends no later than its token. Returns what the cookie holds: 256 random bits. */
  begin(token: Pick<AccessToken, 'id' | 'until'>): { readonly cookie: string; readonly expires: Instant } {
    const now = this.#clock();
    this.#sweep(now, token.id);
    const cookie = randomBytes(32).toString('base64url');
    const expires = Math.min(now + this.#lifetime, token.until ?? Infinity) as Instant;
    this.#sessions.set(keyOf(cookie), { token: token.id, expires });
    return { cookie, expires };
  }

  /** The session of a cookie; undefined when there is none, or it has ended. */
  find(cookie: string): BrowserSession | undefined {
    const session = this.#sessions.get(keyOf(cookie));
    return session === undefined || session.expires <= this.#clock() ? undefined : session;
  }

  end(cookie: string): void {
    this.#sessions.delete(keyOf(cookie));
  }

  #sweep(now: Instant, token: string): void {
    const own: string[] = [];
    for (const [key, session] of this.#sessions) {
      if (session.expires <= now) this.#sessions.delete(key);
      else if (session.token === token) own.push(key);
    }
    // A map keeps the order in which keys came: the first are the oldest.
    for (const key of own.slice(0, Math.max(0, own.length + 1 - MOST_OF_TOKEN))) this.#sessions.delete(key);
    for (const key of this.#sessions.keys()) {
      if (this.#sessions.size < MOST) break;
      this.#sessions.delete(key);
    }
  }
}

function keyOf(cookie: string): string {
  return createHash('sha256').update(cookie).digest('base64');
}
