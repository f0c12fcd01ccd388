import type { Instant } from '../../time/instant.ts';
import {
  serviceKey,
  type AlertTrait,
  type AppTrait,
  type Contact,
  type SourceActivity,
} from '../model/contact.ts';
import type { SourceRole } from '../model/episode.ts';
import { toldContact } from '../model/told-contacts.ts';
import { OTHER_THAN_HTTP, SCAN_WORDS, ZONE_TRANSFERS } from '../model/remarkable.ts';
import type { Observation, TermName } from './observation.ts';

/**
 * What each distinct path or name that was not there weighs, once there are FEWEST_MISSING of them and they are
 * most of what was asked: 37 reach the default threshold. Judgement, tried on gobuster and NSE (200 and 1,033
 * paths) and on dig (60 names) against crawlers and offices of the lab, which have none.
 */
const MISSING = 0.25;
const FEWEST_MISSING = 20;
const MOSTLY = 0.5;
/** No application-layer observation weighs more than this: one log line with a thousand values is one. */
const LARGEST = 12;
/** A refused request for a zone: secondaries are not refused. */
const TRANSFER_REFUSED = 6;
/** One that was granted, and came once. */
const TRANSFER_GRANTED = 3;
const TRANSFERS: ReadonlySet<string> = new Set(ZONE_TRANSFERS);
/** Distinct ClientHellos at one port beyond which one more weighs; a browser has two or three, with and without resumption. */
const FREE_HELLOS = 4;
const HELLO = 1;
/** What a handshake moves and no page does, in bytes. Behind a NAT many clients have many hellos, and move pages. */
const HANDSHAKE_BYTES = 16_384;
/** Distinct client programs at one port beyond the first: a host has one or two SSH clients. */
const FREE_CLIENTS = 2;
const CLIENT = 3.1;
/** What several clients say at most to a port that they only ask about itself. */
const ASKING_BYTES = 4096;
/** And within what time, in microseconds. */
const ASKING_SPAN = 600e6;
/** Application protocols at one port beyond the first. */
const PROTOCOL = 3.4;
/** Another sensor's rule about reconnaissance, and all of them together: below half the threshold. */
const ALERT = 1.5;
const ALERTS = 4.5;

/** Protocols that ride on each other or are two names of one: no variety. */
const SAME_PROTOCOL: Readonly<Record<string, string>> = {
  ssl: 'tls',
  http2: 'http',
  dce_rpc: 'smb',
  dcerpc: 'smb',
  ntlm: 'smb',
  gssapi: 'smb',
  krb5: 'smb',
  krb: 'smb',
  spnego: 'smb',
  bittorrent_dht: 'bittorrent',
  'bittorrent-dht': 'bittorrent',
};

/** What sensors write where a protocol's name should be: Suricata's files, our own lines of text that any protocol may begin with. */
const NO_PROTOCOL: ReadonlySet<string> = new Set(['', 'fileinfo', 'text']);

const SCAN_ALERT = new RegExp(SCAN_WORDS);
const SIP = new RegExp(OTHER_THAN_HTTP.sip);
const RTSP = new RegExp(OTHER_THAN_HTTP.rtsp);

/** One observation for each service that was questioned rather than used. */
export function weighApplication(activity: SourceActivity, role: SourceRole | undefined): Observation[] {
  const contacts = new Map(
    activity.contacts.map((contact) => [
      serviceKey(contact.destination, contact.port, contact.protocol),
      contact,
    ]),
  );
  // Behind a proxy, a resolver or a crawler stand many who ask for what is not there.
  const forMany = role?.role === 'proxy' || role?.role === 'resolver' || role?.role === 'crawler';
  const byPort = new Map<string, AppTrait[]>();
  const observations: Observation[] = [];
  const observation = (traits: readonly AppTrait[], { term, weight }: Said): Observation => ({
    at: earliest(traits),
    until: latest(traits),
    weight,
    terms: [{ term, weight }],
    contact: contacts.get(keyOf(traits[0]!)) ?? toldContact(activity.source, traits[0]!),
    counts: true,
    prelude: false,
  });
  for (const trait of activity.app) {
    const key = keyOf(trait);
    const same = byPort.get(key);
    if (same === undefined) byPort.set(key, [trait]);
    else same.push(trait);
    if (forMany) continue;
    for (const said of [missingPaths(trait), missingNames(trait), zoneTransfer(trait)])
      if (said !== undefined) observations.push(observation([trait], said));
    for (const said of [manyHellos(trait, contacts.get(key)), manyClients(trait, contacts.get(key))])
      if (said !== undefined) observations.push(observation([trait], said));
  }
  for (const traits of byPort.values()) {
    const said = manyProtocols(traits);
    if (said !== undefined) observations.push(observation(traits, said));
  }
  observations.push(...alerts(activity.alerts));
  return observations;
}

interface Said {
  readonly term: TermName;
  readonly weight: number;
}

