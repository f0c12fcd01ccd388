import type { Instant } from '../../time/instant.ts';
import type { Contact } from '../model/contact.ts';

/** A named part of what an observation says. */
export interface WeightedTerm {
  readonly term: TermName;
  /** Nats. */
  readonly weight: number;
}

/** One step of the sequential test: a first contact, or what was said to one service. */
export interface Observation {
  /** By this the steps are ordered. */
  readonly at: Instant;
  /** When what it rests on was complete; `at` for a contact. */
  readonly until: Instant;
  /** Sum of the terms. */
  readonly weight: number;
  readonly terms: readonly WeightedTerm[];
  /** The contact, or the one over which something was said; undefined when there is none (an alert). */
  readonly contact: Contact | undefined;
  /** Whether the contact is a part of the episode, were there one: chatter and what is expected is not. */
  readonly counts: boolean;
  /** Says nothing itself; where an episode begins right after it, it was its beginning. */
  readonly prelude: boolean;
}

/** Every term there is, with the sentence that docs/detectors.md has on it. */
export const TERMS = {
  answered: 'The destination spoke. Scans meet few that do.',
  'answered on the web':
    'A web or mail host outside answered: takes away no more than such hosts that failed put on, or a visit would buy a probe.',
  'popular service': 'A service that answers many sources answered this one too: says next to nothing.',
  refused: 'A closed port, at the first try.',
  silent: 'No answer, at the first try.',
  unreachable: 'An ICMP error, at the first try.',
  'half-open': 'An open port, and the source left before it said anything.',
  'half-open at a popular service':
    'Left after the SYN-ACK at a service in use: clients that race do that too.',
  'recently alive': 'A service that answered others before and now does not: an outage.',
  'answered afterwards':
    'It failed once and answered this source later, as a service does that starts: says nothing.',
  'fails for others': 'Other sources fail there as well and none succeeds: something is gone.',
  'dead host outside': 'An everyday service outside that does not answer: weighs a quarter.',
  'fails outside': 'A service outside that does not answer one of our machines: weighs half.',
  'dark destination': 'No machine is there.',
  'nobody else goes there': 'No other source ever turned to this port.',
  'stealth probe': 'TCP flags that no connection begins with.',
  'probe without handshake':
    'Segments without a SYN or payload, to one service port of a host after the other; the first five weigh nothing.',
  'udp answered': 'A UDP service answered; UDP weighs .4.',
  'udp answered outside': 'An everyday UDP service outside answered: as with the web.',
  'udp silent': 'UDP without an answer; UDP weighs .4.',
  'udp unreachable': 'UDP to a closed port; UDP weighs .4.',
  'icmp answered': 'A host answered an echo request; weighs half.',
  'icmp silent': 'An echo request without an answer; weighs half.',
  'icmp query': 'A timestamp, mask or information request: hardly used but to find out.',
  'arp sweep':
    'One more neighbour that does not answer, after sixteen that were asked for within five minutes.',
  'unusual protocol': 'An IP protocol that hosts do not speak.',
  'brief session': 'A short session with little said: says nothing.',
  'one more host, briefly': 'The same service on one more host, briefly, once, after the first eight.',
  'one more port, briefly': 'One more port of a host, briefly, once, after the first eight.',
  'empty session': 'A session in which the source said nothing: says nothing yet.',
  'one more empty session': 'One more session in which the source said nothing, after the first four.',
  'one more host alive': 'One more host that answered an echo request, after the first eight.',
  'one more administered host':
    'A Windows administration session with one more host within an hour, after the first twenty.',
  role: 'What this role does all day.',
  'paths that are not there': 'Distinct requests to one web server, most of them rejected.',
  'names that are not there': 'Distinct names asked of one server, most of them rejected.',
  'zone transfer': 'A request for the whole zone.',
  'many hellos': 'Many different TLS ClientHellos to one port.',
  'many clients': 'Several client programs that call themselves differently, at one port, with little said.',
  'many protocols': 'Several application protocols tried on one port.',
  'alert of another sensor': 'An intrusion detection rule says so; never enough by itself.',
} as const;

/** See TERMS. */
export type TermName = keyof typeof TERMS;
