import { hostname } from 'node:os';
import type { Writable } from 'node:stream';
import { findingsAssessedSince } from '../exposure/queries/findings.ts';
import { Fault } from '../fault/fault.ts';
import type { Finding } from '../findings/finding.ts';
import { findingId } from '../findings/identity.ts';
import { outgoingKey, versionOf, type Outgoing, type OutgoingFinding } from '../findings/outgoing.ts';
import {
  deadEntries,
  dueEntries,
  encodeDelivery,
  encodeOutboxEntry,
  lastQueued,
  newestVersions,
  outboxCounts,
  outboxTables,
  type OutboxEntry,
} from '../findings/queries/outbox.ts';
import { compareSeverity } from '../findings/severity.ts';
import { toFinding } from '../recon/flow/summarise-episodes.ts';
import { standingOf } from '../recon/model/standing.ts';
import { episodesEvaluatedSince } from '../recon/queries/episodes.ts';
import type { SinkConfig } from '../sinks/config.ts';
import { deliverDue, type Delivered, type Outbox } from '../sinks/deliver.ts';
import type { FindingCount } from '../sinks/format/exposition.ts';
import { makeSink } from '../sinks/make-sink.ts';
import type { Sink } from '../sinks/sink.ts';
import { all, first } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import { formatColumnTime, type Clock, type Instant } from '../time/instant.ts';

/** What a face gives to sinks. */
export interface SinkRoom {
  /** Version of this program. */
  readonly version: string;
  readonly stdout: Writable;
  readonly signal: AbortSignal;
}

/** A configured sink and what became of its messages. */
export interface ListedSink {
  readonly name: string;
  readonly kind: SinkConfig['kind'];
  readonly minSeverity: SinkConfig['minSeverity'];
  readonly pending: number;
  readonly delivered: number;
  readonly dead: number;
  /** When a message was delivered last. */
  readonly last: Instant | undefined;
  /** Why a message failed last that is not delivered yet; may quote the receiver: escape. */
  readonly why: string;
}

/** A message that was given up. */
export type DeadLetter = ReturnType<typeof deadEntries.decode>;

/** What a test of one sink came to. */
export interface SinkTest {
  readonly sink: string;
  /** Undefined when the receiver took it. */
  readonly fault: Fault | undefined;
}

/** How far back a sink that was never told of anything is told: what is older is history, not news. In microseconds. */
const NEWS = 7 * 86_400e6;

/** A finding that may have to be told, and when it was last worked out. */
interface Candidate {
  readonly finding: Finding;
  readonly at: Instant;
  /** False for noise, notes and what the ledger covers: told only to a sink that knew the finding when it was more. */
  readonly news: boolean;
}

/** Sinks over one open store: what is new goes into the outbox, what is due goes out. */
export class StoredSinks {
  readonly #store: Store;
  readonly #configs: readonly SinkConfig[];
  readonly #clock: Clock;
  readonly #countFindings: () => Promise<readonly FindingCount[]>;

  /** `countFindings` is asked for the figures of sinks that show how things stand. */
  constructor(
    store: Store,
    configs: readonly SinkConfig[],
    clock: Clock,
    countFindings: () => Promise<readonly FindingCount[]> = () => Promise.resolve([]),
  ) {
    this.#store = store;
    this.#configs = configs;
    this.#clock = clock;
    this.#countFindings = countFindings;
  }

