import type { Opening } from '../../fingerprint/opening.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { all, first, type QueryRunner } from '../../sql/ports.ts';
import type { Query } from '../../sql/query.ts';
import type { Instant } from '../../time/instant.ts';
import {
  GROUP,
  type ActivityReader,
  type ActivityScope,
  type AnsweringPort,
  type SourceGroup,
  type Stretch,
} from '../model/activity-reader.ts';
import { CONTACTS_PER_SOURCE, SAMPLES, serviceKey, type SourceActivity } from '../model/contact.ts';
import { alertTraits } from '../queries/alert-traits.ts';
import { appTraits, manyValues, SAMPLED, type SampledColumn } from '../queries/app-traits.ts';
import { allCandidates, candidatesAmong, newestRecord } from '../queries/candidates.ts';
import { scopeParameters } from '../queries/columns.ts';
import {
  BARE_NUMBERS,
  contactCounts,
  contactsOfAnsweringDestinations,
  contactsOfSources,
  IN_ORDER,
  type AboutSources,
} from '../queries/contacts.ts';
import { FAILING_LISTED, failedCounts, mostlyFailing, sourceGroups } from '../queries/groups.ts';
import { openingsOf, SOURCES_LISTED, sourcesWithOpenings } from '../queries/openings.ts';
import { repeatedContacts } from '../queries/paces.ts';
import { connectingProcesses, startedProcesses } from '../queries/process-traits.ts';
import { answeringPorts, serviceHistories } from '../queries/service-history.ts';
import { Gathered, processKey, push } from './gathered-activity.ts';
import { ServiceMemory } from './service-memory.ts';

/** Sources that come out of `candidates` together, and that are counted together. */
const BATCH = 1000;
/** Contacts in memory at a time; a source with more is alone. About 40 MB with all that belongs to them, and as much again while they are read. */
const CONTACTS_AT_ONCE = 40_000;
/** Contacts that are reckoned with for a source of which no flow tells: only its records can say how many there are. */
const UNCOUNTED = 100;
/** Batches that ask for the service histories that they need; whoever reads more than these reads them all, once. */
const FEW_BATCHES = 2;
/** Sources whose first packets are looked for without knowing whether there are any: few have some, captures alone. */
const FEW_OPENINGS = 8;
/** Groups whose members are put in order together. */
const GROUPS_AT_ONCE = 200;

const OPTIONS = { settings: IN_ORDER } as const;

type Limits = ReturnType<typeof scopeParameters>;

/** Parameters of a query about some sources in a scope. */
interface Asked extends Limits {
  readonly sources: readonly IpAddress[];
}

/**
 * Activity as it lies in the store; for one judgement, since what is read once is remembered. Memory is bounded by
 * CONTACTS_AT_ONCE and the ServiceMemory here and by the engine's cap there.
 */
export class StoredActivity implements ActivityReader {
  readonly #store: QueryRunner;
  #batches = 0;
  #services: Promise<ServiceMemory | undefined> | undefined;
  #openingsAsked = 0;
  #captured: Promise<ReadonlySet<IpAddress> | undefined> | undefined;

  constructor(store: QueryRunner) {
    this.#store = store;
  }

