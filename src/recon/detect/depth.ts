import type { Depth } from '../model/episode.ts';
import { TCP, UDP } from '../model/ip-protocol.ts';
import { serviceKey } from '../model/contact.ts';
import { countTerm, type EpisodeFacts } from './episode-facts.ts';
import { probeFamilies, SERVICE_DETECTION } from './probe-families.ts';

/** Payload bytes with which a service said something of itself: the shortest banners (`220 \r\n`) come with TCP options where the record counts those. */
const SPOKE_BYTES = 16;
/** Records at one port, of a source that scans, from which it is asked again and again. */
const PROBES = 5;
/** Failed logins at one port that are a burst; people give up before. */
const FAILED_LOGINS = 10;
/** Services that log in, as sensors name them. */
const LOGIN = new Set([
  'ssh',
  'ftp',
  'rdp',
  'smb',
  'ntlm',
  'krb5',
  'krb',
  'ldap',
  'telnet',
  'pop3',
  'imap',
  'smtp',
  'mysql',
  'pgsql',
  'vnc',
  'rfb',
]);
/** Suricata's classification.config: classes of rules about attempts to get in. */
const EXPLOIT_CLASS =
  /privilege gain|web application attack|executable code|exploit|attempted-(admin|user)|web-application-attack|malware command/i;

/** How deep it went, as far as its own records tell; `entered` is for whoever sees what the target did next. */
export function depthOf(facts: EpisodeFacts): Depth {
  const exploited = facts.alerts.some(
    ({ category, signature, provider }) =>
      provider === 'suricata' && (EXPLOIT_CLASS.test(category) || /\bEXPLOIT\b|CVE-\d/.test(signature)),
  );
  const guessed = facts.app.some(({ service, rejected }) => LOGIN.has(service) && rejected >= FAILED_LOGINS);
  if (exploited || guessed) return 'attempted';
  const asked = countTerm(
    facts,
    'paths that are not there',
    'names that are not there',
    'zone transfer',
    'many hellos',
    'many clients',
    'many protocols',
  );
  const detected = [...probeFamilies(facts.app).values()].some(
    (families) => families.length >= SERVICE_DETECTION,
  );
  if (asked > 0 || detected || facts.contacts.some((contact) => isProbedAgain(facts, contact)))
    return 'enumerated';
  const spoke = facts.contacts.some(
    ({ protocol, outcomes, service, destinationBytes }) =>
      (outcomes & 1) !== 0 &&
      ((protocol === TCP && (service !== '' || destinationBytes > SPOKE_BYTES)) || protocol === UDP),
  );
  return spoke ? 'identified' : 'touched';
}

/** Asked several times, and answered with more than a handshake. */
function isProbedAgain(
  facts: EpisodeFacts,
  { destination, port, protocol, outcomes, destinationBytes, service }: EpisodeFacts['contacts'][number],
): boolean {
  const pace = facts.paces.get(serviceKey(destination, port, protocol));
  return (
    protocol === TCP &&
    pace !== undefined &&
    pace.records >= PROBES &&
    (outcomes & 1) !== 0 &&
    (service !== '' || destinationBytes > SPOKE_BYTES)
  );
}
