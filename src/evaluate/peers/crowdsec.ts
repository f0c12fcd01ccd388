import type { IpAddress } from '../../net/ip-address.ts';
import { hasPorts, isUnansweredOrRefused } from './attempt.ts';
import { entry, Flags, seconds, type Peer } from './peer.ts';

/** The bucket overflows past so many. */
const CAPACITY = 15;
/** It loses one in so long. */
const LEAK = seconds(5);

/**
 * CrowdSec's iptables-scan-multi_ports: a leaky bucket per source into which each port that the bucket has not seen yet
 * pours one; it overflows past its capacity.
 *
 * Approximated: dropped packets are flows that were silent, refused or unreachable; a bucket that ran empty forgets its ports.
 */
export const crowdsec: Peer = {
  name: 'crowdsec multi_ports',
  rule: 'leaky bucket of distinct ports, capacity 15, one leaks each 5 s',
  flag: (flows) => {
    const flags = new Flags();
    const buckets = new Map<IpAddress, { level: number; at: number; ports: Set<number> }>();
    for (const flow of flows) {
      if (!hasPorts(flow) || !isUnansweredOrRefused(flow) || flags.has(flow.source)) continue;
      const bucket = entry(buckets, flow.source, () => ({
        level: 0,
        at: flow.time as number,
        ports: new Set<number>(),
      }));
      bucket.level = Math.max(0, bucket.level - (flow.time - bucket.at) / LEAK);
      bucket.at = flow.time;
      if (bucket.level === 0) bucket.ports.clear();
      if (bucket.ports.has(flow.destinationPort)) continue;
      bucket.ports.add(flow.destinationPort);
      bucket.level += 1;
      if (bucket.level > CAPACITY) flags.add(flow.source, flow.time);
    }
    return flags.list();
  },
};
