import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { ActivityScope, SourceGroup } from './activity-reader.ts';
import { ActivityTable } from './activity-table.ts';
import { OUTBOUND_WINDOW, SAMPLES, type SourceActivity } from './contact.ts';
import { ICMP, TCP, UDP } from './ip-protocol.ts';
import { outcomeBit, OUTCOMES } from './outcome.ts';
import type {
  AppEvent,
  Flow,
  IdsAlert,
  ProcessEvent,
  RecordPointer,
  TelemetryRecord,
} from './telemetry-record.ts';

const ip = (text: string): IpAddress => text as IpAddress;
const at = (seconds: number): Instant => (1_700_000_000e6 + seconds * 1e6) as Instant;
const POINTER: RecordPointer = { sensor: 'edge', file: 'conn.log', line: 1 };
const ALL: ActivityScope = { from: 0 as Instant, to: at(1e9) };
const CLIENT = ip('10.0.0.1');
const SERVER = ip('10.0.9.9');

const ENDPOINTS = {
  source: CLIENT,
  sourcePort: 40_000,
  destination: SERVER,
  destinationPort: 443,
  protocol: TCP,
  time: at(0),
};

function flow(changes: Partial<Flow> = {}): Flow {
  return {
    kind: 'flow',
    ...ENDPOINTS,
    duration: 0,
    outcome: 'answered',
    state: 'SF',
    history: 'ShADadFf',
    service: '',
    sourcePackets: 5,
    destinationPackets: 5,
    sourceBytes: 100,
    destinationBytes: 200,
    sourceFlags: 0,
    sampling: 1,
    uid: '',
    ...changes,
  };
}

function app(changes: Partial<AppEvent> = {}): AppEvent {
  return {
    kind: 'app',
    ...ENDPOINTS,
    service: 'http',
    action: 'GET',
    name: 'intranet',
    target: '/',
    agent: 'curl/8',
    status: '200',
    accepted: true,
    ja3: '',
    ja4: '',
    hassh: '',
    uid: '',
    ...changes,
  };
}

function alert(changes: Partial<IdsAlert> = {}): IdsAlert {
  return {
    kind: 'alert',
    ...ENDPOINTS,
    provider: 'suricata',
    signature: 'ET SCAN x',
    signatureId: 7,
    category: 'scan',
    severity: 2,
    uid: '',
    ...changes,
  };
}

function process(changes: Partial<ProcessEvent> = {}): ProcessEvent {
  return {
    kind: 'process',
    ...ENDPOINTS,
    action: 'connect',
    host: 'pc7',
    executable: '/usr/bin/nmap',
    commandLine: '',
    pid: 99,
    user: 'ada',
    parent: '',
    ...changes,
  };
}

