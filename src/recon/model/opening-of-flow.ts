import type { Handshake, Opening } from '../../fingerprint/opening.ts';
import type { Outcome } from './outcome.ts';
import type { Flow } from './telemetry-record.ts';

/** What became of the handshake, by the outcome of the flow. */
const HANDSHAKE: Readonly<Partial<Record<Outcome, Handshake>>> = {
  silent: 'silent',
  refused: 'refused',
  'half-open': 'left',
  answered: 'completed',
};

/** The packet that opened a flow, with who sent it whom and what became of it; undefined where no packet was seen. */
export function openingOfFlow(flow: Flow): Opening | undefined {
  const { syn, time, source, sourcePort, destination, destinationPort, sourcePackets, duration } = flow;
  if (syn === undefined) return undefined;
  return {
    ...syn,
    time,
    source,
    sourcePort,
    destination,
    destinationPort,
    packets: sourcePackets,
    duration,
    handshake: HANDSHAKE[flow.outcome] ?? 'unknown',
  };
}
