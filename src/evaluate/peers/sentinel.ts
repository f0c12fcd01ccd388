import { hasPorts } from './attempt.ts';
import { binOf, entry, Flags, seconds, type Peer } from './peer.ts';

/** More distinct ports than this in five minutes of the clock. */
const PORTS = 50;
const BIN = seconds(300);

/**
 * Microsoft Sentinel, ASIM network session rule for port scans: distinct ports per source in bins of five minutes.
 *
 * Approximated: the rule looks at public sources only, here at all; the sweep rule names no source and flags none; the daily
 * anomaly rule needs fourteen days and is left out. The rule runs hourly: its delay comes on top.
 */
export const sentinel: Peer = {
  name: 'sentinel asim',
  rule: '> 50 ports per source in 5 min',
  flag: (flows) => {
    const flags = new Flags();
    let bin = -1;
    let ports = new Map<string, Set<number>>();
    for (const flow of flows) {
      if (!hasPorts(flow)) continue;
      const now = binOf(flow.time, BIN);
      if (now !== bin) {
        bin = now;
        ports = new Map();
      }
      if (flags.has(flow.source)) continue;
      const distinct = entry(ports, flow.source, () => new Set()).add(flow.destinationPort).size;
      if (distinct > PORTS) flags.add(flow.source, flow.time);
    }
    return flags.list();
  },
};
