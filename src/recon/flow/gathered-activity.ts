import type { IpAddress } from '../../net/ip-address.ts';
import {
  compareContacts,
  OUTBOUND_PER_SOURCE,
  OUTBOUND_WINDOW,
  serviceKey,
  type AlertTrait,
  type AppTrait,
  type Contact,
  type ContactPace,
  type ProcessTrait,
  type ServiceHistory,
  type SourceActivity,
} from '../model/contact.ts';
import { hasOutcome } from '../model/outcome.ts';
import { isNothing, toldContacts } from '../model/told-contacts.ts';
import { appTraits, manyValues, type SampledColumn } from '../queries/app-traits.ts';
import { connectingProcesses } from '../queries/process-traits.ts';
import { smallest } from '../../text/order.ts';
import { ServiceMemory } from './service-memory.ts';

type ProcessRow = ReturnType<typeof connectingProcesses.decode>;
type AppRow = ReturnType<typeof appTraits.decode>;
type ManyValuesRow = ReturnType<typeof manyValues.decode>;

/** A process on its host. */
export function processKey({
  host,
  executable,
  pid,
}: Pick<ProcessRow, 'host' | 'executable' | 'pid'>): string {
  return JSON.stringify([host, executable, pid]);
}

/** A destination that answered a source: when it may have acted because of that. */
interface Window {
  readonly source: IpAddress;
  from: number;
  to: number;
  /** Contacts of the destination inside that were found; more than OUTBOUND_PER_SOURCE never count. */
  found: number;
}

/** A growing app trait. */
interface GrowingApp extends AppTrait {
  distinctTargets: number;
  actions: readonly string[];
  names: readonly string[];
  targets: readonly string[];
  agents: readonly string[];
  statuses: readonly string[];
  ja3: readonly string[];
  ja4: readonly string[];
  hassh: readonly string[];
}

const FIELD_OF = {
  action: 'actions',
  name: 'names',
  target: 'targets',
  agent: 'agents',
  status: 'statuses',
  ja3: 'ja3',
  ja4: 'ja4',
  hassh: 'hassh',
} as const satisfies Record<SampledColumn, keyof AppTrait>;

/** What the queries about a batch of sources gave, by source. */
export class Gathered {
  readonly #contacts = new Map<IpAddress, Contact[]>();
  readonly #services = new Map<string, ServiceHistory>();
  readonly #memory: ServiceMemory | undefined;
  readonly #records = new Map<IpAddress, Map<string, number>>();
  readonly #app = new Map<IpAddress, Map<string, GrowingApp>>();
  readonly #alerts = new Map<IpAddress, AlertTrait[]>();
  readonly #processes = new Map<IpAddress, ProcessTrait[]>();
  readonly #windows = new Map<IpAddress, Window[]>();
  readonly #opened = new Map<IpAddress, Contact[]>();

  /** `memory`: where histories come from; undefined: from addService. */
  constructor(memory: ServiceMemory | undefined) {
    this.#memory = memory;
  }

  /** All of one source. */
  addContacts(contacts: Contact[]): void {
    const [one] = contacts;
    if (one !== undefined) this.#contacts.set(one.source, contacts);
  }

  addService(service: ServiceHistory): void {
    this.#services.set(serviceKey(service.destination, service.port, service.protocol), service);
  }

  addPace(source: IpAddress, key: string, records: number): void {
    inner(this.#records, source).set(key, records);
  }

  addApp(row: AppRow): void {
    inner(this.#app, row.source).set(appKey(row), {
      destination: row.destination,
      port: row.port,
      protocol: row.protocol,
      service: row.service,
      first: row.first,
      last: row.last,
      events: row.events,
      actions: row.action_values,
      names: row.name_values,
      targets: row.target_values,
      agents: row.agent_values,
      statuses: row.status_values,
      ja3: row.ja3_values,
      ja4: row.ja4_values,
      hassh: row.hassh_values,
      distinctTargets: row.target_values.length,
      accepted: row.agreed,
      rejected: row.rejected,
      denied: row.denied,
    });
  }

