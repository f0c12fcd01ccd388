import { randomUUID } from 'node:crypto';
import {
  accessTokenTable,
  allTokens,
  digestOfSecret,
  encodeRevocation,
  encodeToken,
  newSecret,
  tokenOfSecret,
  tokenState,
  type AccessToken,
  type TokenRole,
} from '../access/token.ts';
import { AuditLog } from '../audit/audit-log.ts';
import type { Actor, AuditEntry } from '../audit/record.ts';
import type { Config } from '../config/config.ts';
import { Fault } from '../fault/fault.ts';
import { all, type Row } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import { formatInstant, type Clock, type Instant } from '../time/instant.ts';
import { audited } from './audited.ts';

/** What a new token is to be. */
export interface TokenAsk {
  readonly name: string;
  readonly role: TokenRole;
  readonly note: string;
  readonly until?: Instant | undefined;
}

/** Names of tokens: they stand in the audit log as `token:NAME`. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** Who may use the API, over an open store. Everything throws Faults `token/…`, `audit/…` or `store/…`. */
export class StoredTokens {
  readonly #store: Store;
  readonly #config: Pick<Config, 'audit'>;
  readonly #clock: Clock;
  /** A read that has begun, and one that begins when it has ended: what whoever asks meanwhile waits for. */
  #reading: Promise<readonly AccessToken[]> | undefined;
  #next: Promise<readonly AccessToken[]> | undefined;
  /** What was read last, and how many writes of tokens had ended before: good while there are no more. */
  #known: { readonly tokens: readonly AccessToken[]; readonly written: number } | undefined;

  constructor(store: Store, config: Pick<Config, 'audit'>, clock: Clock) {
    this.#store = store;
    this.#config = config;
    this.#clock = clock;
  }

  /** Every token that was ever made, oldest first. */
  list(): Promise<readonly AccessToken[]> {
    return all(this.#store, allTokens, {});
  }

  /**
   * The token whose secret this is, if it is valid now. What was revoked before the question was asked, by whichever
   * process, is not valid: the store is asked, once for all that ask in the same moment, unless it is known that nothing
   * was written since the last time.
   */
  async find(secret: string): Promise<AccessToken | undefined> {
    return this.#ifValid(tokenOfSecret(await this.#current(), secret));
  }

  /** The same by its identifier: for sessions that were begun with it. */
  async stillValid(id: string): Promise<AccessToken | undefined> {
    return this.#ifValid((await this.#current()).find((token) => token.id === id));
  }

  /** Makes a token. Its secret is in the answer and nowhere else. */
  async create(
    { name, role, note, until }: TokenAsk,
    actor: Actor,
  ): Promise<{ readonly token: AccessToken; readonly secret: string }> {
    const created = this.#clock();
    if (!NAME.test(name))
      throw new Fault(
        'token/name',
        'the name of a token must hold at most 64 letters, digits, ".", "_", "@" or "-"',
        'Choose a name such as grafana or anna@soc.',
      );
    if (until !== undefined && until <= created)
      throw new Fault('token/ended', 'the token would have ended before it was made', 'Give a later time.');
    const same = (await this.list()).find(
      (token) => token.name === name && tokenState(token, created) === 'valid',
    );
    if (same !== undefined)
      throw new Fault(
        'token/name-taken',
        `there is a valid token ${name} already`,
        'Choose another name, or revoke that one first: the audit log tells tokens by their names.',
      );
    const secret = newSecret();
    const { user: by } = actor;
    const token = { id: randomUUID(), name, role, note, created, by, until, digest: digestOfSecret(secret) };
    const entry = {
      actor,
      action: 'token.created' as const,
      subject: name,
      why: note === '' ? 'no reason was given' : note,
      details: { id: token.id, role, until: until === undefined ? null : formatInstant(until) },
    };
    await this.#change(entry, encodeToken(token));
    return { token: { ...token, revoked: undefined }, secret };
  }

  /** Revokes a token, named by its identifier or, while it is valid, by its name: from now on it opens nothing. */
  async revoke(reference: string, actor: Actor): Promise<AccessToken> {
    const now = this.#clock();
    const tokens = await this.list();
    const token =
      tokens.find(({ id }) => id === reference) ??
      tokens.find((one) => one.name === reference && tokenState(one, now) !== 'revoked');
    if (token === undefined)
      throw new Fault(
        'token/unknown',
        `there is no token ${reference.slice(0, 64)}`,
        'List them: tidemark token list',
      );
    if (token.revoked !== undefined) return token;
    const entry = {
      actor,
      action: 'token.revoked' as const,
      subject: token.name,
      why: 'it is to open nothing from now on',
      details: { id: token.id, role: token.role },
    };
    await this.#change(entry, encodeRevocation(token, now, actor.user));
    return { ...token, revoked: { at: now, by: actor.user } };
  }

  #ifValid(token: AccessToken | undefined): AccessToken | undefined {
    return token !== undefined && tokenState(token, this.#clock()) === 'valid' ? token : undefined;
  }

  /** The tokens as they stand at some moment after the call. */
  async #current(): Promise<readonly AccessToken[]> {
    const written = this.#store.written([accessTokenTable]);
    if (written !== undefined && this.#known?.written === written) return this.#known.tokens;
    if (this.#reading === undefined) return this.#read();
    this.#next ??= this.#reading.then(
      () => this.#read(),
      () => this.#read(),
    );
    return this.#next;
  }

  #read(): Promise<readonly AccessToken[]> {
    this.#next = undefined;
    const written = this.#store.written([accessTokenTable]);
    const reading = this.list()
      .then((tokens) => {
        this.#known = written === undefined ? undefined : { tokens, written };
        return tokens;
      })
      .finally(() => {
        if (this.#reading === reading) this.#reading = undefined;
      });
    this.#reading = reading;
    return reading;
  }

  #change(entry: AuditEntry, row: Row): Promise<void> {
    return audited(new AuditLog(this.#config.audit.file, this.#clock), entry, async (before) => {
      await before();
      await this.#store.insert(accessTokenTable, [row]);
    });
  }
}
