import { Fault } from '../../fault/fault.ts';
import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import { comparePorts, parsePortKey, portKey, type PortKey } from '../../net/port-key.ts';
import { PortSet } from '../../net/port-set.ts';
import type { Instant } from '../../time/instant.ts';
import type { Baseline, ExpectedHost, ExpectedPort, Provenance } from '../model/baseline.ts';
import { stateOf, type Change, type PortFacts } from '../model/change.ts';
import type { Host, Service } from '../model/host.ts';
import { osName } from './os-name.ts';

/** What a person accepts as expected from now on. */
export type Approval =
  /** One port in one state; `open` unless said otherwise. */
  | {
      readonly what: 'port';
      readonly host: IpAddress;
      readonly port: PortKey;
      readonly state?: string;
      readonly service?: Service;
    }
  /** What a change or deviation turned something into. */
  | { readonly what: 'change'; readonly change: Change }
  /** A host with everything that a scan saw open on it. */
  | { readonly what: 'host'; readonly host: Host }
  /** A planned deployment: these ports, open on each of these hosts. */
  | { readonly what: 'deployment'; readonly hosts: readonly IpAddress[]; readonly ports: readonly PortKey[] };

/** Who approves, why, and until when. */
export interface ApprovalMeta {
  /** The number of the new version; one more than the newest. */
  readonly version: number;
  readonly at: Instant;
  readonly by: string;
  readonly note: string;
  /** After this instant the approval no longer excuses anything. */
  readonly until?: Instant;
}

/**
 * The next version, in which the approvals hold. The given version stays as it is.
 * Throws a Fault `baseline/nothing-to-approve` for changes on which a baseline holds no expectation
 * (script results, coverage, default states), and `baseline/ends-before-it-begins`.
 */
export function approve(baseline: Baseline, approvals: readonly Approval[], meta: ApprovalMeta): Baseline {
  if (meta.until !== undefined && meta.until <= meta.at) {
    throw new Fault(
      'baseline/ends-before-it-begins',
      'the approval would have ended before it was made',
      'Give an end in the future, or none.',
      { field: 'until' },
    );
  }
  const provenance: Provenance = {
    kind: 'approved',
    by: meta.by,
    note: meta.note,
    at: meta.at,
    ...(meta.until === undefined ? {} : { until: meta.until }),
  };
  const draft = new Draft(baseline.hosts, provenance);
  for (const approval of approvals) applyApproval(draft, approval);
  return {
    ...baseline,
    version: meta.version,
    parent: baseline.version,
    created: meta.at,
    by: meta.by,
    note: meta.note,
    how: 'approved',
    hosts: draft.hosts,
  };
}

/** A new version with the content of an old one; the versions between stay on record. */
export function rollBack(target: Baseline, current: Baseline, meta: Omit<ApprovalMeta, 'until'>): Baseline {
  return {
    ...target,
    version: meta.version,
    parent: current.version,
    created: meta.at,
    by: meta.by,
    note: meta.note,
    how: 'rolled-back',
  };
}

/**
 * What the version expects at an instant: approvals that have ended are gone, and what they replaced
 * stands again. The version itself when nothing has ended.
 */
export function expectedAt(baseline: Baseline, instant: Instant): Baseline {
  let changed = false;
  const hosts = new Map<IpAddress, ExpectedHost>();
  for (const [address, host] of baseline.hosts) {
    const now = hostAt(host, instant);
    if (now !== host) changed = true;
    if (now !== undefined) hosts.set(address, now);
  }
  return changed ? { ...baseline, hosts } : baseline;
}

/** When the next approval ends: until then the version, as `expectedAt` made it, stands as it is. Undefined: none ends. */
export function nextEnd(baseline: Baseline): Instant | undefined {
  let earliest: Instant | undefined;
  const see = ({ provenance }: { readonly provenance: Provenance }): void => {
    if (provenance.kind !== 'approved' || provenance.until === undefined) return;
    if (earliest === undefined || provenance.until < earliest) earliest = provenance.until;
  };
  for (const host of baseline.hosts.values()) {
    see(host);
    for (const port of host.ports.values()) see(port);
  }
  return earliest;
}

