import { Dice } from '../estate/dice.ts';
import { SYN } from '../net/tcp-flags.ts';
import { TCP } from '../recon/model/ip-protocol.ts';
import type { Flow, TelemetryRecord } from '../recon/model/telemetry-record.ts';

/** The rates of the sampling experiment: one of so many packets. */
export const SAMPLING_RATES = [10, 100, 1000] as const;

/**
 * What a sensor would have recorded that looked at one of `rate` packets, chosen by chance (RFC 5475, section 5.2.2.2),
 * reproducibly by `seed`.
 *
 * Every packet of a flow is kept with probability 1/rate. A flow without a kept packet is gone. One whose source's packets
 * were all missed is seen as a flow of the other direction, as an exporter would have it: an answer, which is no attempt.
 * Silence says nothing any more: what was silent or unreachable becomes unknown, and so does a flow of which only
 * the source's packets were kept. Application events, alerts and processes do not come from such a sensor and are left
 * out. Where a record does not count packets, one each way stands in, the second only if something came back.
 */
export function* samplePackets(
  records: Iterable<TelemetryRecord>,
  rate: number,
  seed: number,
): Generator<Flow> {
  const dice = new Dice(seed, rate);
  for (const record of records) {
    if (record.kind !== 'flow') continue;
    const sampled = sampleFlow(record, rate, dice);
    if (sampled !== undefined) yield sampled;
  }
}

function sampleFlow(flow: Flow, rate: number, dice: Dice): Flow | undefined {
  const cameBack = flow.outcome === 'answered' || flow.outcome === 'refused' || flow.outcome === 'half-open';
  const sent = Math.max(1, flow.sourcePackets);
  const received = flow.destinationPackets > 0 ? flow.destinationPackets : cameBack ? 1 : 0;
  const firstKept = dice.chance(1 / rate);
  const sourcePackets = (firstKept ? 1 : 0) + keptOf(sent - 1, rate, dice);
  const destinationPackets = keptOf(received, rate, dice);
  if (sourcePackets === 0 && destinationPackets === 0) return undefined;
  const known = {
    service: '',
    history: '',
    state: '',
    sampling: flow.sampling * rate,
    sourceBytes: Math.round((flow.sourceBytes * sourcePackets) / sent),
    destinationBytes:
      received === 0 ? 0 : Math.round((flow.destinationBytes * destinationPackets) / received),
  };
  if (sourcePackets === 0) {
    return {
      ...flow,
      ...known,
      source: flow.destination,
      sourcePort: flow.destinationPort,
      destination: flow.source,
      destinationPort: flow.sourcePort,
      outcome: flow.protocol === TCP ? 'backscatter' : 'unknown',
      sourcePackets: destinationPackets,
      destinationPackets: 0,
      sourceBytes: known.destinationBytes,
      destinationBytes: 0,
      sourceFlags: 0,
    };
  }
  return {
    ...flow,
    ...known,
    outcome: destinationPackets > 0 || flow.outcome === 'backscatter' ? flow.outcome : 'unknown',
    sourcePackets,
    destinationPackets,
    // Only the first packet has a SYN.
    sourceFlags: firstKept ? flow.sourceFlags : flow.sourceFlags & ~SYN,
  };
}

/** A sampled flow as a rule reads it that knows nothing of sampling: no answer seen is no answer. */
export function withoutCare(flow: Flow): Flow {
  return flow.outcome === 'unknown' ? { ...flow, outcome: 'silent', sampling: 1 } : flow;
}

/**
 * How many of `packets` are kept: jumps from one kept packet to the next, whose distances are geometric, so that a flow of
 * a million packets costs as much as it keeps.
 */
function keptOf(packets: number, rate: number, dice: Dice): number {
  if (rate === 1) return packets;
  const logMiss = Math.log1p(-1 / rate);
  let kept = 0;
  let at = 0;
  for (;;) {
    // 1 − unit() lies in (0, 1], where the logarithm is finite.
    at += 1 + Math.floor(Math.log(1 - dice.unit()) / logMiss);
    if (at > packets) return kept;
    kept += 1;
  }
}
