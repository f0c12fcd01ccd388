import type { IpAddress } from '../net/ip-address.ts';

/** What came of one source in a stretch of time. */
interface Count {
  readonly records: number;
  readonly failed: number;
  readonly alerts: number;
}

/** What came of a source in all, and as it was when it was judged last. */
interface Known {
  records: number;
  failed: number;
  alerts: number;
  judged: Count;
}

/** Sources that are remembered; beyond, the one that was quiet longest is forgotten, and a full round finds it. */
const REMEMBERED = 200_000;
/** Sources of one round: a round that takes long makes everybody wait. */
const PER_ROUND = 200;
/** Failures from which on the sequential test can have something to say (CANDIDATE.failedContacts). */
const FAILED = 3;
/** Records without failures that are worth a look: judging asks whether they are remarkable. */
const RECORDS = 20;
/** Share of failures among what came of a source below which a quick look finds nothing: an ordinary host has less (GROUP.failedShare says why). */
const FAILED_SHARE = 0.1;
/** By this part a source must have grown to be looked at again: an episode of ten thousand contacts says nothing new at ten thousand and one. */
const GROWTH = 0.25;

/**
 * Which sources a live round looks at. Only speed depends on it, never the verdict: a full round looks at all of them.
 * Forgets when the process ends.
 */
export class HotSources {
  readonly #known = new Map<IpAddress, Known>();
  readonly #due = new Set<IpAddress>();

  /** Sources that are remembered. */
  get size(): number {
    return this.#known.size;
  }

  /** Sources that wait for a round. */
  get due(): number {
    return this.#due.size;
  }

  add(counts: ReadonlyMap<IpAddress, Count>): void {
    for (const [source, { records, failed, alerts }] of counts) {
      const known = this.#known.get(source) ?? {
        records: 0,
        failed: 0,
        alerts: 0,
        judged: { records: 0, failed: 0, alerts: 0 },
      };
      known.records += records;
      known.failed += failed;
      known.alerts += alerts;
      // At the end of the map is who was heard of last.
      this.#known.delete(source);
      this.#known.set(source, known);
      if (isDue(known)) this.#due.add(source);
    }
    for (const source of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(source);
      this.#due.delete(source);
    }
  }

  /** The sources of the next round, those with an alert first, then those with most new failures; what does not fit stays for the one after. */
  take(): readonly IpAddress[] {
    const news = (source: IpAddress): number => {
      const known = this.#known.get(source);
      if (known === undefined) return 0;
      const { failed, alerts, judged } = known;
      return alerts > judged.alerts ? Number.MAX_VALUE : failed - judged.failed;
    };
    const taken = [...this.#due]
      .toSorted((a, b) => news(b) - news(a) || (a < b ? -1 : 1))
      .slice(0, PER_ROUND);
    for (const source of taken) {
      this.#due.delete(source);
      const known = this.#known.get(source);
      if (known !== undefined)
        known.judged = { records: known.records, failed: known.failed, alerts: known.alerts };
    }
    return taken;
  }
}

function isDue({ records, failed, alerts, judged }: Known): boolean {
  return (
    alerts > judged.alerts ||
    (failed >= FAILED &&
      failed > judged.failed * (1 + GROWTH) &&
      failed - judged.failed >= FAILED_SHARE * (records - judged.records)) ||
    // Once, for what succeeds and is a search all the same; later on everything together finds it.
    (records >= RECORDS && judged.records === 0)
  );
}
