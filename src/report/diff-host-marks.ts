import { comparePorts, portKey, type PortKey } from '../net/port-key.ts';
import type { Change } from '../exposure/model/change.ts';
import { sightingOf } from '../exposure/model/coverage.ts';
import type { Depth } from '../exposure/model/depth.ts';
import type { Host, Port, Script } from '../exposure/model/host.ts';
import type { HostDiff } from '../exposure/model/run-diff.ts';

/**
 * How a report shows a thing that both, or only one, of two runs tell of:
 * `same`: no change; `changed`: before and after are known to differ; `untold`: the sides read differently, but
 * one of the runs did not look, so nothing is known of a change; `hidden`: the sides read differently and
 * are known to mean the same (another order, a time stamp).
 */
export type Verdict = 'same' | 'changed' | 'untold' | 'hidden';

/** The verdicts of one host, for reports that print both sides of everything. */
export interface HostMarks {
  /** Whether the host itself is gone, new, or only covered by one run. */
  readonly presence: 'both' | 'gone' | 'new' | 'only-before' | 'only-after';
  readonly identity: Verdict;
  readonly status: Verdict;
  readonly extraports: Verdict;
  readonly os: Verdict;
  readonly ports: readonly PortMarks[];
  readonly scripts: readonly ScriptMarks[];
}

/** A port that at least one side lists. */
export interface PortMarks {
  readonly key: PortKey;
  readonly before: Port | undefined;
  readonly after: Port | undefined;
  readonly row: Verdict;
  readonly scripts: readonly ScriptMarks[];
}

/** A script result that at least one side has. */
export interface ScriptMarks {
  readonly before: Script | undefined;
  readonly after: Script | undefined;
  readonly verdict: Verdict;
}

/** Decides for every line of a host's report whether it is a change. All that is decided here follows from the changes and the coverage. */
export function markHost(diff: HostDiff, depth: Depth): HostMarks {
  const kinds = new Set(diff.changes.map((change) => change.kind));
  const presence = presenceOf(diff, kinds);
  const before = diff.before?.host;
  const after = diff.after?.host;
  if (before === undefined || after === undefined) {
    const whole = presence === 'gone' || presence === 'new' ? 'changed' : 'untold';
    const host = before ?? after;
    const side = <T>(value: T): { before: T | undefined; after: T | undefined } =>
      before === undefined ? { before: undefined, after: value } : { before: value, after: undefined };
    return {
      presence,
      identity: whole,
      status: whole,
      extraports: whole,
      os: whole,
      ports: (host?.ports ?? []).map((port) => ({
        key: portKey(port.portid, port.protocol),
        ...side(port),
        row: whole,
        scripts: port.scripts.map((script) => ({ ...side(script), verdict: whole })),
      })),
      scripts: (host?.scripts ?? []).map((script) => ({ ...side(script), verdict: whole })),
    };
  }
  const eitherDown = before.status.state === 'down' || after.status.state === 'down';
  return {
    presence,
    identity: identityVerdict(before, after, kinds),
    status: statusVerdict(before, after, kinds),
    extraports: extraportsVerdict(diff, before, after, kinds, eitherDown),
    os: osVerdict(before, after, kinds, depth, eitherDown),
    ports: markPorts(diff, before, after, depth, eitherDown),
    scripts: markScripts(
      before.scripts,
      after.scripts,
      scriptChanges(diff.changes, undefined),
      depth,
      eitherDown || before.timedOut || after.timedOut,
    ),
  };
}

function presenceOf(diff: HostDiff, kinds: ReadonlySet<Change['kind']>): HostMarks['presence'] {
  if (diff.before !== undefined && diff.after !== undefined) return 'both';
  if (diff.before !== undefined) return kinds.has('host-disappeared') ? 'gone' : 'only-before';
  return kinds.has('host-appeared') ? 'new' : 'only-after';
}

/** Addresses, MAC and names as ndiff gathers them under a host's title. */
export function identityOf(host: Host): { addresses: readonly string[]; names: readonly string[] } {
  const v4 = [host.address, ...host.otherAddresses].filter((address) => !address.includes(':')).toSorted();
  const v6 = [host.address, ...host.otherAddresses].filter((address) => address.includes(':')).toSorted();
  const mac = host.mac === undefined ? [] : [host.mac.address];
  return {
    addresses: [...v4, ...v6, ...mac],
    names: [...new Set(host.hostnames.map((name) => name.name))].toSorted(),
  };
}

