import type { IpAddress } from '../../net/ip-address.ts';
import type { Flow } from '../../recon/model/telemetry-record.ts';
import { isTcp } from './attempt.ts';
import { entry, Flags, locality, seconds, type Peer } from './peer.ts';

/** `scan_threshold`: distinct (victim, port) of a remote source, and of a local one. */
const REMOTE = 25;
const LOCAL = 250;
/** `knockknock_threshold`: hosts of one port, remote sources only. */
const KNOCK = 20;
/** Attempts are forgotten when a source made none for so long (`&read_expire`). */
const IDLE = seconds(900);

/**
 * ncsa/bro-simple-scan @3e7802f: TCP attempts whose history is exactly S, SW, Sr or SWr; the set of (victim, port) per
 * source lives as long as the source goes on within 15 minutes.
 *
 * Approximated: no darknet is known (its lower thresholds of 10 and 100 never apply); where a record has no history the
 * outcome silent or refused stands for it.
 */
export const simpleScan: Peer = {
  name: 'bro-simple-scan',
  rule: '25 host:ports (local 250), or 20 hosts of one port; forgotten after 15 min idle',
  flag: (flows, context) => {
    const flags = new Flags();
    const isLocal = locality(context);
    const attempts = new Map<IpAddress, { last: number; pairs: Set<string>; ports: Set<number> }>();
    for (const flow of flows) {
      if (!isTcp(flow) || !isAttempt(flow) || flags.has(flow.source)) continue;
      const state = entry(attempts, flow.source, () => ({
        last: flow.time as number,
        pairs: new Set<string>(),
        ports: new Set<number>(),
      }));
      if (flow.time - state.last > IDLE) {
        state.pairs.clear();
        state.ports.clear();
      }
      state.last = flow.time;
      state.pairs.add(`${flow.destination} ${flow.destinationPort}`);
      state.ports.add(flow.destinationPort);
      const local = isLocal(flow.source);
      const knocks = !local && state.ports.size === 1 && state.pairs.size >= KNOCK;
      if (knocks || state.pairs.size >= (local ? LOCAL : REMOTE)) flags.add(flow.source, flow.time);
    }
    return flags.list();
  },
};

function isAttempt(flow: Flow): boolean {
  if (flow.history !== '') return /^SW?r?$/.test(flow.history);
  return flow.outcome === 'silent' || flow.outcome === 'refused';
}
