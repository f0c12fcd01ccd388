import { hostname } from 'node:os';
import type { Writable } from 'node:stream';
import { findingsAssessedSince } from '../exposure/queries/findings.ts';
import { toldScans } from '../exposure/queries/told-scans.ts';
import { Fault } from '../fault/fault.ts';
import type { Finding } from '../findings/finding.ts';
import { findingId } from '../findings/identity.ts';
import type { AlertCandidate, AlertPlan } from '../findings/alerts/entry.ts';
import type { CurrentFinding } from '../findings/current.ts';
import {
  outgoingId,
  outgoingKey,
  outgoingScan,
  type Outgoing,
  type OutgoingFinding,
} from '../findings/outgoing.ts';
import { alertMark, encodeAlertEntry, encodeAlertMark } from '../findings/queries/alert-log.ts';
import { findingsChanged } from '../findings/queries/listed.ts';
import {
  deadEntries,
  deadInAll,
  deadKeyset,
  dueEntries,
  encodeDelivery,
  encodeOutboxEntry,
  newestVersions,
  outboxCounts,
  outboxTables,
  reopenedTold,
  type DeadLetterAsk,
  type OutboxEntry,
} from '../findings/queries/outbox.ts';
import { episodesEvaluatedSince } from '../recon/queries/episodes.ts';
import { tellsAlerts, tellsScans, type SinkConfig } from '../sinks/config.ts';
import { deliverDue, type Delivered, type Outbox } from '../sinks/deliver.ts';
import type { FindingCount } from '../sinks/format/exposition.ts';
import { makeSink } from '../sinks/make-sink.ts';
import type { Sink } from '../sinks/sink.ts';
import { all, first } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import { formatColumnTime, type Clock, type Instant } from '../time/instant.ts';
import { withContacted } from './contacted.ts';
import { alertsFor, everythingFor, type Known } from './sink-messages.ts';
import { candidateOf, openingOf, type StoredAlerts } from './stored-alerts.ts';

/** What a face gives to sinks. */
export interface SinkRoom {
  /** Version of this program. */
  readonly version: string;
  readonly stdout: Writable;
  /** Gives up what is on its way. */
  readonly signal: AbortSignal;
  /** Lets what is on its way arrive, and begins nothing more; left out: only `signal` ends it. */
  readonly ending?: AbortSignal;
}

/** A configured sink and what became of its messages. */
export interface ListedSink {
  readonly name: string;
  readonly kind: SinkConfig['kind'];
  readonly minSeverity: SinkConfig['minSeverity'];
  readonly pending: number;
  /** Of the pending ones, those of which the last try failed. */
  readonly failing: number;
  readonly delivered: number;
  readonly dead: number;
  /** When a message was delivered last. */
  readonly last: Instant | undefined;
  /** Why a message failed last that is not delivered yet; may quote the receiver: escape. */
  readonly why: string;
}

/** A message that was given up. */
export type DeadLetter = ReturnType<ReturnType<typeof deadEntries>['query']['decode']>['letter'];

/** A part of the messages that were given up. */
export interface DeadLetterPage {
  readonly items: readonly DeadLetter[];
  /** Undefined: this was the last. */
  readonly next: string | undefined;
}

/** What a test of one sink came to. */
export interface SinkTest {
  readonly sink: string;
  /** Undefined when the receiver took it. */
  readonly fault: Fault | undefined;
}

/** How far back a sink that was never told of anything is told: what is older is history, not news. In microseconds. */
const NEWS = 7 * 86_400e6;

/** How long a scan waits for its assessment before sinks are told of it without. In microseconds. */
const UNASSESSED = 3_600e6;

/** Identifiers in one question: parameters travel in the text of the statement. */
const AT_ONCE = 2000;

/** What sinks need besides the store. */
export interface SinkContext {
  /** Brings the list of findings up to what is stored, and says which refresh that was. */
  readonly refresh: () => Promise<string>;
  /** Which findings become alerts. */
  readonly alerts: Pick<StoredAlerts, 'plan' | 'held'>;
  /** Asked for the figures of sinks that show how things stand. */
  readonly countFindings: () => Promise<readonly FindingCount[]>;
}

/** Sinks over one open store: what is new goes into the outbox, what is due goes out. */
export class StoredSinks {
  readonly #store: Store;
  readonly #configs: readonly SinkConfig[];
  readonly #clock: Clock;
  readonly #context: SinkContext;

