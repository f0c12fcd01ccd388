import type { Opening } from './opening.ts';
import { byConfidence, type ToolMatch } from './tool-match.ts';
import { OPENING_SIGNATURES, type ToolSignature } from './tool-signatures.ts';
import { TOUCH_SIGNATURES, type Touch } from './touch-signatures.ts';

const TCP = 6;

/**
 * The tools that the first packets of one source look like, surest first; of several sources, of an actor that is known
 * to be one. An explanation: never the reason for a finding, and never a reason to let one go, since every
 * sender can forge every bit of it.
 */
export function attributeTool(openings: readonly Opening[]): readonly ToolMatch[] {
  const touches = openings.map((opening) => ({ ...opening, protocol: TCP }));
  return [
    ...matches(OPENING_SIGNATURES, openings, 'packets', 'Its first packets look like'),
    ...attributeTouches(touches),
  ].toSorted(byConfidence);
}

/** The tools whose choice and order of targets a source shares. */
export function attributeTouches(touches: readonly Touch[]): readonly ToolMatch[] {
  return matches(TOUCH_SIGNATURES, touches, 'targets', 'It chose its targets like').toSorted(byConfidence);
}

function matches<Evidence>(
  signatures: readonly ToolSignature<Evidence>[],
  evidence: readonly Evidence[],
  basis: ToolMatch['basis'],
  looks: string,
): ToolMatch[] {
  return signatures.flatMap(({ id, tool, rule, confidence, evasions, find }): ToolMatch[] => {
    const found = find(evidence);
    if (found === undefined) return [];
    const { held, of, unit } = found;
    const text = `${looks} ${tool}: ${rule} held for ${number(held)} of ${number(of)} ${unit}.`;
    return [{ tool, signature: id, basis, confidence, held, of, unit, text, evasions }];
  });
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
