import { isIpv6, type IpAddress } from '../../net/ip-address.ts';
import { ARP, ICMP, ICMP6, TCP, UDP } from '../../recon/model/ip-protocol.ts';
import type { Outcome } from '../../recon/model/outcome.ts';
import type { AppEvent, Flow, IdsAlert, TelemetryRecord } from '../../recon/model/telemetry-record.ts';
import type { Instant } from '../../time/instant.ts';
import type { Dice } from '../dice.ts';

/** How a TCP conversation went, in the words of Zeek's conn.log (conn_state, history), and what a sensor makes of it. */
interface Course {
  readonly state: string;
  readonly history: string;
  readonly outcome: Outcome;
  /** Packets each way at least. */
  readonly packets: readonly [source: number, destination: number];
  /** Flags of the source, or-ed. */
  readonly flags: number;
  /** Whether payload moved. */
  readonly data: boolean;
}

const course = (
  state: string,
  history: string,
  outcome: Outcome,
  packets: readonly [number, number],
  flags: number,
  data = false,
): Course => ({ state, history, outcome, packets, flags, data });

/** Courses by name. Letters and states: Zeek 8, base/protocols/conn/main.zeek. */
export const TCP_COURSES = {
  closed: course('SF', 'ShADadFf', 'answered', [6, 5], 0x1b, true),
  'reset-by-source': course('RSTO', 'ShADadR', 'answered', [6, 4], 0x1e, true),
  'reset-by-destination': course('RSTR', 'ShADadr', 'answered', [5, 5], 0x1a, true),
  open: course('S1', 'ShADad', 'answered', [12, 11], 0x1a, true),
  /** A health check: handshake and good-bye, nothing said. */
  touched: course('SF', 'ShAFf', 'answered', [4, 2], 0x13),
  /** What `nmap -sT` does to an open port. */
  'connect-scan': course('RSTO', 'ShAR', 'answered', [3, 1], 0x16),
  refused: course('REJ', 'Sr', 'refused', [1, 1], 0x02),
  silent: course('S0', 'S', 'silent', [1, 0], 0x02),
  /** What `nmap -sS` does to an open port. */
  'half-open': course('RSTO', 'ShR', 'half-open', [2, 1], 0x06),
  /** A SYN-ACK that its addressee never asked for and does not answer: an open port probed in a decoy's name. */
  'half-open-left': course('S1', 'Sh', 'half-open', [1, 2], 0x02),
  'mid-stream': course('OTH', 'DadA', 'unknown', [8, 8], 0x18, true),
  /** Only the source's packets pass the sensor. */
  'one-way': course('SH', 'SADF', 'unknown', [5, 0], 0x1b, true),
  /** Only the destination's packets pass: the SYN-ACK comes first, then data. */
  'one-way-back': course('SHR', '^hadf', 'unknown', [0, 5], 0, true),
  /** The source offloads checksums, so the sensor drops its packets and takes the answer for the beginning. */
  'bad-checksums': course('SHR', '^hCadCf', 'unknown', [0, 5], 0, true),
  'syn-ack-first': course('OTH', 'H', 'backscatter', [1, 0], 0x12),
  'reset-first': course('OTH', 'R', 'backscatter', [1, 0], 0x04),
  'fin-refused': course('OTH', 'Fr', 'unknown', [1, 1], 0x01),
  'fin-silent': course('OTH', 'F', 'unknown', [1, 0], 0x01),
  'null-refused': course('OTH', 'r', 'unknown', [1, 1], 0),
  'null-silent': course('OTH', '', 'unknown', [1, 0], 0),
  'xmas-refused': course('OTH', 'Fr', 'unknown', [1, 1], 0x29),
  'xmas-silent': course('OTH', 'F', 'unknown', [1, 0], 0x29),
  'ack-refused': course('OTH', 'Ar', 'unknown', [1, 1], 0x10),
  'ack-silent': course('OTH', 'A', 'unknown', [1, 0], 0x10),
} as const satisfies Readonly<Record<string, Course>>;

/** See TCP_COURSES. */
export type TcpCourse = keyof typeof TCP_COURSES;

/** What a conversation may say about itself; chance decides the rest. */
export interface ConversationDetails {
  readonly service?: string;
  /** Seconds. */
  readonly duration?: number;
  readonly sent?: number;
  readonly received?: number;
  readonly sourcePort?: number;
}

