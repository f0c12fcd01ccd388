import * as fc from 'fast-check';
import { formatIpv4, parseIpv4, type IpAddress } from '../../src/net/ip-address.ts';
import { portKey, type PortKey, type TransportProtocol } from '../../src/net/port-key.ts';
import { PortSet } from '../../src/net/port-set.ts';
import type { Extraports, Host, Port, Script, Service } from '../../src/exposure/model/host.ts';
import type { RunId, RunInfo, ScanRun } from '../../src/exposure/model/scan-run.ts';

/**
 * Generated runs that come with the truth behind them. A world says the state of every port of every
 * host; a run looks at part of it, and folds what Nmap would fold. So a test can ask what two runs
 * may say of a change without asking the code under test.
 */
export interface TrueHost {
  readonly up: boolean;
  readonly states: ReadonlyMap<PortKey, string>;
}
export interface SeenWorld {
  readonly run: ScanRun;
  /** What is so, for the hosts the run tried. */
  readonly truth: ReadonlyMap<IpAddress, TrueHost>;
}

const BASE = parseIpv4('10.0.0.0') ?? 0;
const PORTS = [21, 22, 53, 80, 443, 8080, 49_152];
const STATES = ['open', 'closed', 'filtered', 'open|filtered', 'unfiltered'];

const serviceArb: fc.Arbitrary<Service | undefined> = fc.option(
  fc.record(
    {
      name: fc.constantFrom('http', 'ssh', 'domain', 'unknown'),
      product: fc.constantFrom('nginx', 'Apache httpd', 'OpenSSH'),
      version: fc.constantFrom('1.0', '2.4'),
      extrainfo: fc.constantFrom('Debian', 'protocol 2.0'),
      tunnel: fc.constant('ssl'),
      method: fc.constantFrom('table', 'probed'),
    },
    { requiredKeys: ['name'] },
  ),
  { nil: undefined },
);

const scriptArb: fc.Arbitrary<Script> = fc.oneof(
  fc.record({
    id: fc.constantFrom('http-title', 'http-date', 'banner', 'ssh-hostkey'),
    output: fc.constantFrom('a', 'b', 'b\na', 'a\nb'),
  }),
  fc.record({
    id: fc.constantFrom('ssl-cert', 'vulners'),
    output: fc.constant('x'),
    items: fc.array(
      fc.oneof(
        fc.record({ key: fc.constantFrom('k', 'date'), value: fc.constantFrom('1', '2') }),
        fc.record({ items: fc.array(fc.record({ value: fc.constantFrom('1', '2') }), { maxLength: 2 }) }),
      ),
      { maxLength: 2 },
    ),
  }),
);

const scriptsArb = fc.uniqueArray(scriptArb, { maxLength: 2, selector: (script) => script.id });

interface HostSeed {
  readonly octet: number;
  readonly up: boolean;
  readonly recordedDown: boolean;
  readonly states: readonly string[];
  readonly services: readonly (Service | undefined)[];
  readonly portScripts: readonly (readonly Script[])[];
  readonly folds: readonly string[];
  readonly named: boolean;
  readonly timedOut: boolean;
  readonly names: readonly string[];
  readonly macs: readonly string[];
  readonly os: readonly string[];
  readonly scripts: readonly Script[];
}

const hostArb: fc.Arbitrary<HostSeed> = fc.record({
  octet: fc.integer({ min: 0, max: 9 }),
  up: fc.boolean(),
  recordedDown: fc.boolean(),
  states: fc.array(fc.constantFrom(...STATES), { minLength: PORTS.length * 2, maxLength: PORTS.length * 2 }),
  services: fc.array(serviceArb, { minLength: PORTS.length * 2, maxLength: PORTS.length * 2 }),
  portScripts: fc.array(scriptsArb, { minLength: PORTS.length * 2, maxLength: PORTS.length * 2 }),
  folds: fc.subarray(['closed', 'filtered', 'open|filtered'], { maxLength: 2 }),
  named: fc.boolean(),
  timedOut: fc.boolean().map((value) => value),
  names: fc.subarray(['a.example', 'b.example']),
  macs: fc.subarray(['00:00:00:00:00:01', '00:00:00:00:00:02'], { maxLength: 1 }),
  os: fc.subarray(['Linux 5.X', 'Linux 6.X', 'Windows 10']),
  scripts: scriptsArb,
});

export interface RunSeed {
  readonly hosts: readonly HostSeed[];
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
  readonly status: 'complete' | 'interrupted';
  readonly targets: string;
  readonly preScripts: readonly Script[];
  readonly postScripts: readonly Script[];
}

const runSeedArb: fc.Arbitrary<RunSeed> = fc.record({
  hosts: fc.uniqueArray(hostArb, { maxLength: 6, selector: (host) => host.octet }),
  tcp: fc.subarray(PORTS, { minLength: 1 }),
  udp: fc.subarray(PORTS),
  status: fc.constantFrom('complete' as const, 'complete' as const, 'interrupted' as const),
  targets: fc.constantFrom('10.0.0.0/28', '10.0.0.0-9', '10.0.0.0-4', '10.0.0.0/28 --exclude 10.0.0.3'),
  preScripts: scriptsArb,
  postScripts: scriptsArb,
});

