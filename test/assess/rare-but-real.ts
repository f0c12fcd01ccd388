import { DAILY_NOISE } from '../../src/estate/daily/noise.ts';
import { Dice } from '../../src/estate/dice.ts';
import type { Census, CensusHost, CensusPort } from '../../src/exposure/model/census.ts';
import {
  comparePorts,
  parsePortKey,
  portKey,
  type PortKey,
  type TransportProtocol,
} from '../../src/net/port-key.ts';
import { compareIpAddresses, type IpAddress } from '../../src/net/ip-address.ts';
import { segmentOf } from '../../src/net/prefix.ts';
import { PortSet } from '../../src/net/port-set.ts';
import type { Instant } from '../../src/time/instant.ts';

/** A host of a scenario on one day; a day's change edits it in place. */
export interface Actor {
  readonly name: string;
  readonly kind: keyof typeof KINDS;
  address: string;
  mac: string | undefined;
  hostname: string | undefined;
  os: { family: string; generation: string; accuracy: number };
  readonly ports: Map<PortKey, { service: string; product: string; version: string }>;
  /** Chance that a scan finds it. */
  up: number;
}

const listens = (
  port: number,
  service: string,
  product = '',
  version = '',
): readonly [PortKey, { service: string; product: string; version: string }] => [
  portKey(port, 'tcp'),
  { service, product, version },
];
const SSH = listens(22, 'ssh', 'OpenSSH', '9.2');

/** Four kinds of machine of a small office, alike among themselves. */
const KINDS = {
  web: {
    count: 24,
    net: '10.1.1',
    family: 'Linux',
    up: 0.995,
    ports: [
      SSH,
      listens(80, 'http', 'nginx', '1.22.1'),
      listens(443, 'ssl/http', 'nginx', '1.22.1'),
      listens(9100, 'http', 'node_exporter', '1.6.1'),
    ],
  },
  db: {
    count: 16,
    net: '10.1.2',
    family: 'Linux',
    up: 0.995,
    ports: [
      SSH,
      listens(5432, 'postgresql', 'PostgreSQL DB', '15.4'),
      listens(9100, 'http', 'node_exporter', '1.6.1'),
    ],
  },
  desk: {
    count: 50,
    net: '10.1.3',
    family: 'Windows',
    up: 0.7,
    ports: [
      listens(135, 'msrpc', 'Microsoft Windows RPC'),
      listens(139, 'netbios-ssn'),
      listens(445, 'microsoft-ds'),
    ],
  },
  printer: {
    count: 12,
    net: '10.1.4',
    family: 'embedded',
    up: 0.95,
    ports: [listens(80, 'http', 'HP http config'), listens(515, 'printer'), listens(9100, 'jetdirect')],
  },
} as const;

/** Days of a scenario; the day of interest is the last unless it says otherwise. */
export const DAYS = 24;

/** What happens in a small network whose scans the model has followed for weeks. */
export interface Scenario {
  readonly why: string;
  /** What the model is to make of it, in a sentence: the behaviour that the test holds it to. */
  readonly expected: string;
  /** Days that are judged; the last one when left out. */
  readonly judged?: readonly number[];
  /** What a day is like, before it is scanned. */
  readonly live: (actors: Actor[], day: number) => void;
  /** How the day's scan was made, where it is not the usual one. */
  readonly scan?: (day: number) => Partial<Pick<Census, 'coverage' | 'vantage' | 'profile' | 'partial'>> & {
    readonly hides?: (actor: Actor, port: PortKey) => boolean;
    readonly omits?: (actor: Actor) => boolean;
  };
  /** Hosts that changed harmlessly: at most so many messages about them on all judged days together. */
  readonly quiet?: { readonly hosts: (actor: Actor) => boolean; readonly messages: number };
  /** A host that must be among the first so many of the ranking of some judged day; `told`: an alert must have said so by then. */
  readonly found?: { readonly host: string; readonly among: number; readonly told?: true };
  /** A host that must never raise an alert by itself. */
  readonly silent?: string;
}

const opens = (actor: Actor | undefined, port: number, service: string, product = ''): void => {
  actor?.ports.set(portKey(port, 'tcp'), { service, product, version: '' });
};
const named = (actors: readonly Actor[], name: string): Actor | undefined =>
  actors.find((actor) => actor.name === name);
const kindIs = (kind: Actor['kind']) => (actor: Actor) => actor.kind === kind;
const LAST = DAYS - 1;
/** Telnet on a database server on the day of interest, beside what is harmless: it must not drown. */
const bait = (actors: readonly Actor[], day: number): void => {
  if (day === LAST) opens(named(actors, 'db-3'), 23, 'telnet', 'Linux telnetd');
};

const QUICK = new Map<TransportProtocol, PortSet>([
  [
    'tcp',
    PortSet.of([...Array.from({ length: 1024 }, (_, port) => port + 1), 5432, 8080, 9100, 9182, 31_337]),
  ],
]);
const FULL = new Map<TransportProtocol, PortSet>([['tcp', PortSet.all]]);