/** An HTTP request; what is left out is usual. */
export interface Request {
  readonly host: string;
  readonly target?: string;
  readonly method?: string;
  readonly agent?: string;
  readonly status?: number;
}

function isAnswer(port: number, { sourcePort }: ConversationDetails): boolean {
  return (sourcePort === 1900 || sourcePort === 53) && port >= 32_768;
}

/** Takes down what sensors would write about conversations that it is told of, in any order of time. */
export class Tape {
  readonly #dice: Dice;
  readonly #records: TelemetryRecord[] = [];
  readonly #ports = new Map<IpAddress, number>();
  #conversations = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** What was taken down, in order of time; of one moment, in the order it was told. */
  get records(): readonly TelemetryRecord[] {
    return this.#records.toSorted((a, b) => a.time - b.time);
  }

  /** A TCP conversation; gives its flow. */
  tcp(
    at: Instant,
    source: IpAddress,
    destination: IpAddress,
    port: number,
    how: TcpCourse,
    details: ConversationDetails = {},
  ): Flow {
    const { state, history, outcome, packets, flags, data } = TCP_COURSES[how];
    const sent = data ? (details.sent ?? this.#dice.int(120, 2400)) : 0;
    const received = data ? (details.received ?? this.#dice.int(300, 40_000)) : 0;
    const seconds = details.duration ?? (data ? this.#dice.int(20, 20_000) / 1e3 : 0.0004);
    const sourceSpoke = packets[0] > 0;
    const destinationSpoke = packets[1] > 0;
    return this.#flow({
      ...this.#endpoints(at, source, destination, port, TCP, details),
      duration: packets[0] + packets[1] > 1 ? Math.round(seconds * 1e6) : 0,
      outcome,
      state,
      history,
      service: details.service ?? '',
      sourcePackets: packets[0] + (sourceSpoke ? Math.floor(sent / 1400) : 0),
      destinationPackets: packets[1] + (destinationSpoke ? Math.floor(received / 1400) : 0),
      sourceBytes: sourceSpoke ? sent : 0,
      destinationBytes: destinationSpoke ? received : 0,
      sourceFlags: flags,
    });
  }

  /** A UDP exchange, or a datagram without an answer; silence of UDP/443 says nothing. From port 1900 or 53 to an ephemeral one it is an answer itself. */
  udp(
    at: Instant,
    source: IpAddress,
    destination: IpAddress,
    port: number,
    answered: boolean,
    details: ConversationDetails = {},
  ): Flow {
    const sent = details.sent ?? this.#dice.int(40, 400);
    const received = answered ? (details.received ?? this.#dice.int(60, 1200)) : 0;
    return this.#flow({
      ...this.#endpoints(at, source, destination, port, UDP, details),
      duration: answered ? Math.round((details.duration ?? 0.02) * 1e6) : 0,
      outcome: answered
        ? 'answered'
        : isAnswer(port, details)
          ? 'backscatter'
          : port === 443
            ? 'unknown'
            : 'silent',
      state: answered ? 'SF' : 'S0',
      history: answered ? 'Dd' : 'D',
      service: details.service ?? '',
      sourcePackets: 1 + Math.floor(sent / 1200),
      destinationPackets: answered ? 1 + Math.floor(received / 1200) : 0,
      sourceBytes: sent,
      destinationBytes: received,
      sourceFlags: 0,
    });
  }

