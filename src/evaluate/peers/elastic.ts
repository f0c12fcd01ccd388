import { hasPorts, isTcp } from './attempt.ts';
import { binOf, entry, Flags, seconds, type Peer } from './peer.ts';
import { SlidingDistinct } from './sliding-distinct.ts';

/** Port scan rule: distinct ports of one host in one minute of the clock. */
const PORTS_PER_MINUTE = 50;
const MINUTE = seconds(60);
/** SYN rule: distinct ports, by connections of at most so many packets, looking back nine minutes. */
const SYN_PORTS = 250;
const SYN_PACKETS = 2;
const LOOK_BACK = seconds(540);
/** Sweep rule: distinct hosts, on the nine ports it looks at. */
const SWEEP_HOSTS = 100;
const SWEEP_PORTS: ReadonlySet<number> = new Set([21, 22, 23, 25, 139, 445, 3389, 5985, 5986]);

/**
 * Elastic's prebuilt rules for network traffic: port scan, SYN-based scan and network sweep, each per source (and host
 * for the first two).
 *
 * Approximated: the rules look at private sources only, here at all; they run every five minutes over the last nine, here at
 * every flow; the port scan rule's shorter list of sensitive ports is left out.
 */
export const elastic: Peer = {
  name: 'elastic prebuilt',
  rule: '50 ports in 1 min, 250 ports with ≤ 2 packets in 9 min, or 100 hosts on 9 ports in 9 min',
  flag: (flows) => {
    const flags = new Flags();
    let minute = -1;
    let ports = new Map<string, Set<number>>();
    const synPorts = new Map<string, SlidingDistinct<number>>();
    const sweeps = new Map<string, SlidingDistinct<string>>();
    for (const flow of flows) {
      if (!hasPorts(flow)) continue;
      const now = binOf(flow.time, MINUTE);
      if (now !== minute) {
        minute = now;
        ports = new Map();
      }
      const { source, destination, destinationPort, time } = flow;
      if (flags.has(source)) continue;
      const pair = `${source} ${destination}`;
      const inMinute = entry(ports, pair, () => new Set()).add(destinationPort).size;
      const isSyn = isTcp(flow) && flow.sourcePackets <= SYN_PACKETS;
      const inLookBack = isSyn
        ? entry(synPorts, pair, () => new SlidingDistinct<number>(LOOK_BACK)).add(destinationPort, time)
        : 0;
      const swept = SWEEP_PORTS.has(destinationPort)
        ? entry(sweeps, source, () => new SlidingDistinct<string>(LOOK_BACK)).add(destination, time)
        : 0;
      if (inMinute >= PORTS_PER_MINUTE || inLookBack >= SYN_PORTS || swept >= SWEEP_HOSTS)
        flags.add(source, time);
    }
    return flags.list();
  },
};
