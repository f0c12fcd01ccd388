import { counted } from '../../../text/phrase.ts';
import { serviceKey } from '../../model/contact.ts';
import type { FamilyMatch } from '../../model/episode.ts';
import { countTerm, type EpisodeFacts } from '../episode-facts.ts';
import { probeFamilies, SERVICE_DETECTION } from '../probe-families.ts';

/** Records at one port after it was found open: a version probe takes one to a dozen, a browser none after a half-open first. */
const PROBES = 2;
/** Ports that were found open first and spoken to afterwards, so that one page that was loaded twice is none. */
const PORTS = 2;

/** Kinds of payload that are named. */
const NAMED = 6;

/** Family 3: what was found open was asked what it is: version probes, scripts, paths, names, ciphers. */
export function judgeServiceEnumeration(facts: EpisodeFacts): FamilyMatch | undefined {
  const followed = facts.contacts.filter((contact) => {
    const pace = facts.paces.get(serviceKey(contact.destination, contact.port, contact.protocol));
    return contact.outcome === 'half-open' && (contact.outcomes & 1) !== 0 && (pace?.records ?? 1) >= PROBES;
  });
  const said: string[] = [];
  if (followed.length >= PORTS)
    said.push(`${counted(followed.length, 'port')} found open and then spoken to`);
  const paths = countTerm(facts, 'paths that are not there');
  if (paths > 0) {
    const asked = facts.app
      .filter(({ service }) => service === 'http')
      .reduce((sum, trait) => sum + trait.distinctTargets, 0);
    said.push(`${counted(asked, 'path')} asked for on ${counted(paths, 'web server')}`);
  }
  const names = countTerm(facts, 'names that are not there');
  if (names > 0) said.push(`names tried at ${counted(names, 'server')}`);
  if (countTerm(facts, 'zone transfer') > 0) said.push('a zone transfer asked for');
  const probed = [...probeFamilies(facts.app).values()]
    .filter((families) => families.length >= SERVICE_DETECTION)
    .toSorted((a, b) => b.length - a.length);
  const [most] = probed;
  if (most !== undefined)
    said.push(
      `${counted(most.length, 'kind')} of probe payload at ${probed.length === 1 ? 'one port' : `one of ${counted(probed.length, 'port')}`}, as service detection sends them: ${most.slice(0, NAMED).join(', ')}${most.length > NAMED ? ' and others' : ''}`,
    );
  if (countTerm(facts, 'many protocols') > 0) said.push('several protocols tried on one port');
  if (countTerm(facts, 'many clients') > 0) said.push('several client programs at one port');
  if (countTerm(facts, 'many hellos') > 0) said.push('TLS versions and ciphers tried one by one');
  return said.length === 0 ? undefined : { family: 'service-enumeration', text: said.join('; ') };
}
