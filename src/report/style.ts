import { styleText } from 'node:util';
import type { Severity } from '../findings/severity.ts';

/** The few ways in which terminal text differs from plain text. */
export type Tone = 'strong' | 'quiet' | 'heading' | 'good' | Severity;

const FORMATS: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  strong: 'bold',
  quiet: 'dim',
  heading: ['bold', 'cyan'],
  good: 'green',
  info: 'blue',
  low: 'green',
  medium: 'yellow',
  high: ['bold', 'red'],
  // Reverse video, so that the worst stands out without colour vision too.
  critical: ['bold', 'red', 'inverse'],
};

/** Puts a tone on text, or leaves it plain. Colour never says anything that the words do not. */
export type Paint = (tone: Tone, text: string) => string;

/**
 * A painter. `colour` is decided by the caller (terminal, NO_COLOR, FORCE_COLOR), so that output depends on
 * nothing but its arguments. Paint after escaping, wrapping and padding: the sequences have no width.
 */
export function painter(colour: boolean): Paint {
  if (!colour) return (_tone, text) => text;
  return (tone, text) => (text === '' ? '' : styleText(FORMATS[tone], text, { validateStream: false }));
}
