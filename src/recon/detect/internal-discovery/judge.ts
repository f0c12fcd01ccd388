import { counted } from '../../../text/phrase.ts';
import type { FamilyMatch } from '../../model/episode.ts';
import { touchedName } from '../../model/ip-protocol.ts';
import { byDestination, type EpisodeFacts } from '../episode-facts.ts';
import { isAdministrative } from '../../model/service-ports.ts';

/** Hosts that answered on administrative services. */
const HOSTS = 5;

/** Family 8: a machine inside that opens administrative sessions with one machine inside after the other. */
export function judgeInternalDiscovery({
  contacts,
  internal,
  internalTargets,
}: EpisodeFacts): FamilyMatch | undefined {
  if (!internal || !internalTargets) return undefined;
  const answered = contacts.filter(
    ({ protocol, port, outcome }) => outcome === 'answered' && isAdministrative(protocol, port),
  );
  const hosts = byDestination(answered).size;
  if (hosts < HOSTS) return undefined;
  const services = [...new Set(answered.map(({ protocol, port }) => touchedName(protocol, port)))].toSorted();
  return {
    family: 'internal-discovery',
    text: `${counted(hosts, 'host')} inside answered on ${services.slice(0, 6).join(', ')}`,
  };
}
