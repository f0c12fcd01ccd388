import { stateOf, type Change, type PortFacts, type ScriptPlace } from './change.ts';
import type { Extraports, Host, OsMatch, Port, Service } from './host.ts';

/**
 * One plain sentence without a full stop. It quotes what scanned hosts wrote: every output escapes
 * it as its medium needs.
 */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case 'host-appeared':
      return `${name(change.after)} appeared with ${openPorts(change.after)}`;
    case 'host-disappeared':
      return `${name(change.before)} no longer answers; it had ${openPorts(change.before)}`;
    case 'host-went-down':
      return `${name(change.before)} went down; it had ${openPorts(change.before)}`;
    case 'host-came-up':
      return `${name(change.after)} came up with ${openPorts(change.after)}`;
    case 'addresses-changed':
      return `${change.host} changed addresses from ${list(change.before)} to ${list(change.after)}`;
    case 'hostnames-changed':
      return `${change.host} changed names from ${list(change.before.map((item) => item.name))} to ${list(change.after.map((item) => item.name))}`;
    case 'mac-changed':
      return `${change.host} changed its MAC address from ${mac(change.before)} to ${mac(change.after)}`;
    case 'os-changed':
      return `${change.host} looked like ${system(change.before)}, and looks like ${system(change.after)} now`;
    case 'extraports-changed':
      return `${change.host} answers differently on its other ports: ${folded(change.before)} before, ${folded(change.after)} now`;
    case 'port-opened':
      return `${change.host} opened ${change.port}${serviceOf(change.after)}; it was ${stateOf(change.before)}`;
    case 'port-closed':
      return `${change.host} closed ${change.port}${serviceOf(change.before)}`;
    case 'port-filtered':
      return `${change.host} now filters ${change.port}${serviceOf(change.before)}; it was ${stateOf(change.before)}`;
    case 'port-state-changed':
      return `${change.host} changed ${change.port} from ${stateOf(change.before)} to ${stateOf(change.after)}${serviceOf(change.after)}`;
    case 'service-changed':
      return `${change.host} runs another service on ${change.port}: ${service(change.before.service)} before, ${service(change.after.service)} now`;
    case 'product-changed':
      return `${change.host} runs another product on ${change.port}: ${service(change.before.service)} before, ${service(change.after.service)} now`;
    case 'version-changed':
      return `${change.host} runs another version on ${change.port}: ${service(change.before.service)} before, ${service(change.after.service)} now`;
    case 'extrainfo-changed':
      return `${change.host} describes ${change.port} differently: ${service(change.before.service)} before, ${service(change.after.service)} now`;
    case 'script-changed':
      return `script ${change.id} on ${place(change.place)} ${scriptTurn(change.before === undefined, change.after === undefined)}`;
    case 'service-moved':
      return `${change.host} moved ${change.service} from ${change.from} to ${change.to}`;
    case 'coverage-changed':
      return coverage(change);
    default:
      return change satisfies never;
  }
}

function name(host: Host): string {
  const first = host.hostnames[0]?.name;
  return first === undefined ? host.address : `${host.address} (${first})`;
}

/** How many open ports a sentence names before it counts the rest. */
const NAMED_PORTS = 5;

function openPorts(host: Host): string {
  const open = host.ports.filter((port) => port.state === 'open');
  if (open.length === 0) return 'no open ports';
  const named = open.slice(0, NAMED_PORTS).map((port) => `${port.portid}/${port.protocol}`);
  const rest = open.length - named.length;
  return `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''} open`;
}

function list(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.join(', ');
}

function mac(value: Host['mac'] | undefined): string {
  if (value === undefined) return 'none seen';
  return value.vendor === undefined ? value.address : `${value.address} (${value.vendor})`;
}

function system(matches: readonly OsMatch[]): string {
  return matches[0]?.name ?? 'nothing known';
}

function folded(extraports: readonly Extraports[]): string {
  return list(extraports.map((extra) => `${extra.count} ${extra.state}`));
}

function serviceOf(facts: PortFacts): string {
  return facts.listed && known(facts.port) ? ` (${service(facts.port.service)})` : '';
}

function known(port: Port): boolean {
  return port.service !== undefined;
}

/** `ssl/http Apache httpd 2.4.57 (Debian)`. */
function service(value: Service | undefined): string {
  if (value === undefined) return 'unknown';
  const extrainfo = value.extrainfo === undefined ? undefined : `(${value.extrainfo})`;
  return [
    value.tunnel === undefined ? value.name : `${value.tunnel}/${value.name}`,
    value.product,
    value.version,
    extrainfo,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

function place(where: ScriptPlace): string {
  switch (where.at) {
    case 'port':
      return `${where.host} ${where.port}`;
    case 'host':
      return where.host;
    case 'prerule':
      return 'the run, before its hosts,';
    case 'postrule':
      return 'the run, after its hosts,';
    default:
      return where satisfies never;
  }
}

function scriptTurn(isNew: boolean, isGone: boolean): string {
  if (isNew) return 'has a result now';
  return isGone ? 'has no result any more' : 'says something else now';
}

function coverage(change: Extract<Change, { kind: 'coverage-changed' }>): string {
  if (change.protocol === 'host') {
    const which = change.onlyBefore === '' ? 'second' : 'first';
    return `only the ${which} scan is known to have covered ${change.host ?? 'this host'}; nothing is known of a change`;
  }
  const parts = [
    change.onlyBefore === ''
      ? undefined
      : `only the first scan tells of ${change.protocol} ${change.onlyBefore}`,
    change.onlyAfter === ''
      ? undefined
      : `only the second scan tells of ${change.protocol} ${change.onlyAfter}`,
  ].filter((part) => part !== undefined);
  return `${change.host === undefined ? '' : `on ${change.host}, `}${parts.join(', ')}; nothing is known of a change there`;
}
