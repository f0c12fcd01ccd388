import { ja3 } from '../../../fingerprint/ja3.ts';
import { ja4 } from '../../../fingerprint/ja4.ts';
import { beginsQuic, QuicClient, type QuicFault } from '../../../fingerprint/quic-client.ts';
import type { PacketView } from '../../../packet/packet-view.ts';
import type { TrackedFlow } from '../../../packet/tracked-flow.ts';
import type { Said } from './said.ts';

/** Connections whose ClientHello is not whole, at a time: with what each may keep some 32 MB at worst. */
const MOST_WAITING = 2_048;

/** Counts a packet of QUIC that was of no use. */
export type CountQuicFault = (reason: QuicFault | 'quic-crowded-out', packet: number) => void;

/** What a client of QUIC offers, out of its Initial packets. */
export class QuicOffers {
  readonly #count: CountQuicFault;
  /** Oldest first. */
  readonly #waiting = new Set<TrackedFlow>();
  #packet = 0;

  constructor(count: CountQuicFault) {
    this.#count = count;
  }

  /** Takes a datagram of a flow. */
  take(flow: TrackedFlow, view: PacketView, fromOrig: boolean): void {
    if (!fromOrig) return;
    const { data, payloadStart, payloadEnd } = view;
    let client = clientOf(flow);
    if (client === undefined) {
      if (flow.note !== undefined || !beginsQuic(data, payloadStart, view.payloadLength)) return;
      client = new QuicClient(this.#fault);
      flow.note = client;
      this.#waiting.add(flow);
      if (this.#waiting.size > MOST_WAITING) this.#crowdOut(view.number);
    }
    this.#packet = view.number;
    client.take(data, payloadStart, payloadEnd);
    if (!client.waits) this.#waiting.delete(flow);
  }

  /** What a flow's client offered; undefined when it speaks no QUIC, or not so that it could be read. */
  said(flow: TrackedFlow): Said | undefined {
    const client = clientOf(flow);
    if (client?.hello === undefined) return undefined;
    return {
      service: 'quic',
      name: client.hello.serverName,
      ja3: ja3(client.hello),
      ja4: ja4(client.hello, 'q'),
      accepted: client.wentOn ? true : flow.resp.packets === 0 ? false : undefined,
    };
  }

  /** A flow ended. */
  end(flow: TrackedFlow): void {
    this.#waiting.delete(flow);
  }

  readonly #fault = (reason: QuicFault): void => {
    this.#count(reason, this.#packet);
  };

  /** The oldest pays, and is not looked at again. */
  #crowdOut(packet: number): void {
    for (const flow of this.#waiting) {
      this.#waiting.delete(flow);
      flow.note = GIVEN_UP;
      this.#count('quic-crowded-out', packet);
      return;
    }
  }
}

/** Stands in the note of a flow that was crowded out. */
const GIVEN_UP = Symbol('given up');

function clientOf(flow: TrackedFlow): QuicClient | undefined {
  return flow.note instanceof QuicClient ? flow.note : undefined;
}
