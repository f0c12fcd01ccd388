import type { Flow } from '../../recon/model/telemetry-record.ts';
import type { Instant } from '../../time/instant.ts';

/** Flags that letters of the responder in Zeek's history stand for, as a sensor would or them together. */
export function responderFlags(history: string): number {
  const flags: Readonly<Record<string, number>> = { s: 0x02, h: 0x12, a: 0x10, d: 0x18, f: 0x11, r: 0x14 };
  let all = 0;
  for (const letter of history) all |= flags[letter] ?? 0;
  return all;
}

/** The last packet of a flow. */
export function endOf(flow: Flow): Instant {
  return (flow.time + flow.duration) as Instant;
}

/** `1767261600.000250`: microseconds as seconds, exactly. */
export function decimalSeconds(microseconds: number): string {
  const whole = Math.floor(microseconds / 1e6);
  return `${whole}.${String(microseconds - whole * 1e6).padStart(6, '0')}`;
}

/** `2026-01-05T09:00:00.000250+0000`, as Suricata writes times. */
export function eveTime(instant: Instant): string {
  const millis = Math.floor(instant / 1e3);
  const micros = String(instant - millis * 1e3).padStart(3, '0');
  return `${new Date(millis).toISOString().slice(0, -1)}${micros}+0000`;
}
