import { ACK, FIN, RST, SYN, URG } from '../../net/tcp-flags.ts';
import type { Contact } from '../model/contact.ts';
import type { Technique } from '../model/episode.ts';
import { ARP, ICMP, ICMP6, SCTP, TCP, UDP } from '../model/ip-protocol.ts';
import { isStealthFlags } from '../model/stealth-flags.ts';
import type { EpisodeFacts } from './episode-facts.ts';

/** What was sent, most frequent first. */
export function techniquesOf(facts: EpisodeFacts): readonly Technique[] {
  const counts = new Map<Technique, number>();
  const add = (technique: Technique, times = 1): void => {
    counts.set(technique, (counts.get(technique) ?? 0) + times);
  };
  const halfOpen = facts.contacts.some(
    ({ outcome, protocol }) => outcome === 'half-open' && protocol === TCP,
  );
  const answered = facts.contacts.some(({ outcome, protocol }) => outcome === 'answered' && protocol === TCP);
  for (const contact of facts.contacts) add(techniqueOf(contact, halfOpen || !answered));
  const said = facts.observations.filter(
    ({ at, contact, terms }) =>
      terms.length === 1 && contact !== undefined && APPLICATION.has(terms[0]!.term) && at > 0,
  );
  if (said.length > 0) add('application', said.length);
  return [...counts]
    .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([technique]) => technique);
}

const APPLICATION: ReadonlySet<string> = new Set([
  'paths that are not there',
  'names that are not there',
  'zone transfer',
  'many hellos',
  'many clients',
  'many protocols',
]);

/** @param bySyn whether a SYN that was refused or lost is taken for a SYN scan's: a connect scan's look the same, and only what happens at open ports tells */
function techniqueOf({ protocol, port, flags, outcome, told }: Contact, bySyn: boolean): Technique {
  switch (protocol) {
    case ARP:
      return 'arp';
    case ICMP:
      return port >> 8 === 8 ? 'icmp-echo' : 'icmp-other';
    case ICMP6:
      return port >> 8 === 128 ? 'icmp-echo' : 'icmp-other';
    case UDP:
      return 'udp';
    case SCTP:
      return 'sctp';
    case TCP:
      break;
    default:
      return 'ip-protocol';
  }
  // Over TCP nothing is said without a connection.
  if (told === true) return 'tcp-connect';
  const six = flags & (SYN | ACK | FIN | RST | URG);
  if (isStealthFlags(flags)) return 'tcp-xmas';
  if (outcome !== 'unknown') return outcome === 'answered' || !bySyn ? 'tcp-connect' : 'tcp-syn';
  if (six === FIN) return 'tcp-fin';
  if (six === (FIN | ACK)) return 'tcp-window-or-maimon';
  // Without flags it may be any of them: the most common one stands for it.
  return six === 0 && (flags & ACK) === 0 ? 'tcp-null' : 'tcp-ack';
}
