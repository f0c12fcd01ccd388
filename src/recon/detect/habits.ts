import type { IpAddress } from '../../net/ip-address.ts';
import { serviceKey, type Contact, type ContactPace, type SourceActivity } from '../model/contact.ts';
import { TCP, UDP } from '../model/ip-protocol.ts';
import { isChatter } from '../model/chatter.ts';
import { isServicePort } from '../model/service-ports.ts';

/** What a source does as a whole that explains single contacts of it. */
export interface Habits {
  /** A stable set of targets, visited again and again, nearly all of which answer: health checks, monitoring. */
  readonly polls: boolean;
  /** Many peers with a port or two each: over UDP and TCP, with a protocol that says so, or with answers from most odd ports. */
  readonly peerToPeer: boolean;
  /** UDP to ports that a system hands out and no other: answers of which the capture has one direction. */
  readonly repliesOverUdp: boolean;
}

/** Contacts below which no habit is seen. */
const FEWEST = 8;

/** A contact is a poll when it came at least so often … */
const POLL_RECORDS = 4;
/** … over at least so long, in microseconds: no scanner's retry lasts that long without pauses of its own … */
const POLL_SPAN = 20e6;
/** … and over at least this share of the time for which the source was seen. */
const POLL_SHARE_OF_TIME = 0.5;
/** Share of the contacts that have to be polls (after the Jaccard index of .9 of two weeks' target sets, which one activity does not give). */
const POLLED = 0.8;
/** A set of targets of which more fail than this is not watched over, it is scanned again and again. */
const POLLED_THAT_FAIL = 0.3;

/** Ports per host that peers have, on average, at most: TCP and UDP of one, and what it had before. */
const PORTS_PER_PEER = 2.5;
/** Share of the peers' ports that are one host's alone … */
const PORTS_OF_PEERS = 0.8;
/** … and of those peers the share that answers, at least. Random ports of random hosts answer one time in thousands. */
const PEERS_ANSWER = 0.15;
/** Share of the TCP ports at which the same host is asked over UDP too (uTP and DHT share the port with TCP, BEP 5 and 29). */
const BOTH_TRANSPORTS = 0.3;
/** Protocols that say so, as Zeek and Suricata name them. */
const PEER_PROTOCOLS = /bittorrent|edonkey|gnutella|dht/i;

/** Share of UDP contacts with a service port above which they are no replies. */
const SERVICE_PORTS_IN_REPLIES = 0.02;

/** Thresholds are judgements; see docs/detectors.md for what they were tried on. */
export function habitsOf(activity: SourceActivity): Habits {
  const contacts = activity.contacts.filter((contact) => !isChatterContact(contact));
  return {
    polls: polls(contacts, activity.paces),
    peerToPeer: contacts.length >= FEWEST && isPeerToPeer(contacts, activity),
    repliesOverUdp: repliesOverUdp(contacts),
  };
}

function polls(contacts: readonly Contact[], paces: ReadonlyMap<string, ContactPace>): boolean {
  let begin = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const { first, last } of contacts) {
    begin = Math.min(begin, first);
    end = Math.max(end, last);
  }
  const span = Math.max(POLL_SPAN, (end - begin) * POLL_SHARE_OF_TIME);
  let polled = 0;
  let failed = 0;
  for (const contact of contacts) {
    const pace = paces.get(serviceKey(contact.destination, contact.port, contact.protocol));
    if (pace !== undefined && pace.records >= POLL_RECORDS && pace.last - pace.first >= span) polled += 1;
    if (contact.outcome !== 'answered') failed += 1;
  }
  return polled >= contacts.length * POLLED && failed <= contacts.length * POLLED_THAT_FAIL && polled > 0;
}

function isPeerToPeer(contacts: readonly Contact[], activity: SourceActivity): boolean {
  const high = contacts.filter(
    ({ port, protocol }) => (protocol === TCP || protocol === UDP) && !isServicePort(port),
  );
  if (high.length < FEWEST) return false;
  const hosts = new Set(high.map(({ destination }) => destination));
  if (hosts.size < FEWEST / 2 || high.length > hosts.size * PORTS_PER_PEER) return false;
  if (high.some(({ service }) => PEER_PROTOCOLS.test(service))) return true;
  if (activity.app.some(({ service }) => PEER_PROTOCOLS.test(service))) return true;
  const overUdp = new Set<string>();
  for (const { protocol, destination, port } of high)
    if (protocol === UDP) overUdp.add(`${destination} ${port}`);
  const overTcp = high.filter(({ protocol }) => protocol === TCP);
  const both = overTcp.filter(({ destination, port }) => overUdp.has(`${destination} ${port}`)).length;
  if (both >= FEWEST / 2 && both >= overTcp.length * BOTH_TRANSPORTS) return true;
  const ports = new Set(high.map(({ port }) => port));
  const answered = high.filter(({ outcome }) => outcome === 'answered').length;
  return ports.size >= high.length * PORTS_OF_PEERS && answered >= high.length * PEERS_ANSWER;
}

/** Chatter, as far as a contact tells: it has no source port. */
export function isChatterContact({ source, destination, port, protocol }: Contact): boolean {
  return isChatter({ source, destination, sourcePort: 0, destinationPort: port, protocol });
}

function repliesOverUdp(contacts: readonly Contact[]): boolean {
  const udp = contacts.filter(({ protocol }) => protocol === UDP);
  if (udp.length < FEWEST) return false;
  const hosts = new Set<IpAddress>();
  const ports = new Set<number>();
  let services = 0;
  for (const { destination, port, outcome } of udp) {
    if (outcome === 'answered' || outcome === 'unreachable') return false;
    if (isServicePort(port)) services += 1;
    hosts.add(destination);
    ports.add(port);
  }
  return services <= udp.length * SERVICE_PORTS_IN_REPLIES && ports.size >= udp.length / 2;
}
