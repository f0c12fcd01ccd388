import type { Change, PortFacts } from '../model/change.ts';
import { stateOf } from '../model/change.ts';
import type { Deviation } from '../model/deviation.ts';
import type { Host, OsMatch, Port, Service } from '../model/host.ts';

/**
 * A service in one line, as the scanner gave it: `ssl/http nginx 1.24.0 (Ubuntu)`. Attacker-written, and
 * not escaped here: every output escapes it.
 */
export function serviceWords(service: Service | undefined): string {
  if (service === undefined) return '';
  const name = service.tunnel === undefined ? service.name : `${service.tunnel}/${service.name}`;
  const extra = service.extrainfo === undefined ? undefined : `(${service.extrainfo})`;
  return [name, service.product, service.version, extra]
    .filter((word) => word !== undefined && word !== '')
    .join(' ');
}

/** ` (mail1.corp.example)`: a host that is gone can only be named by what was known of it. */
function knownAs(host: Host): string {
  const name = host.hostnames[0]?.name;
  return name === undefined ? '' : ` (${name})`;
}

/** What was, in one line; empty where there was nothing. */
export function beforeOf(change: Change): string {
  return sideOf(change, 'before');
}

/** What is, in one line; empty where there is nothing. */
export function afterOf(change: Change): string {
  return sideOf(change, 'after');
}

function sideOf(change: Change, side: 'before' | 'after'): string {
  switch (change.kind) {
    case 'host-appeared':
      return side === 'after' ? hostWords(change.after) : '';
    case 'host-disappeared':
      return side === 'before' ? hostWords(change.before) : '';
    case 'host-went-down':
    case 'host-came-up':
      return change[side].status.state;
    case 'addresses-changed':
      return change[side].join(' ');
    case 'hostnames-changed':
      return change[side].map((name) => name.name).join(' ');
    case 'mac-changed':
      return change[side]?.address ?? '';
    case 'os-changed':
      return osWords(change[side]);
    case 'extraports-changed':
      return change[side].map((extra) => `${extra.count} ${extra.state}`).join(', ');
    case 'port-opened':
    case 'port-closed':
    case 'port-filtered':
    case 'port-state-changed':
      return factsWords(change[side]);
    case 'service-changed':
      return nameWords(change[side]);
    case 'product-changed':
      return change[side].service?.product ?? '';
    case 'version-changed':
      return change[side].service?.version ?? '';
    case 'extrainfo-changed':
      return change[side].service?.extrainfo ?? '';
    case 'script-changed':
      return change[side]?.output ?? '';
    case 'service-moved':
      return side === 'before' ? change.from : change.to;
    case 'coverage-changed':
      return side === 'before' ? change.onlyBefore : change.onlyAfter;
    default:
      return change satisfies never;
  }
}