function identityVerdict(before: Host, after: Host, kinds: ReadonlySet<Change['kind']>): Verdict {
  if (JSON.stringify(identityOf(before)) === JSON.stringify(identityOf(after))) return 'same';
  const changed =
    kinds.has('addresses-changed') || kinds.has('hostnames-changed') || kinds.has('mac-changed');
  return changed ? 'changed' : 'untold';
}

function statusVerdict(before: Host, after: Host, kinds: ReadonlySet<Change['kind']>): Verdict {
  if (before.status.state === after.status.state) return 'same';
  return kinds.has('host-went-down') || kinds.has('host-came-up') ? 'changed' : 'untold';
}

/** `995 closed, 3 filtered`: what a report says of the ports it does not list; the same text is the same fact. */
export function foldedCounts(host: Host): readonly { readonly state: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const extra of host.extraports) counts.set(extra.state, (counts.get(extra.state) ?? 0) + extra.count);
  return Array.from(counts, ([state, count]) => ({ state, count })).toSorted(
    (a, b) => b.count - a.count || (a.state < b.state ? 1 : -1),
  );
}

function extraportsVerdict(
  diff: HostDiff,
  before: Host,
  after: Host,
  kinds: ReadonlySet<Change['kind']>,
  eitherDown: boolean,
): Verdict {
  if (JSON.stringify(foldedCounts(before)) === JSON.stringify(foldedCounts(after))) return 'same';
  if (eitherDown || before.timedOut || after.timedOut) return 'untold';
  if (kinds.has('extraports-changed')) return 'changed';
  // Without a changed default state the counts differ because other ports are listed, or were asked for.
  if (diff.before === undefined || diff.after === undefined) return 'untold';
  const protocols = new Set([...diff.before.coverage.keys(), ...diff.after.coverage.keys()]);
  for (const protocol of protocols) {
    const x = diff.before.coverage.get(protocol);
    const y = diff.after.coverage.get(protocol);
    if (x === undefined || y === undefined) return 'untold';
    if (x !== 'unknown' && y !== 'unknown' && !x.equals(y)) return 'untold';
  }
  return 'changed';
}

function osVerdict(
  before: Host,
  after: Host,
  kinds: ReadonlySet<Change['kind']>,
  depth: Depth,
  eitherDown: boolean,
): Verdict {
  const names = (host: Host): string => JSON.stringify(host.os.map((match) => match.name));
  if (names(before) === names(after)) return 'same';
  if (kinds.has('os-changed')) return 'changed';
  const blind = eitherDown || !depth.os || before.timedOut || after.timedOut;
  return blind || before.os.length === 0 || after.os.length === 0 ? 'untold' : 'hidden';
}

const PORT_KINDS: ReadonlySet<Change['kind']> = new Set([
  'port-opened',
  'port-closed',
  'port-filtered',
  'port-state-changed',
  'service-changed',
  'product-changed',
  'version-changed',
  'extrainfo-changed',
]);

function markPorts(
  diff: HostDiff,
  before: Host,
  after: Host,
  depth: Depth,
  eitherDown: boolean,
): PortMarks[] {
  const changed = new Set<PortKey>();
  for (const change of diff.changes) {
    if (PORT_KINDS.has(change.kind) && 'port' in change) changed.add(change.port);
  }
  const marks: PortMarks[] = [];
  let i = 0;
  let j = 0;
  while (i < before.ports.length || j < after.ports.length) {
    const x = before.ports[i];
    const y = after.ports[j];
    const order = x === undefined ? 1 : y === undefined ? -1 : comparePorts(x, y);
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
    marks.push(
      markPort(diff, order <= 0 ? x : undefined, order >= 0 ? y : undefined, changed, depth, eitherDown),
    );
  }
  // comparePorts puts udp before sctp and ip; ndiff goes by the name.
  return marks.some(({ key }) => !key.endsWith('tcp'))
    ? marks.toSorted((a, b) => byNumberThenProtocol(a.before ?? a.after, b.before ?? b.after))
    : marks;
}

