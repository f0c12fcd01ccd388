import type { IpAddress } from '../../net/ip-address.ts';
import { isTcp } from './attempt.ts';
import { entry, Flags, seconds, type Peer } from './peer.ts';

/** Fixed window of the medium sensitivity. */
const WINDOW = seconds(90);
/** Port scan: connections without an answer, negative answers, changes of port, and fewer hosts than this. */
const SCAN = { connections: 200, rejects: 10, ports: 15, hosts: 25 } as const;
/** Port sweep: connections without an answer, negative answers, changes of host. */
const SWEEP = { connections: 30, rejects: 7, hosts: 7 } as const;

interface Tracker {
  end: number;
  connections: number;
  rejects: number;
  ports: number;
  hosts: number;
  lastPort: number;
  lastHost: IpAddress | '';
}

/**
 * Snort 3 port_scan @14aeb09 at medium sensitivity, TCP: per scanner a fixed window of 90 s; enough negative answers
 * make an alert, enough connections without any make a "filtered" one. Its "unique" counts are changes from the packet before.
 *
 * Approximated: a flow stands for its first packet and its answer, each in the order of the flows' starts; only the scanner's
 * side is tracked; decoy and distributed scans are left out.
 */
export const snort: Peer = {
  name: 'snort 3 port_scan',
  rule: 'medium: 10 rejects + 15 ports, or 7 rejects + 7 hosts, or 200 / 30 unanswered, in 90 s',
  flag: (flows) => {
    const flags = new Flags();
    const trackers = new Map<IpAddress, Tracker>();
    for (const flow of flows) {
      if (!isTcp(flow) || flow.outcome === 'backscatter' || flags.has(flow.source)) continue;
      let tracker = entry(trackers, flow.source, () => begin(flow.time));
      if (flow.time > tracker.end) {
        tracker = begin(flow.time);
        trackers.set(flow.source, tracker);
      }
      if (flow.outcome !== 'answered' && flow.outcome !== 'half-open') tracker.connections += 1;
      if (flow.outcome === 'refused' || flow.outcome === 'unreachable') tracker.rejects += 1;
      if (flow.destinationPort !== tracker.lastPort) tracker.ports += 1;
      if (flow.destination !== tracker.lastHost) tracker.hosts += 1;
      tracker.lastPort = flow.destinationPort;
      tracker.lastHost = flow.destination;
      if (isScan(tracker) || isSweep(tracker)) flags.add(flow.source, flow.time);
    }
    return flags.list();
  },
};

function begin(time: number): Tracker {
  return {
    end: time + WINDOW,
    connections: 0,
    rejects: 0,
    ports: 0,
    hosts: 0,
    lastPort: -1,
    lastHost: '',
  };
}

function isScan(tracker: Tracker): boolean {
  if (tracker.ports < SCAN.ports || tracker.hosts >= SCAN.hosts) return false;
  return tracker.rejects >= SCAN.rejects || tracker.connections >= SCAN.connections;
}

function isSweep(tracker: Tracker): boolean {
  if (tracker.hosts < SWEEP.hosts) return false;
  return tracker.rejects >= SWEEP.rejects || tracker.connections >= SWEEP.connections;
}
