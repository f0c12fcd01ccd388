import { popularFirst } from '../../fingerprint/touch-signatures.ts';
import { parseIpv4 } from '../../net/ip-address.ts';
import { orderCorrelation } from '../../stats/rank-correlation.ts';
import type { Contact } from '../model/contact.ts';
import { formatCount } from '../../text/phrase.ts';
import type { SendingTrait } from '../model/sending.ts';
import { hasPorts, type EpisodeFacts } from './episode-facts.ts';

/** Targets below which an order is chance: of 8 in random order 1 in 2,000 correlates above .9 (t distribution, 6 degrees of freedom). */
const FEWEST = 8;
const IN_ORDER = 0.9;
/** Nmap shuffles 1,000 ports and puts the frequent ones first: that correlates up to about .3. */
const SHUFFLED = 0.5;
/** Targets that are looked at. */
const MOST = 10_000;

/** What was taken in some order, and its rank correlation with that of numbers. */
interface Sequence {
  readonly what: 'ports' | 'hosts';
  readonly values: readonly number[];
  readonly correlation: number;
}

/** Ports of the host with most of them; where they are few, hosts. */
function sequenceOf({ hosts }: Pick<EpisodeFacts, 'hosts'>): Sequence | undefined {
  let largest: readonly Contact[] = [];
  for (const same of hosts.values()) if (same.length > largest.length) largest = same;
  const ports = largest.filter(({ protocol }) => hasPorts(protocol)).map(({ port }) => port);
  if (ports.length >= FEWEST) return sequence('ports', ports.slice(0, MOST));
  const addresses = [...hosts.keys()].map((host) => parseIpv4(host)).filter((value) => value !== undefined);
  return addresses.length < FEWEST ? undefined : sequence('hosts', addresses.slice(0, MOST));
}

function sequence(what: Sequence['what'], values: readonly number[]): Sequence {
  return { what, values, correlation: orderCorrelation(values) };
}

/** `ports in ascending order`, `hosts in random order`: one clause, or empty when there are too few or it is neither. */
export function orderOf(facts: Pick<EpisodeFacts, 'hosts'>): string {
  const found = sequenceOf(facts);
  if (found === undefined) return '';
  const { what, correlation } = found;
  if (correlation >= IN_ORDER) return `${what} in ascending order`;
  if (correlation <= -IN_ORDER) return `${what} in descending order`;
  return Math.abs(correlation) <= SHUFFLED ? `${what} in random order` : '';
}

/** Of the steps that would change both host and port, were both drawn at random, so many must. */
const EXPECTED_STEPS = 0.8;

/**
 * The same with its figures, and two orders that tools are known by: popular ports first (Nmap), and hosts and ports
 * shuffled as one (masscan: blackrock.c; Nmap and ZMap go port by port or host by host).
 */
export function orderTrait(facts: Pick<EpisodeFacts, 'hosts' | 'contacts'>): SendingTrait | undefined {
  const found = sequenceOf(facts);
  const together = shuffledTogether(facts);
  if (together !== undefined) return together;
  if (found === undefined) return undefined;
  const { what, values, correlation } = found;
  const rank = `rank correlation ${correlation.toFixed(2)}`;
  const popular = what === 'ports' ? popularFirst(new Set(values)) : undefined;
  if (popular !== undefined) {
    const { held, of } = popular;
    const text = `Popular ports came before all others: ${held} of the first ${of} are popular (${rank} over ${formatCount(values.length)}).`;
    return { aspect: 'order', value: 'popular-first', held, of, unit: 'first ports', text };
  }
  const of = values.length - 1;
  const rising = values.slice(1).filter((value, index) => value > values[index]!).length;
  const trait = (value: SendingTrait['value'], held: number, words: string): SendingTrait => {
    const text = `The ${what} came ${words}: ${formatCount(held)} of ${formatCount(of)} steps lead to a ${held === rising ? 'higher' : 'lower'} one (${rank}).`;
    return { aspect: 'order', value, held, of, unit: 'steps', text };
  };
  if (correlation >= IN_ORDER) return trait('ascending', rising, 'in ascending order');
  if (correlation <= -IN_ORDER) return trait('descending', of - rising, 'in descending order');
  return Math.abs(correlation) <= SHUFFLED ? trait('shuffled', rising, 'in no order') : undefined;
}

function shuffledTogether({
  hosts,
  contacts,
}: Pick<EpisodeFacts, 'hosts' | 'contacts'>): SendingTrait | undefined {
  const some = contacts.filter(({ protocol }) => hasPorts(protocol)).slice(0, MOST);
  const ports = new Set(some.map(({ port }) => port));
  if (hosts.size < FEWEST || ports.size < 2) return undefined;
  const addresses = [...hosts.keys()].map((host) => parseIpv4(host)).filter((value) => value !== undefined);
  if (addresses.length < FEWEST || Math.abs(orderCorrelation(addresses)) > SHUFFLED) return undefined;
  const of = some.length - 1;
  const held = some
    .slice(1)
    .filter(
      ({ destination, port }, index) =>
        destination !== some[index]!.destination && port !== some[index]!.port,
    ).length;
  if (held < EXPECTED_STEPS * of * (1 - 1 / ports.size)) return undefined;
  const text = `Hosts and ports were shuffled as one: ${formatCount(held)} of ${formatCount(of)} steps change both.`;
  return { aspect: 'order', value: 'hosts-and-ports-shuffled', held, of, unit: 'steps', text };
}