  /** The configured sinks, in their order. */
  async list(): Promise<readonly ListedSink[]> {
    const counts = new Map((await all(this.#store, outboxCounts, {})).map((row) => [row.sink, row]));
    return this.#configs.map(({ name, kind, minSeverity }) => {
      const row = counts.get(name);
      return {
        name,
        kind,
        minSeverity,
        pending: row?.pending ?? 0,
        delivered: row?.delivered ?? 0,
        dead: row?.dead ?? 0,
        last: row?.last,
        why: row?.why ?? '',
      };
    });
  }

  /**
   * Puts every new or changed finding into the outbox, once for each sink that wants it. Returns how many entries.
   * Run twice, or killed between, it makes no entry twice.
   */
  async enqueue(): Promise<number> {
    const now = this.#clock();
    const told = this.#configs.filter(({ kind }) => kind !== 'prometheus');
    const since = await Promise.all(
      told.map(async ({ name }) => {
        const queued = (await first(this.#store, lastQueued, { sink: name }))?.queued ?? 0;
        return (queued > 0 ? Math.min(now - NEWS, queued) : now - NEWS) as Instant;
      }),
    );
    if (since.length === 0) return 0;
    const candidates = await this.#candidates(Math.min(...since) as Instant);
    const entries: OutboxEntry[] = [];
    for (const [index, sink] of told.entries()) {
      const known = new Map(
        (await all(this.#store, newestVersions, { sink: sink.name })).map((row) => [row.finding, row]),
      );
      for (const { finding, at, news } of candidates) {
        if (at < since[index]!) continue;
        const newest = known.get(finding.id);
        const wanted = news && compareSeverity(finding.severity, sink.minSeverity) <= 0;
        const version = versionOf(finding);
        if (newest === undefined ? !wanted : newest.version === version) continue;
        const revision = (newest?.revision ?? 0) + 1;
        const key = outgoingKey(finding.id, revision, version);
        entries.push({ sink: sink.name, version, outgoing: { key, revision, finding, at: now } });
      }
    }
    if (entries.length > 0) await this.#store.insert(outboxTables.outbox, entries.map(encodeOutboxEntry));
    return entries.length;
  }

  /**
   * Sends what is due, to all sinks at once: one that hangs holds up nobody. Then files of metrics are written, which show
   * what came of it. With a name, that sink alone: whoever delivers again and again does it for each sink by itself, or
   * the round waits for the slowest.
   */
  async deliver(room: SinkRoom, only?: string): Promise<readonly Delivered[]> {
    const asked = this.#configs.filter(({ name }) => only === undefined || name === only);
    const metrics = asked.filter(({ kind }) => kind === 'prometheus');
    const told = asked.filter(({ kind }) => kind !== 'prometheus');
    const delivered = await this.#deliverTo(told, room);
    return [...delivered, ...(await Promise.all(metrics.map((config) => this.#show(config, room))))];
  }

  /** Writes what a sink shows of how things stand. */
  async #show(config: SinkConfig, room: SinkRoom): Promise<Delivered> {
    const { fault } = await this.#sendOnce(config, [], room);
    const failed = fault === undefined ? 0 : 1;
    return { sink: config.name, delivered: 0, failed, dead: 0, why: fault?.message };
  }

  async #deliverTo(configs: readonly SinkConfig[], room: SinkRoom): Promise<readonly Delivered[]> {
    const outbox: Outbox = {
      due: (sink, now, most) => all(this.#store, dueEntries, { sink, now: formatColumnTime(now), most }),
      record: (rows) => this.#store.insert(outboxTables.outboxDelivery, rows.map(encodeDelivery)),
    };
    const rounds = await Promise.allSettled(
      configs.map(async (config) => {
        const setting = {
          clock: this.#clock,
          // One of its own for each: Node warns of more than ten listeners on one.
          signal: AbortSignal.any([room.signal]),
          timeoutMillis: config.timeoutSeconds * 1000,
          mostTries: config.tries,
        };
        return deliverDue(outbox, await this.#make(config, room), setting);
      }),
    );
    return rounds.map((round, index): Delivered => {
      if (round.status === 'fulfilled') return round.value;
      const reason: unknown = round.reason;
      // A sink that cannot be made is its own failure; what is no Fault is a bug.
      if (!(reason instanceof Fault)) throw reason;
      return { sink: configs[index]!.name, delivered: 0, failed: 1, dead: 0, why: reason.message };
    });
  }

  /** Sends a harmless finding past the outbox, to one sink or to all. Throws a Fault `sinks/unknown`. */
  async test(name: string | undefined, room: SinkRoom): Promise<readonly SinkTest[]> {
    const chosen = name === undefined ? this.#configs : this.#configs.filter((one) => one.name === name);
    if (name !== undefined && chosen.length === 0)
      throw new Fault(
        'sinks/unknown',
        `no sink is called ${name.slice(0, 64)}`,
        `Configured: ${this.#configs.map((one) => one.name).join(', ') || 'none'}.`,
      );
    return Promise.all(chosen.map((config) => this.#sendOnce(config, [this.#harmless()], room)));
  }

  /** Sends past the outbox. */
  async #sendOnce(config: SinkConfig, batch: readonly Outgoing[], room: SinkRoom): Promise<SinkTest> {
    try {
      const sink = await this.#make(config, room);
      const timeout = AbortSignal.timeout(config.timeoutSeconds * 1000);
      await sink.send(batch, AbortSignal.any([room.signal, timeout]));
      return { sink: config.name, fault: undefined };
    } catch (error) {
      if (error instanceof Fault) return { sink: config.name, fault: error };
      throw error;
    }
  }

  /** Messages that were given up, newest first, of all sinks that ever were. */
  dead(): Promise<readonly DeadLetter[]> {
    return all(this.#store, deadEntries, {});
  }

  /**
   * Makes the given-up messages whose key begins so due again; returns them. Throws a Fault `sinks/no-dead-letter`
   * when there is none.
   */
  async requeue(reference: string): Promise<readonly DeadLetter[]> {
    const found = (await this.dead()).filter(
      ({ outgoing }) => reference !== '' && outgoing.key.startsWith(reference),
    );
    if (found.length === 0)
      throw new Fault(
        'sinks/no-dead-letter',
        `no message that was given up begins with ${reference.slice(0, 40)}`,
        'See `tidemark sinks dead`.',
      );
    const at = this.#clock();
    const rows = found.map(({ sink, outgoing: { key } }) =>
      encodeDelivery({ sink, key, at, outcome: 'requeued', tries: 0, next: at, why: '' }),
    );
    await this.#store.insert(outboxTables.outboxDelivery, rows);
    return found;
  }

  /** What was worked out since a moment, of both halves, oldest first. */
  async #candidates(since: Instant): Promise<readonly Candidate[]> {
    const param = { since: formatColumnTime(since) };
    const exposed = await all(this.#store, findingsAssessedSince, param);
    const episodes = await all(this.#store, episodesEvaluatedSince, param);
    return [
      ...exposed.map(({ finding, assessed }) => ({ finding, at: assessed, news: true })),
      ...episodes.map(({ episode, evaluated }) => ({
        finding: toFinding(episode),
        at: evaluated,
        news: standingOf(episode) === 'review',
      })),
    ].toSorted((a, b) => a.at - b.at || (a.finding.id < b.finding.id ? -1 : 1));
  }

  #make(config: SinkConfig, { version, stdout }: SinkRoom): Promise<Sink> {
    return makeSink(config, {
      sender: { version, hostname: hostname() },
      clock: this.#clock,
      stdout,
      snapshot: async () => ({
        findings: await this.#countFindings(),
        sinks: (await this.list())
          .filter(({ kind }) => kind !== 'prometheus')
          .map(({ name, ...rest }) => ({ sink: name, ...rest })),
      }),
    });
  }

  /** The finding that `sinks test` sends: about nothing and nobody. */
  #harmless(): OutgoingFinding {
    const at = this.#clock();
    const finding: Finding = {
      id: findingId('exposure', 'sinks.test', {}),
      half: 'exposure',
      rule: 'sinks.test',
      title: 'Test message of Tidemark',
      severity: 'info',
      score: 0,
      confidence: { value: 1, lowered: [] },
      subject: {},
      observations: [{ text: 'Somebody ran tidemark sinks test', evidence: [] }],
      impact: 'None: nothing was found.',
      actions: [],
      references: [],
      firstSeen: at,
      lastSeen: at,
    };
    // A key of its own each time: a receiver that drops what it has seen is to show this one.
    return { key: outgoingKey(finding.id, 1, String(at)), revision: 1, finding, at };
  }
}