function hasEnded(provenance: Provenance, instant: Instant): boolean {
  return provenance.kind === 'approved' && provenance.until !== undefined && provenance.until <= instant;
}

function hostAt(host: ExpectedHost, instant: Instant): ExpectedHost | undefined {
  let now: ExpectedHost = host;
  while (hasEnded(now.provenance, instant)) {
    if (now.before === undefined) return undefined;
    now = { host: host.host, coverage: host.coverage, ports: host.ports, ...now.before };
  }
  let touched = false;
  const ports = new Map<PortKey, ExpectedPort>();
  for (const [key, port] of now.ports) {
    let standing: ExpectedPort | undefined = port;
    while (standing !== undefined && hasEnded(standing.provenance, instant)) standing = standing.before;
    if (standing !== port) touched = true;
    if (standing !== undefined) ports.set(key, standing);
  }
  return touched ? { ...now, ports } : now;
}

function applyApproval(draft: Draft, approval: Approval): void {
  switch (approval.what) {
    case 'port':
      draft.setPort(approval.host, approval.port, approval.state ?? 'open', approval.service);
      return;
    case 'deployment':
      for (const host of approval.hosts)
        for (const port of approval.ports) draft.setPort(host, port, 'open', undefined);
      return;
    case 'host':
      draft.acceptHost(approval.host);
      return;
    case 'change':
      applyChange(draft, approval.change);
      return;
    default:
      approval satisfies never;
  }
}

function applyChange(draft: Draft, change: Change): void {
  switch (change.kind) {
    case 'host-appeared':
    case 'host-came-up':
      draft.acceptHost(change.after);
      return;
    case 'host-disappeared':
    case 'host-went-down':
      draft.setHost(change.host, { presence: 'gone' });
      return;
    case 'mac-changed':
      draft.setHost(change.host, { mac: change.after?.address });
      return;
    case 'os-changed':
      draft.setHost(change.host, { os: osName(change.after) });
      return;
    case 'hostnames-changed':
      draft.setHost(change.host, { hostnames: ptrNames(change.after) });
      return;
    case 'port-opened':
    case 'port-closed':
    case 'port-filtered':
    case 'port-state-changed':
      draft.setPort(change.host, change.port, stateOf(change.after), serviceOf(change.after));
      return;
    case 'service-changed':
    case 'product-changed':
    case 'version-changed':
    case 'extrainfo-changed':
      draft.setPort(change.host, change.port, change.after.state, change.after.service);
      return;
    case 'service-moved':
      draft.setPort(change.host, change.to, 'open', undefined);
      draft.setPort(change.host, change.from, 'closed', undefined);
      return;
    case 'addresses-changed':
    case 'extraports-changed':
    case 'script-changed':
    case 'coverage-changed':
      throw new Fault(
        'baseline/nothing-to-approve',
        `a baseline holds no expectation that a change of kind ${change.kind} could alter`,
        'Approve the host or the port that it belongs to instead.',
      );
    default:
      change satisfies never;
  }
}

function serviceOf(facts: PortFacts): Service | undefined {
  return facts.listed ? facts.port.service : undefined;
}

function ptrNames(names: Host['hostnames']): string[] {
  return [...new Set(names.filter((name) => name.type === 'PTR').map((name) => name.name))].toSorted();
}

/** What of a host an approval can set; undefined takes the expectation away. */
interface HostEdit {
  readonly presence?: ExpectedHost['presence'];
  readonly mac?: string | undefined;
  readonly os?: string | undefined;
  readonly hostnames?: readonly string[];
}

/** The hosts of a version in the making: entries are replaced, never changed. */
class Draft {
  readonly hosts: Map<IpAddress, ExpectedHost>;
  readonly #provenance: Provenance;

  constructor(hosts: ReadonlyMap<IpAddress, ExpectedHost>, provenance: Provenance) {
    this.hosts = new Map(hosts);
    this.#provenance = provenance;
  }