/** A deviation as one sentence without its host: said once for all hosts it happened on. */
export function deviationWords(deviation: Deviation, against: string): string {
  const [change] = deviation.changes;
  const ports = portsWords(deviation.ports);
  if (deviation.pattern === 'flapping') {
    const support = deviation.expected?.support;
    const rate =
      support === undefined
        ? ''
        : `; it was there in ${support.seen} of ${support.comparable} comparable runs`;
    return `${ports === '' ? 'The host' : ports} comes and goes${rate}, and is ${afterOf(change) || 'not there'} now`;
  }
  if (deviation.pattern === 'ephemeral') {
    return `${serviceOfChange(change)} moved among the ports that the system deals out at start: ${ports}`;
  }
  switch (change.kind) {
    case 'host-appeared':
      return `The host is up and was not in ${against}`;
    case 'host-disappeared':
      return `The host${knownAs(change.before)} was in ${against} and does not answer now`;
    case 'host-went-down':
      return 'The host was up and is down';
    case 'host-came-up':
      return 'The host was down and is up';
    case 'port-opened':
      return `${ports} opened${named(change.after)}; it was ${stateWord(change.before)}`;
    case 'port-closed':
      return `${ports} is ${stateOf(change.after)}; it was open${named(change.before)}`;
    case 'port-filtered':
      return `${ports} is filtered; it was ${stateOf(change.before)}${named(change.before)}`;
    case 'port-state-changed':
      return `${ports} is ${stateOf(change.after)}; it was ${stateOf(change.before)}`;
    case 'service-changed':
      return `${ports} answers as ${afterOf(change) || 'an unnamed service'}; it was ${beforeOf(change) || 'unnamed'}`;
    case 'product-changed':
    case 'version-changed':
    case 'extrainfo-changed':
      return `${ports} runs ${serviceWords(change.after.service) || 'an unnamed product'}; it was ${serviceWords(change.before.service) || 'unnamed'}`;
    case 'service-moved':
      return `${change.service} left ${change.from} and answers on ${change.to}`;
    case 'script-changed':
      return `The result of script ${change.id} changed${ports === '' ? '' : ` on ${ports}`}`;
    case 'mac-changed':
      return `The MAC address is ${afterOf(change) || 'no longer seen'}; it was ${beforeOf(change) || 'not seen'}`;
    case 'os-changed':
      return `The operating system looks like ${afterOf(change) || 'nothing known'}; it was ${beforeOf(change) || 'not known'}`;
    case 'hostnames-changed':
      return `The host name is ${afterOf(change) || 'gone'}; it was ${beforeOf(change) || 'none'}`;
    case 'addresses-changed':
      return `Further addresses are ${afterOf(change) || 'none'}; they were ${beforeOf(change) || 'none'}`;
    case 'extraports-changed':
      return `Ports that are not listed: ${afterOf(change) || 'none'}; they were ${beforeOf(change) || 'none'}`;
    case 'coverage-changed':
      return `Different ${change.protocol} ports were scanned: ${change.onlyAfter || 'none'} only now, ${change.onlyBefore || 'none'} only before`;
    default:
      return change satisfies never;
  }
}

/** `22/tcp`, `22/tcp and 80/tcp`, `22/tcp, 80/tcp and 3 more ports`. */
export function portsWords(ports: readonly string[]): string {
  if (ports.length <= 2) return ports.join(' and ');
  if (ports.length === 3) return `${ports[0]}, ${ports[1]} and ${ports[2]}`;
  return `${ports[0]}, ${ports[1]} and ${ports.length - 2} more ports`;
}

function named(facts: PortFacts): string {
  if (!facts.listed) return '';
  const words = serviceWords(facts.port.service);
  if (words === '') return '';
  // A name from the table of port numbers says what is usual there, not what answers.
  return facts.port.service?.method === 'table' ? ` (by its number it would be ${words})` : ` (${words})`;
}

/** A folded port's state on the baseline's side stands for "known not to be open". */
function stateWord(facts: PortFacts): string {
  return facts.listed ? facts.port.state : 'not open';
}

function factsWords(facts: PortFacts): string {
  if (!facts.listed) return facts.state;
  return [facts.port.state, serviceWords(facts.port.service)].filter((word) => word !== '').join(' ');
}

function nameWords(port: Port): string {
  const { service } = port;
  if (service === undefined) return '';
  return service.tunnel === undefined ? service.name : `${service.tunnel}/${service.name}`;
}

function serviceOfChange(change: Change): string {
  const facts = 'after' in change && change.kind === 'port-opened' ? change.after : undefined;
  const before = change.kind === 'port-closed' ? change.before : undefined;
  const side = facts ?? before;
  const service = side?.listed === true ? side.port.service : undefined;
  // A name from the table of port numbers is no name of a service that changes its port.
  return service === undefined || service.method === 'table' ? 'A service without a name' : service.name;
}

function hostWords(host: Host): string {
  const open = host.ports.filter((port) => port.state === 'open').length;
  return `${host.status.state}, ${open} open ${open === 1 ? 'port' : 'ports'}`;
}

function osWords(matches: readonly OsMatch[]): string {
  const best = matches[0];
  return best === undefined ? '' : `${best.name} (${best.accuracy} %)`;
}
