import { ICMP, ICMP6, ARP } from '../../recon/model/ip-protocol.ts';
import type { Flow } from '../../recon/model/telemetry-record.ts';
import { hasPorts } from './attempt.ts';
import { binOf, entry, Flags, seconds, type Peer } from './peer.ts';
import { SlidingDistinct } from './sliding-distinct.ts';

/** Distinct ports of a host, or hosts of a port: more than 5 and a higher power of ten, which is first so at 10. */
const TARGETS = 10;
/** Hosts of an ICMP sweep. */
const ICMP_HOSTS = 5;
/** Hosts of an ARP scan, within so many seconds. */
const ARP_HOSTS = 5;
const ARP_WINDOW = seconds(30);
/** A profile's time window; each begins anew. */
const WINDOW = seconds(3600);

/**
 * Slips 1.1 (StratosphereLinuxIPS @12f4fd2): connections that were not established, distinct ports per host and hosts per
 * port, in time windows of an hour; ICMP and ARP sweeps of five hosts.
 *
 * Approximated: windows begin with the first flow; "not established" is silent, refused, unreachable, or Zeek's SH, SHR,
 * RSTRH and RSTOS0; the DHCP rule is left out; only the original direction is judged.
 */
export const slips: Peer = {
  name: 'slips',
  rule: '10 ports per host or 10 hosts per port in 1 h, not established; 5 hosts by ICMP or ARP',
  flag: (flows) => {
    const flags = new Flags();
    let origin: number | undefined;
    let window = 0;
    let distinct = new Map<string, Set<string | number>>();
    const arp = new Map<string, SlidingDistinct<string>>();
    for (const flow of flows) {
      origin ??= flow.time;
      const now = binOf(flow.time, WINDOW, origin);
      if (now !== window) {
        window = now;
        distinct = new Map();
      }
      if (flags.has(flow.source)) continue;
      let met = false;
      if (flow.protocol === ARP) {
        const hosts = entry(arp, flow.source, () => new SlidingDistinct<string>(ARP_WINDOW));
        met = hosts.add(flow.destination, flow.time) >= ARP_HOSTS;
      } else if (isEchoOrOtherRequest(flow)) {
        const hosts = entry(distinct, `i ${flow.source} ${flow.destinationPort}`, () => new Set());
        met = hosts.add(flow.destination).size >= ICMP_HOSTS;
      } else if (hasPorts(flow) && isNotEstablished(flow)) {
        const { source, destination, destinationPort, protocol } = flow;
        const ports = entry(distinct, `v ${source} ${destination} ${protocol}`, () => new Set());
        const hosts = entry(distinct, `h ${source} ${destinationPort} ${protocol}`, () => new Set());
        met = ports.add(destinationPort).size >= TARGETS || hosts.add(destination).size >= TARGETS;
      }
      if (met) flags.add(flow.source, flow.time);
    }
    return flags.list();
  },
};

/** Echo, timestamp and address mask requests (RFC 792, RFC 950; echo of RFC 4443). */
function isEchoOrOtherRequest(flow: Flow): boolean {
  const type = flow.destinationPort >> 8;
  if (flow.protocol === ICMP) return type === 8 || type === 13 || type === 17;
  return flow.protocol === ICMP6 && type === 128;
}

function isNotEstablished(flow: Flow): boolean {
  return (
    flow.outcome === 'silent' ||
    flow.outcome === 'refused' ||
    flow.outcome === 'unreachable' ||
    /^(SH|SHR|RSTRH|RSTOS0)$/.test(flow.state)
  );
}
