import { Buffer } from 'node:buffer';
import { compareOpenings, type Opening } from '../../fingerprint/opening.ts';
import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import { segmentOf } from '../../net/prefix.ts';
import type { Instant } from '../../time/instant.ts';
import {
  CANDIDATE,
  GROUP,
  OPENINGS_PER_SOURCE,
  type ActivityReader,
  type ActivityScope,
  type SourceGroup,
  type Stretch,
} from './activity-reader.ts';
import {
  compareContacts,
  CONTACTS_PER_SOURCE,
  OUTBOUND_PER_DESTINATION,
  OUTBOUND_PER_SOURCE,
  OUTBOUND_WINDOW,
  saysNo,
  SAMPLES,
  serviceKey,
  TRAITS_PER_SOURCE,
  type AlertTrait,
  type AppTrait,
  type Contact,
  type ContactPace,
  type ProcessTrait,
  type ServiceHistory,
  type SourceActivity,
} from './contact.ts';
import { protocolName } from './ip-protocol.ts';
import { isRemarkable, OTHER_THAN_HTTP, SCAN_WORDS, ZONE_TRANSFERS } from './remarkable.ts';
import { hasOutcome, outcomeBit, OUTCOMES, type Outcome } from './outcome.ts';
import type {
  AppEvent,
  Flow,
  IdsAlert,
  ProcessEvent,
  RecordPointer,
  SynFacts,
  TelemetryRecord,
} from './telemetry-record.ts';

/** Sources that come out of `candidates` together. */
const BATCH = 1000;

/** Outcomes that speak for a scan: what CANDIDATE.failedContacts and GROUP count. */
const FAILED: ReadonlySet<Outcome> = new Set<Outcome>(['refused', 'silent', 'unreachable', 'half-open']);

const NEVER_ANSWERED = outcomeBit('refused') | outcomeBit('silent') | outcomeBit('unreachable');

