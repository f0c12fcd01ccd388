import type { IpAddress } from '../net/ip-address.ts';
import type { OpeningPacket } from '../packet/tracked-flow.ts';
import type { Instant } from '../time/instant.ts';

/** The packet that opened a TCP flow, with who sent it whom. */
export interface Opening extends OpeningPacket {
  readonly time: Instant;
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
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
    Number(a.tinyFragments) - Number(b.tinyFragments)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
