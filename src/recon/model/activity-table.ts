import { compareOpenings, type Opening } from '../../fingerprint/opening.ts';
import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import {
  ANSWERING_PORTS,
  CANDIDATE,
  GROUP,
  OPENINGS_PER_SOURCE,
  type ActivityReader,
  type ActivityScope,
  type AnsweringPort,
  type SourceGroup,
  type Stretch,
} from './activity-reader.ts';
import {
  compareContacts,
  CONTACTS_PER_SOURCE,
  OUTBOUND_PER_DESTINATION,
  OUTBOUND_PER_SOURCE,
  OUTBOUND_WINDOW,
  serviceKey,
  TRAITS_PER_SOURCE,
  type Contact,
  type ContactPace,
  type ServiceHistory,
  type SourceActivity,
} from './contact.ts';
import { TCP } from './ip-protocol.ts';
import { openingOfFlow } from './opening-of-flow.ts';
import { isRemarkable } from './remarkable.ts';
import { isNothing, toldContacts } from './told-contacts.ts';
import { hasOutcome, type Outcome } from './outcome.ts';
import type {
  AppEvent,
  Flow,
  IdsAlert,
  ProcessEvent,
  RecordPointer,
  TelemetryRecord,
} from './telemetry-record.ts';
import { gather, list, put } from './grouped.ts';
import { answered, contactOf, failed, merge, type GrowingContact } from './growing-contact.ts';
import { contentKey, processKey } from './record-content.ts';
import {
  alertTraits,
  appTrait,
  byPort,
  compareApp,
  enumerates,
  processTraits,
  speaks,
  isOddRequest,
} from './record-traits.ts';
import { byDestination, byPrefix, simultaneous } from './source-gatherings.ts';
import { compareText } from '../../text/order.ts';
import { earlier, inScope, later } from './time-scope.ts';

/** Sources that come out of `candidates` together. */
const BATCH = 1000;

/** Outcomes that speak for a scan: what CANDIDATE.failedContacts and GROUP count. */
const FAILED: ReadonlySet<Outcome> = new Set<Outcome>(['refused', 'silent', 'unreachable', 'half-open']);

/** What is kept of one source. Records by content, so that one that comes again changes nothing. */
interface SourceState {
  /** By serviceKey. */
  readonly contacts: Map<string, GrowingContact>;
  /** Content of the flow records of each contact: the one there is, or all of them. */
  readonly flows: Map<string, string | Set<string>>;
  readonly app: Map<string, AppEvent>;
  readonly alerts: Map<string, IdsAlert>;
  readonly connects: Map<string, ProcessEvent>;
  /** First packets of its flows, by content of the record. */
  readonly openings: Map<string, Opening>;
}

/** The history of a destination port as it grows. */
interface GrowingHistory extends ServiceHistory {
  answeredSources: number;
  failedSources: number;
  firstAnswered: Instant | undefined;
  lastAnswered: Instant | undefined;
}

/**
 * Activity in memory: what the store computes in SQL, said in plain code, for evaluation and as the oracle of its
 * tests. What each field is made of is written in contact.ts and activity-reader.ts.
 *
 * - A record is its sensor and all its fields: the same from the same sensor counts once, wherever it was read.
 *   From another sensor it is another record.
 * - Every result is a function of the set of records: order, repetition and batching leave no trace. Where a choice
 *   has to be made it is by (time, place of the outcome in OUTCOMES), by UTF-8 bytes, or by count and then text.
 * - Time limits of a scope select contacts by the first of all their records, other records by their own time.
 */
export class ActivityTable implements ActivityReader {
  readonly #sources = new Map<IpAddress, SourceState>();
  readonly #services = new Map<string, GrowingHistory>();
  /** Sources that have a contact, by serviceKey. */
  readonly #touchedBy = new Map<string, number>();
  /** Starts of processes, by host, executable and pid. */
  readonly #starts = new Map<string, Map<string, ProcessEvent>>();
  #newest: Instant | undefined;