function tableOf(records: readonly TelemetryRecord[]): ActivityTable {
  const table = new ActivityTable();
  for (const record of records) table.add(record, POINTER);
  return table;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function activityOf(
  records: readonly TelemetryRecord[],
  source = CLIENT,
  scope = ALL,
): Promise<SourceActivity | undefined> {
  const [activity] = await collect(tableOf(records).activities([source], scope));
  return activity;
}

async function candidatesOf(records: readonly TelemetryRecord[], scope = ALL): Promise<IpAddress[]> {
  return (await collect(tableOf(records).candidates(scope))).flat();
}

describe('a contact', () => {
  test('takes the outcome of its first record, and the extremes of all', async () => {
    const activity = await activityOf([
      flow({ time: at(9), outcome: 'answered', sourceFlags: 0x10, duration: 5, sampling: 1, service: 'ssl' }),
      flow({ time: at(1), outcome: 'silent', sourceFlags: 0x02, sourceBytes: 0, sampling: 10 }),
      flow({ time: at(5), outcome: 'refused', destinationBytes: 999, service: 'http' }),
    ]);
    expect(activity?.contacts).toEqual([
      {
        source: CLIENT,
        destination: SERVER,
        port: 443,
        protocol: TCP,
        first: at(1),
        outcome: 'silent',
        last: at(9),
        outcomes: outcomeBit('silent') | outcomeBit('refused') | outcomeBit('answered'),
        flags: 0x12,
        service: 'http',
        sourceBytes: 100,
        destinationBytes: 999,
        duration: 5,
        sampling: 10,
      },
    ]);
  });

  test('of several first records at one moment takes the outcome that stands first in OUTCOMES', async () => {
    const records = OUTCOMES.toReversed().map((outcome) => flow({ outcome }));
    expect((await activityOf(records))?.contacts[0]?.outcome).toBe('answered');
    expect((await activityOf(records.slice(0, -1)))?.contacts[0]?.outcome).toBe('refused');
  });

  test('is one per destination, port and protocol, in order of first, destination, protocol, port', async () => {
    const activity = await activityOf([
      flow({ destinationPort: 53, protocol: UDP }),
      flow({ destinationPort: 53, protocol: TCP }),
      flow({ destinationPort: 22 }),
      flow({ destination: ip('10.0.10.1'), destinationPort: 22 }),
      flow({ destination: ip('10.0.9.8'), time: at(-5), destinationPort: 2048, protocol: ICMP }),
    ]);
    expect(activity?.contacts.map((c) => `${c.destination} ${c.port}/${c.protocol}`)).toEqual([
      '10.0.9.8 2048/1',
      '10.0.10.1 22/6',
      '10.0.9.9 22/6',
      '10.0.9.9 53/6',
      '10.0.9.9 53/17',
    ]);
  });

  test('is in the scope by its first record, whenever the others were', async () => {
    const records = [flow({ time: at(10) }), flow({ time: at(90), outcome: 'refused' })];
    const within = await activityOf(records, CLIENT, { from: at(10), to: at(11) });
    expect(within?.contacts[0]?.last).toBe(at(90));
    expect(await activityOf(records, CLIENT, { from: at(11), to: at(99) })).toBeUndefined();
    expect(await activityOf(records, CLIENT, { from: at(0), to: at(10) })).toBeUndefined();
  });

  test('is made of application records where no flow tells of the source, one for each port', async () => {
    const told = [
      app({ time: at(3), service: 'http', accepted: true }),
      app({ time: at(1), service: 'tls', accepted: undefined }),
      app({ time: at(2), destinationPort: 53, protocol: UDP, service: 'dns', accepted: undefined }),
    ];
    const { contacts = [], services, paces } = (await activityOf([...told, alert(), process()])) ?? {};
    expect(contacts.map((c) => [c.port, c.first, c.last, c.outcome, c.service, c.told])).toEqual([
      [told[0]!.destinationPort, at(1), at(3), 'answered', 'tls', true],
      [53, at(2), at(2), 'unknown', 'dns', true],
    ]);
    expect({ services, paces }).toEqual({ services: new Map(), paces: new Map() });
  });

  test('is made of flows alone where there is one', async () => {
    const activity = await activityOf([flow({ destinationPort: 22 }), app({ destinationPort: 80 })]);
    expect(activity?.contacts.map(({ port, told }) => [port, told])).toEqual([[22, undefined]]);
  });

  test('is in no alert and no process', async () => {
    expect((await activityOf([alert()]))?.contacts).toEqual([]);
    expect((await activityOf([process()]))?.contacts).toEqual([]);
  });
});

describe('the same record', () => {
  test('from one sensor counts once, from two sensors twice', async () => {
    const table = tableOf([flow(), flow({ uid: 'C1' }), flow(), app(), app()]);
    table.add(flow(), { sensor: 'edge', file: 'elsewhere.log', line: 77 });
    table.add(flow(), { sensor: 'core', file: 'conn.log', line: 1 });
    table.add(app(), { sensor: 'core', file: 'http.log', line: 1 });
    const [activity] = await collect(table.activities([CLIENT], ALL));
    expect([...(activity?.paces.values() ?? [])].map(({ records }) => records)).toEqual([3]);
    expect(activity?.app.map(({ events }) => events)).toEqual([2]);
  });

  test('read twice is one record: no pace', async () => {
    expect((await activityOf([flow(), flow()]))?.paces.size).toBe(0);
  });
});

describe('the history of a service', () => {
  const other = ip('10.0.0.2');
  const third = ip('10.0.0.3');

  test('counts sources by what they ever got, the source itself included', async () => {
    const activity = await activityOf([
      flow({ outcome: 'silent' }),
      flow({ source: other, time: at(5), outcome: 'refused' }),
      flow({ source: other, time: at(7), outcome: 'answered' }),
      flow({ source: other, time: at(3), outcome: 'answered' }),
      flow({ source: third, outcome: 'half-open' }),
      flow({ source: third, outcome: 'silent' }),
      flow({ source: ip('10.0.0.4'), outcome: 'unknown' }),
    ]);
    expect([...(activity?.services.values() ?? [])]).toEqual([
      {
        destination: SERVER,
        port: 443,
        protocol: TCP,
        answeredSources: 1,
        failedSources: 1,
        firstAnswered: at(3),
        lastAnswered: at(7),
      },
    ]);
  });

  test('is not given where nobody else was', async () => {
    const activity = await activityOf([flow(), flow({ source: other, destinationPort: 80 })]);
    expect(activity?.services.size).toBe(0);
  });
});

describe('application traits', () => {
  test('are one per destination port and service, with distinct values in order of their bytes', async () => {
    const activity = await activityOf([
      flow(),
      app({ target: '/b', status: '404', accepted: false }),
      app({ target: '/\u{1F600}', time: at(4) }),
      app({ target: '/\uFF5E', agent: '', time: at(2) }),
      app({ service: 'tls', ja4: 't13d', accepted: undefined }),
    ]);
    const [http, tls] = activity?.app ?? [];
    expect(http?.targets).toEqual(['/b', '/\uFF5E', '/\u{1F600}']);
    expect(http).toMatchObject({
      events: 3,
      accepted: 2,
      rejected: 1,
      distinctTargets: 3,
      agents: ['curl/8'],
      statuses: ['200', '404'],
      first: at(0),
      last: at(4),
    });
    expect(tls).toMatchObject({ service: 'tls', ja4: ['t13d'], accepted: 0, rejected: 0 });
  });

  test('keep so many samples and count the rest', async () => {
    const records = Array.from({ length: 120 }, (_, index) => app({ target: `/${1000 + index}` }));
    const [trait] = (await activityOf([flow(), ...records]))?.app ?? [];
    expect(trait?.targets).toHaveLength(SAMPLES);
    expect(trait?.targets.at(-1)).toBe(`/${1000 + SAMPLES - 1}`);
    expect(trait?.distinctTargets).toBe(120);
  });

  test('are of the time of the scope', async () => {
    const records = [flow(), app({ time: at(-1) }), app({ time: at(50), target: '/late' })];
    const activity = await activityOf(records, CLIENT, { from: at(0), to: at(50) });
    expect(activity?.app).toEqual([]);
  });
});

test('alerts of one signature are one trait, with the worst severity', async () => {
  const activity = await activityOf([
    flow(),
    alert({ severity: 3, time: at(3), category: 'b' }),
    alert({ severity: 1, time: at(8), category: 'a' }),
    alert({ severity: 0, time: at(1), category: '' }),
    alert({ signature: 'other', signatureId: 8, severity: 0, time: at(9) }),
  ]);
  expect(activity?.alerts).toEqual([
    {
      destination: SERVER,
      port: 443,
      provider: 'suricata',
      signature: 'ET SCAN x',
      signatureId: 7,
      category: 'a',
      severity: 1,
      first: at(1),
      last: at(8),
      events: 3,
    },
    expect.objectContaining({ signature: 'other', severity: 0, events: 1 }),
  ]);
});

test('a process takes its command line and parent from the record of its start', async () => {
  const nowhere = { source: ip('::'), destination: ip('::'), sourcePort: 0, destinationPort: 0, protocol: 0 };
  const activity = await activityOf([
    flow(),
    process({ time: at(2) }),
    process({ time: at(3), destinationPort: 80 }),
    process({ ...nowhere, action: 'start', time: at(1), commandLine: 'nmap -sS', parent: '/bin/sh' }),
    process({ ...nowhere, action: 'start', time: at(1), commandLine: 'a', parent: 'b', pid: 100 }),
  ]);
  expect(activity?.processes).toEqual([
    {
      host: 'pc7',
      executable: '/usr/bin/nmap',
      commandLine: 'nmap -sS',
      user: 'ada',
      parent: '/bin/sh',
      pid: 99,
      first: at(2),
      last: at(3),
      destinations: 2,
    },
  ]);
});

describe('outbound after', () => {
  const evil = ip('198.51.100.7');
  const outbound = (changes: Partial<Flow>): Flow =>
    flow({ source: SERVER, destination: evil, destinationPort: 4444, ...changes });

  test.each([
    { why: 'a new connection of a host that answered', records: [outbound({ time: at(60) })], want: 1 },
    { why: 'back to the source', records: [outbound({ time: at(60), destination: CLIENT })], want: 1 },
    { why: 'before the contact', records: [outbound({ time: at(-60) })], want: 0 },
    { why: 'at the very moment of the contact', records: [outbound({ time: at(0) })], want: 0 },
    {
      why: 'known from before',
      records: [outbound({ time: at(-60) }), outbound({ time: at(60) })],
      want: 0,
    },
    {
      why: 'at the end of the window',
      records: [outbound({ time: (at(0) + OUTBOUND_WINDOW) as Instant })],
      want: 1,
    },
    {
      why: 'after the window',
      records: [outbound({ time: (at(0) + OUTBOUND_WINDOW + 1) as Instant })],
      want: 0,
    },
    { why: 'backscatter', records: [outbound({ time: at(60), outcome: 'backscatter' })], want: 0 },
  ])('$why: $want', async ({ records, want }) => {
    expect((await activityOf([flow(), ...records]))?.outboundAfter).toHaveLength(want);
  });

  test('a host that never answered cannot have been entered', async () => {
    const activity = await activityOf([flow({ outcome: 'half-open' }), outbound({ time: at(60) })]);
    expect(activity?.outboundAfter).toEqual([]);
  });
});

describe('candidates', () => {
  const many = <T>(length: number, make: (index: number) => T): T[] =>
    Array.from({ length }, (_, index) => make(index));
  const refused = (index: number): Flow => flow({ destinationPort: index, outcome: 'refused' });

  test.each([
    { why: 'three failed contacts', records: many(3, refused), want: [CLIENT] },
    { why: 'two failed contacts', records: many(2, refused), want: [] },
    {
      why: 'three failures of one contact',
      records: many(3, (n) => flow({ time: at(n), outcome: 'silent' })),
      want: [],
    },
    { why: 'ten contacts', records: many(10, (n) => flow({ destinationPort: n })), want: [CLIENT] },
    {
      why: 'ten of backscatter',
      records: many(10, (n) => flow({ destinationPort: n, outcome: 'backscatter' })),
      want: [],
    },
    { why: 'twenty request targets', records: many(20, (n) => app({ target: `/${n}` })), want: [CLIENT] },
    { why: 'nineteen request targets', records: many(19, (n) => app({ target: `/${n}` })), want: [] },
    {
      why: 'twenty names in DNS',
      records: many(20, (n) => app({ service: 'dns', target: '', name: `${n}.lan` })),
      want: [CLIENT],
    },
    { why: 'twenty names in HTTP', records: many(20, (n) => app({ name: `${n}.lan` })), want: [] },
    { why: 'five JA4', records: many(5, (n) => app({ service: 'tls', ja4: `t${n}` })), want: [CLIENT] },
    {
      why: 'five failed hellos',
      records: many(5, (n) => app({ service: 'tls', accepted: false, time: at(n) })),
      want: [CLIENT],
    },
    { why: 'an alert of severity 2', records: [alert()], want: [CLIENT] },
    {
      why: 'an alert of severity 3',
      records: [alert({ severity: 3, signature: 'ET INFO one', category: 'Misc activity' })],
      want: [],
    },
    {
      why: 'an alert of severity 3 that speaks of a scan',
      records: [alert({ severity: 3, signature: 'ET sCaN one' })],
      want: [CLIENT],
    },
    { why: 'a request for a zone', records: [app({ service: 'dns', action: 'AXFR' })], want: [CLIENT] },
    { why: 'SIP where HTTP is spoken', records: [app({ target: 'sip:nm' })], want: [CLIENT] },
    {
      why: 'three protocols at one port',
      records: ['http', 'tls', 'ssh'].map((service) => app({ service })),
      want: [CLIENT],
    },
    {
      why: 'two protocols at one port, and a file',
      records: ['http', 'tls', 'fileinfo'].map((service) => app({ service })),
      want: [],
    },
    {
      why: 'four probes that no connection begins with, of which nothing is known',
      records: many(4, (n) => flow({ destinationPort: n, outcome: 'unknown', sourceFlags: 0x29 })),
      want: [CLIENT],
    },
    {
      why: 'a scan notice',
      records: [alert({ provider: 'zeek-notice', severity: 0, signature: 'Scan::Port_Scan' })],
      want: [CLIENT],
    },
  ] as const)('$why', async ({ records, want }) => {
    expect(await candidatesOf(records)).toEqual(want);
  });

  test('only of the sources that are asked about, each once', async () => {
    const records = many(3, refused);
    expect(await candidatesOf(records, { ...ALL, sources: [SERVER] })).toEqual([]);
    expect(await candidatesOf(records, { ...ALL, sources: [CLIENT, CLIENT] })).toEqual([CLIENT]);
  });
});

describe('groups', () => {
  const groupsOf = async (records: readonly Flow[], scope = ALL): Promise<SourceGroup[]> =>
    collect(tableOf(records).groups(scope));
  const failed = (source: string, destination: string, port: number, seconds: number): Flow =>
    flow({
      source: ip(source),
      destination: ip(destination),
      destinationPort: port,
      time: at(seconds),
      outcome: 'refused',
    });

  test('decoys: one set of sources at four targets, each within a second', async () => {
    const decoys = ['192.0.2.7', '198.51.100.9', '203.0.113.3'];
    const records = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((port) =>
      decoys.map((source, index) => failed(source, '10.0.0.5', port, port * 10.25 + index * 0.2)),
    );
    const upTo = async (most: number): Promise<string[]> =>
      (await groupsOf(records.filter(({ destinationPort }) => destinationPort <= most))).map(
        ({ by, key }) => `${by} ${key}`,
      );
    expect(await upTo(3)).toEqual([]);
    expect(await upTo(4)).toEqual(['simultaneous 192.0.2.7 198.51.100.9 203.0.113.3']);
    expect(await upTo(7)).toEqual(await upTo(4));
    expect(await upTo(8)).toEqual([...(await upTo(4)), 'destination 10.0.0.5']);
  });

  test('neighbours that each take a part of one port of a network', async () => {
    const records = [1, 2, 3, 4, 5, 6, 7, 8, 11].map((host) =>
      failed(`198.51.100.${host % 3}`, `10.0.0.${host}`, 443, host * 100),
    );
    // Of another network, with a single target there: a bystander.
    const bystander = failed('203.0.113.9', '10.0.0.9', 443, 50);
    const groups = await groupsOf([bystander, ...records]);
    expect(groups).toEqual([
      { by: 'prefix', key: '198.51.100.0/24', sources: ['198.51.100.2', '198.51.100.1', '198.51.100.0'] },
      {
        by: 'destination',
        key: '10.0.0.0/24 port 443/tcp',
        sources: ['198.51.100.2', '198.51.100.1', '198.51.100.0'],
      },
    ]);
    // Seven targets of the three are too few, and so are two sources of eight.
    const byDestination = async (flows: readonly Flow[]): Promise<number> =>
      (await groupsOf(flows)).filter(({ by }) => by === 'destination').length;
    expect(await byDestination(records.slice(0, 8))).toBe(1);
    expect(await byDestination([bystander, ...records.slice(0, 7)])).toBe(0);
    expect(
      await byDestination([...records, bystander].filter(({ source }) => source !== '198.51.100.0')),
    ).toBe(0);
  });

  test('whoever fails at less than a quarter of what answers or fails is no member', async () => {
    const records = [1, 2, 3, 4, 5, 6, 7, 8].map((host) =>
      failed(`198.51.100.${host % 3}`, `10.0.0.${host}`, 443, host * 100),
    );
    const fine = (port: number): Flow => ({
      ...failed('198.51.100.0', '10.0.1.1', port, 2000 + port),
      outcome: 'answered',
    });
    // Two failures: 2/8 is a quarter, 2/9 is less.
    expect(await groupsOf([...records, ...[1, 2, 3, 4, 5, 6].map(fine)])).toHaveLength(2);
    expect(await groupsOf([...records, ...[1, 2, 3, 4, 5, 6, 7].map(fine)])).toEqual([]);
  });
});

test('the newest record is of any kind', async () => {
  expect(await new ActivityTable().newest()).toBeUndefined();
  expect(await tableOf([flow(), alert({ time: at(7) }), app({ time: at(3) })]).newest()).toBe(at(7));
});

/** Few addresses, ports, moments and texts, so that records meet. */
const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.9.9', '2001:db8::1').map(ip);
const word = fc.constantFrom('', 'a', 'b', '\uFF5E', '\u{1F600}');
const endpoints = {
  source: address,
  sourcePort: fc.constantFrom(40_000, 40_001),
  destination: address,
  destinationPort: fc.constantFrom(22, 80, 443),
  protocol: fc.constantFrom(TCP, UDP),
  time: fc.integer({ min: 0, max: 8 }).map((n) => at(n / 4)),
};
const anyRecord: fc.Arbitrary<TelemetryRecord> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        ...endpoints,
        outcome: fc.constantFrom(...OUTCOMES),
        service: word,
        sourceFlags: fc.constantFrom(0, 2, 16),
        duration: fc.nat(3),
      })
      .map(flow),
  },
  fc
    .record({
      ...endpoints,
      service: fc.constantFrom('http', 'tls', 'dns'),
      target: word,
      name: word,
      accepted: fc.option(fc.boolean(), { nil: undefined }),
    })
    .map(app),
  fc.record({ ...endpoints, severity: fc.nat(3), category: word }).map(alert),
  fc
    .record({ ...endpoints, action: fc.constantFrom('connect', 'start'), commandLine: word, user: word })
    .map(process),
);
const anyTake = fc.record({ record: anyRecord, sensor: fc.constantFrom('edge', 'core') });

