import { parseIpAddress, type IpAddress } from '../../src/net/ip-address.ts';
import { parsePrefix, type Prefix } from '../../src/net/prefix.ts';
import {
  compareContacts,
  serviceKey,
  type AlertTrait,
  type AppTrait,
  type Contact,
  type SourceActivity,
} from '../../src/recon/model/contact.ts';
import type { Episode, ExposedTarget } from '../../src/recon/model/episode.ts';
import { outcomeBit, type Outcome } from '../../src/recon/model/outcome.ts';
import type { Site } from '../../src/recon/model/site.ts';
import type { Instant } from '../../src/time/instant.ts';

/** Activities, sites and episodes written out for tests: everything ordinary unless said otherwise. */

export const ip = (text: string): IpAddress => parseIpAddress(text)!;
export const prefix = (text: string): Prefix => parsePrefix(text)!;

/** 2026-03-02T09:00:00Z, a Monday. */
export const MONDAY = 1_772_442_000e6 as Instant;

/** Seconds after MONDAY. */
export const at = (seconds: number): Instant => Math.round(MONDAY + seconds * 1e6) as Instant;

export interface WrittenContact {
  readonly to: string;
  readonly port?: number;
  readonly protocol?: number;
  /** Seconds after MONDAY. */
  readonly at?: number;
  readonly lastAt?: number;
  readonly outcome?: Outcome;
  /** Outcomes seen besides the first. */
  readonly also?: readonly Outcome[];
  readonly bytes?: readonly [source: number, destination: number];
  readonly flags?: number;
  readonly service?: string;
  readonly duration?: number;
}

/** A contact of the source; `silent` on 80/tcp unless said otherwise. */
export function contact(source: string, written: WrittenContact): Contact {
  const outcome = written.outcome ?? 'silent';
  const first = at(written.at ?? 0);
  return {
    source: ip(source),
    destination: ip(written.to),
    port: written.port ?? 80,
    protocol: written.protocol ?? 6,
    first,
    outcome,
    last: written.lastAt === undefined ? first : at(written.lastAt),
    outcomes: [outcome, ...(written.also ?? [])].reduce((bits, one) => bits | outcomeBit(one), 0),
    flags: written.flags ?? (written.protocol === undefined || written.protocol === 6 ? 2 : 0),
    service: written.service ?? '',
    sourceBytes: written.bytes?.[0] ?? 0,
    destinationBytes: written.bytes?.[1] ?? 0,
    duration: written.duration ?? 0,
    sampling: 1,
  };
}

export interface WrittenActivity extends Partial<
  Omit<SourceActivity, 'source' | 'contacts' | 'services' | 'paces'>
> {
  readonly contacts: readonly WrittenContact[];
  /** `10.0.0.9:443`, answered for so many sources, failed for so many. */
  readonly services?: Readonly<Record<string, readonly [answered: number, failed: number]>> | undefined;
  /** Records of each contact, spread from its first to its last time. */
  readonly records?: number;
}

/** What a source did. */
export function activity(source: string, written: WrittenActivity): SourceActivity {
  const { contacts: lines, services, records, ...more } = written;
  const contacts = lines.map((line) => contact(source, line)).toSorted(compareContacts);
  return {
    source: ip(source),
    contacts,
    contactsLeftOut: 0,
    services: new Map(
      Object.entries(services ?? {}).map(([where, [answered, failed]]) => {
        const colon = where.lastIndexOf(':');
        const destination = ip(where.slice(0, colon));
        const port = Number(where.slice(colon + 1));
        const seen = answered > 0 ? at(-86_400) : undefined;
        const history = {
          destination,
          port,
          protocol: 6,
          answeredSources: answered,
          failedSources: failed,
          firstAnswered: seen,
          lastAnswered: seen,
        };
        return [serviceKey(destination, port, 6), history] as const;
      }),
    ),
    paces: new Map(
      records === undefined
        ? []
        : contacts.map(({ destination, port, protocol, first, last }) => [
            serviceKey(destination, port, protocol),
            { destination, port, protocol, records, first, last },
          ]),
    ),
    app: [],
    alerts: [],
    processes: [],
    outboundAfter: [],
    ...more,
  };
}

/** An application trait of a destination port. */
export function app(to: string, port: number, service: string, more: Partial<AppTrait> = {}): AppTrait {
  return {
    destination: ip(to),
    port,
    protocol: 6,
    service,
    first: at(0),
    last: more.first ?? at(0),
    events: 1,
    actions: [],
    names: [],
    targets: [],
    agents: [],
    statuses: [],
    ja3: [],
    ja4: [],
    hassh: [],
    distinctTargets: 0,
    accepted: 0,
    rejected: 0,
    ...more,
  };
}

/** An alert of an intrusion detection system. */
export function alert(to: string, port: number, more: Partial<AlertTrait> = {}): AlertTrait {
  return {
    destination: ip(to),
    port,
    provider: 'suricata',
    signature: 'ET SCAN Potential SSH Scan',
    signatureId: 2_001_219,
    category: 'Attempted Information Leak',
    severity: 2,
    first: at(0),
    last: more.first ?? at(0),
    events: 1,
    ...more,
  };
}

/** A site with 10.0.0.0/8 as its own, and nothing else known. */
export function site(more: Partial<Site> = {}): Site {
  return {
    networks: [prefix('10.0.0.0/8')],
    dark: [],
    test: { thetaBenign: 0.92, thetaScan: 0.1, alpha: 1e-4 },
    quiet: 72 * 3_600e6,
    roles: [],
    expected: [],
    ledger: [],
    exposed: new Map(),
    asOf: () => undefined,
    ...more,
  };
}

/** Open ports of our own scans; `new` marks those that the baseline does not have. */
export function exposed(
  ...ports: readonly (readonly [to: string, port: number, isNew?: 'new' | undefined])[]
): {
  readonly exposed: Site['exposed'];
} {
  return {
    exposed: new Map(
      ports.map(([to, port, isNew]): [string, ExposedTarget] => [
        serviceKey(ip(to), port, 6),
        {
          destination: ip(to),
          port,
          protocol: 6,
          service: '',
          openSince: at(isNew === 'new' ? -86_400 : -30 * 86_400),
          newSinceBaseline: isNew === 'new',
          severity: undefined,
        },
      ]),
    ),
  };
}

/** An episode of 10.0.0.66 that touched ten ports of one host, unless said otherwise. */
export function episode(more: Partial<Episode> = {}): Episode {
  return {
    id: '0123456789abcdef',
    sources: [ip('10.0.0.66')],
    joinedBy: undefined,
    trueSource: undefined,
    internal: true,
    first: at(0),
    last: at(60),
    alarm: at(4),
    shape: 'vertical',
    techniques: ['tcp-syn'],
    families: [],
    depth: 'touched',
    likelihood: { score: 22, threshold: 9.2, terms: [], contactsToAlarm: 4 },
    targets: {
      hosts: 1,
      ports: 10,
      contacts: 10,
      networks: ['10.0.0.9/32'],
      topPorts: [{ port: '22/tcp', hosts: 1 }],
      portRanges: '20-29',
    },
    outcomes: { refused: 10 },
    openPorts: [],
    openPortsLeftOut: 0,
    pace: { perSecond: 10, medianGapSeconds: 0.1 },
    order: '',
    traits: [],
    tools: [],
    sending: [],
    role: undefined,
    process: undefined,
    authorised: undefined,
    transition: [],
    exposed: [],
    unusual: [],
    severity: 'low',
    score: 0,
    confidence: { value: 1, lowered: [] },
    noise: false,
    points: [],
    records: [],
    ...more,
  };
}