  setPort(address: IpAddress, key: PortKey, state: string, service: Service | undefined): void {
    const host = this.#hostOrNew(address);
    const before = host.ports.get(key);
    const expected = service ?? (before?.state === state ? before.service : undefined);
    const ports = new Map(host.ports);
    ports.set(key, {
      port: key,
      state,
      ...(expected === undefined ? {} : { service: expected }),
      // Another version of a service that comes and goes still comes and goes.
      flapping: before?.state === state && before.flapping,
      support: before?.support ?? { seen: 0, comparable: 0 },
      provenance: this.#provenance,
      // Without an entry a covered port is expected not to be open, and that is where an ending approval leads back to.
      ...(this.#ends && before !== undefined ? { before } : {}),
    });
    this.hosts.set(address, { ...host, ports: sortPorts(ports), coverage: covering(host.coverage, key) });
  }

  setHost(address: IpAddress, edit: HostEdit): void {
    const host = this.#hostOrNew(address);
    const { host: _host, ports, coverage, ...standing } = host;
    const mac = 'mac' in edit ? edit.mac : host.mac;
    const os = 'os' in edit ? edit.os : host.os;
    this.hosts.set(address, {
      host: address,
      presence: edit.presence ?? host.presence,
      hostnames: edit.hostnames ?? host.hostnames,
      ...(mac === undefined ? {} : { mac }),
      ...(os === undefined ? {} : { os }),
      flapping: host.flapping,
      support: host.support,
      provenance: this.#provenance,
      ports,
      coverage,
      ...(this.#ends ? { before: standing } : {}),
    });
  }

  acceptHost(seen: Host): void {
    const os = osName(seen.os);
    if (this.hosts.has(seen.address)) {
      this.setHost(seen.address, {
        presence: 'up',
        hostnames: ptrNames(seen.hostnames),
        ...(seen.mac === undefined ? {} : { mac: seen.mac.address }),
        ...(os === undefined ? {} : { os }),
      });
    } else {
      this.hosts.set(seen.address, {
        ...this.#newHost(seen.address),
        hostnames: ptrNames(seen.hostnames),
        ...(seen.mac === undefined ? {} : { mac: seen.mac.address }),
        ...(os === undefined ? {} : { os }),
      });
    }
    for (const port of seen.ports) {
      if (port.state === 'open')
        this.setPort(seen.address, portKey(port.portid, port.protocol), 'open', port.service);
    }
  }

  get #ends(): boolean {
    return this.#provenance.kind === 'approved' && this.#provenance.until !== undefined;
  }

  #hostOrNew(address: IpAddress): ExpectedHost {
    const known = this.hosts.get(address);
    if (known !== undefined) return known;
    const made = this.#newHost(address);
    this.hosts.set(address, made);
    return made;
  }

  #newHost(address: IpAddress): ExpectedHost {
    return {
      host: address,
      presence: 'up',
      hostnames: [],
      flapping: false,
      support: { seen: 0, comparable: 0 },
      provenance: this.#provenance,
      ports: new Map(),
      coverage: {},
    };
  }
}

/** Coverage with the port in it: an approval is a statement on the port, so from now on the baseline speaks of it. */
function covering(coverage: ExpectedHost['coverage'], key: PortKey): ExpectedHost['coverage'] {
  const { portid, protocol } = parsePortKey(key)!;
  const known = PortSet.parse(coverage[protocol] ?? '') ?? PortSet.empty;
  if (known.has(portid)) return coverage;
  return { ...coverage, [protocol]: known.union(PortSet.of([portid])).toString() };
}

function sortPorts(ports: ReadonlyMap<PortKey, ExpectedPort>): Map<PortKey, ExpectedPort> {
  return new Map([...ports].toSorted(([a], [b]) => comparePorts(parsePortKey(a)!, parsePortKey(b)!)));
}

/** Hosts of a baseline in numeric order of their addresses. */
export function hostsInOrder(baseline: Baseline): ExpectedHost[] {
  return [...baseline.hosts.values()].toSorted((a, b) => compareIpAddresses(a.host, b.host));
}
