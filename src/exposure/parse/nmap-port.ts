import { TRANSPORT_PROTOCOLS, type TransportProtocol } from '../../net/port-key.ts';
import type { Port, Script, Service } from '../model/host.ts';
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
  readonly #protocol: TransportProtocol;
  readonly #portid: number;
  #state: string | undefined;
  #reason: string | undefined;
  #reasonTtl: number | undefined;
  #reasonIp: string | undefined;
  #owner: string | undefined;
  #service: Service | undefined;
  #cpe: string[] | undefined;
  readonly #scripts: Script[] = [];

  constructor(protocol: TransportProtocol, portid: number) {
    this.#protocol = protocol;
    this.#portid = portid;
  }

  state(attributes: XmlAttributes, fields: XmlFields): void {
    this.#state = attributes.get('state');
    this.#reason = attributes.get('reason');
    this.#reasonTtl = fields.uint(attributes, 'reason_ttl', 255, 'state/@reason_ttl');
    this.#reasonIp = attributes.get('reason_ip');
  }

  owner(name: string | undefined): void {
    if (name !== undefined && name !== '') this.#owner = name;
  }

  service(attributes: XmlAttributes, fields: XmlFields): void {
    const name = attributes.get('name') ?? '';
    const banner = attributes.get('banner');
    if (banner !== undefined) {
      this.#scripts.push(bannerScript(name, banner));
      if (!isMasscanService(name)) return;
    }
    const product = attributes.get('product');
    const version = attributes.get('version');
    const extrainfo = attributes.get('extrainfo');
    const tunnel = attributes.get('tunnel');
    const method = attributes.get('method');
    const conf = fields.uint(attributes, 'conf', 10, 'service/@conf');
    const ostype = attributes.get('ostype');
    const devicetype = attributes.get('devicetype');
    const hostname = attributes.get('hostname');
    const servicefp = attributes.get('servicefp');
    this.#service = {
      name,
      ...(product === undefined ? undefined : { product }),
      ...(version === undefined ? undefined : { version }),
      ...(extrainfo === undefined ? undefined : { extrainfo }),
      ...(tunnel === undefined ? undefined : { tunnel }),
      ...(method === undefined ? undefined : { method }),
      ...(conf === undefined ? undefined : { conf }),
      ...(ostype === undefined ? undefined : { ostype }),
      ...(devicetype === undefined ? undefined : { devicetype }),
      ...(hostname === undefined ? undefined : { hostname }),
      ...(servicefp === undefined ? undefined : { servicefp }),
    };
  }

  cpe(text: string): void {
    (this.#cpe ??= []).push(text);
  }

  script(script: Script): void {
    this.#scripts.push(script);
  }

  get hasState(): boolean {
    return this.#state !== undefined;
  }

  finish(): Port {
    const service =
      this.#service === undefined || this.#cpe === undefined
        ? this.#service
        : { ...this.#service, cpe: this.#cpe };
    return {
      protocol: this.#protocol,
      portid: this.#portid,
      state: this.#state ?? 'unknown',
      ...(this.#reason === undefined ? undefined : { reason: this.#reason }),
      ...(this.#reasonTtl === undefined ? undefined : { reasonTtl: this.#reasonTtl }),
      ...(this.#reasonIp === undefined ? undefined : { reasonIp: this.#reasonIp }),
      ...(this.#owner === undefined ? undefined : { owner: this.#owner }),
      ...(service === undefined ? undefined : { service }),
      scripts: this.#scripts,
    };
  }
}
