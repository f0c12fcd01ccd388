/** Pieces of sentences, so that every sentence counts and measures the same way. */

/** `1,000`. */
export function formatCount(value: number | bigint): string {
  return value.toLocaleString('en-US');
}

/** `1 port`, `1,000 ports`; `plural` where an s does not do. */
export function counted(value: number | bigint, noun: string, plural = `${noun}s`): string {
  return `${formatCount(value)} ${Number(value) === 1 ? noun : plural}`;
}

/** A span of microseconds in the unit that a person would take: `0.4 s`, `2 s`, `15 min`, `9.2 h`, `23 days`. */
export function formatSpan(micros: number): string {
  const seconds = Math.max(0, micros) / 1e6;
  if (seconds < 1) return seconds < 0.05 ? 'an instant' : `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  const hours = seconds / 3_600;
  if (hours < 48) return `${hours < 10 ? Number(hours.toFixed(1)) : Math.round(hours)} h`;
  return `${Math.round(hours / 24)} days`;
}

/** `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`. */
export function listed(parts: readonly string[], most = parts.length): string {
  const shown = parts.slice(0, most);
  if (parts.length > shown.length) shown.push(`${formatCount(parts.length - shown.length)} more`);
  const last = shown.pop();
  if (last === undefined) return 'none';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
