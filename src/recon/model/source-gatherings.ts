import type { IpAddress } from '../../net/ip-address.ts';
import { segmentOf } from '../../net/prefix.ts';
import { GROUP, type SourceGroup } from './activity-reader.ts';
import { serviceKey, type Contact } from './contact.ts';
import { gather } from './grouped.ts';
import { protocolName } from './ip-protocol.ts';
import { compareText } from '../../text/order.ts';

/** A set of sources that is asked about, before it is put in order and cut. */
interface Gathering {
  readonly by: SourceGroup['by'];
  readonly key: string;
  readonly sources: readonly IpAddress[];
}

/** Half a second, in microseconds: where the second tiling of time begins. */
const HALF_SECOND = 500_000;

/** Sources that touch the same targets within a second, again and again: decoys. In order of their keys. */
export function simultaneous(failures: readonly Contact[]): Gathering[] {
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

/** Sources of one network. In order of their keys. */
export function byPrefix(failures: readonly Contact[]): Gathering[] {
  const segments = segmentsOf(failures.map(({ source }) => source));
  return gatherings(
    'prefix',
    failures,
    ({ source }) => segments.get(source) ?? source,
    ({ destination, port, protocol }) => serviceKey(destination, port, protocol),
    { perSource: 1, together: GROUP.failedContacts },
  );
}

/** Sources that touch one host, or one port of its network. In order of their keys. */
export function byDestination(failures: readonly Contact[]): Gathering[] {
  const segments = segmentsOf(failures.map(({ destination }) => destination));
  const target = ({ destination, port, protocol }: Contact): string =>
    serviceKey(destination, port, protocol);
  const least = { perSource: GROUP.perSourceThere, together: GROUP.togetherThere };
  return [
    ...gatherings('destination', failures, ({ destination }) => destination, target, least),
    ...gatherings(
      'destination',
      failures,
      ({ destination, port, protocol }) =>
        `${segments.get(destination) ?? destination} port ${port}/${protocolName(protocol)}`,
      target,
      least,
    ),
  ].toSorted((a, b) => compareText(a.key, b.key));
}

function gatherings(
  by: SourceGroup['by'],
  failures: readonly Contact[],
  keyOf: (contact: Contact) => string,
  targetOf: (contact: Contact) => string,
  least: { readonly perSource: number; readonly together: number },
): Gathering[] {
  const touched = new Map<string, Map<IpAddress, Set<string>>>();
  for (const contact of failures) {
    const key = keyOf(contact);
    const sources = touched.get(key) ?? new Map<IpAddress, Set<string>>();
    touched.set(key, sources);
    gather(sources, contact.source).add(targetOf(contact));
  }
  const found: Gathering[] = [];
  for (const [key, sources] of touched) {
    const members = [...sources].filter(([, targets]) => targets.size >= least.perSource);
    if (members.length < GROUP.sources) continue;
    if (new Set(members.flatMap(([, targets]) => [...targets])).size < least.together) continue;
    found.push({ by, key, sources: members.map(([source]) => source) });
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
