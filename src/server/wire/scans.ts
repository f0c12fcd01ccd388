import type {
  Assessment as WireAssessment,
  Change as WireChange,
  ChangeSide,
  DiffSide,
  Port as WirePort,
  ScanHost,
  ScanRow,
  Service as WireService,
} from '../../api/scans.ts';
import { baselineVersionOf } from '../../exposure/model/baseline.ts';
import { stateOf, type Change, type PortFacts } from '../../exposure/model/change.ts';
import { describeChange } from '../../exposure/model/describe-change.ts';
import type { Host, Port, Service } from '../../exposure/model/host.ts';
import { serviceWords } from '../../exposure/model/port-matrix.ts';
import type { RunInfo } from '../../exposure/model/scan-run.ts';
import type { Assessment } from '../../exposure/queries/assessments.ts';
import type { StoredRun } from '../../exposure/queries/runs.ts';
import { portKey } from '../../net/port-key.ts';
import { formatInstant } from '../../time/instant.ts';
import { timeOrNull } from './values.ts';

/** Open ports that a line names. */
const NAMED_PORTS = 200;

/** One scan as a line of a list. */
export function scanRow(run: StoredRun): ScanRow {
  const { info } = run;
  return {
    id: info.id,
    status: info.status,
    scanner: info.scanner,
    version: info.version,
    format: info.format,
    args: info.args,
    start: timeOrNull(info.start),
    end: timeOrNull(info.end),
    imported: formatInstant(run.imported),
    vantage: info.vantage,
    profile: info.profile,
    privileges: info.privileges,
    hostsUp: run.hostsUp,
    hostsTotal: run.hostsTotal,
    openPorts: run.openPorts,
    problems: run.problems,
    source: run.source,
    sha256: run.sha256,
    bytes: Number(run.bytes),
  };
}

/** The verdict on a scan. */
export function assessmentOf({ run, assessed, parts, ...verdict }: Assessment): WireAssessment {
  return {
    ...verdict,
    scan: run,
    assessed: formatInstant(assessed),
    parts: parts.map((part) => ({ ...part })),
  };
}

/** What was found behind a port. */
export function serviceOf(service: Service | undefined): WireService | null {
  if (service === undefined) return null;
  return {
    name: service.name,
    product: service.product ?? null,
    version: service.version ?? null,
    extrainfo: service.extrainfo ?? null,
    tunnel: service.tunnel ?? null,
    method: service.method ?? null,
    cpe: [...(service.cpe ?? [])],
  };
}

/** A listed port with everything. */
export function portOf(port: Port): WirePort {
  return {
    port: portKey(port.portid, port.protocol),
    state: port.state,
    reason: port.reason ?? null,
    service: serviceOf(port.service),
    scripts: port.scripts.map(({ id, output }) => ({ id, output })),
  };
}

/** One host of a scan as a line of a list. */
export function scanHost(host: Host): ScanHost {
  const open = host.ports.filter(({ state }) => state === 'open');
  const [os] = host.os;
  return {
    address: host.address,
    state: host.status.state,
    reason: host.status.reason ?? null,
    names: host.hostnames.map(({ name }) => name),
    mac: macOf(host),
    os: os === undefined ? null : { name: os.name, accuracy: os.accuracy },
    timedOut: host.timedOut,
    open: open.slice(0, NAMED_PORTS).map((port) => ({
      port: portKey(port.portid, port.protocol),
      service: port.service === undefined ? '' : serviceWords(port.service),
    })),
    openPorts: open.length,
    extraports: host.extraports.map(({ state, count }) => ({ state, count })),
  };
}

/** The address of the network card. */
export function macOf({ mac }: Pick<Host, 'mac'>): ScanHost['mac'] {
  return mac === undefined ? null : { address: mac.address, vendor: mac.vendor ?? null };
}

