import type { IpAddress } from '../../../net/ip-address.ts';
import { isOurs, type Site } from '../../model/site.ts';
import { hasOutcome } from '../../model/outcome.ts';
import { ICMP, ICMP6, TCP, UDP } from '../../model/ip-protocol.ts';
import { serviceKey, type SourceActivity } from '../../model/contact.ts';

/** What the role tests count, taken in one pass. Backscatter is left out of all of it. */
export interface ActivityFacts {
  readonly internal: boolean;
  /** TCP and UDP contacts. */
  readonly contacts: number;
  readonly answered: number;
  readonly hosts: number;
  readonly externalHosts: number;
  readonly ports: number;
  readonly web: Slice;
  readonly dns: Slice;
  /** At port 1024 and above on both transports. */
  readonly highPorts: Slice;
  /** Contacts in which payload went both ways. */
  readonly bothWays: number;
  /** ICMP errors, router advertisements and redirects: what only a router sends. */
  readonly routing: number;
  /** Contacts of any protocol. */
  readonly all: number;
  /** Distinct records: contacts with all their repetitions. */
  readonly records: number;
  /** Payload bytes of the largest records, both sides, summed over contacts. */
  readonly bytes: number;
  /** From the first contact to the last record, in microseconds. */
  readonly span: number;
  readonly agents: ReadonlySet<string>;
  readonly clients: ReadonlySet<string>;
}

/** Contacts of one kind. */
export interface Slice {
  readonly contacts: number;
  readonly answered: number;
  readonly hosts: number;
  readonly externalHosts: number;
  readonly ports: number;
}

/** Ports of HTTP, HTTPS and their usual alternatives (IANA registry: http, https, http-alt, pcsync-https). */
const WEB: ReadonlySet<number> = new Set([80, 443, 8080, 8443]);
/** DNS and DNS over TLS (RFC 1035, RFC 7858). */
const DNS: ReadonlySet<number> = new Set([53, 853]);
/**
 * ICMP types that a router sends (RFC 792: unreachable 3, redirect 5, time exceeded 11; RFC 1256: advertisement 9) and
 * their ICMPv6 likes (RFC 4443: 1–3; RFC 4861: router advertisement 134, redirect 137).
 */
const ROUTING: Readonly<Record<number, ReadonlySet<number>>> = {
  [ICMP]: new Set([3, 5, 9, 11]),
  [ICMP6]: new Set([1, 2, 3, 134, 137]),
};

class SliceCount implements Slice {
  contacts = 0;
  answered = 0;
  readonly #hosts = new Set<IpAddress>();
  readonly #external = new Set<IpAddress>();
  readonly #ports = new Set<number>();

  take(host: IpAddress, external: boolean, port: number, answered: boolean): void {
    this.contacts += 1;
    if (answered) this.answered += 1;
    this.#hosts.add(host);
    if (external) this.#external.add(host);
    this.#ports.add(port);
  }
  get hosts(): number {
    return this.#hosts.size;
  }
  get externalHosts(): number {
    return this.#external.size;
  }
  get ports(): number {
    return this.#ports.size;
  }
}

/** Counts an activity. */
export function factsOf(activity: SourceActivity, site: Pick<Site, 'networks'>): ActivityFacts {
  const total = new SliceCount();
  const web = new SliceCount();
  const dns = new SliceCount();
  const highPorts = new SliceCount();
  const external = new Map<IpAddress, boolean>();
  let bothWays = 0;
  let routing = 0;
  let all = 0;
  let records = 0;
  let bytes = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const contact of activity.contacts) {
    if (contact.outcome === 'backscatter') continue;
    const { destination, port, protocol } = contact;
    all += 1;
    records += activity.paces.get(serviceKey(destination, port, protocol))?.records ?? 1;
    first = Math.min(first, contact.first);
    last = Math.max(last, contact.last);
    if (ROUTING[protocol]?.has(port >> 8) === true) routing += 1;
    if (protocol !== TCP && protocol !== UDP) continue;
    let outside = external.get(destination);
    if (outside === undefined) external.set(destination, (outside = !isOurs(site, destination)));
    const answered = hasOutcome(contact.outcomes, 'answered');
    total.take(destination, outside, port, answered);
    if (WEB.has(port)) web.take(destination, outside, port, answered);
    if (DNS.has(port)) dns.take(destination, outside, port, answered);
    if (port >= 1024 && !WEB.has(port)) highPorts.take(destination, outside, port, answered);
    bytes += contact.sourceBytes + contact.destinationBytes;
    if (contact.sourceBytes > 0 && contact.destinationBytes > 0) bothWays += 1;
  }
  const agents = new Set<string>();
  const clients = new Set<string>();
  for (const trait of activity.app) {
    for (const agent of trait.agents) agents.add(agent);
    for (const print of trait.ja4.length > 0 ? trait.ja4 : trait.ja3) clients.add(print);
  }
  return {
    internal: isOurs(site, activity.source),
    contacts: total.contacts,
    answered: total.answered,
    hosts: total.hosts,
    externalHosts: total.externalHosts,
    ports: total.ports,
    web,
    dns,
    highPorts,
    bothWays,
    routing,
    all,
    records,
    bytes,
    span: all === 0 ? 0 : last - first,
    agents,
    clients,
  };
}
