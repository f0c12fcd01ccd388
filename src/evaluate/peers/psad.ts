import type { IpAddress } from '../../net/ip-address.ts';
import type { Flow } from '../../recon/model/telemetry-record.ts';
import { hasPorts, isUnansweredOrRefused } from './attempt.ts';
import { entry, Flags, seconds, type Peer } from './peer.ts';

/** `DANGER_LEVEL1`: packets to one host, over a range of ports of at least `PORT_RANGE_SCAN_THRESHOLD`. */
const PACKETS = 5;
const PORT_RANGE = 1;
/** Unique hosts of danger level 1. */
const HOSTS = 10;
/** `SCAN_TIMEOUT`: a scan that paused for longer begins anew. */
const TIMEOUT = seconds(3600);

interface Scan {
  last: number;
  packets: number;
  low: number;
  high: number;
}

/**
 * psad @8720f6a at danger level 1: dropped packets of a source, five to one host over more than one port, or ten hosts.
 *
 * Approximated: dropped packets are those of flows that were silent, refused or unreachable, as a firewall that logs what it
 * drops would have them; packet signatures, p0f and the higher levels are left out; psad looks every 5 s.
 */
export const psad: Peer = {
  name: 'psad DL1',
  rule: '5 dropped packets over > 1 port of a host, or 10 hosts; forgotten after 1 h idle',
  flag: (flows) => {
    const flags = new Flags();
    const scans = new Map<string, Scan>();
    const hosts = new Map<IpAddress, { last: number; seen: Set<IpAddress> }>();
    for (const flow of flows) {
      if (!hasPorts(flow) || !isUnansweredOrRefused(flow) || flags.has(flow.source)) continue;
      const scan = entry(scans, `${flow.source} ${flow.destination}`, () => begin(flow));
      if (flow.time - scan.last > TIMEOUT) Object.assign(scan, begin(flow));
      scan.last = flow.time;
      scan.packets += Math.max(1, flow.sourcePackets);
      scan.low = Math.min(scan.low, flow.destinationPort);
      scan.high = Math.max(scan.high, flow.destinationPort);

      const swept = entry(hosts, flow.source, () => ({ last: flow.time as number, seen: new Set() }));
      if (flow.time - swept.last > TIMEOUT) swept.seen.clear();
      swept.last = flow.time;
      swept.seen.add(flow.destination);

      if ((scan.packets >= PACKETS && scan.high - scan.low >= PORT_RANGE) || swept.seen.size >= HOSTS)
        flags.add(flow.source, flow.time);
    }
    return flags.list();
  },
};

function begin(flow: Flow): Scan {
  return { last: flow.time, packets: 0, low: flow.destinationPort, high: flow.destinationPort };
}
