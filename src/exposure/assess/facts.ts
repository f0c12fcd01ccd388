import type { ExpectedHost, ExpectedPort } from '../model/baseline.ts';
import type { Deviation } from '../model/deviation.ts';
import type { Host, Port, Script, Service } from '../model/host.ts';
import { portKey } from '../../net/port-key.ts';
import type { RunInfo } from '../model/scan-run.ts';
import { readCommandLine } from '../model/command-line.ts';
import { afterOf, beforeOf } from './change-words.ts';
import type { Zone } from './zone.ts';

/** A value as CEL takes it: bigint is `int`. A JavaScript number would be a `double`, and `port.number * 2` would fail. */
export type Fact = string | bigint | boolean | readonly Fact[] | { readonly [key: string]: Fact };

/** What a condition can ask, per root. */
export type Facts = Readonly<Record<string, { readonly [key: string]: Fact }>>;

/** One fact of the environment, for the check at load and for the documentation. */
export interface FactField {
  readonly name: string;
  readonly type: 'string' | 'int' | 'bool' | 'list(string)' | 'list(int)' | 'list(script)';
  readonly doc: string;
}

/** Longest string handed to a condition, in UTF-16 units; hosts write banners of any length. */
export const MAX_FACT_LENGTH = 4_096;
/** Longest list handed to a condition. Ports past it are still counted in `host.open_count`. */
export const MAX_FACT_ITEMS = 256;

/** The CEL environment, in the order in which the documentation lists it. */
export const ENVIRONMENT: readonly FactField[] = [
  { name: 'port.number', type: 'int', doc: '0–65535; -1 where the rule is not about a port.' },
  { name: 'port.protocol', type: 'string', doc: '`tcp`, `udp`, `sctp` or `ip`.' },
  { name: 'port.key', type: 'string', doc: 'As Nmap prints it: `443/tcp`.' },
  {
    name: 'port.state',
    type: 'string',
    doc: '`open`; `open|filtered` only in rules that list it under `states`.',
  },
  {
    name: 'port.reason',
    type: 'string',
    doc: 'What the state rests on: `syn-ack`, `udp-response`; empty when the file does not say.',
  },
  {
    name: 'port.scripts',
    type: 'list(script)',
    doc: 'Script results of the port, each with `id` and `output`.',
  },
  {
    name: 'service.name',
    type: 'string',
    doc: "Nmap's name of the service: `ssh`, `http`; empty when unknown.",
  },
  {
    name: 'service.product',
    type: 'string',
    doc: 'Product as the host announced it; empty without version detection.',
  },
  { name: 'service.version', type: 'string', doc: 'Version as the host announced it.' },
  { name: 'service.extrainfo', type: 'string', doc: 'Further words of the banner, e.g. `protocol 2.0`.' },
  { name: 'service.tunnel', type: 'string', doc: '`ssl` behind TLS, otherwise empty.' },
  {
    name: 'service.guessed',
    type: 'bool',
    doc: 'True when the name comes from the port number alone (`method="table"`) or is missing.',
  },
  { name: 'service.cpe', type: 'list(string)', doc: 'CPE names that Nmap derived.' },
  { name: 'service.ostype', type: 'string', doc: 'Operating system as the service announced it.' },
  { name: 'service.devicetype', type: 'string', doc: 'Device type as the service announced it.' },
  {
    name: 'host.address',
    type: 'string',
    doc: 'IP address; `host.address.inPrefix("10.0.0.0/8")` asks for its network.',
  },
  { name: 'host.names', type: 'list(string)', doc: 'Host names, without the final dot.' },
  { name: 'host.mac', type: 'string', doc: 'MAC address, upper case with colons; empty when not seen.' },
  { name: 'host.vendor', type: 'string', doc: 'Vendor of the MAC address.' },
  { name: 'host.os', type: 'string', doc: 'Name of the best OS match; empty without OS detection.' },
  { name: 'host.roles', type: 'list(string)', doc: 'Roles that the policy gives the host.' },
  {
    name: 'host.zone',
    type: 'string',
    doc: '`internet-facing`, `dmz`, `inside` or `management`; empty when nothing says.',
  },
  {
    name: 'host.open_ports',
    type: 'list(int)',
    doc: `Numbers of open ports, lowest first, at most ${MAX_FACT_ITEMS}.`,
  },
  { name: 'host.open_count', type: 'int', doc: 'How many ports are open.' },
  {
    name: 'host.scripts',
    type: 'list(script)',
    doc: 'Script results of the host, each with `id` and `output`.',
  },
  { name: 'baseline.known', type: 'bool', doc: 'True when the pinned baseline covers the port (or host).' },
  {
    name: 'baseline.expected',
    type: 'bool',
    doc: 'True when the baseline expects the port (or host) to be there.',
  },
  {
    name: 'baseline.approved',
    type: 'bool',
    doc: 'True when a person approved it, and the approval has not ended.',
  },
  { name: 'baseline.seen', type: 'int', doc: 'In how many learned runs it was seen.' },
  { name: 'baseline.comparable', type: 'int', doc: 'In how many learned runs it could have been seen.' },
  {
    name: 'change.kind',
    type: 'string',
    doc: 'Kind of the deviation: `port-opened`, `service-changed`, …; empty in rules on ports and hosts.',
  },
  { name: 'change.pattern', type: 'string', doc: '`change`, `flapping` or `ephemeral`.' },
  {
    name: 'change.before',
    type: 'string',
    doc: 'What was, in the words of the scan: a state, a service, a version.',
  },
  { name: 'change.after', type: 'string', doc: 'What is.' },
  { name: 'change.downgrade', type: 'bool', doc: 'True when a version changed to a lower one.' },
  { name: 'change.comparable', type: 'bool', doc: 'False when the two sides could not see the same things.' },
  {
    name: 'anomaly.alert',
    type: 'bool',
    doc: 'True when the host is more unusual than the alert budget allows (see anomaly.md).',
  },
  {
    name: 'anomaly.channel',
    type: 'string',
    doc: 'What weighs most in it: `new-port`, `missing-port`, `service`, `product`, `version`, `os`, `new-host`, `combination` or `drift`; empty when nothing is unusual.',
  },
  {
    name: 'anomaly.severe',
    type: 'bool',
    doc: 'True when a port behind it would be a finding of severity high or critical where it is new.',
  },
  { name: 'run.scanner', type: 'string', doc: '`nmap`, `masscan`.' },
  { name: 'run.vantage', type: 'string', doc: 'Where the scanner stood.' },
  { name: 'run.profile', type: 'string', doc: 'Name of the series.' },
  { name: 'run.privileges', type: 'string', doc: '`raw`, `connect` or `unknown`.' },
  { name: 'run.status', type: 'string', doc: '`complete`, `interrupted` or `truncated`.' },
  { name: 'run.versions', type: 'bool', doc: 'True when the run detected services and versions.' },
];

