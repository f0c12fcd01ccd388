import type { IpAddress } from '../net/ip-address.ts';
import { serviceKey } from '../recon/model/contact.ts';
import type { Outcome } from '../recon/model/outcome.ts';
import type { TestParameters } from '../recon/model/site.ts';
import type { Flow } from '../recon/model/telemetry-record.ts';
import type { Instant } from '../time/instant.ts';

/** What the flows of a data set show of one source: the plain facts that a miss is explained with. */
export interface SeenSource {
  readonly source: IpAddress;
  readonly flows: number;
  /** Start of its first and last flow. */
  readonly first: Instant;
  readonly last: Instant;
  /** Distinct (destination, port, protocol), in order of their first time. */
  readonly contacts: readonly SeenContact[];
}

/** A first contact as the flows show it. */
export interface SeenContact {
  readonly at: Instant;
  readonly outcome: Outcome;
}

/**
 * What flows show of the sources asked for. One pass over the flows, whatever their order; the others are not kept.
 */
export function seenSources(
  flows: Iterable<Flow>,
  sources: ReadonlySet<IpAddress>,
): ReadonlyMap<IpAddress, SeenSource> {
  const growing = new Map<
    IpAddress,
    { flows: number; first: Instant; last: Instant; contacts: Map<string, SeenContact> }
  >();
  for (const flow of flows) {
    if (!sources.has(flow.source)) continue;
    let seen = growing.get(flow.source);
    if (seen === undefined) {
      seen = { flows: 0, first: flow.time, last: flow.time, contacts: new Map() };
      growing.set(flow.source, seen);
    }
    seen.flows += 1;
    if (flow.time < seen.first) seen.first = flow.time;
    if (flow.time > seen.last) seen.last = flow.time;
    const key = serviceKey(flow.destination, flow.destinationPort, flow.protocol);
    const known = seen.contacts.get(key);
    if (known === undefined || flow.time < known.at)
      seen.contacts.set(key, { at: flow.time, outcome: flow.outcome });
  }
  return new Map(
    [...growing].map(([source, { contacts, ...rest }]) => [
      source,
      { source, ...rest, contacts: [...contacts.values()].toSorted((a, b) => a.at - b.at) },
    ]),
  );
}

/** How many contacts ended in which way. */
export function outcomesOf(contacts: readonly SeenContact[]): Readonly<Partial<Record<Outcome, number>>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of contacts) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/**
 * Highest value, in nats, of the plain sequential test over first contacts: the log-likelihood ratio of Jung et al. 2004
 * floored at 0, without any context term. The detection's own may stand higher or lower; this says how much the bare
 * outcomes give away. Unknown outcomes and backscatter weigh nothing; half-open is a failure, as for the detection.
 */
export function plainStatistic(contacts: readonly SeenContact[], test: TestParameters): number {
  const success = Math.log(test.thetaScan / test.thetaBenign);
  const failure = Math.log((1 - test.thetaScan) / (1 - test.thetaBenign));
  let value = 0;
  let highest = 0;
  for (const { outcome } of contacts) {
    if (outcome === 'unknown' || outcome === 'backscatter') continue;
    value = Math.max(0, value + (outcome === 'answered' ? success : failure));
    highest = Math.max(highest, value);
  }
  return highest;
}
