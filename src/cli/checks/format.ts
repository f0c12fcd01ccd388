import type { Print } from '../print.ts';
import { safe } from '../print.ts';
import type { Check } from './check.ts';

const TONES = { ok: 'good', warn: 'medium', fail: 'high' } as const;

/** One line per check, its fix under it; escaped, ending in a newline. */
export function formatChecks(checks: readonly Check[], print: Pick<Print, 'paint'>): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ name, state, message, fix }) => {
      const line = `${print.paint(TONES[state], state.padEnd(4))}  ${name.padEnd(width)}  ${safe(message)}\n`;
      return fix === undefined ? line : `${line}      ${' '.repeat(width)}  fix: ${safe(fix)}\n`;
    })
    .join('');
}
