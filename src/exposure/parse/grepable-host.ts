import { parseIpAddress } from '../../net/ip-address.ts';
import type { Extraports, Host, OsMatch, Port, Service } from '../model/host.ts';
import { orderPorts } from '../model/merge-hosts.ts';
import { instantOf, wholeNumber } from './masscan-host.ts';
import { answerOf, bannerScript, isMasscanService, transportProtocol } from './nmap-port.ts';
import { quote } from './xml-fields.ts';

/** Reports a field of the line that is not what it should be. */
export type HostLineProblem = (field: string, message: string) => void;

/** Banners of masscan's grepable form name no protocol; these kinds are only ever seen on UDP. */
const UDP_BANNERS = new Set(['snmp', 'nbtstat', 'dns-ver', 'ntp', 'zeroaccess', 'coap', 'isakmp', 'quic']);

/**
 * The piece of a host that a line `Host: 192.0.2.1 (name)<tab>Key: value<tab>…` is; undefined (and a
 * problem) when it names no IP address. Nmap writes `|` for each `/` of a value, which is left as it is,
 * and product, version and extra information as one text, which becomes the product.
 */
export function readHostLine(text: string, problem: HostLineProblem): Host | undefined {
  const fields = new Map<string, string>();
  for (const field of text.split('\t')) {
    const colon = field.indexOf(': ');
    if (colon > 0) fields.set(field.slice(0, colon), field.slice(colon + 2));
  }
  const host = fields.get('Host') ?? '';
  const space = host.indexOf(' ');
  const address = parseIpAddress(space < 0 ? host : host.slice(0, space));
  if (address === undefined) {
    problem('Host', `${quote(host)} does not begin with an IP address`);
    return undefined;
  }
  const name = /^\((.*)\)$/.exec(host.slice(space + 1))?.[1] ?? '';
  const { ports, answered } = readPorts(fields, problem);
  const end = instantOf(fields.get('Timestamp'));
  const status = fields.get('Status');
  return {
    address,
    otherAddresses: [],
    status: answered === undefined ? { state: stateOf(status) } : { state: 'up', reason: answered },
    hostnames: name === '' ? [] : [{ name, type: 'PTR' }],
    ports: orderPorts(ports),
    extraports: readIgnored(fields.get('Ignored State'), problem),
    os: readOs(fields.get('OS')),
    scripts: [],
    timedOut: status === 'Timeout',
    ...(end === undefined ? undefined : { end }),
  };
}

function stateOf(status: string | undefined): Host['status']['state'] {
  switch (status) {
    case 'Up':
      return 'up';
    case 'Down':
      return 'down';
    default:
      return 'unknown';
  }
}

/** Only perfect matches are written here, several of them joined by `|`. */
function readOs(text: string | undefined): readonly OsMatch[] {
  if (text === undefined || text === '') return [];
  return text.split('|').map((name) => ({ name: name.trim(), accuracy: 100, classes: [] }));
}

/** `closed (984)`. */
function readIgnored(text: string | undefined, problem: HostLineProblem): readonly Extraports[] {
  if (text === undefined) return [];
  const match = /^(\S{1,40}) \((\d{1,6})\)\s*$/.exec(text);
  if (match === null) {
    problem('Ignored State', `${quote(text)} is not a state and a count`);
    return [];
  }
  return [{ state: match[1]!, count: Number(match[2]), reasons: [] }];
}

interface ReadPorts {
  readonly ports: Port[];
  /** The reason for calling the host up, when masscan's "port" was an echo or ARP reply. */
  answered?: string;
}

function readPorts(fields: ReadonlyMap<string, string>, problem: HostLineProblem): ReadPorts {
  const result: ReadPorts = { ports: [] };
  for (const entry of entriesOf(fields.get('Ports') ?? '', 7)) {
    const [portid = '', state = '', protocol = '', owner = '', service = '', , version = ''] = entry;
    const answer = answerOf(protocol);
    if (answer === undefined)
      addPort(result.ports, [portid, state, protocol, owner, service, version], problem);
    else result.answered = answer;
  }
  for (const [portid = '', state = '', name = ''] of entriesOf(fields.get('Protocols') ?? '', 3)) {
    addPort(result.ports, [portid, state, 'ip', '', name, ''], problem);
  }
  const bannerPort = fields.get('Port');
  if (bannerPort !== undefined) addBanner(result.ports, bannerPort, fields, problem);
  return result;
}

/**
 * Entries of `width` fields, each ended by `/`, joined by a comma and a space. Read field by field and
 * not split at commas, because versions hold commas. masscan leaves the last slash out.
 */
function* entriesOf(text: string, width: number): Generator<string[]> {
  let at = 0;
  while (at < text.length) {
    const fields: string[] = [];
    while (fields.length < width && at <= text.length) {
      const slash = text.indexOf('/', at);
      const end = slash < 0 ? text.length : slash;
      fields.push(text.slice(at, end));
      at = end + 1;
    }
    if (fields.length > 1) yield fields;
    while (text[at] === ',' || text[at] === ' ') at += 1;
  }
}

type PortFields = readonly [
  portid: string,
  state: string,
  protocol: string,
  owner: string,
  service: string,
  version: string,
];

function addPort(ports: Port[], fields: PortFields, problem: HostLineProblem): void {
  const [portText, state, protocolText, owner, serviceText, version] = fields;
  const portid = wholeNumber(portText, 65_535);
  const protocol = transportProtocol(protocolText);
  if (portid === undefined || protocol === undefined) {
    problem(
      'Ports',
      `${quote(`${portText}/${state}/${protocolText}`)} is not a port, a state and a protocol`,
    );
    return;
  }
  const service = readService(serviceText, version);
  ports.push({
    protocol,
    portid,
    state: state === '' ? 'unknown' : state,
    ...(owner === '' ? undefined : { owner }),
    ...(service === undefined ? undefined : { service }),
    scripts: [],
  });
}

/** `ssl|http` is http behind TLS; a question mark says that the name is only looked up by port number. */
function readService(text: string, version: string): Service | undefined {
  const product = version.trim();
  if (text === '' && product === '') return undefined;
  const bar = text.indexOf('|');
  const tunnel = bar < 0 ? undefined : text.slice(0, bar);
  const name = text.slice(bar + 1);
  const guessed = name.endsWith('?');
  return {
    name: guessed ? name.slice(0, -1) : name,
    ...(product === '' ? undefined : { product }),
    ...(tunnel === undefined ? undefined : { tunnel }),
    ...(guessed ? { method: 'table' } : undefined),
  };
}

/** `Port: 22<tab>Service: ssh<tab>Banner: SSH-2.0…`, a line of masscan's own. */
function addBanner(
  ports: Port[],
  portText: string,
  fields: ReadonlyMap<string, string>,
  problem: HostLineProblem,
): void {
  const portid = wholeNumber(portText, 65_535);
  if (portid === undefined) {
    problem('Port', `${quote(portText)} is not a port`);
    return;
  }
  const kind = fields.get('Service') ?? 'unknown';
  ports.push({
    protocol: UDP_BANNERS.has(kind) ? 'udp' : 'tcp',
    portid,
    state: 'open',
    ...(isMasscanService(kind) ? { service: { name: kind } } : undefined),
    scripts: [bannerScript(kind, fields.get('Banner') ?? '')],
  });
}