  /** Takes a record. Of the pointer only the sensor counts. */
  add(record: TelemetryRecord, pointer: RecordPointer): void {
    if (this.#newest === undefined || record.time > this.#newest) this.#newest = record.time;
    if (record.kind === 'flow') this.#addFlow(record, pointer.sensor);
    else if (record.kind === 'process' && record.action === 'start')
      put(this.#starts, processKey(record)).set(contentKey(record, pointer.sensor), record);
    else {
      const state = this.#stateOf(record.source);
      const key = contentKey(record, pointer.sensor);
      if (record.kind === 'app') state.app.set(key, record);
      else if (record.kind === 'alert') state.alerts.set(key, record);
      else state.connects.set(key, record);
    }
  }

  newest(): Promise<Instant | undefined> {
    return Promise.resolve(this.#newest);
  }

  async *candidates(scope: ActivityScope): AsyncIterable<readonly IpAddress[]> {
    const found = [...(scope.sources ?? this.#sources.keys())]
      .filter((source) => this.#isCandidate(source, scope))
      .toSorted(compareIpAddresses);
    const unique = [...new Set(found)];
    for (let start = 0; start < unique.length; start += BATCH) yield unique.slice(start, start + BATCH);
  }

  async *groups(scope: Stretch): AsyncIterable<SourceGroup> {
    const failures = this.#failures(scope);
    const count = new Map<IpAddress, number>();
    for (const { source } of failures) count.set(source, (count.get(source) ?? 0) + 1);
    for (const { by, key, sources } of [
      ...simultaneous(failures),
      ...byPrefix(failures),
      ...byDestination(failures),
    ]) {
      const most = sources.toSorted((a, b) => (count.get(b) ?? 0) - (count.get(a) ?? 0) || compareText(a, b));
      yield { by, key, sources: most.slice(0, GROUP.atMost) };
    }
  }

  async *activities(sources: readonly IpAddress[], scope: ActivityScope): AsyncIterable<SourceActivity> {
    for (const source of sources) {
      const activity = this.#activity(source, scope);
      if (activity !== undefined) yield activity;
    }
  }

  async openings(source: IpAddress, scope: ActivityScope): Promise<readonly Opening[]> {
    return [...(this.#sources.get(source)?.openings.values() ?? [])]
      .filter(({ time }) => inScope(time, scope))
      .toSorted(compareOpenings)
      .slice(0, OPENINGS_PER_SOURCE);
  }

  async answeringPorts(
    hosts: readonly IpAddress[],
  ): Promise<ReadonlyMap<IpAddress, readonly AnsweringPort[]>> {
    const asked = new Set(hosts);
    const found = new Map<IpAddress, AnsweringPort[]>();
    if (asked.size === 0) return found;
    for (const { destination, port, protocol, answeredSources } of this.#services.values()) {
      if (protocol === TCP && answeredSources > 0 && asked.has(destination))
        list(found, destination).push({ port, sources: answeredSources });
    }
    for (const [host, ports] of found)
      found.set(
        host,
        ports.toSorted((a, b) => b.sources - a.sources || a.port - b.port).slice(0, ANSWERING_PORTS),
      );
    return found;
  }

  #stateOf(source: IpAddress): SourceState {
    let state = this.#sources.get(source);
    if (state === undefined) {
      state = {
        contacts: new Map(),
        flows: new Map(),
        app: new Map(),
        alerts: new Map(),
        connects: new Map(),
        openings: new Map(),
      };
      this.#sources.set(source, state);
    }
    return state;
  }

  #addFlow(flow: Flow, sensor: string): void {
    const key = serviceKey(flow.destination, flow.destinationPort, flow.protocol);
    const { contacts, flows, openings } = this.#stateOf(flow.source);
    const service = this.#serviceOf(key, flow);
    const known = contacts.get(key);
    const content = contentKey(flow, sensor);
    const opening = openingOfFlow(flow);
    if (opening !== undefined) openings.set(`${key} ${content}`, opening);
    if (known === undefined) {
      const contact = contactOf(flow);
      contacts.set(key, contact);
      flows.set(key, content);
      this.#touchedBy.set(key, (this.#touchedBy.get(key) ?? 0) + 1);
      service.answeredSources += answered(contact.outcomes);
      service.failedSources += failed(contact.outcomes);
    } else {
      const before = flows.get(key);
      if (typeof before === 'object') before.add(content);
      else if (before !== undefined && before !== content) flows.set(key, new Set([before, content]));
      const outcomes = known.outcomes;
      merge(known, flow);
      service.answeredSources += answered(known.outcomes) - answered(outcomes);
      service.failedSources += failed(known.outcomes) - failed(outcomes);
    }
    if (flow.outcome === 'answered') {
      service.firstAnswered = earlier(service.firstAnswered, flow.time);
      service.lastAnswered = later(service.lastAnswered, flow.time);
    }
  }

  #serviceOf(key: string, flow: Flow): GrowingHistory {
    let service = this.#services.get(key);
    if (service === undefined) {
      service = {
        destination: flow.destination,
        port: flow.destinationPort,
        protocol: flow.protocol,
        answeredSources: 0,
        failedSources: 0,
        firstAnswered: undefined,
        lastAnswered: undefined,
      };
      this.#services.set(key, service);
    }
    return service;
  }

  #isCandidate(source: IpAddress, scope: ActivityScope): boolean {
    const state = this.#sources.get(source);
    if (state === undefined) return false;
    let remarkable = 0;
    let failures = 0;
    let halfOpen = 0;
    for (const contact of state.contacts.values()) {
      if (!inScope(contact.first, scope)) continue;
      if (isRemarkable(contact)) remarkable += 1;
      if (FAILED.has(contact.outcome)) failures += 1;
      if (contact.outcome === 'half-open') halfOpen += 1;
      if (remarkable >= CANDIDATE.remarkableContacts || failures >= CANDIDATE.failedContacts) return true;
      if (halfOpen >= CANDIDATE.halfOpenContacts) return true;
    }
    let alerts = 0;
    for (const alert of state.alerts.values()) {
      if (inScope(alert.time, scope) && speaks(alert)) alerts += 1;
    }
    if (alerts >= CANDIDATE.alerts) return true;
    let odd = 0;
    const services = new Map<string, Set<string>>();
    for (const event of state.app.values()) {
      if (!inScope(event.time, scope)) continue;
      if (isOddRequest(event)) odd += 1;
      if (odd >= CANDIDATE.oddRequests) return true;
      if (event.service === '' || event.service === 'fileinfo') continue;
      const key = serviceKey(event.destination, event.destinationPort, event.protocol);
      if (gather(services, key).add(event.service).size >= CANDIDATE.appServices) return true;
    }
    return [...byPort(state.app.values(), scope).values()].some(enumerates);
  }

  /** What failed of sources that mostly fail. */
  #failures(scope: Stretch): GrowingContact[] {
    const failures: GrowingContact[] = [];
    for (const { contacts } of this.#sources.values()) {
      const inVain: GrowingContact[] = [];
      let heard = 0;
      for (const contact of contacts.values()) {
        if (!inScope(contact.first, scope)) continue;
        if (FAILED.has(contact.outcome)) inVain.push(contact);
        else if (contact.outcome === 'answered') heard += 1;
      }
      if (inVain.length >= GROUP.failedShare * (inVain.length + heard))
        for (const contact of inVain) failures.push(contact);
    }
    return failures;
  }

  #activity(source: IpAddress, scope: ActivityScope): SourceActivity | undefined {
    const state = this.#sources.get(source);
    if (state === undefined) return undefined;
    const inside: GrowingContact[] = [];
    for (const contact of state.contacts.values()) {
      if (inScope(contact.first, scope)) inside.push(contact);
    }
    inside.sort(compareContacts);
    const kept = inside.slice(0, CONTACTS_PER_SOURCE);
    const services = new Map<string, ServiceHistory>();
    const paces = new Map<string, ContactPace>();
    for (const contact of kept) {
      const { destination, port, protocol, first, last } = contact;
      const key = serviceKey(destination, port, protocol);
      const service = this.#services.get(key);
      if (service !== undefined && (this.#touchedBy.get(key) ?? 0) > 1) services.set(key, { ...service });
      const flows = state.flows.get(key);
      if (typeof flows === 'object')
        paces.set(key, { destination, port, protocol, records: flows.size, first, last });
    }
    const app = [...byPort(state.app.values(), scope).values()]
      .map(appTrait)
      .toSorted(compareApp)
      .slice(0, TRAITS_PER_SOURCE);
    const activity: SourceActivity = {
      source,
      contacts: kept.length > 0 ? kept.map((contact) => ({ ...contact })) : toldContacts(source, app),
      contactsLeftOut: inside.length - kept.length,
      services,
      paces,
      app,
      alerts: alertTraits(state.alerts.values(), scope).slice(0, TRAITS_PER_SOURCE),
      processes: processTraits(
        state.connects.values(),
        (event) => this.#starts.get(processKey(event))?.values() ?? [],
        scope,
      ).slice(0, TRAITS_PER_SOURCE),
      outboundAfter: this.#outboundAfter(kept, scope),
    };
    return isNothing(activity) ? undefined : activity;
  }

  #outboundAfter(contacts: readonly Contact[], scope: ActivityScope): Contact[] {
    const answeredBetween = new Map<IpAddress, { from: Instant; to: number }>();
    for (const { destination, first, last, outcomes } of contacts) {
      if (!hasOutcome(outcomes, 'answered')) continue;
      const window = answeredBetween.get(destination);
      const until = last + OUTBOUND_WINDOW;
      if (window === undefined) answeredBetween.set(destination, { from: first, to: until });
      else {
        if (first < window.from) window.from = first;
        if (until > window.to) window.to = until;
      }
    }
    const found: GrowingContact[] = [];
    for (const [destination, { from, to }] of answeredBetween) {
      const opened = [...(this.#sources.get(destination)?.contacts.values() ?? [])]
        .filter((contact) => contact.outcome !== 'backscatter' && inScope(contact.first, scope))
        .toSorted(compareContacts)
        .slice(0, OUTBOUND_PER_DESTINATION);
      for (const contact of opened) {
        if (contact.first > from && contact.first <= to) found.push(contact);
      }
    }
    return found
      .toSorted((a, b) => compareContacts(a, b) || compareText(a.source, b.source))
      .slice(0, OUTBOUND_PER_SOURCE)
      .map((contact) => ({ ...contact }));
  }
}
