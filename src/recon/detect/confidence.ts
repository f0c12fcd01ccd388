import { confidenceOf, type Lowering } from '../../findings/confidence.ts';
import type { Confidence } from '../../findings/finding.ts';
import { ARP, ICMP, ICMP6, TCP, UDP } from '../model/ip-protocol.ts';
import { countTerm, isOpen, type EpisodeFacts } from './episode-facts.ts';

/** Contacts below which one misunderstanding would undo the judgement. */
const FEW = 6;
/** Share of first contacts of unknown outcome from which the capture is taken for a partial one. */
const PARTIAL = 0.5;

/** How sure the judgement is, with each thing that lowers it. Factors are judgements. */
export function confidenceIn(facts: EpisodeFacts, leftOut: number): Confidence {
  const { contacts } = facts;
  const lowered: Lowering[] = [];
  const lower = (reason: string, factor: number, when: boolean): void => {
    if (when) lowered.push({ reason, factor });
  };
  const said = countTerm(
    facts,
    'paths that are not there',
    'names that are not there',
    'zone transfer',
    'many hellos',
    'many clients',
    'many protocols',
  );
  const unknown = contacts.filter(({ outcome }) => outcome === 'unknown').length;
  lower(
    'the sensor looks at a sample of the packets',
    0.8,
    contacts.some(({ sampling }) => sampling > 1),
  );
  lower('few contacts', 0.8, contacts.length < FEW && said === 0);
  lower(
    'most outcomes are unknown: one-way or mid-stream capture',
    0.7,
    contacts.length > 0 && unknown > contacts.length * PARTIAL,
  );
  lower('more contacts than are looked at one by one', 0.95, leftOut > 0);
  lower(
    'UDP alone, which is silent by nature',
    0.85,
    contacts.every(({ protocol }) => protocol === UDP),
  );
  lower(
    'ping or ARP alone',
    0.8,
    contacts.every(({ protocol }) => protocol === ICMP || protocol === ICMP6 || protocol === ARP),
  );
  lower(
    'everything answered: told from use by its breadth alone',
    0.7,
    said === 0 &&
      contacts.some(({ protocol }) => protocol === TCP) &&
      contacts.every((contact) => contact.outcome === 'answered' && isOpen(contact)),
  );
  return confidenceOf(lowered);
}
