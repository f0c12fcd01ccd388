import type { PacketView } from './packet-view.ts';
import { Endpoint } from './tcp-endpoint.ts';
import { tcpOptions } from './tcp-options.ts';
import { tcpQuirks } from './tcp-quirks.ts';

/** What the packet that opened a TCP flow looked like: what fingerprints are made of. Only packets tell it. */
export interface OpeningPacket {
  /** Time to live, or hop limit, as it arrived. */
  readonly ttl: number;
  readonly window: number;
  /** IP identification; 0 in IPv6. */
  readonly ipId: number;
  /** Sequence and acknowledgement number, unsigned 32-bit. */
  readonly sequence: number;
  readonly acknowledgement: number;
  /** TCP flags, all eight. */
  readonly flags: number;
  /** TCP options in their order: `M1460,S,T,N,W7`; see tcp-options.ts. */
  readonly options: string;
  /** What is peculiar about its headers, in the words of p0f; see tcp-quirks.ts. */
  readonly quirks: string;
  /** Octets of IPv4 options. */
  readonly ipOptions: number;
  /** Octets of TCP payload. */
  readonly payload: number;
  /** Don't Fragment. */
  readonly df: boolean;
  /** Octets of the IP packet; never 0. */
  readonly size: number;
  /** Into how many fragments it was cut, 1 when it was whole; whether one was too short for a TCP header (RFC 1858). */
  readonly fragments: number;
  readonly tinyFragments: boolean;
}

/** The object behind OpeningPacket. */
class OpeningSlot implements OpeningPacket {
  ttl = 0;
  window = 0;
  ipId = 0;
  sequence = 0;
  acknowledgement = 0;
  flags = 0;
  options = '';
  quirks = '';
  ipOptions = 0;
  payload = 0;
  df = false;
  size = 0;
  fragments = 1;
  tinyFragments = false;

  fill(view: PacketView): void {
    this.ttl = view.ttl;
    this.window = view.window;
    this.ipId = view.ipId;
    this.sequence = view.sequence >>> 0;
    this.acknowledgement = view.acknowledgement >>> 0;
    this.flags = view.flags;
    this.options = tcpOptions(view.data, view.optionsStart, view.optionsEnd);
    this.quirks = tcpQuirks(view);
    this.ipOptions = view.ipOptions;
    this.payload = view.payloadLength;
    this.df = view.dontFragment;
    this.size = view.ipLength;
    this.fragments = view.fragments;
    this.tinyFragments = view.tinyFragments;
  }
}

/**
 * A conversation that is being followed. Addresses are words as in PacketView. Used again when it has ended: hundreds of
 * thousands begin in a second, and most of what they cost was to clear them away.
 */
export class TrackedFlow {
  protocol = 0;
  ipv6 = false;
  /** Number of the packet that began it. */
  number = 0;
  /** Microseconds. */
  start = 0;
  last = 0;
  orig0 = 0;
  orig1 = 0;
  orig2 = 0;
  orig3 = 0;
  resp0 = 0;
  resp1 = 0;
  resp2 = 0;
  resp3 = 0;
  /** Ports as the table knows them; those of ICMP are made of type and code. */
  origPort = 0;
  respPort = 0;
  /** Type and code of the first packet, for ICMP; of ARP its operation, of SCTP its first chunk. */
  type = 0;
  code = 0;
  /** Type of the responder's first packet, for SCTP. */
  replyType = 0;
  history = '';
  orig = new Endpoint();
  resp = new Endpoint();
  /** Used again with the flow. */
  opening: OpeningPacket | undefined = undefined;
  #slot: OpeningSlot | undefined = undefined;
  /** An ICMP error quoted it: `type << 8 | code`; -1 while none did. */
  icmpError = -1;
  /** Whatever those who follow its payload note. */
  note: unknown = undefined;
  /** Somebody's fragments: how many the first packet had, and whether they were tiny. */
  fragments = 1;
  tinyFragments = false;
  /** TCP: whether this may be the middle of something, and which ends were seen. */
  partial = false;
  seenOrig = false;
  seenResp = false;
  /** Places in the table. */
  hash = 0;
  nextInBucket: TrackedFlow | undefined = undefined;
  newer: TrackedFlow | undefined = undefined;
  older: TrackedFlow | undefined = undefined;
  queue = -1;
  deadline = 0;

  /** Becomes the flow that a packet begins, whatever it was before. */
  begin(view: PacketView, hash: number, sourcePort: number, destinationPort: number): void {
    this.protocol = view.protocol;
    this.ipv6 = view.ipv6;
    this.number = view.number;
    this.start = view.time;
    this.last = view.time;
    this.orig0 = view.src0;
    this.orig1 = view.src1;
    this.orig2 = view.src2;
    this.orig3 = view.src3;
    this.resp0 = view.dst0;
    this.resp1 = view.dst1;
    this.resp2 = view.dst2;
    this.resp3 = view.dst3;
    this.origPort = sourcePort;
    this.respPort = destinationPort;
    this.type = view.type;
    this.code = view.code;
    this.replyType = 0;
    this.history = '';
    this.orig.begin();
    this.resp.begin();
    this.opening = undefined;
    this.icmpError = -1;
    this.note = undefined;
    this.fragments = view.fragments;
    this.tinyFragments = view.tinyFragments;
    this.partial = false;
    this.seenOrig = false;
    this.seenResp = false;
    this.hash = hash;
    this.nextInBucket = undefined;
    this.newer = undefined;
    this.older = undefined;
    this.queue = -1;
    this.deadline = 0;
  }

  /** Notes the packet that opened it. */
  openedBy(view: PacketView): void {
    this.#slot ??= new OpeningSlot();
    this.#slot.fill(view);
    this.opening = this.#slot;
  }
}