function keyOf({ destination, port, protocol }: AppTrait): string {
  return serviceKey(destination, port, protocol);
}

function earliest(traits: readonly AppTrait[]): Instant {
  return traits.reduce((first, trait) => (trait.first < first ? trait.first : first), traits[0]!.first);
}

function latest(traits: readonly AppTrait[]): Instant {
  return traits.reduce((last, trait) => (trait.last > last ? trait.last : last), traits[0]!.last);
}

/** Where nobody counted the answers that say no, those that were not accepted stand in for them. */
function missing(distinct: number, { accepted, rejected, denied = rejected }: AppTrait): number {
  if (denied < (accepted + rejected) * MOSTLY) return 0;
  const count = Math.min(distinct, denied);
  return count < FEWEST_MISSING ? 0 : Math.min(LARGEST, MISSING * count);
}

function missingPaths(trait: AppTrait): Said | undefined {
  if (trait.service !== 'http') return undefined;
  const weight = missing(trait.distinctTargets, trait);
  return weight === 0 ? undefined : { term: 'paths that are not there', weight };
}

function missingNames(trait: AppTrait): Said | undefined {
  if (trait.service !== 'dns' && trait.service !== 'smb') return undefined;
  // A full sample of names may stand for more of them.
  const distinct = trait.names.length >= NAMES_SAMPLED ? trait.events : trait.names.length;
  const weight = missing(distinct, trait);
  return weight === 0 ? undefined : { term: 'names that are not there', weight };
}

/** Names that an AppTrait keeps at most. */
const NAMES_SAMPLED = 50;

function zoneTransfer(trait: AppTrait): Said | undefined {
  if (trait.service !== 'dns' || !trait.actions.some((action) => TRANSFERS.has(action))) return undefined;
  if (trait.accepted > (trait.denied ?? 0)) {
    return trait.events <= 2 ? { term: 'zone transfer', weight: TRANSFER_GRANTED } : undefined;
  }
  return { term: 'zone transfer', weight: TRANSFER_REFUSED };
}

function manyHellos(trait: AppTrait, contact: Contact | undefined): Said | undefined {
  if (trait.service !== 'tls' && trait.service !== 'ssl') return undefined;
  // JA3 alone proves nothing: browsers shuffle their extensions since Chrome 110, and JA4 sorts them.
  const shuffled = trait.ja4.length === 0 && (contact?.sourceBytes ?? 0) > ASKING_BYTES;
  const variants = trait.ja4.length > 0 ? trait.ja4.length : shuffled ? 0 : trait.ja3.length;
  if (variants <= FREE_HELLOS || (contact?.destinationBytes ?? 0) > HANDSHAKE_BYTES) return undefined;
  return { term: 'many hellos', weight: Math.min(LARGEST, HELLO * (variants - FREE_HELLOS)) };
}

function manyClients(trait: AppTrait, contact: Contact | undefined): Said | undefined {
  if (trait.service !== 'ssh' || contact === undefined) return undefined;
  const clients = trait.agents.length;
  if (clients <= FREE_CLIENTS || trait.last - trait.first > ASKING_SPAN) return undefined;
  if (contact.sourceBytes > ASKING_BYTES || contact.destinationBytes > ASKING_BYTES) return undefined;
  return { term: 'many clients', weight: Math.min(LARGEST, CLIENT * (clients - 1)) };
}

function manyProtocols(traits: readonly AppTrait[]): Said | undefined {
  const protocols = new Set<string>();
  for (const { service, targets } of traits) {
    if (!NO_PROTOCOL.has(service)) protocols.add(SAME_PROTOCOL[service] ?? service);
    // What sensors take for HTTP and is not.
    if (targets.some((target) => SIP.test(target))) protocols.add('sip');
    if (targets.some((target) => RTSP.test(target))) protocols.add('rtsp');
  }
  // HTTP inside TLS is one use of a port; so is what a sensor decrypts or is told by ALPN.
  if (protocols.has('tls') && protocols.has('http')) protocols.delete('tls');
  if (protocols.size < 3) return undefined;
  return { term: 'many protocols', weight: Math.min(LARGEST, PROTOCOL * (protocols.size - 1)) };
}

/** Rules of other sensors that speak of scans: by signature, each once, the heaviest first. */
function alerts(traits: readonly AlertTrait[]): Observation[] {
  const seen = new Set<string>();
  const observations: Observation[] = [];
  for (const trait of traits) {
    if (trait.provider !== 'suricata' && trait.provider !== 'zeek-notice') continue;
    if (!SCAN_ALERT.test(trait.signature) && !SCAN_ALERT.test(trait.category)) continue;
    if (seen.has(trait.signature) || (seen.size + 1) * ALERT > ALERTS) continue;
    seen.add(trait.signature);
    observations.push({
      at: trait.first,
      until: trait.first,
      weight: ALERT,
      terms: [{ term: 'alert of another sensor', weight: ALERT }],
      contact: undefined,
      counts: true,
      prelude: false,
    });
  }
  return observations;
}
