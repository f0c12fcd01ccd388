import { parseIpv4 } from '../../net/ip-address.ts';
import { orderCorrelation } from '../../stats/rank-correlation.ts';
import type { Contact } from '../model/contact.ts';
import { hasPorts, type EpisodeFacts } from './episode-facts.ts';

/** Targets below which an order is chance: of 8 in random order 1 in 2,000 correlates above .9 (t distribution, 6 degrees of freedom). */
const FEWEST = 8;
const IN_ORDER = 0.9;
/** Nmap shuffles 1,000 ports and puts the frequent ones first: that correlates up to about .3. */
const SHUFFLED = 0.5;
/** Targets that are looked at. */
const MOST = 10_000;

/** `ports in ascending order`, `hosts in random order`: one clause, or empty when there are too few or it is neither. */
export function orderOf({ hosts }: Pick<EpisodeFacts, 'hosts'>): string {
  let largest: readonly Contact[] = [];
  for (const same of hosts.values()) if (same.length > largest.length) largest = same;
  const ports = largest.filter(({ protocol }) => hasPorts(protocol)).map(({ port }) => port);
  if (ports.length >= FEWEST) return clause('ports', ports.slice(0, MOST));
  const addresses = [...hosts.keys()].map((host) => parseIpv4(host)).filter((value) => value !== undefined);
  return clause('hosts', addresses.slice(0, MOST));
}

function clause(what: string, values: readonly number[]): string {
  if (values.length < FEWEST) return '';
  const correlation = orderCorrelation(values);
  if (correlation >= IN_ORDER) return `${what} in ascending order`;
  if (correlation <= -IN_ORDER) return `${what} in descending order`;
  return Math.abs(correlation) <= SHUFFLED ? `${what} in random order` : '';
}
