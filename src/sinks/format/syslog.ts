import type { Severity } from '../../findings/severity.ts';
import { formatInstant } from '../../time/instant.ts';
import { asFinding, type Outgoing } from '../../findings/outgoing.ts';
import type { Sender } from '../sink.ts';
import { formatLine, type LineFormat } from './line.ts';

/** Facilities by name (RFC 5424, table 1) that make sense for an alarm. */
export const FACILITIES = {
  user: 1,
  daemon: 3,
  auth: 4,
  authpriv: 10,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;
export type Facility = keyof typeof FACILITIES;

/** Severities of RFC 5424, table 2: critical 2, error 3, warning 4, notice 5, informational 6. */
const SYSLOG_SEVERITY: Readonly<Record<Severity, number>> = {
  info: 6,
  low: 5,
  medium: 4,
  high: 3,
  critical: 2,
};

/** A header field: printable US-ASCII without blanks, as long as RFC 5424 allows; `-` when nothing is left. */
function field(text: string, longest: number): string {
  const kept = text.replace(/[^\u0021-\u007e]/g, '').slice(0, longest);
  return kept === '' ? '-' : kept;
}

/** A finding as a message of RFC 5424, without framing. Its time is when the finding was put into the outbox. */
export function toSyslog(
  outgoing: Outgoing,
  sender: Sender,
  { facility, format }: { readonly facility: Facility; readonly format: LineFormat },
): string {
  const { finding, at } = asFinding(outgoing);
  const priority = FACILITIES[facility] * 8 + SYSLOG_SEVERITY[finding.severity];
  const head = [
    `<${priority}>1`,
    formatInstant(at),
    field(sender.hostname, 255),
    'tidemark',
    '-',
    field(finding.rule, 32),
    '-',
  ].join(' ');
  return `${head} ${formatLine(format, outgoing, sender)}`;
}