  addManyValues(column: SampledColumn, row: ManyValuesRow): void {
    const trait = this.#app.get(row.source)?.get(appKey(row));
    if (trait === undefined) return;
    trait[FIELD_OF[column]] = row.samples;
    if (column === 'target') trait.distinctTargets = row.distinct;
  }

  addAlert(source: IpAddress, trait: AlertTrait): void {
    push(this.#alerts, source, trait);
  }

  addProcess(
    row: ProcessRow,
    started: { readonly command_line: string; readonly parent: string } | undefined,
  ): void {
    push(this.#processes, row.source, {
      host: row.host,
      executable: row.executable,
      commandLine: smallest([row.command_line, started?.command_line ?? '']),
      user: row.user,
      parent: smallest([row.parent, started?.parent ?? '']),
      pid: row.pid,
      first: row.first,
      last: row.last,
      destinations: row.destinations,
    });
  }

  /** To be called when all contacts are there: finds who was answered by whom, and when. */
  answeredFrom(): void {
    for (const [source, contacts] of this.#contacts) {
      const own = new Map<IpAddress, Window>();
      for (const { destination, first: begin, last, outcomes } of contacts) {
        if (!hasOutcome(outcomes, 'answered')) continue;
        const until = last + OUTBOUND_WINDOW;
        const window = own.get(destination);
        if (window === undefined) own.set(destination, { source, from: begin, to: until, found: 0 });
        else {
          window.from = Math.min(window.from, begin);
          window.to = Math.max(window.to, until);
        }
      }
      for (const [destination, window] of own) push(this.#windows, destination, window);
    }
  }

  /** Takes what a destination opened, in the order of compareContacts. */
  addOpened(contact: Contact): void {
    for (const window of this.#windows.get(contact.source) ?? []) {
      if (contact.first <= window.from || contact.first > window.to) continue;
      if (window.found === OUTBOUND_PER_SOURCE) continue;
      window.found += 1;
      push(this.#opened, window.source, contact);
    }
  }

  /** `contacts`: how many the source has, looked at or not. */
  activity(source: IpAddress, contacts: number): SourceActivity | undefined {
    const own = this.#contacts.get(source) ?? [];
    own.sort(compareContacts);
    const services = new Map<string, ServiceHistory>();
    const paces = new Map<string, ContactPace>();
    const records = this.#records.get(source);
    for (const contact of own) {
      const { destination, port, protocol, first: begin, last } = contact;
      const key = serviceKey(destination, port, protocol);
      const service = this.#memory === undefined ? this.#services.get(key) : this.#memory.of(contact);
      if (service !== undefined) services.set(key, service);
      const repeated = records?.get(key);
      if (repeated !== undefined)
        paces.set(key, { destination, port, protocol, records: repeated, first: begin, last });
    }
    const app = [...(this.#app.get(source)?.values() ?? [])];
    const activity: SourceActivity = {
      source,
      contacts: own.length > 0 ? own : toldContacts(source, app),
      contactsLeftOut: contacts - own.length,
      services,
      paces,
      app,
      alerts: this.#alerts.get(source) ?? [],
      processes: this.#processes.get(source) ?? [],
      outboundAfter: (this.#opened.get(source) ?? [])
        .toSorted((a, b) => compareContacts(a, b) || (a.source < b.source ? -1 : 1))
        .slice(0, OUTBOUND_PER_SOURCE),
    };
    // What was given is not held.
    this.#contacts.delete(source);
    this.#opened.delete(source);
    return isNothing(activity) ? undefined : activity;
  }
}

function appKey(row: Pick<AppRow, 'destination' | 'port' | 'protocol' | 'service'>): string {
  return `${serviceKey(row.destination, row.port, row.protocol)} ${row.service}`;
}

/** Adds to the list of a key. */
export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

function inner<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let found = map.get(key);
  if (found === undefined) {
    found = new Map();
    map.set(key, found);
  }
  return found;
}
