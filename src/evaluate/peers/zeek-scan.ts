import type { Flow } from '../../recon/model/telemetry-record.ts';
import { isTcp } from './attempt.ts';
import { binOf, entry, Flags, seconds, type Peer } from './peer.ts';

/** `addr_scan_threshold`: distinct hosts of one port. */
const HOSTS = 25;
/** `port_scan_threshold`: distinct ports of one host. */
const PORTS = 15;
/** `addr_scan_interval` and `port_scan_interval`: a SumStats epoch, after which counting begins anew. */
const EPOCH = seconds(300);

/**
 * Zeek's policy/misc/scan.zeek: failed TCP connections (attempt, rejected, reset without data) of a source, distinct hosts
 * per port and distinct ports per host in epochs of five minutes.
 *
 * Approximated: epochs begin with the first flow; a reset counts as without data by its history letters; reverse scans
 * (the responder scans) are not looked for; `connection_attempt` would come 5 s later.
 */
export const zeekScan: Peer = {
  name: 'zeek scan.zeek',
  rule: '25 hosts per port or 15 ports per host in 5 min, failed TCP',
  flag: (flows) => {
    const flags = new Flags();
    let origin: number | undefined;
    let epoch = 0;
    let distinct = new Map<string, Set<string | number>>();
    for (const flow of flows) {
      if (!isTcp(flow) || !isFailed(flow)) continue;
      origin ??= flow.time;
      const now = binOf(flow.time, EPOCH, origin);
      if (now !== epoch) {
        epoch = now;
        distinct = new Map();
      }
      if (flags.has(flow.source)) continue;
      const hosts = entry(distinct, `p ${flow.source} ${flow.destinationPort}`, () => new Set());
      hosts.add(flow.destination);
      const ports = entry(distinct, `h ${flow.source} ${flow.destination}`, () => new Set());
      ports.add(flow.destinationPort);
      if (hosts.size >= HOSTS || ports.size >= PORTS) flags.add(flow.source, flow.time);
    }
    return flags.list();
  },
};

function isFailed(flow: Flow): boolean {
  if (flow.outcome === 'silent' || flow.outcome === 'refused' || flow.outcome === 'half-open') return true;
  return /^RST[OR]$/.test(flow.state) && flow.history !== '' && !/d/i.test(flow.history);
}
