import type { Writable } from 'node:stream';
import type { ChangeFeed } from '../assembly/change-feed.ts';
import type { Workspace } from '../assembly/workspace.ts';
import type { Config } from '../config/config.ts';
import type { Setting } from '../config/show.ts';
import type { Clock, Instant } from '../time/instant.ts';

/** A part of the running program, as it says itself how it is doing. Texts may quote the outside: escape. */
export interface PartStatus {
  readonly name: string;
  readonly state: 'starting' | 'running' | 'waiting' | 'failing' | 'stopped';
  /** Since when it is in this state. */
  readonly since: Instant;
  /** In words; empty when there is nothing to say. */
  readonly detail: string;
  readonly restarts: number;
  readonly failures: number;
  readonly error:
    | {
        readonly at: Instant;
        readonly code: string | undefined;
        readonly message: string;
        readonly fix: string;
      }
    | undefined;
  readonly next: Instant | undefined;
  readonly givenUp: boolean;
}

/** The program as a whole. */
export interface ServerStatus {
  readonly started: Instant;
  /** Whether it can do its work: what `/readyz` answers. */
  readonly ready: boolean;
  readonly parts: readonly PartStatus[];
}

/** An answer that was sent. */
export interface Answered {
  readonly method: string;
  /** As it is declared, `/api/v1/findings/:id`; `other` for files of the dashboard and for what is not there. */
  readonly route: string;
  readonly status: number;
  /** From the first byte of the request to the last of the answer. */
  readonly milliseconds: number;
}

/** What the server is made of. */
export interface ServerOptions {
  readonly workspace: Workspace;
  /** The configuration in effect; `server` says where it listens. */
  readonly config: Config;
  /** What GET /settings shows: `listSettings` of the loaded configuration. */
  readonly settings: { readonly file: string | undefined; readonly items: readonly Setting[] };
  /** Version of this program. */
  readonly version: string;
  readonly clock: Clock;
  /** What changes: told to every browser that follows, and to nothing else. */
  readonly feed: ChangeFeed;
  readonly status: () => ServerStatus;
  /** Prometheus text exposition format, for /metrics. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** Folder of the built dashboard; a page says so where there is none. */
  readonly webRoot: string;
  /** Where a sink of the kind stdout writes when it is tested. */
  readonly stdout: Writable;
  /** Environment of scans that the API starts: PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Counts answers. Must not throw. */
  readonly onAnswer?: (answer: Answered) => void;
  /** Takes what went wrong inside, for the log; never shown to a client. */
  readonly onError: (error: unknown, about: string) => void;
}
