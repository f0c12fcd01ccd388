import { PROBE_FAMILIES } from '../../fingerprint/probe-payload.ts';
import { serviceKey, type AppTrait } from '../model/contact.ts';

/*
 * Which of the probes that ask an unknown service what it is were sent to one port: families of payloads, under the names
 * that Nmap's manual has for them. A client of some service sends one, service detection one after the other.
 */

/** A path that no server has, asked for to see what its error looks like. */
const FOUR_OH_FOUR = '/nice%20ports%2C/Tri%6Eity.txt%2ebak';
/** JA3 of the two hellos that Nmap sends as fixed octets. */
const HELLOS: ReadonlyMap<string, string> = new Map([
  ['ee0799c323d74129b75b633dcfd41593', 'SSLSessionReq'],
  ['16ee84a07b55074cb2751329bf1c8811', 'TLSSessionReq'],
]);

/** Families at one port from which it was service detection. A client that falls back has two. */
export const SERVICE_DETECTION = 3;

/** Families of probe payloads by serviceKey, in order of their names; ports without one are left out. */
export function probeFamilies(app: readonly AppTrait[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const trait of app) {
    const families = familiesOf(trait);
    if (families.length === 0) continue;
    const key = serviceKey(trait.destination, trait.port, trait.protocol);
    const known = found.get(key) ?? new Set<string>();
    found.set(key, known);
    for (const family of families) known.add(family);
  }
  return new Map([...found].map(([key, families]) => [key, [...families].toSorted()]));
}

function familiesOf({ service, actions, names, targets, agents, ja3 }: AppTrait): readonly string[] {
  switch (service) {
    case 'http': {
      // Nobody who wants a page leaves out both.
      const bare = names.length === 0 && agents.length === 0;
      return [
        ...(bare && actions.includes('GET') && targets.includes('/') ? ['GetRequest'] : []),
        ...(bare && actions.includes('OPTIONS') ? ['HTTPOptions'] : []),
        ...(targets.includes(FOUR_OH_FOUR) ? ['FourOhFourRequest'] : []),
      ];
    }
    case 'tls':
    case 'ssl':
      return ja3.flatMap((print) => HELLOS.get(print) ?? []);
    case 'dns':
      return [
        ...(names.includes('version.bind') ? ['DNSVersionBindReq'] : []),
        ...(actions.includes('STATUS') || actions.includes('DNSStatusRequest') ? ['DNSStatusRequest'] : []),
      ];
    default:
      return actions.filter((action) => PROBE_FAMILIES.has(action));
  }
}