/** One side of a diff. */
export function diffSide(info: RunInfo): DiffSide {
  const baseline = baselineVersionOf(info.id);
  return {
    scan: baseline === undefined ? info.id : null,
    baseline: baseline ?? null,
    start: timeOrNull(info.start),
    vantage: info.vantage,
    profile: info.profile,
    status: info.status,
    args: info.args,
  };
}

/** The host that a change is about; undefined for a change of the scan as a whole. */
export function hostOfChange(change: Change): string | undefined {
  if (change.kind !== 'script-changed') return change.host;
  const { place } = change;
  return place.at === 'host' || place.at === 'port' ? place.host : undefined;
}

/** A change. */
export function changeOf(change: Change): WireChange {
  const [before, after] = sidesOf(change);
  return { kind: change.kind, port: portOfChange(change), text: describeChange(change), before, after };
}

function portOfChange(change: Change): string | null {
  if (change.kind === 'service-moved') return change.to;
  if (change.kind === 'script-changed') return change.place.at === 'port' ? change.place.port : null;
  return 'port' in change ? change.port : null;
}

function sidesOf(change: Change): readonly [ChangeSide, ChangeSide] {
  switch (change.kind) {
    case 'host-appeared':
      return [null, hostSide(change.after)];
    case 'host-disappeared':
      return [hostSide(change.before), null];
    case 'host-went-down':
    case 'host-came-up':
      return [hostSide(change.before), hostSide(change.after)];
    case 'addresses-changed':
      return [words(change.before.join(' ')), words(change.after.join(' '))];
    case 'hostnames-changed':
      return [
        words(change.before.map(({ name }) => name).join(' ')),
        words(change.after.map(({ name }) => name).join(' ')),
      ];
    case 'mac-changed':
      return [words(macWords(change.before)), words(macWords(change.after))];
    case 'os-changed':
      return [words(change.before[0]?.name ?? ''), words(change.after[0]?.name ?? '')];
    case 'extraports-changed':
      return [words(extraWords(change.before)), words(extraWords(change.after))];
    case 'port-opened':
    case 'port-closed':
    case 'port-filtered':
    case 'port-state-changed':
      return [factsSide(change.before), factsSide(change.after)];
    case 'service-changed':
    case 'product-changed':
    case 'version-changed':
    case 'extrainfo-changed':
      return [portSide(change.before), portSide(change.after)];
    case 'script-changed':
      return [words(change.before?.output ?? ''), words(change.after?.output ?? '')];
    case 'service-moved':
      return [words(`${change.from} ${change.service}`), words(`${change.to} ${change.service}`)];
    case 'coverage-changed':
      return [
        words(change.onlyBefore === '' ? '' : `${change.protocol} ${change.onlyBefore}`),
        words(change.onlyAfter === '' ? '' : `${change.protocol} ${change.onlyAfter}`),
      ];
    default:
      return change satisfies never;
  }
}

function words(text: string): ChangeSide {
  return text === '' ? null : { words: text, state: null, service: null };
}

function hostSide(host: Host): ChangeSide {
  const open = host.ports.filter(({ state }) => state === 'open');
  const named = open
    .slice(0, NAMED_PORTS)
    .map((port) => portKey(port.portid, port.protocol))
    .join(' ');
  return words([host.status.state, named].filter((part) => part !== '').join(' '));
}

function factsSide(facts: PortFacts): ChangeSide {
  if (facts.listed) return portSide(facts.port);
  const state = stateOf(facts);
  return { words: state, state, service: null };
}

function portSide({ state, service }: Port): ChangeSide {
  return {
    words: [state, service === undefined ? '' : serviceWords(service)]
      .filter((part) => part !== '')
      .join(' '),
    state,
    service: serviceOf(service),
  };
}

function macWords(mac: Host['mac'] | undefined): string {
  return mac === undefined ? '' : [mac.address, mac.vendor ?? ''].filter((part) => part !== '').join(' ');
}

function extraWords(extraports: Host['extraports']): string {
  return extraports.map(({ state, count }) => `${count} ${state}`).join(', ');
}