/** Every fact by its full name. */
export const FACT_FIELDS: ReadonlySet<string> = new Set(ENVIRONMENT.map((field) => field.name));
/** `port`, `service`, `host`, `baseline`, `change`, `anomaly`, `run`. */
export const FACT_ROOTS: ReadonlySet<string> = new Set(
  ENVIRONMENT.map((field) => field.name.split('.', 1)[0] ?? ''),
);

/** How a port stands to what it is held against. */
export interface PortStanding {
  /** True when the baseline (or the earlier run) says anything of this port. */
  readonly known: boolean;
  /** Opened since, or on a host that appeared since. */
  readonly isNew: boolean;
  readonly expected: ExpectedPort | undefined;
}

const NO_PORT: Facts[string] = { number: -1n, protocol: '', key: '', state: '', reason: '', scripts: [] };
const NO_SERVICE: Facts[string] = serviceFacts(undefined);
const NO_CHANGE: Facts[string] = {
  kind: '',
  pattern: '',
  before: '',
  after: '',
  downgrade: false,
  comparable: true,
};
const NO_ANOMALY: Facts[string] = { alert: false, channel: '', severe: false };
const NO_BASELINE: Facts[string] = {
  known: false,
  expected: false,
  approved: false,
  seen: 0n,
  comparable: 0n,
};

/** Facts without a subject, for the roots that a rule does not speak of. */
export const NOTHING = {
  port: NO_PORT,
  service: NO_SERVICE,
  change: NO_CHANGE,
  baseline: NO_BASELINE,
  anomaly: NO_ANOMALY,
} as const;

/** Facts of the run, the same for every host. */
export function runFacts(run: RunInfo): Facts[string] {
  return {
    scanner: clip(run.scanner),
    vantage: clip(run.vantage),
    profile: clip(run.profile),
    privileges: run.privileges,
    status: run.status,
    versions: readCommandLine(run.args).versions,
  };
}