  constructor(store: Store, configs: readonly SinkConfig[], clock: Clock, context: SinkContext) {
    this.#store = store;
    this.#configs = configs;
    this.#clock = clock;
    this.#context = context;
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
        failing: row?.failing ?? 0,
        delivered: row?.delivered ?? 0,
        dead: row?.dead ?? 0,
        last: row?.last,
        why: row?.why ?? '',
      };
    });
  }

  /**
   * Puts what sinks have to be told into the outbox: every new or changed finding for those that are told everything, what
   * the alert policy sends for the others. What was decided and the messages that it stands for are one insert. Returns how
   * many messages. Run twice, or killed between, it makes no message twice and loses none.
   */
  async enqueue(): Promise<number> {
    const told = this.#configs.filter(({ kind }) => kind !== 'prometheus');
    const now = this.#clock();
    const version = await this.#context.refresh();
    const looked = await first(this.#store, alertMark, {});
    const mark = looked ?? { version: '0', at: now };
    const news = Math.min(now - NEWS, mark.at);
    const known = new Map<string, Known>();
    for (const { name } of told)
      known.set(
        name,
        new Map((await all(this.#store, newestVersions, { sink: name })).map((row) => [row.finding, row])),
      );
    const changed = await this.#changedSince(mark.version);
    // Who was never told of anything is told what is news, whenever it was put into the list.
    const isNew = (sink: SinkConfig): boolean => !tellsAlerts(sink) && known.get(sink.name)!.size === 0;
    const lately =
      changed.length > 0 || told.some(isNew) ? await this.#workedOutSince(news) : new Set<string>();
    const every = told.some(isNew) ? await this.#changedSince('0') : changed;
    const messages: OutboxEntry[] = [];
    for (const sink of told) {
      if (tellsAlerts(sink)) continue;
      const findings = isNew(sink) ? every : changed;
      const before = known.get(sink.name)!;
      const gone = findings.filter((one) => openingOf(one) !== undefined);
      const reopened = await this.#toldReopened(sink, gone, before);
      messages.push(...everythingFor(sink, findings, { known: before, reopened }, lately, now));
    }
    messages.push(...(await this.#scansFor(told.filter(tellsScans), known, mark.at, now)));
    // What was over before anybody looked for the first time is history.
    const plan = await this.#planAlerts(
      changed,
      { lately, overSince: looked === undefined ? Infinity : news },
      now,
    );
    const gone = plan.messages.flatMap((message) =>
      message.kind === 'finding' && message.candidate.opened !== undefined ? [message.candidate] : [],
    );
    for (const sink of told) {
      if (!tellsAlerts(sink)) continue;
      const before = known.get(sink.name)!;
      const reopened = await this.#toldReopened(sink, gone, before);
      messages.push(...alertsFor(sink, plan.messages, { known: before, reopened }, now));
    }
    const rows = (await this.#withContacted(messages, now)).map(encodeOutboxEntry);
    const log = [
      ...plan.entries.map(encodeAlertEntry),
      ...(changed.length === 0 ? [] : [encodeAlertMark(version, now)]),
    ];
    // An insert is atomic on one shard. Over several the messages come first: decided again, they are the same.
    const inserts = this.#store.mode === 'cluster' ? [rows, log] : [[...rows, ...log]];
    for (const insert of inserts)
      if (insert.length > 0) await this.#store.insert(outboxTables.outbox, insert);
    return messages.length;
  }

  /** Messages about what our own scans found say who scanned it since. */
  async #withContacted(messages: readonly OutboxEntry[], now: Instant): Promise<readonly OutboxEntry[]> {
    const told = messages.flatMap(({ outgoing }) => ('finding' in outgoing ? [outgoing.finding] : []));
    const said = new Map(
      (await withContacted(this.#store, told, now)).map((finding) => [finding.id, finding]),
    );
    return messages.map((message) => {
      const { outgoing } = message;
      if (!('finding' in outgoing)) return message;
      return { ...message, outgoing: { ...outgoing, finding: said.get(outgoing.finding.id)! } };
    });
  }

  /** Scans that sinks have not been told of: since the last look, or what is news where a sink was told of nothing. */
  async #scansFor(
    sinks: readonly SinkConfig[],
    known: ReadonlyMap<string, Known>,
    mark: Instant,
    now: Instant,
  ): Promise<readonly OutboxEntry[]> {
    if (sinks.length === 0) return [];
    const scans = await all(this.#store, toldScans, {
      since: formatColumnTime(Math.max(0, Math.min(now - NEWS, mark)) as Instant),
      settled: formatColumnTime(Math.max(0, now - UNASSESSED) as Instant),
    });
    return sinks.flatMap(({ name }) => {
      const before = known.get(name)!;
      return scans.flatMap((scan): readonly OutboxEntry[] => {
        const outgoing = outgoingScan(scan, now);
        if (before.has(outgoingId(outgoing))) return [];
        if (before.size === 0 && scan.imported < now - NEWS) return [];
        return [{ sink: name, version: scan.run, outgoing }];
      });
    });
  }

  /** How often findings had come back when a sink was last told of them; those that it does not know are left out. */
  async #toldReopened(
    { name }: SinkConfig,
    findings: readonly Pick<CurrentFinding, 'finding'>[],
    known: Known,
  ): Promise<ReadonlyMap<string, number>> {
    const ids = findings.map(({ finding }) => finding.id).filter((id) => known.has(id));
    const told = new Map<string, number>();
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const param = { sink: name, ids: ids.slice(from, from + AT_ONCE) };
      for (const { finding, reopened } of await all(this.#store, reopenedTold, param))
        told.set(finding, reopened);
    }
    return told;
  }

  /** What the policy comes to for what has changed, and for what waits. */
  async #planAlerts(
    changed: readonly CurrentFinding[],
    { lately, overSince }: { readonly lately: ReadonlySet<string>; readonly overSince: number },
    now: Instant,
  ): Promise<AlertPlan> {
    const { alerts } = this.#context;
    const candidates = new Map<string, AlertCandidate>();
    const held = await alerts.held();
    // What lies beside an announced change is counted with it: then the whole list is looked at.
    if (held.length > 0)
      for (const one of await this.#changedSince('0'))
        candidates.set(one.finding.id, candidateOf(one, false));
    for (const one of changed) {
      const candidate = candidateOf(one, lately.has(one.finding.id));
      const isHistory = one.lifecycle.since < overSince;
      candidates.set(one.finding.id, isHistory ? { ...candidate, opened: undefined } : candidate);
    }
    return alerts.plan([...candidates.values()], now);
  }

  async #changedSince(version: string): Promise<readonly CurrentFinding[]> {
    return all(this.#store, findingsChanged, { version: BigInt(version) });
  }

  /** Identifiers of findings that were worked out since a moment. */
  async #workedOutSince(since: number): Promise<ReadonlySet<string>> {
    const param = { since: formatColumnTime(Math.max(0, since) as Instant) };
    const exposed = await all(this.#store, findingsAssessedSince, param);
    const episodes = await all(this.#store, episodesEvaluatedSince, param);
    return new Set([
      ...exposed.map(({ finding }) => finding.id),
      ...episodes.map(({ episode }) => episode.id),
    ]);
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
      add: (sink, remainders) =>
        this.#store.insert(
          outboxTables.outbox,
          remainders.map((outgoing) => encodeOutboxEntry({ sink, version: outgoing.key, outgoing })),
        ),
      record: (rows) => this.#store.insert(outboxTables.outboxDelivery, rows.map(encodeDelivery)),
    };
    const rounds = await Promise.allSettled(
      configs.map(async (config) => {
        const setting = {
          clock: this.#clock,
          // One of its own for each: Node warns of more than ten listeners on one.
          signal: AbortSignal.any([room.signal]),
          ...(room.ending === undefined ? {} : { ending: room.ending }),
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
        this.#configs.length === 0
          ? 'None is configured: add one under sinks in tidemark.yaml.'
          : `Name one of these: ${this.#configs.map((one) => one.name).join(', ')}.`,
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
    return this.#deadBeginning('');
  }

  /** A part of them. Throws a Fault `page/cursor`. */
  async deadPage({ limit, ...ask }: DeadLetterAsk): Promise<DeadLetterPage> {
    const { query, params } = deadEntries({ ...ask, limit: limit + 1 });
    const found = await all(this.#store, query, params);
    const last = found[limit - 1];
    return {
      items: found.slice(0, limit).map(({ letter }) => letter),
      next: found.length > limit && last !== undefined ? deadKeyset.cursor(last.place) : undefined,
    };
  }

  /** How many they are. */
  async countDead(): Promise<number> {
    return (await first(this.#store, deadInAll, {})) ?? 0;
  }

  async #deadBeginning(beginning: string): Promise<readonly DeadLetter[]> {
    const letters: DeadLetter[] = [];
    let cursor: string | undefined;
    do {
      const { items, next } = await this.deadPage({ beginning, cursor, limit: AT_ONCE });
      letters.push(...items);
      cursor = next;
    } while (cursor !== undefined);
    return letters;
  }

  /**
   * Makes the given-up messages whose key begins so due again; returns them. Throws a Fault `sinks/no-dead-letter`
   * when there is none. `before` is called once they are found; when it throws, none of them is due.
   */
  async requeue(
    reference: string,
    before: (found: readonly DeadLetter[]) => Promise<void> = () => Promise.resolve(),
  ): Promise<readonly DeadLetter[]> {
    const found = reference === '' ? [] : await this.#deadBeginning(reference);
    if (found.length === 0)
      throw new Fault(
        'sinks/no-dead-letter',
        `no message that was given up begins with ${reference.slice(0, 40)}`,
        'See `tidemark sinks dead`.',
      );
    await before(found);
    const at = this.#clock();
    const rows = found.map(({ sink, outgoing: { key } }) =>
      encodeDelivery({ sink, key, at, outcome: 'requeued', tries: 0, next: at, why: '' }),
    );
    await this.#store.insert(outboxTables.outboxDelivery, rows);
    return found;
  }

  #make(config: SinkConfig, { version, stdout }: SinkRoom): Promise<Sink> {
    return makeSink(config, {
      sender: { version, hostname: hostname() },
      clock: this.#clock,
      stdout,
      snapshot: async () => ({
        findings: await this.#context.countFindings(),
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
