import { parseIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { portKey } from '../../net/port-key.ts';
import type {
  ExtraReason,
  Extraports,
  Host,
  HostState,
  Hop,
  OsClass,
  OsMatch,
  Port,
  Script,
} from '../model/host.ts';
import { orderPorts } from '../model/merge-hosts.ts';
import type { Instant } from '../../time/instant.ts';
import type { Mutable } from './mutable.ts';
import { answerOf, PortBuilder, transportProtocol } from './nmap-port.ts';
import type { EventLog } from './problems.ts';
import type { XmlAttributes } from './xml-attributes.ts';
import { quote, type XmlFields } from './xml-fields.ts';

const HOST_STATES: readonly HostState[] = ['up', 'down', 'skipped', 'unknown'];
/** The most ports that one extraports can fold: those of all four protocols. */
const MOST_PORTS = 4 * 65_536;

interface OpenMatch {
  readonly name: string;
  readonly accuracy: number;
  readonly classes: OsClass[];
}

/** Builds one `<host>` from the elements inside it. Scripts are built by the reader and handed in. */
export class HostBuilder {
  readonly #fields: XmlFields;
  readonly #log: EventLog;
  /** Byte offset of the `<host>` tag. */
  readonly offset: number;
  readonly #addresses: IpAddress[] = [];
  readonly #hostnames: Host['hostnames'][number][] = [];
  readonly #ports: Port[] = [];
  readonly #extraports: Extraports[] = [];
  #reasons: ExtraReason[] | undefined;
  readonly #matches: OpenMatch[] = [];
  readonly #looseClasses: OsClass[] = [];
  #class: Mutable<OsClass> | undefined;
  readonly #scripts: Script[] = [];
  #added: Map<string, Port> | undefined;
  #port: PortBuilder | undefined;
  #status: Host['status'] = { state: 'unknown' };
  #mac: Host['mac'];
  #trace: { protocol?: string; port?: number; hops: Hop[] } | undefined;
  #distance: number | undefined;
  #uptime: Host['uptime'];
  #sawPorts = false;
  readonly #timedOut: boolean;
  readonly #start: Instant | undefined;
  readonly #end: Instant | undefined;

  constructor(attributes: XmlAttributes, fields: XmlFields, log: EventLog, offset: number) {
    this.#fields = fields;
    this.#log = log;
    this.offset = offset;
    this.#timedOut = attributes.get('timedout') === 'true';
    this.#start = fields.instant(attributes, 'starttime', 'host/@starttime');
    this.#end = fields.instant(attributes, 'endtime', 'host/@endtime');
  }

  /** Takes an element whose parent is given; false when its subtree is none of ours. */
  open(parent: string, name: string, attributes: XmlAttributes): boolean {
    switch (parent) {
      case 'host':
        return this.#openInHost(name, attributes);
      case 'ports':
        return this.#openInPorts(name, attributes);
      case 'port':
        return this.#openInPort(name, attributes);
      case 'hostnames':
        if (name !== 'hostname') return false;
        this.#hostnames.push({ name: attributes.get('name') ?? '', type: attributes.get('type') ?? '' });
        return true;
      case 'extraports':
        if (name !== 'extrareasons') return false;
        this.#openReason(attributes);
        return true;
      case 'os':
        if (name === 'osmatch') this.#openMatch(attributes);
        else if (name === 'osclass') this.#openClass(attributes, this.#looseClasses);
        else return false;
        return true;
      case 'osmatch':
        if (name !== 'osclass') return false;
        this.#openClass(attributes, this.#matches.at(-1)?.classes ?? this.#looseClasses);
        return true;
      case 'service':
      case 'osclass':
        return name === 'cpe';
      case 'trace':
        if (name !== 'hop') return false;
        this.#openHop(attributes);
        return true;
      default:
        return false;
    }
  }

  #openInHost(name: string, attributes: XmlAttributes): boolean {
    switch (name) {
      case 'status':
        this.#openStatus(attributes);
        return true;
      case 'address':
        this.#openAddress(attributes);
        return true;
      case 'hostnames':
      case 'os':
      case 'hostscript':
        return true;
      case 'ports':
        this.#sawPorts = true;
        return true;
      case 'addport':
        this.#openAddport(attributes);
        return true;
      case 'distance':
        this.#distance = this.#fields.uint(attributes, 'value', 255, 'distance/@value');
        return true;
      case 'uptime':
        this.#openUptime(attributes);
        return true;
      case 'trace':
        this.#openTrace(attributes);
        return true;
      default:
        return false;
    }
  }

  #openInPorts(name: string, attributes: XmlAttributes): boolean {
    if (name === 'extraports') {
      this.#reasons = [];
      this.#extraports.push({
        state: attributes.get('state') ?? 'unknown',
        count: this.#fields.uint(attributes, 'count', MOST_PORTS, 'extraports/@count') ?? 0,
        reasons: this.#reasons,
      });
      return true;
    }
    if (name !== 'port') return false;
    this.#port = this.#newPort(attributes);
    return this.#port !== undefined;
  }

  #newPort(attributes: XmlAttributes): PortBuilder | undefined {
    const name = attributes.get('protocol');
    const answer = answerOf(name);
    if (answer !== undefined) {
      this.#status = { state: 'up', reason: answer };
      return undefined;
    }
    const protocol = transportProtocol(name);
    const portid = this.#fields.uint(attributes, 'portid', 65_535, 'port/@portid');
    if (protocol === undefined) {
      this.#fields.wrong(attributes, 'protocol', 'port/@protocol', 'tcp, udp, sctp or ip');
    }
    if (portid === undefined && attributes.get('portid') === undefined) {
      this.#fields.wrong(attributes, 'portid', 'port/@portid', 'a port number');
    }
    return protocol === undefined || portid === undefined ? undefined : new PortBuilder(protocol, portid);
  }

  #openInPort(name: string, attributes: XmlAttributes): boolean {
    if (name === 'state') this.#port?.state(attributes, this.#fields);
    else if (name === 'service') this.#port?.service(attributes, this.#fields);
    else if (name === 'owner') this.#port?.owner(attributes.get('name'));
    else return false;
    return true;
  }

  /** Nmap 3.x announced ports as it found them. They count only where the final list is missing. */
  #openAddport(attributes: XmlAttributes): void {
    const protocol = transportProtocol(attributes.get('protocol'));
    const portid = this.#fields.uint(attributes, 'portid', 65_535, 'addport/@portid');
    if (protocol === undefined || portid === undefined) return;
    const port = new PortBuilder(protocol, portid);
    port.state(attributes, this.#fields);
    port.owner(attributes.get('owner'));
    this.#added ??= new Map();
    this.#added.set(portKey(portid, protocol), port.finish());
  }

  #openStatus(attributes: XmlAttributes): void {
    const word = attributes.get('state');
    const state = HOST_STATES.find((known) => known === word);
    if (state === undefined)
      this.#fields.wrong(attributes, 'state', 'status/@state', 'up, down, skipped or unknown');
    const status: Mutable<Host['status']> = { state: state ?? 'unknown' };
    const reason = attributes.get('reason');
    if (reason !== undefined) status.reason = reason;
    const reasonTtl = this.#fields.uint(attributes, 'reason_ttl', 255, 'status/@reason_ttl');
    if (reasonTtl !== undefined) status.reasonTtl = reasonTtl;
    this.#status = status;
  }

  #openAddress(attributes: XmlAttributes): void {
    const text = attributes.get('addr') ?? '';
    const type = attributes.get('addrtype') ?? 'ipv4';
    if (type === 'mac') {
      const address = text.toUpperCase().replaceAll('-', ':');
      if (!/^[0-9A-F]{2}(:[0-9A-F]{2}){5}$/.test(address)) {
        this.#fields.wrong(attributes, 'addr', 'address/@addr', 'a MAC address');
        return;
      }
      const vendor = attributes.get('vendor');
      this.#mac = vendor === undefined ? { address } : { address, vendor };
      return;
    }
    const address = parseIpAddress(text);
    if (address === undefined) this.#fields.wrong(attributes, 'addr', 'address/@addr', 'an IP address');
    else if (!this.#addresses.includes(address)) this.#addresses.push(address);
    // The address itself is usable, so only its label is set aside. masscan labels IPv6 as ipv4.
    if (type !== 'ipv4' && type !== 'ipv6') {
      this.#fields.wrong(attributes, 'addrtype', 'address/@addrtype', 'ipv4, ipv6 or mac');
    }
  }

  #openReason(attributes: XmlAttributes): void {
    const reason: Mutable<ExtraReason> = {
      reason: attributes.get('reason') ?? '',
      count: this.#fields.uint(attributes, 'count', MOST_PORTS, 'extrareasons/@count') ?? 0,
    };
    const protocol = transportProtocol(attributes.get('proto'));
    if (protocol !== undefined) reason.protocol = protocol;
    const ports = attributes.get('ports');
    if (ports !== undefined) reason.ports = ports;
    this.#reasons?.push(reason);
  }

  #openMatch(attributes: XmlAttributes): void {
    this.#matches.push({
      name: attributes.get('name') ?? '',
      accuracy: this.#fields.uint(attributes, 'accuracy', 100, 'osmatch/@accuracy') ?? 0,
      classes: [],
    });
  }

  #openClass(attributes: XmlAttributes, into: OsClass[]): void {
    const osClass: Mutable<OsClass> = {};
    const type = attributes.get('type');
    if (type !== undefined) osClass.type = type;
    const vendor = attributes.get('vendor');
    if (vendor !== undefined) osClass.vendor = vendor;
    const family = attributes.get('osfamily');
    if (family !== undefined) osClass.family = family;
    const generation = attributes.get('osgen');
    if (generation !== undefined) osClass.generation = generation;
    const accuracy = this.#fields.uint(attributes, 'accuracy', 100, 'osclass/@accuracy');
    if (accuracy !== undefined) osClass.accuracy = accuracy;
    this.#class = osClass;
    into.push(osClass);
  }

  #openTrace(attributes: XmlAttributes): void {
    const protocol = attributes.get('proto');
    const port = this.#fields.uint(attributes, 'port', 65_535, 'trace/@port');
    this.#trace = {
      ...(protocol === undefined ? undefined : { protocol }),
      ...(port === undefined ? undefined : { port }),
      hops: [],
    };
  }

  #openHop(attributes: XmlAttributes): void {
    const ttl = this.#fields.uint(attributes, 'ttl', 255, 'hop/@ttl');
    if (ttl === undefined) return;
    const address = attributes.get('ipaddr');
    const name = attributes.get('host');
    // Nmap writes "--" for a hop that it timed once for several hosts.
    const rtt =
      attributes.get('rtt') === '--' ? undefined : this.#fields.decimal(attributes, 'rtt', 'hop/@rtt');
    this.#trace?.hops.push({
      ttl,
      ...(address === undefined ? undefined : { address }),
      ...(rtt === undefined ? undefined : { rtt }),
      ...(name === undefined || name === '' ? undefined : { name }),
    });
  }

  #openUptime(attributes: XmlAttributes): void {
    const seconds = this.#fields.uint(attributes, 'seconds', Number.MAX_SAFE_INTEGER, 'uptime/@seconds');
    const lastboot = attributes.get('lastboot');
    if (seconds !== undefined) this.#uptime = lastboot === undefined ? { seconds } : { seconds, lastboot };
  }

  /** A `<script>` whose parent is given, `port` or `hostscript`. */
  script(parent: string, script: Script): void {
    if (parent === 'port') this.#port?.script(script);
    else this.#scripts.push(script);
  }

  /** The text of a `<cpe>` whose parent is given, `service` or `osclass`. */
  cpe(parent: string, text: string): void {
    if (parent === 'service') this.#port?.cpe(text);
    else if (this.#class !== undefined) this.#class.cpe = [...(this.#class.cpe ?? []), text];
  }

  /** An element of ours has ended; `offset` is that of its closing tag. */
  close(name: string, offset: number): void {
    if (name !== 'port' || this.#port === undefined) return;
    if (!this.#port.hasState) {
      this.#log.problem('parse/missing', 'a port has no state', offset, 'port/state');
    }
    this.#ports.push(this.#port.finish());
    this.#port = undefined;
  }

  /** The host, or undefined (and a problem) when nothing in it is an IP address. */
  finish(): Host | undefined {
    const [address, ...otherAddresses] = this.#addresses;
    if (address === undefined) {
      const mac = this.#mac === undefined ? '' : `, only the MAC address ${quote(this.#mac.address)}`;
      this.#log.problem('parse/no-address', `a host has no IP address${mac}`, this.offset, 'host/address');
      return undefined;
    }
    const ports = this.#sawPorts ? this.#ports : [...(this.#added?.values() ?? [])];
    const host: Mutable<Host> = {
      address,
      otherAddresses,
      status: this.#status,
      hostnames: this.#hostnames,
      ports: orderPorts(ports),
      extraports: this.#extraports,
      os: this.#osMatches(),
      scripts: this.#scripts,
      timedOut: this.#timedOut,
    };
    if (this.#mac !== undefined) host.mac = this.#mac;
    if (this.#trace !== undefined) host.trace = this.#trace;
    if (this.#distance !== undefined) host.distance = this.#distance;
    if (this.#uptime !== undefined) host.uptime = this.#uptime;
    if (this.#start !== undefined) host.start = this.#start;
    if (this.#end !== undefined) host.end = this.#end;
    return host;
  }

  /**
   * Nmap before 6 wrote `<osclass>` beside `<osmatch>`: they are given to the best match. Classes
   * without any match become one, named after the first class.
   */
  #osMatches(): readonly OsMatch[] {
    const [best] = this.#matches;
    if (this.#looseClasses.length === 0) return this.#matches;
    if (best !== undefined) {
      best.classes.push(...this.#looseClasses);
      return this.#matches;
    }
    const [first] = this.#looseClasses;
    const name = [first?.vendor, first?.family, first?.generation]
      .filter((part) => part !== undefined)
      .join(' ');
    return [{ name, accuracy: first?.accuracy ?? 0, classes: this.#looseClasses }];
  }
}
