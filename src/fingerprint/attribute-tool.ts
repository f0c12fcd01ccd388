import type { Opening } from './opening.ts';
import { TOOL_CONFIDENCES, TOOL_SIGNATURES, type ToolConfidence } from './tool-signatures.ts';

/** A tool that first packets look like, and why. */
export interface ToolMatch {
  readonly tool: string;
  /** Which signature: `masscan/ip-id`. */
  readonly signature: string;
  readonly confidence: ToolConfidence;
  readonly held: number;
  readonly of: number;
  /** `Its first packets look like masscan: its IP-ID rule (…) held for 1,000 of 1,000 SYNs.` */
  readonly text: string;
}

/** How every sentence of attributeTool begins; the tool follows, and a colon. */
export const LOOKS_LIKE = 'Its first packets look like ';

/**
 * The tools that the first packets of one source look like, surest first; of several sources, of an actor that is known
 * to be one. An explanation: never the reason for a finding, and never a reason to let one go, since every
 * sender can forge every bit of it.
 */
export function attributeTool(openings: readonly Opening[]): readonly ToolMatch[] {
  return TOOL_SIGNATURES.flatMap(({ id, tool, rule, confidence, find }): ToolMatch[] => {
    const found = find(openings);
    if (found === undefined) return [];
    const { held, of, unit } = found;
    const text = `${LOOKS_LIKE}${tool}: ${rule} held for ${number(held)} of ${number(of)} ${unit}.`;
    return [{ tool, signature: id, confidence, held, of, text }];
  }).toSorted(
    (a, b) =>
      TOOL_CONFIDENCES.indexOf(a.confidence) - TOOL_CONFIDENCES.indexOf(b.confidence) || b.held - a.held,
  );
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
