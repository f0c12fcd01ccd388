import { showControls, type KeepControls } from '../text/acting-characters.ts';

/**
 * Makes attacker-written text safe to print on a terminal or in a log line: no escape sequence, no cursor or
 * title control, no overwritten line, no reordered or hidden text. Acting characters are shown as `\x1b`,
 * `\n`, `\u202e`, …; everything else is unchanged. With `multiline`, line feeds stay.
 */
export function escapeTerminal(text: string, keep: KeepControls = {}): string {
  return showControls(text, keep);
}
