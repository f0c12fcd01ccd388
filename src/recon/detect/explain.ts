import { attributeTouches } from '../../fingerprint/attribute-tool.ts';
import { toolOfAgent } from '../../fingerprint/client-signatures.ts';
import { attributeSaid, type Saying } from '../../fingerprint/said-signatures.ts';
import { byConfidence, type ToolMatch } from '../../fingerprint/tool-match.ts';
import { counted, formatCount, formatSpan } from '../../text/phrase.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { serviceKey, type SourceActivity } from '../model/contact.ts';
import type { Outcome } from '../model/outcome.ts';
import { countTerm, distinctPorts, type EpisodeFacts } from './episode-facts.ts';

const WORDS: Readonly<Record<Outcome, string>> = {
  answered: 'answered',
  refused: 'refused',
  silent: 'silent',
  unreachable: 'unreachable',
  'half-open': 'left half-open',
  unknown: 'of unknown outcome',
  backscatter: 'backscatter',
};

/** How many first contacts had which outcome. */
export function outcomesOf({ contacts }: EpisodeFacts): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of contacts) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** Why it is unusual here, in sentences with counts. */
export function unusualOf(facts: EpisodeFacts, activities: readonly SourceActivity[]): readonly string[] {
  const { contacts, hosts } = facts;
  const sentences: string[] = [];
  const ports = distinctPorts(contacts);
  const [only] = hosts.keys();
  const where =
    hosts.size === 1 && only !== undefined
      ? `${counted(Math.max(1, ports.size), 'port')} of ${only}`
      : `${counted(contacts.length, 'target')} on ${counted(hosts.size, 'host')}`;
  const counts = Object.entries(outcomesOf(facts)) as [Outcome, number][];
  const outcomes = counts
    .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([outcome, number]) => `${formatCount(number)} ${WORDS[outcome]}`);
  if (contacts.length > 0) sentences.push(`Touched ${where}: ${outcomes.join(', ')}.`);
  const alone = contacts.filter(
    ({ destination, port, protocol, told }) =>
      told !== true &&
      !activities.some(({ services }) => services.has(serviceKey(destination, port, protocol))),
  ).length;
  if (alone > 0 && contacts.length > 1)
    sentences.push(
      `Nobody else turned to ${formatCount(alone)} of the ${formatCount(contacts.length)} targets.`,
    );
  const dark = countTerm(facts, 'dark destination');
  if (dark > 0)
    sentences.push(`${counted(dark, 'target')} ${dark === 1 ? 'lies' : 'lie'} where no machine is.`);
  const stealth = countTerm(facts, 'stealth probe', 'probe without handshake');
  if (stealth > 0) sentences.push(`${counted(stealth, 'probe')} came in segments that begin no connection.`);
  const briefly = countTerm(facts, 'empty session', 'one more empty session');
  if (briefly > 0) sentences.push(`In ${counted(briefly, 'session')} the source said nothing.`);
  for (const {
    service,
    destination,
    port,
    distinctTargets,
    accepted,
    rejected,
    denied = rejected,
  } of facts.app) {
    if (service !== 'http' || denied * 2 < accepted + rejected || distinctTargets < PATHS) continue;
    sentences.push(
      `Asked ${destination} port ${port} for ${counted(distinctTargets, 'path')}: ${formatCount(denied)} of ${counted(accepted + rejected, 'request')} were denied.`,
    );
  }
  const span = facts.last - facts.first;
  if (span > 0 && contacts.length > 1) sentences.push(`It took ${formatSpan(span)}.`);
  return sentences.slice(0, SENTENCES);
}

/** Paths from which the web server gets a sentence. */
const PATHS = 20;
/** Sentences that are read. */
const SENTENCES = 12;
const TRAITS = 20;

/** The tools that contacts, names of clients, fingerprints of hellos and payloads speak of, surest first. */
export function toolsOf(facts: EpisodeFacts): readonly ToolMatch[] {
  const touches = facts.contacts.map(({ first, destination, port, protocol }) => ({
    time: first,
    destination,
    destinationPort: port,
    protocol,
  }));
  const said = new Map<string, Saying>();
  for (const { service, agents, ja3, ja4, hassh, actions, names, targets } of facts.app)
    for (const [field, values] of Object.entries({
      agent: agents, ja3, ja4, hassh, action: actions, name: names, target: targets,
    }) as [Saying['field'], readonly string[]][])
      for (const value of values) said.set(`${service} ${field} ${value}`, { service, field, value, count: 1 }); // prettier-ignore
  return [
    ...attributeTouches(touches),
    ...attributeSaid([...said.values()], { agent: 'names of clients', client: 'fingerprints of hellos' }),
  ].toSorted(byConfidence);
}

/** Fingerprints, user agents and tools, as sentences. Never a reason: whoever writes them can write others. */
export function traitsOf(facts: EpisodeFacts): readonly string[] {
  const agents = new Map<string, Set<IpAddress>>();
  const prints = new Map<string, Set<IpAddress>>();
  const gather = (into: Map<string, Set<IpAddress>>, value: string, destination: IpAddress): void => {
    const seen = into.get(value);
    if (seen === undefined) into.set(value, new Set([destination]));
    else seen.add(destination);
  };
  for (const trait of facts.app) {
    for (const agent of trait.agents)
      gather(
        agents,
        `${trait.service === 'ssh' ? 'SSH client' : 'user agent'} "${agent}"`,
        trait.destination,
      );
    for (const ja4 of trait.ja4) gather(prints, `JA4 ${ja4}`, trait.destination);
    if (trait.ja4.length === 0) for (const ja3 of trait.ja3) gather(prints, `JA3 ${ja3}`, trait.destination);
    for (const hassh of trait.hassh) gather(prints, `HASSH ${hassh}`, trait.destination);
  }
  const sentences: string[] = [];
  const widest = (of: Map<string, Set<IpAddress>>): [string, Set<IpAddress>][] =>
    [...of].toSorted((a, b) => b[1].size - a[1].size || (a[0] < b[0] ? -1 : 1));
  for (const [name, hosts] of widest(agents)) {
    const tool = toolOfAgent(name);
    sentences.push(
      `Called itself ${name} at ${counted(hosts.size, 'host')}${tool === undefined ? '' : `, which is what ${tool} does`}.`,
    );
  }
  for (const [name, hosts] of widest(prints).slice(0, TRAITS / 2))
    sentences.push(`${name} at ${counted(hosts.size, 'host')}.`);
  return sentences.slice(0, TRAITS);
}
