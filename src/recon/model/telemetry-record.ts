import type { IpAddress } from '../../net/ip-address.ts';
import type { OpeningPacket } from '../../packet/tracked-flow.ts';
import type { Instant } from '../../time/instant.ts';
import type { Outcome } from './outcome.ts';

/** Who talked to whom; ports are 0 where the protocol has none, ICMP's destination port is `type << 8 | code`. */
export interface Endpoints {
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
  /** IP protocol number, see ip-protocol.ts. */
  readonly protocol: number;
}

/** One conversation, or one try at it, as a sensor saw it. */
export interface Flow extends Endpoints {
  readonly kind: 'flow';
  /** First packet. */
  readonly time: Instant;
  /** Microseconds from first to last packet; 0 when the record does not say. */
  readonly duration: number;
  readonly outcome: Outcome;
  /** The sensor's own word: Zeek's conn_state, Argus' state, Suricata's flow.state, `DROP`. Attacker-free but foreign: escape. */
  readonly state: string;
  /** Zeek's history letters, or the same letters made from TCP flags where a record gives them; empty when unknown. */
  readonly history: string;
  /** Application protocol as the sensor found it: `http`, `ssh`; empty when it found none. */
  readonly service: string;
  /** Packets and payload bytes each way; 0 when unknown. */
  readonly sourcePackets: number;
  readonly destinationPackets: number;
  readonly sourceBytes: number;
  readonly destinationBytes: number;
  /** TCP flags of the source, or-ed together (RFC 9293: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32); 0 when unknown. */
  readonly sourceFlags: number;
  /** One of how many packets the sensor looked at: 1 saw all, 100 saw one of a hundred. */
  readonly sampling: number;
  /** The record's own identifier: Zeek uid, Suricata flow_id; empty when it has none. */
  readonly uid: string;
  /** The packet that opened a TCP flow, where the sensor was a capture. */
  readonly syn?: OpeningPacket;
}

/** What was said above the transport. All texts are attacker-written. */
export interface AppEvent extends Endpoints {
  readonly kind: 'app';
  readonly time: Instant;
  /** `http`, `tls`, `dns`, `ssh`, `smb`, … as the sensors name it. */
  readonly service: string;
  /** HTTP method, DNS query type, SMB command; empty when the protocol has none. */
  readonly action: string;
  /** HTTP host, TLS server name, DNS query name, SMB share. */
  readonly name: string;
  /** HTTP request target. */
  readonly target: string;
  /** HTTP user agent, SSH client banner. */
  readonly agent: string;
  /** HTTP status code, DNS rcode name, TLS alert, `success` or `failure` of a login. */
  readonly status: string;
  /** Whether the peer went along: request answered, handshake established, login accepted; undefined when not known. */
  readonly accepted: boolean | undefined;
  /** Fingerprints that the log carries, as they are: ja3, ja4, hassh; empty when it has none. */
  readonly ja3: string;
  readonly ja4: string;
  readonly hassh: string;
  /** What an HTTP request looks like apart from what it asks for; see fingerprint/http-shape.ts. Only captures tell it, and it is not stored. Attacker-written. */
  readonly shape?: string;
  readonly uid: string;
}

/** Somebody else's opinion: an IDS rule, a Zeek notice or weird, a protocol anomaly. Texts are partly attacker-written. */
export interface IdsAlert extends Endpoints {
  readonly kind: 'alert';
  readonly time: Instant;
  readonly provider: 'suricata' | 'suricata-anomaly' | 'zeek-notice' | 'zeek-weird';
  /** Rule text, notice type or weird name. */
  readonly signature: string;
  /** Rule number; 0 when there is none. */
  readonly signatureId: number;
  /** Suricata's category, Zeek's notice message. */
  readonly category: string;
  /** Suricata's scale: 1 is worst; 0 when the provider has none. */
  readonly severity: number;
  readonly uid: string;
}

/** A process that opened a connection, or that started, as an endpoint sensor saw it. Texts may be attacker-written. */
export interface ProcessEvent extends Endpoints {
  readonly kind: 'process';
  readonly time: Instant;
  /** `connect`: endpoints are set. `start`: addresses are `::` and ports 0; only host, process and user speak. */
  readonly action: 'connect' | 'start';
  /** Name of the machine. */
  readonly host: string;
  /** Path of the executable. */
  readonly executable: string;
  readonly commandLine: string;
  /** Process identifier; 0 when unknown. */
  readonly pid: number;
  readonly user: string;
  /** Path of the parent's executable. */
  readonly parent: string;
}

/** Whatever came in, past the edge. */
export type TelemetryRecord = Flow | AppEvent | IdsAlert | ProcessEvent;

/** Where a record came from, for evidence. */
export interface RecordPointer {
  /** The sensor's name as configured or derived; rows of different sensors are never the same record. */
  readonly sensor: string;
  /** The file as the user named it, `-` for standard input. */
  readonly file: string;
  /** Line, from 1; packet number in a capture. */
  readonly line: number;
}
