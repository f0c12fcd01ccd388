import type { IpAddress } from '../net/ip-address.ts';
import type { PortKey } from '../net/port-key.ts';

/** One addend of how unusual a host is. */
export interface AnomalyItem {
  /** What is unusual, with the counts behind it, in one sentence without a full stop. Attacker-written parts inside: escape. */
  readonly text: string;
  /** Added to the score, in nats of log odds. */
  readonly value: number;
  readonly ports: readonly PortKey[];
}

/** How unusual one host is for itself and in this network. */
export interface HostAnomaly {
  readonly host: IpAddress;
  /** How the model knows the host: `mac:…`, `name:…` or `address:…`. Attacker-written parts inside: escape. */
  readonly identity: string;
  /** Sum of the items, to 1e-9; higher is more unusual. No probability. */
  readonly score: number;
  /** Largest value first; those that take something off last. */
  readonly items: readonly AnomalyItem[];
  /** Part of earlier scores at least as high; absent before there are enough to say. */
  readonly p?: number;
  /** Raised within the alert budget; `group` names what several alerts have in common. */
  readonly alert?: { readonly group?: string };
  /** Hosts that it is compared with, and what they share: `tcp/22`. */
  readonly peers: { readonly hosts: number; readonly share: readonly string[] };
}

/** What is unusual in a run. Posture says how exposed the network is; this says what is not as it used to be. */
export interface AnomalySummary {
  /** The model and the version of what it computes. */
  readonly model: 'surprise/1' | 'seed/1';
  /** How far learning has come, and what that means, in one sentence. */
  readonly stage: { readonly name: string; readonly means: string };
  /** Earlier scans that were learned. */
  readonly scans: number;
  /** False alerts per 1,000 host-scans that the user allows. */
  readonly budget: number;
  /** Hosts that were judged, and those of them with anything to say about. */
  readonly judged: number;
  readonly scored: number;
  readonly alerts: number;
  /** Most unusual first: all alerts, and a few more. */
  readonly hosts: readonly HostAnomaly[];
  /** What moved the scores besides the scan: verdicts, tickets, a changed environment; one sentence each. */
  readonly notes: readonly string[];
}
