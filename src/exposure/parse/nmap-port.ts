import { TRANSPORT_PROTOCOLS, type TransportProtocol } from '../../net/port-key.ts';
import type { Port, Script, Service } from '../model/host.ts';
import type { Mutable } from './mutable.ts';
import type { XmlAttributes } from './xml-attributes.ts';
import type { XmlFields } from './xml-fields.ts';

/** The protocol of this name, or undefined. */
export function transportProtocol(name: string | undefined): TransportProtocol | undefined {
  return TRANSPORT_PROTOCOLS.find((protocol) => protocol === name);
}

/** What masscan writes as protocols of ports to say that a host answered, and the reason in Nmap's words. */
const HOST_ANSWERS = new Map([
  ['icmp', 'echo-reply'],
  ['arp', 'arp-response'],
]);

/** The reason for calling a host up, where masscan's protocol stands for the host and not for a port. */
export function answerOf(protocol: string | undefined): string | undefined {
  return HOST_ANSWERS.get(protocol ?? '');
}

/**
 * masscan names the kind of a banner in `service/@name`. Those of them that are no service but a part
 * of an answer, or a verdict of its own (masscan-app.c).
 */
const NO_SERVICE = new Set([
  'unknown', 'title', 'html', 'X509', 'X509CA', 'vuln', 'heartbleed', 'ticketbleed', 'safe', 'scripting',
  'versioning', 'http.server', 'vnc-info', 'error', 'nbtstat', 'dns-ver',
]); // prettier-ignore

/** Whether masscan's name of a banner is that of a service. Unknown kinds are written `(23)`. */
export function isMasscanService(name: string): boolean {
  return !NO_SERVICE.has(name) && !name.startsWith('(');
}

/** A banner of masscan as the script that Nmap would have used: `banner`, or `masscan-title` and the like. */
export function bannerScript(kind: string, banner: string): Script {
  return { id: isMasscanService(kind) || kind === 'unknown' ? 'banner' : `masscan-${kind}`, output: banner };
}

/** Builds one `<port>`. */
export class PortBuilder {
  readonly #port: Mutable<Port>;
  readonly #scripts: Script[] = [];
  #service: Mutable<Service> | undefined;
  hasState = false;

  constructor(protocol: TransportProtocol, portid: number) {
    this.#port = { protocol, portid, state: 'unknown', scripts: this.#scripts };
  }

  state(attributes: XmlAttributes, fields: XmlFields): void {
    const state = attributes.get('state');
    if (state !== undefined) {
      this.#port.state = state;
      this.hasState = true;
    }
    const reason = attributes.get('reason');
    if (reason !== undefined) this.#port.reason = reason;
    const reasonTtl = fields.uint(attributes, 'reason_ttl', 255, 'state/@reason_ttl');
    if (reasonTtl !== undefined) this.#port.reasonTtl = reasonTtl;
    const reasonIp = attributes.get('reason_ip');
    if (reasonIp !== undefined) this.#port.reasonIp = reasonIp;
  }

  owner(name: string | undefined): void {
    if (name !== undefined && name !== '') this.#port.owner = name;
  }

  service(attributes: XmlAttributes, fields: XmlFields): void {
    const name = attributes.get('name') ?? '';
    const banner = attributes.get('banner');
    if (banner !== undefined) {
      this.#scripts.push(bannerScript(name, banner));
      if (!isMasscanService(name)) return;
    }
    const service: Mutable<Service> = { name };
    const product = attributes.get('product');
    if (product !== undefined) service.product = product;
    const version = attributes.get('version');
    if (version !== undefined) service.version = version;
    const extrainfo = attributes.get('extrainfo');
    if (extrainfo !== undefined) service.extrainfo = extrainfo;
    const tunnel = attributes.get('tunnel');
    if (tunnel !== undefined) service.tunnel = tunnel;
    const method = attributes.get('method');
    if (method !== undefined) service.method = method;
    const conf = fields.uint(attributes, 'conf', 10, 'service/@conf');
    if (conf !== undefined) service.conf = conf;
    const ostype = attributes.get('ostype');
    if (ostype !== undefined) service.ostype = ostype;
    const devicetype = attributes.get('devicetype');
    if (devicetype !== undefined) service.devicetype = devicetype;
    const hostname = attributes.get('hostname');
    if (hostname !== undefined) service.hostname = hostname;
    const servicefp = attributes.get('servicefp');
    if (servicefp !== undefined) service.servicefp = servicefp;
    this.#service = service;
    this.#port.service = service;
  }

  cpe(text: string): void {
    if (this.#service !== undefined) this.#service.cpe = [...(this.#service.cpe ?? []), text];
  }

  script(script: Script): void {
    this.#scripts.push(script);
  }

  finish(): Port {
    return this.#port;
  }
}
