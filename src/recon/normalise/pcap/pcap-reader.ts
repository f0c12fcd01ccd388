import { CaptureReader } from '../../../packet/capture-reader.ts';
import type { CapturedPacket } from '../../../packet/captured-packet.ts';
import { PacketDecoder } from '../../../packet/decoder.ts';
import { FlowTracker } from '../../../packet/flow-tracker.ts';
import type { PacketView } from '../../../packet/packet-view.ts';
import type { TrackedFlow } from '../../../packet/tracked-flow.ts';
import type { Instant } from '../../../time/instant.ts';
import { UDP } from '../../model/ip-protocol.ts';
import type { BytesReader, ReaderOptions, RecordSink } from '../../model/reader.ts';
import { AddressText } from './address-text.ts';
import { appEvent, whatIsSaid } from './app-events.ts';
import { HttpRequests, type FurtherRequest } from './http-requests.ts';
import { ArpReach } from './arp-reach.ts';
import { endsOf, flowRecord } from './flow-record.ts';
import { QuicOffers } from './quic.ts';
import { HARMLESS, reasonText } from './reason-text.ts';

/** Flows followed at a time: with their first payloads some 150 MB at worst. */
const FLOWS = 131_072;

/**
 * The reader of captures (pcap, pcapng): flows with Zeek's states and histories, and what was said in the first payload
 * of each. A record comes when its flow ends, as in Zeek; `line` is the number of the packet that began it.
 */
export function pcapReader(options: ReaderOptions): BytesReader {
  return new PcapReader(options);
}

class PcapReader implements BytesReader {
  readonly format = 'pcap';
  readonly #sampling: number;
  readonly #decoder = new PacketDecoder();
  readonly #capture: CaptureReader;
  readonly #addresses = new AddressText();
  readonly #arp = new ArpReach();
  #tracker: FlowTracker | undefined;
  #sink: RecordSink | undefined;

  constructor(options: ReaderOptions) {
    this.#sampling = options.sampling;
    this.#capture = new CaptureReader((reason) => {
      this.#decoder.tally.add(reason, this.#capture.packets);
    });
  }

  get packets(): number {
    return this.#capture.packets;
  }

  get tally(): Readonly<Record<string, number>> {
    const counts = this.#decoder.tally.entries().map(({ reason, count }) => [reason, count] as const);
    const { crowdedOut = 0, headless = 0 } = this.#tracker ?? {};
    const early = crowdedOut > 0 ? [['flow-crowded-out', crowdedOut] as const] : [];
    const bare = headless > 0 ? [['payload-not-kept', headless] as const] : [];
    return Object.fromEntries([...counts, ...early, ...bare]);
  }

  push(bytes: Uint8Array, sink: RecordSink): void {
    this.#sink = sink;
    this.#capture.push(bytes, this.#takePacket);
  }

  advance(now: Instant, sink: RecordSink): void {
    this.#sink = sink;
    this.#tracker?.advance(now);
  }

  end(sink: RecordSink): void {
    this.#sink = sink;
    this.#capture.end();
    this.#decoder.end();
    this.#tracker?.end();
    for (const { reason, count, first } of this.#decoder.tally.entries())
      if (!HARMLESS.has(reason)) sink.problem(reasonText(reason, count, first), first);
  }

  readonly #takePacket = (packet: CapturedPacket): void => {
    this.#decoder.decode(packet, this.#takeView);
  };

  readonly #takeView = (view: PacketView): void => {
    // The moment of the first packet is what nobody knew before.
    this.#tracker ??= new FlowTracker(
      { capacity: FLOWS, seed: view.time % 0x7fff_ffff, payload: this.#takePayload },
      this.#takeFlow,
    );
    this.#arp.note(view);
    this.#tracker.take(view);
  };

  readonly #takePayload = (flow: TrackedFlow, view: PacketView, fromOrig: boolean): void => {
    if (flow.protocol === UDP) this.#offers.take(flow, view, fromOrig);
    else this.#requests.take(flow, view, fromOrig);
  };

  readonly #takeRequest = (flow: TrackedFlow, { said, time, number }: FurtherRequest): void => {
    this.#sink?.record(appEvent(said, endsOf(flow, this.#addresses), time as Instant), number);
  };

  readonly #requests = new HttpRequests(this.#takeRequest);

  readonly #offers = new QuicOffers((reason, packet) => {
    this.#decoder.tally.add(reason, packet);
  });

  readonly #takeFlow = (flow: TrackedFlow): void => {
    const said = this.#offers.said(flow) ?? whatIsSaid(flow);
    const record = flowRecord(flow, said?.service ?? '', this.#addresses, this.#sampling, this.#arp);
    if (record === undefined) {
      this.#sink?.skip('arp announcement', flow.number);
      return;
    }
    this.#sink?.record(record, flow.number);
    if (said !== undefined) this.#sink?.record(appEvent(said, record, record.time), flow.number);
    this.#requests.end(flow);
    this.#offers.end(flow);
  };
}