/** Situations that are rare but real, with what is expected of the model in each. */
export const SCENARIOS: readonly Scenario[] = [
  {
    why: 'a fleet rollout: one agent on every web server within a day',
    expected: 'One message at most for the fleet; telnet of the same day stands before it, and is told.',
    live: (actors, day) => {
      if (day === LAST)
        for (const actor of actors.filter(kindIs('web'))) opens(actor, 9182, 'http', 'exporter');
      bait(actors, day);
    },
    quiet: { hosts: kindIs('web'), messages: 1 },
    found: { host: 'db-3', among: 1, told: true },
  },
  {
    why: 'a patch wave: nginx and OpenSSH go up on all servers over three days',
    expected: 'No message for going up with the others; telnet of the last day comes first.',
    judged: [LAST - 2, LAST - 1, LAST],
    live: (actors, day) => {
      for (const [index, actor] of actors.entries()) {
        if (actor.kind !== 'web' && actor.kind !== 'db') continue;
        if (day !== LAST - (index % 3)) continue;
        for (const [key, service] of actor.ports)
          if (service.version !== '') actor.ports.set(key, { ...service, version: `${service.version}.7` });
      }
      bait(actors, day);
    },
    quiet: { hosts: (actor) => actor.name !== 'db-3', messages: 0 },
    found: { host: 'db-3', among: 1, told: true },
  },
  {
    why: 'DHCP churn: desks with a MAC address swap addresses',
    expected: 'The machine is known by its MAC address: no message.',
    live: (actors, day) => {
      if (day === LAST) rotate(actors.filter(kindIs('desk')));
      bait(actors, day);
    },
    quiet: { hosts: kindIs('desk'), messages: 0 },
    found: { host: 'db-3', among: 1, told: true },
  },
  {
    why: 'DHCP churn behind a router: desks known by their address alone swap it',
    expected: 'Another host of the same kind took the address, as happens there: one message at most.',
    live: (actors, day) => {
      for (const actor of actors.filter(kindIs('desk'))) {
        actor.mac = undefined;
        actor.hostname = undefined;
      }
      // Also on the last day: 23 is 2 more than a multiple of 3.
      if (day % 3 === 2) rotate(actors.filter(kindIs('desk')).slice(0, 12));
      bait(actors, day);
    },
    quiet: { hosts: kindIs('desk'), messages: 1 },
    found: { host: 'db-3', among: 1, told: true },
  },
  {
    why: 'a new subnet: fifteen web servers like the others appear at once',
    expected:
      'They are new, and alike: one message for the subnet at most, and telnet is not behind them all.',
    live: (actors, day) => {
      if (day === LAST)
        for (let n = 0; n < 15; n += 1) actors.push(makeActor('web', 100 + n, `10.1.9.${20 + n}`));
      bait(actors, day);
    },
    quiet: { hosts: (actor) => actor.address.startsWith('10.1.9.'), messages: 1 },
    found: { host: 'db-3', among: 3, told: true },
  },
  {
    why: 'renumbering: the web servers move to another subnet, names and cards the same',
    expected: 'Nobody is new and nothing opened: no message.',
    live: (actors, day) => {
      if (day === LAST)
        for (const actor of actors.filter(kindIs('web')))
          actor.address = actor.address.replace('10.1.1.', '10.1.8.');
      bait(actors, day);
    },
    quiet: { hosts: kindIs('web'), messages: 0 },
    found: { host: 'db-3', among: 1, told: true },
  },
  {
    why: 'a scan with other coverage: the first of all ports',
    expected: 'What no scan asked before is not new: no message for ports that only this scan could see.',
    live: (actors) => {
      for (const actor of actors) if (actor.kind !== 'printer') opens(actor, 47_001, 'http', 'HTTPAPI');
    },
    scan: (day) => (day === LAST ? { coverage: FULL } : {}),
    quiet: { hosts: () => true, messages: 0 },
  },
  {
    why: 'a scan with less coverage: only port 22',
    expected: 'What was not asked is not gone: no message.',
    live: () => undefined,
    scan: (day) => (day === LAST ? { coverage: new Map([['tcp', PortSet.of([22])]]) } : {}),
    quiet: { hosts: () => true, messages: 0 },
  },
  {
    why: 'a vantage change: from outside, a filter hides all but the web',
    expected: 'Many ports are missing at once, everywhere: one message per subnet at most.',
    live: () => undefined,
    scan: (day) =>
      day === LAST
        ? { vantage: 'outside', hides: (_actor, key) => key !== '80/tcp' && key !== '443/tcp' }
        : {},
    quiet: { hosts: () => true, messages: 4 },
  },
  {
    why: 'an interrupted scan: half of the network is missing from it',
    expected: 'A host that the scan did not get to is not gone: no message then, and none the day after.',
    judged: [LAST - 1, LAST],
    live: () => undefined,
    scan: (day) =>
      day === LAST - 1 ? { partial: true, omits: ({ kind }) => kind === 'desk' || kind === 'printer' } : {},
    quiet: { hosts: () => true, messages: 0 },
  },
  {
    why: 'a poisoned baseline: a backdoor that was there in the first scan',
    expected:
      'Found by the ranked list of the first scan, among the first three; never new, so never an alert later.',
    judged: [0],
    live: (actors, day) => {
      if (day === 0) opens(named(actors, 'db-3'), 31_337, 'unknown');
    },
    found: { host: 'db-3', among: 3 },
    silent: 'db-3',
  },
  {
    why: 'slow hardening drift: one more old service every third day on one web server',
    expected:
      'Each step is news: by the fourth there has been an alert, and the host leads the list of that day.',
    judged: [LAST],
    live: (actors, day) => {
      const steps = [23, 111, 512, 873];
      const step = Math.floor((day - (LAST - 9)) / 3);
      for (const port of steps.slice(0, Math.max(0, step + 1)))
        opens(named(actors, 'web-5'), port, 'unknown');
    },
    found: { host: 'web-5', among: 1, told: true },
  },
];

