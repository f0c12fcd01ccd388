import type { IpAddress } from '../../net/ip-address.ts';
import type { Flow } from '../../recon/model/telemetry-record.ts';
import { isTcp } from './attempt.ts';
import { entry, Flags, locality, seconds, type Peer } from './peer.ts';

/** P(success | benign) and P(success | scanner). */
const THETA0 = 0.8;
const THETA1 = 0.2;
/** η₁ = P_D / P_F and η₀ = (1 − P_D) / (1 − P_F) for P_D = .99, P_F = .01. */
const ETA1 = 99;
const ETA0 = 0.01 / 0.99;
/** State of a source is forgotten when nothing was written for so long. */
const EXPIRE = seconds(1800);
/** A verdict stands for so long, and "benign" is one too. */
const VERDICT = seconds(3600);

interface Walk {
  ratio: number;
  written: number;
  hosts: Set<IpAddress>;
  benignUntil: number;
}

/**
 * Threshold random walk (Jung et al. 2004) as initconf/scan-NG @bc39ee8 codes it in trw-impl.zeek: the first connection of a
 * source to each host moves the likelihood ratio; 99 and more is a scanner, .0101 and less is benign for an hour.
 *
 * Approximated: success is a record whose destination completed the handshake (answered or half-open); all other TCP is
 * failure, mid-stream (OTH) too, as the original has it. A remote host that a local one reached is friendly for 30 minutes.
 */
export const trw: Peer = {
  name: 'trw (scan-NG)',
  rule: 'SPRT per host, θ .8/.2, P_D .99, P_F .01; benign verdict holds 1 h',
  flag: (flows, context) => {
    const flags = new Flags();
    const isLocal = locality(context);
    const walks = new Map<IpAddress, Walk>();
    const friendlyUntil = new Map<IpAddress, number>();
    for (const flow of flows) {
      if (!isTcp(flow)) continue;
      const success = isSuccess(flow);
      if (success && isLocal(flow.source) && !isLocal(flow.destination))
        friendlyUntil.set(flow.destination, flow.time + EXPIRE);
      if (flags.has(flow.source) || (friendlyUntil.get(flow.source) ?? -Infinity) >= flow.time) continue;
      const walk = entry(walks, flow.source, fresh);
      if (flow.time <= walk.benignUntil) continue;
      if (flow.time - walk.written > EXPIRE) Object.assign(walk, fresh());
      if (walk.hosts.has(flow.destination)) continue;
      walk.hosts.add(flow.destination);
      walk.written = flow.time;
      walk.ratio *= success ? THETA1 / THETA0 : (1 - THETA1) / (1 - THETA0);
      if (walk.ratio >= ETA1) flags.add(flow.source, flow.time);
      else if (walk.ratio <= ETA0) Object.assign(walk, fresh(), { benignUntil: flow.time + VERDICT });
    }
    return flags.list();
  },
};

function fresh(): Walk {
  return { ratio: 1, written: -Infinity, hosts: new Set(), benignUntil: -Infinity };
}

function isSuccess(flow: Flow): boolean {
  return flow.outcome === 'answered' || flow.outcome === 'half-open';
}
