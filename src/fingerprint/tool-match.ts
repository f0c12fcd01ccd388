import { TOOL_CONFIDENCES, type ToolConfidence } from './tool-signatures.ts';

/** A tool that somebody looks like, and why. */
export interface ToolMatch {
  readonly tool: string;
  /** Which signature: `masscan/ip-id`. */
  readonly signature: string;
  /**
   * What it rests on: the form of first packets, the choice and order of targets, or what was said above the transport
   * (names of clients, fingerprints of hellos, payloads of probes).
   */
  readonly basis: 'packets' | 'targets' | 'said';
  readonly confidence: ToolConfidence;
  /** It held for so many of so many of these: `1,000 of 1,000 SYNs`. */
  readonly held: number;
  readonly of: number;
  readonly unit: string;
  /** `Its first packets look like masscan: its IP-ID rule (…) held for 1,000 of 1,000 SYNs.` */
  readonly text: string;
  /** What a sender does so that it fails. */
  readonly evasions: string;
}

/** Surest first, then what held most often; total on signatures. */
export function byConfidence(a: ToolMatch, b: ToolMatch): number {
  return (
    TOOL_CONFIDENCES.indexOf(a.confidence) - TOOL_CONFIDENCES.indexOf(b.confidence) ||
    b.held - a.held ||
    (a.signature < b.signature ? -1 : a.signature > b.signature ? 1 : 0)
  );
}
