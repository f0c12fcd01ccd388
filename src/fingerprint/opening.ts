import { compareText } from '../text/order.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { OpeningPacket } from '../packet/tracked-flow.ts';
import type { Instant } from '../time/instant.ts';

/**
 * What became of a handshake: nothing came back; a reset; the other end offered one and the sender left; the sender went
 * on with it; or it is not known (an ICMP error, no SYN).
 */
export const HANDSHAKES = ['unknown', 'silent', 'refused', 'left', 'completed'] as const;

/** See HANDSHAKES. */
export type Handshake = (typeof HANDSHAKES)[number];

/** The packet that opened a TCP flow, with who sent it whom, and what came of it. */
export interface Opening extends OpeningPacket {
  readonly time: Instant;
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
  /** Packets that the sender sent in this flow: a SYN that is sent again from the same port is in the same flow. */
  readonly packets: number;
  /** Microseconds from the first to the last packet of the flow. */
  readonly duration: number;
  readonly handshake: Handshake;
}

/**
 * The order of openings: time, destination as text, then every other field, so that it is total on what differs.
 * Texts by UTF-16, which is the order of their bytes: options and quirks are ASCII.
 */
export function compareOpenings(a: Opening, b: Opening): number {
  return (
    a.time - b.time ||
    compareText(a.destination, b.destination) ||
    a.destinationPort - b.destinationPort ||
    a.sourcePort - b.sourcePort ||
    a.sequence - b.sequence ||
    a.acknowledgement - b.acknowledgement ||
    a.ipId - b.ipId ||
    a.ttl - b.ttl ||
    a.window - b.window ||
    a.flags - b.flags ||
    compareText(a.options, b.options) ||
    compareText(a.quirks, b.quirks) ||
    a.ipOptions - b.ipOptions ||
    a.payload - b.payload ||
    a.size - b.size ||
    a.fragments - b.fragments ||
    Number(a.df) - Number(b.df) ||
    Number(a.tinyFragments) - Number(b.tinyFragments) ||
    a.packets - b.packets ||
    a.duration - b.duration ||
    HANDSHAKES.indexOf(a.handshake) - HANDSHAKES.indexOf(b.handshake)
  );
}