  async newest(): Promise<Instant | undefined> {
    const newest = (await first(this.#store, newestRecord, {}))?.newest ?? undefined;
    return newest as Instant | undefined;
  }

  async *candidates(scope: ActivityScope): AsyncIterable<readonly IpAddress[]> {
    const { sources } = scope;
    if (sources?.length === 0) return;
    const limits = scopeParameters(scope);
    const rows =
      sources === undefined
        ? this.#store.run(allCandidates, limits, OPTIONS)
        : this.#store.run(candidatesAmong, { ...limits, sources }, OPTIONS);
    let batch: IpAddress[] = [];
    for await (const { source } of rows) {
      batch.push(source);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  async *groups(scope: Stretch): AsyncIterable<SourceGroup> {
    const limits = scopeParameters(scope);
    const failing = await all(this.#store, mostlyFailing, limits, OPTIONS);
    if (failing.length < GROUP.sources) return;
    const listed = failing.length > FAILING_LISTED ? undefined : failing.map(({ source }) => source);
    for (const by of ['simultaneous', 'prefix', 'destination'] as const) {
      const found = this.#gatherings(by, limits, listed);
      yield* by === 'simultaneous' ? this.#mostFirst(found, limits) : found;
    }
  }

  async *#gatherings(
    by: SourceGroup['by'],
    limits: Limits,
    listed: readonly IpAddress[] | undefined,
  ): AsyncGenerator<SourceGroup> {
    const { among, all: ofAll } = sourceGroups[by];
    const rows =
      listed === undefined
        ? this.#store.run(ofAll, limits, OPTIONS)
        : this.#store.run(among, { ...limits, sources: listed }, OPTIONS);
    for await (const { key, members } of rows) yield { by, key, sources: members };
  }

  /** Puts members in the order that GROUP asks for, and cuts them. */
  async *#mostFirst(groups: AsyncIterable<SourceGroup>, limits: Limits): AsyncGenerator<SourceGroup> {
    const ordered = async (batch: readonly SourceGroup[]): Promise<SourceGroup[]> => {
      const sources = [...new Set(batch.flatMap((group) => group.sources))];
      const failed = new Map<IpAddress, number>();
      for (let at = 0; at < sources.length; at += BATCH) {
        const asked = { ...limits, sources: sources.slice(at, at + BATCH) };
        for await (const row of this.#store.run(failedCounts, asked, OPTIONS))
          failed.set(row.source, row.failed);
      }
      // The members come by text, and the sort keeps what is equal.
      return batch.map((group) => ({
        ...group,
        sources: group.sources
          .toSorted((a, b) => (failed.get(b) ?? 0) - (failed.get(a) ?? 0))
          .slice(0, GROUP.atMost),
      }));
    };
    let batch: SourceGroup[] = [];
    for await (const group of groups) {
      batch.push(group);
      if (batch.length < GROUPS_AT_ONCE) continue;
      yield* await ordered(batch);
      batch = [];
    }
    yield* await ordered(batch);
  }

  async openings(source: IpAddress, scope: ActivityScope): Promise<readonly Opening[]> {
    this.#openingsAsked += 1;
    if (this.#openingsAsked > FEW_OPENINGS) {
      const captured = await (this.#captured ??= this.#sourcesWithOpenings());
      if (captured?.has(source) === false) return [];
    }
    return all(this.#store, openingsOf, { ...scopeParameters(scope), source }, OPTIONS);
  }

  async answeringPorts(
    hosts: readonly IpAddress[],
  ): Promise<ReadonlyMap<IpAddress, readonly AnsweringPort[]>> {
    const found = new Map<IpAddress, AnsweringPort[]>();
    for (let at = 0; at < hosts.length; at += BATCH) {
      const asked = { hosts: hosts.slice(at, at + BATCH) };
      for await (const { destination, port, sources } of this.#store.run(answeringPorts, asked, OPTIONS))
        push(found, destination, { port, sources });
    }
    return found;
  }

  /** Undefined: more than are listed. */
  async #sourcesWithOpenings(): Promise<ReadonlySet<IpAddress> | undefined> {
    const rows = await all(this.#store, sourcesWithOpenings, {});
    return rows.length > SOURCES_LISTED ? undefined : new Set(rows.map(({ source }) => source));
  }

  async *activities(sources: readonly IpAddress[], scope: ActivityScope): AsyncIterable<SourceActivity> {
    const limits = scopeParameters(scope);
    for (let at = 0; at < sources.length; at += BATCH) {
      const counts = new Map<IpAddress, number>();
      const asked = { ...limits, sources: sources.slice(at, at + BATCH) };
      for await (const row of this.#store.run(contactCounts, asked, OPTIONS))
        counts.set(row.source, row.contacts);
      for (const batch of inBatches(asked.sources, counts)) {
        const cut = batch.some((source) => (counts.get(source) ?? 0) > CONTACTS_PER_SOURCE);
        const gathered = await this.#gather({ ...limits, sources: batch }, cut ? 'cut' : 'uncut');
        for (const source of batch) {
          const activity = gathered.activity(source, counts.get(source) ?? 0);
          if (activity !== undefined) yield activity;
        }
      }
    }
  }

  async #gather(asked: Asked, which: keyof AboutSources<never>): Promise<Gathered> {
    const read = <P, R>(query: Query<P, R>, params: P): AsyncIterable<R> =>
      this.#store.run(query, params, OPTIONS);
    const contacts = <P, R>(query: Query<P, R>, params: P): AsyncIterable<R> =>
      this.#store.run(query, params, { settings: { ...IN_ORDER, ...BARE_NUMBERS } });
    const services = await this.#servicesInMemory();
    const gathered = new Gathered(services);
    for await (const own of contacts(contactsOfSources[which], asked)) gathered.addContacts(own);
    if (services === undefined)
      for await (const service of read(serviceHistories[which], asked)) gathered.addService(service);
    for await (const row of read(repeatedContacts, asked))
      gathered.addPace(row.source, serviceKey(row.destination, row.port, row.protocol), row.records);
    const manyOf = new Set<SampledColumn>();
    for await (const row of read(appTraits, asked)) {
      for (const column of SAMPLED) if (row[`${column}_values`].length > SAMPLES) manyOf.add(column);
      gathered.addApp(row);
    }
    for (const column of manyOf)
      for await (const row of read(manyValues, { ...asked, column })) gathered.addManyValues(column, row);
    for await (const { source, trait } of read(alertTraits, asked)) gathered.addAlert(source, trait);
    const started = new Map<string, { readonly command_line: string; readonly parent: string }>();
    const processes = await all(this.#store, connectingProcesses, asked, OPTIONS);
    if (processes.length > 0)
      for await (const row of read(startedProcesses, asked)) started.set(processKey(row), row);
    for (const row of processes) gathered.addProcess(row, started.get(processKey(row)));
    gathered.answeredFrom();
    for await (const contact of contacts(contactsOfAnsweringDestinations[which], asked))
      gathered.addOpened(contact);
    return gathered;
  }

  /** Undefined where the batches are few, or the histories too many to be held. */
  #servicesInMemory(): Promise<ServiceMemory | undefined> | undefined {
    this.#batches += 1;
    if (this.#batches <= FEW_BATCHES) return undefined;
    return (this.#services ??= ServiceMemory.read(this.#store));
  }
}

/** Sources in their order, so many together that their contacts fit in memory. */
function* inBatches(
  sources: readonly IpAddress[],
  counts: ReadonlyMap<IpAddress, number>,
): Generator<readonly IpAddress[]> {
  let batch: IpAddress[] = [];
  let held = 0;
  for (const source of sources) {
    const contacts = counts.get(source) ?? UNCOUNTED;
    if (held > 0 && held + contacts > CONTACTS_AT_ONCE) {
      yield batch;
      batch = [];
      held = 0;
    }
    batch.push(source);
    held += contacts;
  }
  if (batch.length > 0) yield batch;
}
