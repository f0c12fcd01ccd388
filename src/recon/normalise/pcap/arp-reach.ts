import type { PacketView } from '../../../packet/packet-view.ts';
import { ARP } from '../../model/ip-protocol.ts';

const REPLY = 2;
/** Hosts that are remembered; more than any one link has. */
const LIMIT = 65_536;

/**
 * Requests of ARP go to everybody on a link, replies to one. A capture that holds replies to somebody would hold the
 * others too: only then an unanswered request was met with silence.
 */
export class ArpReach {
  readonly #answered = new Set<number>();

  /** Notes a reply. */
  note(view: PacketView): void {
    if (view.protocol === ARP && view.type === REPLY && this.#answered.size < LIMIT)
      this.#answered.add(view.dst3);
  }

  /** Whether replies to a host can be seen; the address as IPv4 word. */
  sees(address: number): boolean {
    return this.#answered.has(address);
  }
}
