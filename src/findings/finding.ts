import type { IpAddress } from '../net/ip-address.ts';
import type { PortKey } from '../net/port-key.ts';
import type { Instant } from '../time/instant.ts';
import type { Severity } from './severity.ts';

/**
 * Stable identity of a finding over time: 16 hex digits of SHA-256 over half, rule and subject.
 * A finding that comes back has the same one.
 */
export type FindingId = string & { readonly __brand: 'FindingId' };

/** What a claim rests on. Every sentence we print leads to at least one of these. */
export type Evidence =
  | {
      readonly kind: 'scan';
      /** Run identifier, as `tidemark scans` lists it. */
      readonly run: string;
      readonly host?: IpAddress;
      readonly port?: PortKey;
      /** The raw fact as the scanner gave it, e.g. `open (syn-ack) ssh OpenSSH 9.2p1`. Attacker-written: escape. */
      readonly fact: string;
    }
  | { readonly kind: 'baseline'; readonly version: number; readonly fact: string }
  | { readonly kind: 'rule'; readonly rule: string; readonly fact: string }
  | {
      readonly kind: 'record';
      readonly sensor: string;
      /** File as the user named it, and line from 1: where the record can be read again. */
      readonly file: string;
      readonly line: number;
      readonly at: Instant;
      /** What it says, in one line. Attacker-written: escape. */
      readonly fact: string;
    };

/** One sentence with its evidence. `text` may quote attacker-written strings: every output escapes it. */
export interface Observation {
  /** What is so: "3389/tcp (ms-wbt-server) is open". */
  readonly text: string;
  /** Since when, as far as the history knows. */
  readonly since?: Instant;
  /** How unusual it is here, in counts: "open on 1 of 46 hosts; in 0 of 31 earlier scans that covered it". */
  readonly unusual?: string;
  readonly evidence: readonly Evidence[];
}

/** 0–1, with each named thing that lowers it. The factors multiply to the value. */
export interface Confidence {
  readonly value: number;
  readonly lowered: readonly { readonly reason: string; readonly factor: number }[];
}

/** Whom or what a finding is about. */
export interface Subject {
  readonly host?: IpAddress;
  readonly port?: PortKey;
  /** CIDR, for findings about a segment. */
  readonly network?: string;
  /** All hosts of a finding that is said once for several, in compareIpAddresses order; then `host` is absent. */
  readonly hosts?: readonly IpAddress[];
}

/** A service that our own scans know to be open, and to which somebody turned. */
export interface MetService {
  readonly host: IpAddress;
  readonly port: PortKey;
  /** `ssh OpenSSH 9.2p1`; attacker-written: escape. */
  readonly service: string;
  /** When our scans first saw it open, of the unbroken row of scans that did. */
  readonly openSince?: Instant;
  /** Not in the baseline in force, or opened lately: MET_LATELY. */
  readonly isNew: boolean;
  /** Of the worst finding of our scans about it. */
  readonly severity?: Severity;
}

/**
 * Where the halves meet: what was scanned is open, or what is open was turned to. Authorised scans meet nothing.
 *
 * | grade | what it came to |
 * | --- | --- |
 * | 1 | a service that we know to be open was touched |
 * | 2 | and a finding of our scans says that it is high or critical |
 * | 3 | or it is new: not in the baseline in force, or opened within the last seven days |
 * | 4 | somebody went from looking to trying (exploit, passwords), or got in, at a host with such a service |
 */
export interface Meeting {
  readonly grade: 1 | 2 | 3 | 4;
  /** The new ones first, then the worst; at most MET_SERVICES. */
  readonly services: readonly MetService[];
}

/** Services that a meeting names. */
export const MET_SERVICES = 20;

/** A port that opened no longer before is new, baseline or not, in microseconds: a week, the usual time between two scans. */
export const MET_LATELY = 7 * 86_400e6;

/** A change or a behaviour that a person should look at. */
export interface Finding {
  readonly id: FindingId;
  readonly half: 'exposure' | 'recon';
  /** The rule that made it: `databases.reachable`, `drift.port-opened`. */
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  /** 0–100, posture points of this finding alone. */
  readonly score: number;
  readonly confidence: Confidence;
  readonly subject: Subject;
  readonly observations: readonly Observation[];
  /** What could follow, in plain words. */
  readonly impact: string;
  /** Review steps, imperative; never an exploit. */
  readonly actions: readonly string[];
  /** Where to read on: CIS control, RFC, vendor page. */
  readonly references: readonly string[];
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
  /** Absent where the halves do not meet. */
  readonly meeting?: Meeting;
}
