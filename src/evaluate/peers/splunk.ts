import { hasPorts } from './attempt.ts';
import { binOf, entry, Flags, seconds, type Peer } from './peer.ts';

/** Horizontal: distinct hosts of one port in an hour of the clock. */
const HOSTS = 250;
/** Vertical: distinct ports of one host in an hour, so many of them below 1024. */
const PORTS = 500;
const PRIVILEGED = 20;
const HOUR = seconds(3600);

/**
 * Splunk ESCU, internal horizontal and vertical port scan: distinct counts in bins of an hour.
 *
 * Approximated: the rules look at private sources only, here at all; the horizontal rule is judged per port.
 */
export const splunk: Peer = {
  name: 'splunk escu',
  rule: '250 hosts per port, or 500 ports of which 20 < 1024, in 1 h',
  flag: (flows) => {
    const flags = new Flags();
    let hour = -1;
    let hosts = new Map<string, Set<string>>();
    let ports = new Map<string, { all: Set<number>; privileged: Set<number> }>();
    for (const flow of flows) {
      if (!hasPorts(flow)) continue;
      const now = binOf(flow.time, HOUR);
      if (now !== hour) {
        hour = now;
        hosts = new Map();
        ports = new Map();
      }
      const { source, destination, destinationPort, protocol } = flow;
      if (flags.has(source)) continue;
      const onPort = entry(hosts, `${source} ${destinationPort} ${protocol}`, () => new Set());
      const onHost = entry(ports, `${source} ${destination} ${protocol}`, () => ({
        all: new Set(),
        privileged: new Set(),
      }));
      onHost.all.add(destinationPort);
      if (destinationPort < 1024) onHost.privileged.add(destinationPort);
      const vertical = onHost.all.size >= PORTS && onHost.privileged.size >= PRIVILEGED;
      if (vertical || onPort.add(destination).size >= HOSTS) flags.add(source, flow.time);
    }
    return flags.list();
  },
};
