/**
 * What came back, which is not what a tool calls the state of a connection.
 *
 * - `answered`: the destination spoke the protocol: handshake done, UDP or ICMP reply
 * - `refused`: RST to a SYN
 * - `silent`: nothing came back, and the sensor would have seen it
 * - `unreachable`: an ICMP error came back
 * - `half-open`: SYN-ACK came, and the source reset or left: what a SYN scan does to an open port
 * - `unknown`: the record cannot tell: mid-stream, flipped, one-way or sampled capture, unanswered UDP/443
 * - `backscatter`: the first packet was an answer (SYN-ACK, RST, ICMP error): the "source" answers somebody
 */
export const OUTCOMES = [
  'answered',
  'refused',
  'silent',
  'unreachable',
  'half-open',
  'unknown',
  'backscatter',
] as const;

/** See OUTCOMES. */
export type Outcome = (typeof OUTCOMES)[number];

/** The bit of an outcome in a set of outcomes: 1 for `answered`, 2 for `refused`, and so on in order of OUTCOMES. */
export function outcomeBit(outcome: Outcome): number {
  return 1 << OUTCOMES.indexOf(outcome);
}

/** Whether a set of outcomes, as bits, has the outcome. */
export function hasOutcome(bits: number, outcome: Outcome): boolean {
  return (bits & outcomeBit(outcome)) !== 0;
}