/** One run with its truth. */
export const seenWorldArb: fc.Arbitrary<SeenWorld> = runSeedArb.map(look);

/** Two runs of which the second is usually a small turn of the first: like two weeks of one network. */
export const twoWeeksArb: fc.Arbitrary<readonly [SeenWorld, SeenWorld]> = fc.oneof(
  fc.tuple(seenWorldArb, seenWorldArb),
  fc
    .tuple(runSeedArb, runSeedArb, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }))
    .map(([a, b, keep]) => {
      const later: RunSeed = {
        ...a,
        status: keep[10] === true ? a.status : b.status,
        hosts: a.hosts.map((host, index) => {
          const other = b.hosts[index];
          if (keep[index] === true || other === undefined) return host;
          return {
            ...host,
            states: [...other.states.slice(0, 3), ...host.states.slice(3)],
            services: other.services,
          };
        }),
      };
      return [look(a), look(later)] as const;
    }),
);

function reached(seed: RunSeed, octet: number): boolean {
  if (seed.targets === '10.0.0.0-4') return octet <= 4;
  return !(seed.targets.includes('--exclude') && octet === 3);
}

function look(seed: RunSeed): SeenWorld {
  const truth = new Map<IpAddress, TrueHost>();
  const hosts: Host[] = [];
  const sorted = seed.hosts.filter((host) => reached(seed, host.octet)).toSorted((x, y) => x.octet - y.octet);
  for (const host of sorted) {
    const address = formatIpv4(BASE + host.octet);
    const states = new Map<PortKey, string>();
    const entries: { port: number; protocol: TransportProtocol; index: number }[] = [
      ...seed.tcp.map((port) => ({ port, protocol: 'tcp' as const, index: PORTS.indexOf(port) })),
      ...seed.udp.map((port) => ({
        port,
        protocol: 'udp' as const,
        index: PORTS.length + PORTS.indexOf(port),
      })),
    ];
    for (const { port, protocol, index } of entries)
      states.set(portKey(port, protocol), host.states[index] ?? 'closed');
    truth.set(address, { up: host.up, states });
    if (host.up || host.recordedDown) hosts.push(record(address, host, entries));
  }
  return { run: { info: infoOf(seed, hosts), hosts }, truth };
}

function record(
  address: IpAddress,
  host: HostSeed,
  entries: readonly { port: number; protocol: TransportProtocol; index: number }[],
): Host {
  const listed: Port[] = [];
  const folded = new Map<string, Map<TransportProtocol, number[]>>();
  for (const { port, protocol, index } of host.up ? entries : []) {
    const state = host.states[index] ?? 'closed';
    if (host.folds.includes(state)) {
      const perProtocol = folded.get(state) ?? new Map<TransportProtocol, number[]>();
      perProtocol.set(protocol, [...(perProtocol.get(protocol) ?? []), port]);
      folded.set(state, perProtocol);
      continue;
    }
    const service = host.services[index];
    listed.push({
      protocol,
      portid: port,
      state,
      ...(service === undefined ? {} : { service }),
      scripts: host.portScripts[index] ?? [],
    });
  }
  listed.sort((x, y) => x.portid - y.portid || (x.protocol < y.protocol ? -1 : 1));
  const extraports: Extraports[] = [...folded].map(([state, perProtocol]) => ({
    state,
    count: [...perProtocol.values()].reduce((sum, ports) => sum + ports.length, 0),
    reasons: host.named
      ? [...perProtocol].map(([protocol, ports]) => ({
          reason: 'reset',
          count: ports.length,
          protocol,
          ports: PortSet.of(ports).toString(),
        }))
      : [],
  }));
  const mac = host.macs[0];
  return {
    address,
    otherAddresses: [],
    ...(mac === undefined ? {} : { mac: { address: mac } }),
    status: { state: host.up ? 'up' : 'down' },
    hostnames: host.names.map((name) => ({ name, type: 'PTR' })),
    ports: listed,
    extraports,
    os: host.up ? host.os.map((name, index) => osMatch(name, index)) : [],
    scripts: host.up ? host.scripts : [],
    timedOut: false,
  };
}

function osMatch(name: string, index: number): Host['os'][number] {
  const [family = '', generation = ''] = name.split(' ');
  return {
    name,
    accuracy: 100 - index * 4,
    classes: [{ vendor: family, family, generation, accuracy: 100 }],
  };
}

function infoOf(seed: RunSeed, hosts: readonly Host[]): RunInfo {
  const tcp = PortSet.of(seed.tcp).toString();
  const udp = PortSet.of(seed.udp).toString();
  return {
    scanner: 'nmap',
    version: '7.95',
    args: `nmap -sV -sC -O ${seed.targets}`,
    scaninfo: [
      { type: 'syn', protocol: 'tcp', services: tcp },
      ...(seed.udp.length === 0 ? [] : [{ type: 'udp', protocol: 'udp' as const, services: udp }]),
    ],
    verbose: 0,
    debugging: 0,
    preScripts: seed.preScripts,
    postScripts: seed.postScripts,
    format: 'nmap-xml',
    status: seed.status,
    hosts: { up: hosts.filter((host) => host.status.state === 'up').length, down: 1, total: 16 },
    id: '0000000000000000' as RunId,
    vantage: 'default',
    profile: 'default',
    privileges: 'raw',
  };
}
