import type { CurrentFinding } from '../findings/current.ts';
import { findingsShown } from '../findings/queries/listed.ts';
import { all, type QueryRunner } from '../sql/ports.ts';

/** A finding, and the refresh that wrote it. */
interface Reference {
  readonly id: string;
  readonly version: string;
}

/** Octets of documents that are kept; as objects they take a few times that. */
const MOST = 8 << 20;

/**
 * Documents of findings, the last shown kept: what a refresh wrote of a finding is never another, so that a page reads
 * only those that no page before it had. Fifty documents cost more than finding out which fifty.
 */
export class ShownFindings {
  readonly #store: QueryRunner;
  readonly #kept = new Map<
    string,
    { readonly version: string; readonly octets: number; readonly current: CurrentFinding }
  >();
  #octets = 0;

  constructor(store: QueryRunner) {
    this.#store = store;
  }

  /**
   * Findings as they stand, in the order of the references; one that was written since is given as it stands by now.
   * Throws a Fault `store/…`.
   */
  async of(references: readonly Reference[]): Promise<readonly CurrentFinding[]> {
    const found = new Map<string, CurrentFinding>();
    const missing: string[] = [];
    for (const { id, version } of references) {
      const known = this.#kept.get(id);
      if (known?.version === version) {
        // Behind all others: those in front are forgotten first.
        this.#kept.delete(id);
        this.#kept.set(id, known);
        found.set(id, known.current);
      } else missing.push(id);
    }
    const read = missing.length === 0 ? [] : await all(this.#store, findingsShown, { ids: missing });
    for (const { version, octets, current } of read) {
      const { id } = current.finding;
      found.set(id, current);
      this.#forget(id);
      this.#kept.set(id, { version, octets, current });
      this.#octets += octets;
    }
    for (const id of this.#kept.keys()) {
      if (this.#octets <= MOST) break;
      this.#forget(id);
    }
    return references.flatMap(({ id }) => found.get(id) ?? []);
  }

  #forget(id: string): void {
    this.#octets -= this.#kept.get(id)?.octets ?? 0;
    this.#kept.delete(id);
  }
}