/** A contact as it grows. */
interface GrowingContact extends Contact {
  first: Instant;
  outcome: Outcome;
  last: Instant;
  outcomes: number;
  flags: number;
  service: string;
  sourceBytes: number;
  destinationBytes: number;
  duration: number;
  sampling: number;
}

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
    if (flow.syn !== undefined) openings.set(`${key} ${content}`, openingOf(flow, flow.syn));
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
    if (inside.length === 0) return undefined;
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
    return {
      source,
      contacts: kept.map((contact) => ({ ...contact })),
      contactsLeftOut: inside.length - kept.length,
      services,
      paces,
      app: [...byPort(state.app.values(), scope).values()]
        .map(appTrait)
        .toSorted(compareApp)
        .slice(0, TRAITS_PER_SOURCE),
      alerts: alertTraits(state.alerts.values(), scope).slice(0, TRAITS_PER_SOURCE),
      processes: this.#processes(state, scope).slice(0, TRAITS_PER_SOURCE),
      outboundAfter: this.#outboundAfter(kept, scope),
    };
  }

  #processes(state: SourceState, scope: ActivityScope): ProcessTrait[] {
    const connects = new Map<string, ProcessEvent[]>();
    for (const event of state.connects.values()) {
      if (inScope(event.time, scope))
        list(connects, JSON.stringify([event.host, event.executable, event.user, event.pid])).push(event);
    }
    const traits: ProcessTrait[] = [];
    for (const events of connects.values()) {
      const [one] = events;
      if (one === undefined) continue;
      const starts = [...(this.#starts.get(processKey(one))?.values() ?? [])].filter(
        ({ time }) => time < scope.to,
      );
      const { host, executable, user, pid } = one;
      traits.push({
        host,
        executable,
        commandLine: smallest([...events, ...starts].map((event) => event.commandLine)),
        user,
        parent: smallest([...events, ...starts].map((event) => event.parent)),
        pid,
        ...span(events),
        destinations: new Set(
          events.map((event) => serviceKey(event.destination, event.destinationPort, event.protocol)),
        ).size,
      });
    }
    return traits.toSorted(
      (a, b) =>
        a.first - b.first ||
        compareText(a.host, b.host) ||
        compareText(a.executable, b.executable) ||
        compareText(a.user, b.user) ||
        a.pid - b.pid,
    );
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

function openingOf({ time, source, sourcePort, destination, destinationPort }: Flow, syn: SynFacts): Opening {
  return { ...syn, time, source, sourcePort, destination, destinationPort };
}

function contactOf(flow: Flow): GrowingContact {
  return {
    source: flow.source,
    destination: flow.destination,
    port: flow.destinationPort,
    protocol: flow.protocol,
    first: flow.time,
    outcome: flow.outcome,
    last: flow.time,
    outcomes: outcomeBit(flow.outcome),
    flags: flow.sourceFlags,
    service: flow.service,
    sourceBytes: flow.sourceBytes,
    destinationBytes: flow.destinationBytes,
    duration: flow.duration,
    sampling: flow.sampling,
  };
}

function merge(contact: GrowingContact, flow: Flow): void {
  if (
    flow.time < contact.first ||
    (flow.time === contact.first && OUTCOMES.indexOf(flow.outcome) < OUTCOMES.indexOf(contact.outcome))
  ) {
    contact.first = flow.time;
    contact.outcome = flow.outcome;
  }
  if (flow.time > contact.last) contact.last = flow.time;
  contact.outcomes |= outcomeBit(flow.outcome);
  contact.flags |= flow.sourceFlags;
  if (flow.service !== contact.service) contact.service = smallest([flow.service, contact.service]);
  contact.sourceBytes = Math.max(contact.sourceBytes, flow.sourceBytes);
  contact.destinationBytes = Math.max(contact.destinationBytes, flow.destinationBytes);
  contact.duration = Math.max(contact.duration, flow.duration);
  contact.sampling = Math.max(contact.sampling, flow.sampling);
}

function answered(outcomes: number): number {
  return hasOutcome(outcomes, 'answered') ? 1 : 0;
}

function failed(outcomes: number): number {
  const alive = hasOutcome(outcomes, 'answered') || hasOutcome(outcomes, 'half-open');
  return !alive && (outcomes & NEVER_ANSWERED) !== 0 ? 1 : 0;
}

/** The record itself as text: two records with the same one are the same record. */
function contentKey(record: TelemetryRecord, sensor: string): string {
  const { source, sourcePort, destination, destinationPort, protocol, time } = record;
  const head = [sensor, time, source, sourcePort, destination, destinationPort, protocol];
  switch (record.kind) {
    case 'flow':
      // The contact it is kept under knows source, destination, port and protocol.
      return JSON.stringify([
        sensor,
        time,
        sourcePort,
        record.duration,
        record.outcome,
        record.state,
        record.history,
        record.service,
        record.sourcePackets,
        record.destinationPackets,
        record.sourceBytes,
        record.destinationBytes,
        record.sourceFlags,
        record.sampling,
        record.uid,
        record.syn === undefined ? null : Object.values(record.syn),
      ]);
    case 'app':
      return JSON.stringify([
        ...head,
        record.service,
        record.action,
        record.name,
        record.target,
        record.agent,
        record.status,
        record.accepted ?? null,
        record.ja3,
        record.ja4,
        record.hassh,
        record.uid,
      ]);
    case 'alert':
      return JSON.stringify([
        ...head,
        record.provider,
        record.signature,
        record.signatureId,
        record.category,
        record.severity,
        record.uid,
      ]);
    case 'process':
      return JSON.stringify([
        ...head,
        record.action,
        record.host,
        record.executable,
        record.commandLine,
        record.pid,
        record.user,
        record.parent,
      ]);
    default:
      return record satisfies never;
  }
}

function processKey({ host, executable, pid }: ProcessEvent): string {
  return JSON.stringify([host, executable, pid]);
}

function speaks({ signature, category, severity }: IdsAlert): boolean {
  return severity === 1 || severity === 2 || SCAN_ALERT.test(signature) || SCAN_ALERT.test(category);
}

const SCAN_ALERT = new RegExp(SCAN_WORDS);
const OTHER_TARGETS = Object.values(OTHER_THAN_HTTP).map((pattern) => new RegExp(pattern));
const TRANSFERS: ReadonlySet<string> = new Set(ZONE_TRANSFERS);

function isOddRequest({ service, action, target }: AppEvent): boolean {
  return (
    (service === 'dns' && TRANSFERS.has(action)) || OTHER_TARGETS.some((pattern) => pattern.test(target))
  );
}

/** App records in the scope by (destination, port, protocol, service). */
function byPort(events: Iterable<AppEvent>, scope: ActivityScope): Map<string, AppEvent[]> {
  const found = new Map<string, AppEvent[]>();
  for (const event of events) {
    if (!inScope(event.time, scope)) continue;
    const { destination, destinationPort, protocol, service } = event;
    list(found, `${serviceKey(destination, destinationPort, protocol)} ${service}`).push(event);
  }
  return found;
}

function enumerates(events: readonly AppEvent[]): boolean {
  const service = events[0]?.service;
  const named = service === 'dns' || service === 'smb';
  return (
    distinct(events.map((event) => event.target)).length >= CANDIDATE.appTargets ||
    (named && distinct(events.map((event) => event.name)).length >= CANDIDATE.appTargets) ||
    distinct(events.map((event) => event.agent)).length >= CANDIDATE.appAgents ||
    distinct(events.map((event) => event.ja4)).length >= CANDIDATE.tlsVariants ||
    distinct(events.map((event) => event.ja3)).length >= CANDIDATE.tlsVariants ||
    (service === 'tls' && events.filter((event) => event.accepted === false).length >= CANDIDATE.tlsVariants)
  );
}

/** Of one destination port and service; never empty. */
function appTrait(events: readonly AppEvent[]): AppTrait {
  const [one] = events;
  if (one === undefined) throw new RangeError('no records');
  const sample = (value: (event: AppEvent) => string): string[] =>
    distinct(events.map(value)).toSorted(compareText).slice(0, SAMPLES);
  return {
    destination: one.destination,
    port: one.destinationPort,
    protocol: one.protocol,
    service: one.service,
    ...span(events),
    events: events.length,
    actions: sample((event) => event.action),
    names: sample((event) => event.name),
    targets: sample((event) => event.target),
    agents: sample((event) => event.agent),
    statuses: sample((event) => event.status),
    ja3: sample((event) => event.ja3),
    ja4: sample((event) => event.ja4),
    hassh: sample((event) => event.hassh),
    distinctTargets: distinct(events.map((event) => event.target)).length,
    accepted: events.filter((event) => event.accepted === true).length,
    rejected: events.filter((event) => event.accepted === false).length,
    denied: events.filter((event) => saysNo(event.service, event.status)).length,
  };
}

function compareApp(a: AppTrait, b: AppTrait): number {
  return (
    a.first - b.first ||
    compareText(a.destination, b.destination) ||
    a.port - b.port ||
    a.protocol - b.protocol ||
    compareText(a.service, b.service)
  );
}

function alertTraits(alerts: Iterable<IdsAlert>, scope: ActivityScope): AlertTrait[] {
  const bySignature = new Map<string, IdsAlert[]>();
  for (const alert of alerts) {
    if (!inScope(alert.time, scope)) continue;
    const { destination, destinationPort, provider, signature, signatureId } = alert;
    list(bySignature, JSON.stringify([destination, destinationPort, provider, signature, signatureId])).push(
      alert,
    );
  }
  const traits: AlertTrait[] = [];
  for (const same of bySignature.values()) {
    const [one] = same;
    if (one === undefined) continue;
    const severities = same.map(({ severity }) => severity).filter((severity) => severity !== 0);
    traits.push({
      destination: one.destination,
      port: one.destinationPort,
      provider: one.provider,
      signature: one.signature,
      signatureId: one.signatureId,
      category: smallest(same.map(({ category }) => category)),
      severity: severities.length === 0 ? 0 : severities.reduce((a, b) => Math.min(a, b)),
      ...span(same),
      events: same.length,
    });
  }
  return traits.toSorted(
    (a, b) =>
      a.first - b.first ||
      compareText(a.destination, b.destination) ||
      a.port - b.port ||
      compareText(a.provider, b.provider) ||
      compareText(a.signature, b.signature) ||
      a.signatureId - b.signatureId,
  );
}

/** A set of sources that is asked about, before it is put in order and cut. */
interface Gathering {
  readonly by: SourceGroup['by'];
  readonly key: string;
  readonly sources: readonly IpAddress[];
}

/** Half a second, in microseconds: where the second tiling of time begins. */
const HALF_SECOND = 500_000;

function simultaneous(failures: readonly Contact[]): Gathering[] {
  const cells = new Map<string, Set<IpAddress>>();
  for (const { source, destination, port, protocol, first } of failures) {
    const target = serviceKey(destination, port, protocol);
    const whole = Math.floor(first / 1e6);
    const half = Math.floor((first + HALF_SECOND) / 1e6);
    gather(cells, `${target} w${whole}`).add(source);
    gather(cells, `${target} h${half}`).add(source);
  }
  const targetsOf = new Map<string, Set<string>>();
  for (const [cell, sources] of cells) {
    if (sources.size < GROUP.sources) continue;
    gather(targetsOf, [...sources].toSorted().join(' ')).add(cell.slice(0, cell.lastIndexOf(' ')));
  }
  const found: Gathering[] = [];
  for (const [set, targets] of targetsOf) {
    if (targets.size < GROUP.failedContacts) continue;
    const sources = set.split(' ') as IpAddress[];
    found.push({ by: 'simultaneous', key: sources.slice(0, 8).join(' '), sources });
  }
  // Sets that begin alike have one key: the rest of the set decides.
  return found.toSorted(
    (a, b) => compareText(a.key, b.key) || compareText(a.sources.join(' '), b.sources.join(' ')),
  );
}

function byPrefix(failures: readonly Contact[]): Gathering[] {
  const segments = segmentsOf(failures.map(({ source }) => source));
  return gatherings(
    'prefix',
    failures,
    ({ source }) => segments.get(source) ?? source,
    ({ destination, port, protocol }) => serviceKey(destination, port, protocol),
  );
}

function byDestination(failures: readonly Contact[]): Gathering[] {
  const segments = segmentsOf(failures.map(({ destination }) => destination));
  const target = ({ destination, port, protocol }: Contact): string =>
    serviceKey(destination, port, protocol);
  return [
    ...gatherings('destination', failures, ({ destination }) => destination, target),
    ...gatherings(
      'destination',
      failures,
      ({ destination, port, protocol }) =>
        `${segments.get(destination) ?? destination} port ${port}/${protocolName(protocol)}`,
      target,
    ),
  ].toSorted((a, b) => compareText(a.key, b.key));
}

function gatherings(
  by: SourceGroup['by'],
  failures: readonly Contact[],
  keyOf: (contact: Contact) => string,
  targetOf: (contact: Contact) => string,
): Gathering[] {
  const sources = new Map<string, Set<IpAddress>>();
  const targets = new Map<string, Set<string>>();
  for (const contact of failures) {
    const key = keyOf(contact);
    gather(sources, key).add(contact.source);
    gather(targets, key).add(targetOf(contact));
  }
  const found: Gathering[] = [];
  for (const [key, set] of sources) {
    if (set.size < GROUP.sources || (targets.get(key)?.size ?? 0) < GROUP.failedContacts) continue;
    found.push({ by, key, sources: [...set] });
  }
  return found.toSorted((a, b) => compareText(a.key, b.key));
}

function segmentsOf(addresses: readonly IpAddress[]): ReadonlyMap<IpAddress, string> {
  const segments = new Map<IpAddress, string>();
  for (const address of addresses) {
    if (!segments.has(address)) segments.set(address, segmentOf(address));
  }
  return segments;
}

function inScope(time: Instant, { from, to }: ActivityScope): boolean {
  return time >= from && time < to;
}

function span(records: readonly { readonly time: Instant }[]): { first: Instant; last: Instant } {
  let first: Instant | undefined;
  let last: Instant | undefined;
  for (const { time } of records) {
    first = earlier(first, time);
    last = later(last, time);
  }
  if (first === undefined || last === undefined) throw new RangeError('no records');
  return { first, last };
}

function earlier(a: Instant | undefined, b: Instant): Instant {
  return a === undefined || b < a ? b : a;
}

function later(a: Instant | undefined, b: Instant): Instant {
  return a === undefined || b > a ? b : a;
}

/** Distinct values that are not empty. */
function distinct(values: readonly string[]): string[] {
  const set = new Set(values);
  set.delete('');
  return [...set];
}

/** The smallest that is not empty, or the empty text. */
function smallest(values: readonly string[]): string {
  let least = '';
  for (const value of values) {
    if (value !== '' && (least === '' || compareText(value, least) < 0)) least = value;
  }
  return least;
}

// Half of a surrogate pair, and what lies above them: there UTF-16 and UTF-8 order differently.
const ABOVE_SURROGATES = /[\u{D800}-\u{10FFFF}]/u;

/** Order of UTF-8 bytes, in which the store compares text. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (ABOVE_SURROGATES.test(a) || ABOVE_SURROGATES.test(b))
    return Buffer.compare(Buffer.from(a), Buffer.from(b)) || (a < b ? -1 : 1);
  return a < b ? -1 : 1;
}

function put<K, V>(map: Map<string, Map<K, V>>, key: string): Map<K, V> {
  let inner = map.get(key);
  if (inner === undefined) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}

function gather<V>(map: Map<string, Set<V>>, key: string): Set<V> {
  let set = map.get(key);
  if (set === undefined) {
    set = new Set();
    map.set(key, set);
  }
  return set;
}

function list<V>(map: Map<string, V[]>, key: string): V[] {
  let values = map.get(key);
  if (values === undefined) {
    values = [];
    map.set(key, values);
  }
  return values;
}