  /** An ICMP message: a request (with its reply, or none) or an error about somebody else's packet. */
  icmp(
    at: Instant,
    source: IpAddress,
    destination: IpAddress,
    type: number,
    code: number,
    how: Outcome,
  ): Flow {
    const answered = how === 'answered';
    return this.#flow({
      time: at,
      source,
      sourcePort: 0,
      destination,
      destinationPort: (type << 8) | code,
      protocol: isIpv6(source) ? ICMP6 : ICMP,
      duration: answered ? 800 : 0,
      outcome: how,
      state: 'OTH',
      history: '',
      service: '',
      sourcePackets: 1,
      destinationPackets: answered ? 1 : 0,
      sourceBytes: 56,
      destinationBytes: answered ? 56 : 0,
      sourceFlags: 0,
    });
  }

  /** An ARP request, who has the destination. */
  arp(at: Instant, source: IpAddress, destination: IpAddress, answered: boolean): Flow {
    return this.#flow({
      time: at,
      source,
      sourcePort: 0,
      destination,
      destinationPort: 0,
      protocol: ARP,
      duration: answered ? 300 : 0,
      outcome: answered ? 'answered' : 'silent',
      state: '',
      history: '',
      service: '',
      sourcePackets: 1,
      destinationPackets: answered ? 1 : 0,
      sourceBytes: 0,
      destinationBytes: 0,
      sourceFlags: 0,
    });
  }

  /** A DNS query over UDP that was answered, with its record. */
  dns(
    at: Instant,
    client: IpAddress,
    resolver: IpAddress,
    name: string,
    rcode = 'NOERROR',
    type = 'A',
  ): void {
    const flow = this.udp(at, client, resolver, 53, true, { service: 'dns', sent: 28 + name.length });
    this.app(flow, { service: 'dns', action: type, name, status: rcode, accepted: true });
  }

  /** An HTTP request on a conversation of its own. */
  http(at: Instant, client: IpAddress, host: IpAddress, port: number, request: Request): void {
    const flow = this.tcp(at, client, host, port, 'closed', { service: 'http' });
    const status = request.status ?? 200;
    this.app(flow, {
      service: 'http',
      action: request.method ?? 'GET',
      name: request.host,
      target: request.target ?? '/',
      agent: request.agent ?? 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      status: String(status),
      accepted: true,
    });
  }

  /** A TLS session that was established. */
  tls(at: Instant, client: IpAddress, host: IpAddress, port: number, name: string, ja4: string): void {
    const flow = this.tcp(at, client, host, port, this.#dice.chance(0.9) ? 'closed' : 'reset-by-source', {
      service: 'tls',
    });
    this.app(flow, { service: 'tls', name, ja4, accepted: true });
  }

  /** What was said on a conversation. */
  app(flow: Flow, event: Partial<AppEvent> & Pick<AppEvent, 'service'>): void {
    const { time, source, sourcePort, destination, destinationPort, protocol, uid } = flow;
    this.#records.push({
      kind: 'app',
      time: (time + Math.min(2000, flow.duration)) as Instant,
      source,
      sourcePort,
      destination,
      destinationPort,
      protocol,
      action: '',
      name: '',
      target: '',
      agent: '',
      status: '',
      accepted: undefined,
      ja3: '',
      ja4: '',
      hassh: '',
      uid,
      ...event,
    });
  }

  /** What an IDS thought of a conversation; Suricata, unless another is named. */
  alert(
    flow: Flow,
    alert: Pick<IdsAlert, 'signature' | 'signatureId' | 'category' | 'severity'> & Partial<IdsAlert>,
  ): void {
    const { time, source, sourcePort, destination, destinationPort, protocol, uid } = flow;
    this.#records.push({
      kind: 'alert',
      time: (time + Math.min(2000, flow.duration)) as Instant,
      source,
      sourcePort,
      destination,
      destinationPort,
      protocol,
      provider: 'suricata',
      uid,
      ...alert,
    });
  }

  #endpoints(
    time: Instant,
    source: IpAddress,
    destination: IpAddress,
    destinationPort: number,
    protocol: number,
    { sourcePort }: ConversationDetails,
  ): Pick<Flow, 'time' | 'source' | 'sourcePort' | 'destination' | 'destinationPort' | 'protocol'> {
    if (sourcePort !== undefined) return { time, source, sourcePort, destination, destinationPort, protocol };
    // Ephemeral ports of Linux: 32768–60999, here in turn.
    const next = this.#ports.get(source) ?? this.#dice.int(32_768, 60_999);
    this.#ports.set(source, next >= 60_999 ? 32_768 : next + 1);
    return { time, source, sourcePort: next, destination, destinationPort, protocol };
  }

  #flow(flow: Omit<Flow, 'kind' | 'sampling' | 'uid'>): Flow {
    this.#conversations += 1;
    // As Zeek's identifiers look: C and base 62.
    const uid = `C${this.#dice.int(1e8, 0x7fff_ffff).toString(36)}${this.#conversations.toString(36)}`;
    const record: Flow = { kind: 'flow', ...flow, sampling: 1, uid };
    this.#records.push(record);
    return record;
  }
}
