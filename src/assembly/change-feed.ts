import type { Instant } from '../time/instant.ts';

/** What can change. */
export const CHANGE_KINDS = ['finding', 'episode', 'scan', 'baseline', 'delivery', 'part'] as const;

/** Something changed, and where to look. */
export interface ChangeNotice {
  readonly kind: (typeof CHANGE_KINDS)[number];
  /** Identifiers of what changed, as the faces know them; empty: anything of the kind. */
  readonly ids: readonly string[];
  readonly at: Instant;
}

/** Tells everybody in this process who wants to know that something changed. It keeps nothing. */
export class ChangeFeed {
  readonly #listeners = new Set<(notice: ChangeNotice) => void>();

  /** Tells all subscribers, before it returns. */
  publish(notice: ChangeNotice): void {
    for (const listener of this.#listeners) listener(notice);
  }

  /** Calls the listener, which must not throw, with every notice from now on, until the answer is called. */
  subscribe(listener: (notice: ChangeNotice) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