function markPort(
  diff: HostDiff,
  before: Port | undefined,
  after: Port | undefined,
  changed: ReadonlySet<PortKey>,
  depth: Depth,
  eitherDown: boolean,
): PortMarks {
  const port = before ?? after;
  const key = portKey(port?.portid ?? 0, port?.protocol ?? 'tcp');
  const row = changed.has(key) ? 'changed' : rowVerdict(diff, before, after, depth, eitherDown);
  const x = before?.scripts ?? [];
  const y = after?.scripts ?? [];
  if (x.length === 0 && y.length === 0) return { key, before, after, row, scripts: [] };
  const blind = (eitherDown || before === undefined || after === undefined) && row !== 'changed';
  const whole = row === 'changed' && before?.state !== after?.state;
  return {
    key,
    before,
    after,
    row,
    scripts: markScripts(x, y, scriptChanges(diff.changes, key), depth, blind, whole),
  };
}

/** ndiff's order: by number, then by the protocol's name. */
function byNumberThenProtocol(a: Port | undefined, b: Port | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return a.portid - b.portid || (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0);
}

function rowVerdict(
  diff: HostDiff,
  before: Port | undefined,
  after: Port | undefined,
  depth: Depth,
  eitherDown: boolean,
): Verdict {
  if (before !== undefined && after !== undefined) {
    if (sameColumns(before, after)) return 'same';
    if (before.state !== after.state) return 'hidden';
    return depth.versions ? 'hidden' : 'untold';
  }
  const port = before ?? after;
  const other = before === undefined ? diff.before : diff.after;
  if (eitherDown || port === undefined || other === undefined) return 'untold';
  // Folded in a state that is no news, or not known at all.
  return sightingOf(other, port.portid, port.protocol).kind === 'folded' ? 'hidden' : 'untold';
}

function sameColumns(a: Port, b: Port): boolean {
  const x = a.service;
  const y = b.service;
  return (
    a.state === b.state &&
    (x === y ||
      (x?.name === y?.name &&
        x?.tunnel === y?.tunnel &&
        x?.product === y?.product &&
        x?.version === y?.version &&
        x?.extrainfo === y?.extrainfo))
  );
}

/** What a port's row says: state, service, version. */
export function columns(
  port: Port,
): readonly [state: string, service: string | undefined, version: string | undefined] {
  const { service } = port;
  if (service === undefined) return [port.state, undefined, undefined];
  const name = [service.tunnel, service.name].filter((part) => part !== undefined && part !== '').join('/');
  const version = [
    service.product,
    service.version,
    service.extrainfo === undefined ? undefined : `(${service.extrainfo})`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
  return [port.state, name === '' ? undefined : name, version === '' ? undefined : version];
}

type ScriptChange = Extract<Change, { readonly kind: 'script-changed' }>;

function scriptChanges(changes: readonly Change[], port: PortKey | undefined): ScriptChange[] {
  return changes.filter(
    (change): change is ScriptChange =>
      change.kind === 'script-changed' &&
      (port === undefined
        ? change.place.at === 'host'
        : change.place.at === 'port' && change.place.port === port),
  );
}

/** Pairs results by id, the n-th with the n-th, in the order of ids. */
export function markScripts(
  before: readonly Script[],
  after: readonly Script[],
  changes: readonly ScriptChange[],
  depth: Depth,
  blind: boolean,
  wholePort = false,
): ScriptMarks[] {
  if (before.length === 0 && after.length === 0) return [];
  const ids = [...new Set([...before, ...after].map((script) => script.id))].toSorted();
  return ids.flatMap((id) => {
    const left = before.filter((script) => script.id === id);
    const right = after.filter((script) => script.id === id);
    return Array.from({ length: Math.max(left.length, right.length) }, (_, index): ScriptMarks => {
      const x = left[index];
      const y = right[index];
      return { before: x, after: y, verdict: scriptVerdict(x, y, changes, depth, blind, wholePort) };
    });
  });
}

function scriptVerdict(
  before: Script | undefined,
  after: Script | undefined,
  changes: readonly ScriptChange[],
  depth: Depth,
  blind: boolean,
  wholePort: boolean,
): Verdict {
  // By content, not by identity: changes may have been read from a store.
  const is = (a: Script | undefined, b: Script | undefined): boolean =>
    a?.id === b?.id && a?.output === b?.output;
  if (changes.some((change) => is(change.before, before) && is(change.after, after))) return 'changed';
  if (before !== undefined && after !== undefined) return before.output === after.output ? 'same' : 'hidden';
  if (wholePort) return 'changed';
  return blind || depth.scripts === 'shared' ? 'untold' : 'changed';
}