async function everything(
  takes: readonly { record: TelemetryRecord; sensor: string }[],
  scope: ActivityScope,
): Promise<unknown> {
  const table = new ActivityTable();
  for (const { record, sensor } of takes) table.add(record, { ...POINTER, sensor });
  const sources = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.9.9', '2001:db8::1', '::'].map(ip);
  return {
    newest: await table.newest(),
    candidates: await collect(table.candidates(scope)),
    groups: await collect(table.groups(scope)),
    activities: await collect(table.activities(sources, scope)),
  };
}

test('property: order, repetition and batching of records leave no trace', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyTake, { maxLength: 60 }).chain((takes) =>
        fc.record({
          takes: fc.constant(takes),
          again: fc.shuffledSubarray(takes),
          shuffled: fc.shuffledSubarray(takes, { minLength: takes.length }),
        }),
      ),
      fc.nat(8),
      fc.nat(8),
      async ({ takes, again, shuffled }, a, b) => {
        const scope = { from: at(Math.min(a, b) / 4), to: at(Math.max(a, b) / 4 + 0.25) };
        const once = await everything(takes, scope);
        expect(await everything([...again, ...shuffled, ...again], scope)).toEqual(once);
      },
    ),
    { numRuns: 300 },
  );
});

test('property: whoever has enough failed contacts is a candidate and has an activity', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyTake, { maxLength: 60 }), async (takes) => {
      const table = tableOf(takes.map(({ record }) => record));
      const candidates = new Set((await collect(table.candidates(ALL))).flat());
      const sources = [...new Set(takes.map(({ record }) => record.source))];
      for (const { source, contacts } of await collect(table.activities(sources, ALL))) {
        const failures = contacts.filter(({ outcome }) =>
          ['refused', 'silent', 'unreachable', 'half-open'].includes(outcome),
        );
        if (failures.length >= 3) expect(candidates).toContain(source);
      }
    }),
  );
});
