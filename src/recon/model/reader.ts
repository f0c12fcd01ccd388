import type { Instant } from '../../time/instant.ts';
import type { TelemetryRecord } from './telemetry-record.ts';

/** Every format of telemetry that can be read. */
export const TELEMETRY_FORMATS = [
  'zeek-tsv',
  'zeek-json',
  'suricata-eve',
  'nfdump-csv',
  'nfdump-json',
  'nfcapd',
  'argus-binetflow',
  'aws-vpc-flow',
  'netfilter-log',
  'pfsense-filterlog',
  'sysmon-json',
  'osquery-json',
  'auditd-log',
  'pcap',
] as const;

/** See TELEMETRY_FORMATS. */
export type TelemetryFormat = (typeof TELEMETRY_FORMATS)[number];

/** Takes what a reader makes of its lines. Every line ends in exactly one of: records, `skip`, `problem`, or is held (see LineReader). */
export interface RecordSink {
  /** A record of the line with that number, from 1. A line may give several. */
  record(record: TelemetryRecord, line: number): void;
  /** A line that is fine and says nothing for us: a header, a comment, an event type that we do not use. `what` is counted. */
  skip(what: string, line: number): void;
  /** A line that should have been a record and is not: `message` says what was wrong and in which field. Escaped by whoever prints it. */
  problem(message: string, line: number): void;
}

/**
 * Reads the lines of one file of one format. Stateful: headers, flows that wait for their other direction.
 * Never throws on input: what is wrong with a line goes to `problem`.
 */
export interface LineReader {
  readonly format: TelemetryFormat;
  /** Takes a line from the head of a file whose middle will be read next: for its header alone. Gives no records. */
  prime(line: string): void;
  /** One line without its line break; `line` counts from 1. A trailing CR is cut by the reader. */
  read(text: string, line: number, sink: RecordSink): void;
  /** The file ended (not: was rotated while more may come): gives what was held. */
  end(sink: RecordSink): void;
  /**
   * The lowest line that is still held, e.g. a one-way flow that waits for its answer, or undefined. A checkpoint
   * never lies behind it: reading a line twice is harmless (records are known by content), losing one is not.
   */
  readonly heldFrom: number | undefined;
}

/**
 * Reads a file of a format that does not come in lines. `line` of its sink is the number of the packet that began what a
 * record tells. Never throws on input: what is wrong is counted by reason, and said in `end`, once for each reason.
 */
export interface BytesReader {
  readonly format: TelemetryFormat;
  /** The next octets of the file, however they are cut. They are not kept: the caller may use its buffer again. */
  push(bytes: Uint8Array, sink: RecordSink): void;
  /** The file ended: gives what was held, and says what was wrong. */
  end(sink: RecordSink): void;
  /**
   * So late it is by now, though no packet says so: gives what has waited long enough. For a capture that is being made;
   * of a file, its own packets tell the time.
   */
  advance(now: Instant, sink: RecordSink): void;
  /** Packets read so far. */
  readonly packets: number;
  /** What was wrong or out of the ordinary so far: how often, by reason. */
  readonly tally: Readonly<Record<string, number>>;
}

/** What a reader must be told because the lines do not say it. */
export interface ReaderOptions {
  /** Sampling rate where the format does not say: 1 = every packet. */
  readonly sampling: number;
  /** Minutes east of UTC for times without a zone (nfdump CSV, syslog, Argus). */
  readonly utcOffsetMinutes: number;
  /** Times without a year (syslog, RFC 3164) are taken for the last such moment that is not after this one, give or take a day. */
  readonly notAfter: Instant;
}
