import { SYN } from '../../net/tcp-flags.ts';
import type { Flow } from '../../recon/model/telemetry-record.ts';
import { isTcp } from './attempt.ts';
import { entry, Flags, seconds, type Peer } from './peer.ts';

/** Ports that were touched once. */
const PORTS = 50;
/** Most packets of a flow that counts. */
const PACKETS = 4;
/** A pair of hosts is forgotten when idle for longer; chosen for nmap -T0. */
const IDLE = seconds(300);

/**
 * CESNET NEMEA vportscan: per pair of hosts the ports of SYN-only flows of at most four packets; a port that comes
 * again is removed, so that retries of one service never add up.
 *
 * Approximated: where a record has no flags, silent and refused flows are SYN-only.
 */
export const nemea: Peer = {
  name: 'nemea vportscan',
  rule: '50 ports of a host by SYN-only flows; forgotten after 5 min idle',
  flag: (flows) => {
    const flags = new Flags();
    const pairs = new Map<string, { last: number; ports: Set<number> }>();
    for (const flow of flows) {
      if (!isTcp(flow) || !isSynOnly(flow) || flags.has(flow.source)) continue;
      const pair = entry(pairs, `${flow.source} ${flow.destination}`, () => ({
        last: flow.time as number,
        ports: new Set<number>(),
      }));
      if (flow.time - pair.last > IDLE) pair.ports.clear();
      pair.last = flow.time;
      if (pair.ports.delete(flow.destinationPort)) continue;
      if (pair.ports.add(flow.destinationPort).size >= PORTS) flags.add(flow.source, flow.time);
    }
    return flags.list();
  },
};

function isSynOnly(flow: Flow): boolean {
  if (flow.sourcePackets > PACKETS) return false;
  if (flow.sourceFlags !== 0) return flow.sourceFlags === SYN;
  return flow.outcome === 'silent' || flow.outcome === 'refused';
}