/** Facts of a host. */
export function hostFacts(
  host: Host,
  { roles, zone }: { readonly roles: readonly string[]; readonly zone: Zone | undefined },
): Facts[string] {
  const open = host.ports.filter((port) => port.state === 'open');
  return {
    address: host.address,
    names: host.hostnames.slice(0, MAX_FACT_ITEMS).map((name) => clip(name.name.replace(/\.$/, ''))),
    mac: host.mac?.address ?? '',
    vendor: clip(host.mac?.vendor ?? ''),
    os: clip(host.os[0]?.name ?? ''),
    roles: roles.slice(0, MAX_FACT_ITEMS),
    zone: zone ?? '',
    open_ports: open.slice(0, MAX_FACT_ITEMS).map((port) => BigInt(port.portid)),
    open_count: BigInt(open.length),
    scripts: scriptFacts(host.scripts),
  };
}

/** Facts of a port. */
export function portFacts(port: Port): Facts[string] {
  return {
    number: BigInt(port.portid),
    protocol: port.protocol,
    key: portKey(port.portid, port.protocol),
    state: clip(port.state),
    reason: clip(port.reason ?? ''),
    scripts: scriptFacts(port.scripts),
  };
}

/** Whether a service name rests on the port number alone. */
export function isGuessed(service: Service | undefined): boolean {
  return service === undefined || service.name === '' || service.method === 'table';
}

/** Facts of a service; all empty when the scanner named none. */
export function serviceFacts(service: Service | undefined): Facts[string] {
  return {
    name: clip(service?.name ?? ''),
    product: clip(service?.product ?? ''),
    version: clip(service?.version ?? ''),
    extrainfo: clip(service?.extrainfo ?? ''),
    tunnel: clip(service?.tunnel ?? ''),
    guessed: isGuessed(service),
    cpe: (service?.cpe ?? []).slice(0, MAX_FACT_ITEMS).map((cpe) => clip(cpe)),
    ostype: clip(service?.ostype ?? ''),
    devicetype: clip(service?.devicetype ?? ''),
  };
}

/** Facts of how a port stands to the baseline. */
export function baselineFacts(standing: PortStanding): Facts[string] {
  const { expected } = standing;
  return {
    known: standing.known,
    expected: expected !== undefined && !standing.isNew,
    approved: expected?.provenance.kind === 'approved',
    seen: BigInt(expected?.support.seen ?? 0),
    comparable: BigInt(expected?.support.comparable ?? 0),
  };
}

/** Facts of how a host as a whole stands to the baseline. */
export function hostBaselineFacts(expected: ExpectedHost | undefined): Facts[string] {
  return {
    known: expected !== undefined,
    expected: expected?.presence === 'up',
    approved: expected?.provenance.kind === 'approved',
    seen: BigInt(expected?.support.seen ?? 0),
    comparable: BigInt(expected?.support.comparable ?? 0),
  };
}

/** Facts of a deviation. */
export function changeFacts(deviation: Deviation): Facts[string] {
  const change = deviation.changes[0];
  const before = beforeOf(change);
  const after = afterOf(change);
  return {
    kind: change.kind,
    pattern: deviation.pattern,
    before: clip(before),
    after: clip(after),
    downgrade: change.kind === 'version-changed' && isDowngrade(before, after),
    comparable: deviation.comparable,
  };
}

/**
 * Whether a version went down: dotted numbers compared number by number, as far as both have them
 * (`9.2p1` to `8.4p1`). Words are not compared, and a version that became unknown is not lower.
 */
export function isDowngrade(before: string, after: string): boolean {
  const left = numbersOf(before);
  const right = numbersOf(after);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = right[index]! - left[index]!;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function numbersOf(version: string): number[] {
  return Array.from(version.slice(0, 64).matchAll(/\d{1,9}/g), (match) => Number(match[0]));
}

function scriptFacts(scripts: readonly Script[]): Fact[] {
  return scripts
    .slice(0, MAX_FACT_ITEMS)
    .map((script) => ({ id: clip(script.id), output: clip(script.output) }));
}

function clip(text: string): string {
  return text.length > MAX_FACT_LENGTH ? text.slice(0, MAX_FACT_LENGTH) : text;
}