/** Each takes the address of the next. */
function rotate(actors: readonly Actor[]): void {
  const addresses = actors.map((actor) => actor.address);
  for (const [index, actor] of actors.entries())
    actor.address = addresses[(index + 1) % addresses.length] ?? actor.address;
}

function makeActor(kind: Actor['kind'], number: number, address?: string): Actor {
  const { net, family, up, ports } = KINDS[kind];
  const card = (number + 16).toString(16).toUpperCase().padStart(2, '0');
  const group = { web: 'A1', db: 'B2', desk: 'C3', printer: 'D4' }[kind];
  return {
    name: `${kind}-${number}`,
    kind,
    address: address ?? `${net}.${10 + number}`,
    mac: `00:50:56:${group}:00:${card}`,
    hostname: `${kind}-${number}.corp.example`,
    os: { family, generation: '', accuracy: 97 },
    ports: new Map(ports),
    up,
  };
}

/** A port is missed by itself so often, as scans do. */
const MISS = 0.003;
const START = Date.UTC(2026, 2, 2, 2) * 1e3;
const DAY_US = 86_400e6;

/** The censuses of a scenario, day by day, with who stands behind each of their hosts. */
export function* enact(
  scenario: Scenario,
): Generator<{ readonly day: number; readonly census: Census; readonly actors: readonly Actor[] }> {
  const actors = (Object.keys(KINDS) as Actor['kind'][]).flatMap((kind) =>
    Array.from({ length: KINDS[kind].count }, (_, number) => makeActor(kind, number)),
  );
  for (let day = 0; day < DAYS; day += 1) {
    const dice = new Dice(1, day);
    // Harmless change goes on in any network: people's software opens ports, as often as in the daily histories.
    const desks = actors.filter(kindIs('desk'));
    if (day > 0 && day < LAST - 4 && dice.chance(DAILY_NOISE.laptopPort * desks.length))
      opens(dice.pick(desks), 1000 + dice.int(1, 20), 'unknown');
    scenario.live(actors, day);
    const { hides, omits, ...circumstances } = scenario.scan?.(day) ?? {};
    const coverage = circumstances.coverage ?? QUICK;
    const asked = coverage.get('tcp');
    const seen = actors
      .filter((actor) => dice.chance(actor.up) && omits?.(actor) !== true)
      .toSorted((a, b) => compareIpAddresses(a.address as IpAddress, b.address as IpAddress));
    const hosts = seen.map((actor): CensusHost => {
      const ports = [...actor.ports]
        .filter(([key]) => asked !== undefined && asked !== 'unknown' && asked.has(Number.parseInt(key, 10)))
        .filter(([key]) => hides?.(actor, key) !== true && !dice.chance(MISS))
        .map(([key, service]): CensusPort => ({
          key,
          state: 'open',
          ...service,
          confidence: service.product === '' ? 3 : 10,
        }))
        .toSorted((a, b) => comparePorts(parsePortKey(a.key)!, parsePortKey(b.key)!));
      return {
        address: actor.address as IpAddress,
        ...(actor.mac === undefined ? {} : { mac: actor.mac, vendor: 'VMware' }),
        ...(actor.hostname === undefined ? {} : { hostname: actor.hostname }),
        roles: [],
        network: segmentOf(actor.address as IpAddress),
        os: actor.os,
        ports,
        folded: { closed: 1000 - ports.length },
        profiles: ['quick'],
        contradictions: [],
        partial: false,
      };
    });
    const census: Census = {
      id: String(day),
      at: (START + day * DAY_US) as Instant,
      profile: 'quick',
      vantage: 'inside',
      partial: false,
      ...circumstances,
      coverage,
      hosts,
    };
    yield { day, census, actors: seen };
  }
}
