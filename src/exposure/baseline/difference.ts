import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import { comparePorts, parsePortKey, type PortKey } from '../../net/port-key.ts';
import type { Baseline, ExpectedHost, ExpectedPort } from '../model/baseline.ts';

/** Attributes of a host on which two versions can disagree. */
export type HostAttribute = 'presence' | 'hostnames' | 'mac' | 'os' | 'flapping' | 'coverage';

/** Attributes of a port on which two versions can disagree. Support is not among them: it grows with every run. */
export type PortAttribute = 'state' | 'service' | 'product' | 'version' | 'flapping' | 'provenance';

/** One thing that two versions of a baseline expect differently. Values are text as people read it. */
export type BaselineDifference =
  | { readonly kind: 'host-added'; readonly host: IpAddress; readonly after: ExpectedHost }
  | { readonly kind: 'host-removed'; readonly host: IpAddress; readonly before: ExpectedHost }
  | {
      readonly kind: 'host-changed';
      readonly host: IpAddress;
      readonly attribute: HostAttribute;
      readonly before: string;
      readonly after: string;
    }
  | {
      readonly kind: 'port-added';
      readonly host: IpAddress;
      readonly port: PortKey;
      readonly after: ExpectedPort;
    }
  | {
      readonly kind: 'port-removed';
      readonly host: IpAddress;
      readonly port: PortKey;
      readonly before: ExpectedPort;
    }
  | {
      readonly kind: 'port-changed';
      readonly host: IpAddress;
      readonly port: PortKey;
      readonly attribute: PortAttribute;
      readonly before: string;
      readonly after: string;
    };

/** What version b expects that a does not, and the other way round: by host, then port. Empty for equal versions. */
export function diffBaselines(a: Baseline, b: Baseline): BaselineDifference[] {
  const addresses = [...new Set([...a.hosts.keys(), ...b.hosts.keys()])].toSorted(compareIpAddresses);
  const differences: BaselineDifference[] = [];
  for (const host of addresses) {
    const before = a.hosts.get(host);
    const after = b.hosts.get(host);
    if (before === after) continue;
    if (before === undefined) differences.push({ kind: 'host-added', host, after: after! });
    else if (after === undefined) differences.push({ kind: 'host-removed', host, before });
    else differences.push(...diffHosts(before, after));
  }
  return differences;
}

const HOST_ATTRIBUTES: readonly (readonly [HostAttribute, (host: ExpectedHost) => string])[] = [
  ['presence', (host) => host.presence],
  ['hostnames', (host) => host.hostnames.join(' ')],
  ['mac', (host) => host.mac ?? ''],
  ['os', (host) => host.os ?? ''],
  ['flapping', (host) => String(host.flapping)],
  [
    'coverage',
    (host) =>
      Object.entries(host.coverage)
        .map(([protocol, ports]) => `${protocol}:${ports}`)
        .toSorted()
        .join(' '),
  ],
];

const PORT_ATTRIBUTES: readonly (readonly [PortAttribute, (port: ExpectedPort) => string])[] = [
  ['state', (port) => port.state],
  [
    'service',
    (port) => [port.service?.tunnel, port.service?.name].filter((part) => part !== undefined).join('/'),
  ],
  ['product', (port) => port.service?.product ?? ''],
  ['version', (port) => port.service?.version ?? ''],
  ['flapping', (port) => String(port.flapping)],
  ['provenance', describeProvenance],
];

function describeProvenance(port: ExpectedPort): string {
  if (port.provenance.kind === 'learned') return 'learned';
  const { by, note } = port.provenance;
  return note === '' ? `approved by ${by}` : `approved by ${by}: ${note}`;
}

function* diffHosts(before: ExpectedHost, after: ExpectedHost): Generator<BaselineDifference> {
  for (const [attribute, read] of HOST_ATTRIBUTES) {
    const was = read(before);
    const is = read(after);
    if (was !== is) yield { kind: 'host-changed', host: before.host, attribute, before: was, after: is };
  }
  const keys = [...new Set([...before.ports.keys(), ...after.ports.keys()])].toSorted((a, b) =>
    comparePorts(parsePortKey(a)!, parsePortKey(b)!),
  );
  for (const port of keys) {
    const was = before.ports.get(port);
    const is = after.ports.get(port);
    if (was === undefined) yield { kind: 'port-added', host: before.host, port, after: is! };
    else if (is === undefined) yield { kind: 'port-removed', host: before.host, port, before: was };
    else {
      for (const [attribute, read] of PORT_ATTRIBUTES) {
        const old = read(was);
        const now = read(is);
        if (old !== now)
          yield { kind: 'port-changed', host: before.host, port, attribute, before: old, after: now };
      }
    }
  }
}
