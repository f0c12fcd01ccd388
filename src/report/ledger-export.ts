import type { Instant } from '../time/instant.ts';
import { formatInstant } from '../time/instant.ts';
import { showControls } from '../text/acting-characters.ts';
import { csvRecord } from './escape-csv.ts';

/** A scan that is ours, or one that a grant allows from an address that it names. */
export interface LedgerEntry {
  /** `scan 1f2e3d4c` or `grant office`. */
  readonly id: string;
  readonly owner: string;
  readonly ticket: string;
  /** Address that the packets come from. */
  readonly source: string;
  /** CIDR blocks. */
  readonly targets: readonly string[];
  /** tcp, udp, or any. */
  readonly protocol: string;
  /** Ports in Nmap's syntax; empty: all. */
  readonly ports: string;
  readonly from: Instant;
  readonly to: Instant;
}

/** Forms of the export. */
export const LEDGER_FORMATS = ['suricata', 'zeek', 'csv'] as const;
export type LedgerFormat = (typeof LEDGER_FORMATS)[number];

/** The entries as an allow-list for another tool. Every text in it is escaped for its form. */
export function exportLedger(entries: readonly LedgerEntry[], format: LedgerFormat, now: Instant): string {
  return { suricata, zeek, csv }[format](entries, now);
}

/** First signature identifier: of the range that is set aside for local rules, its last tenth (1000000–1999999, sid-range of Emerging Threats). */
const FIRST_SID = 1_900_000;

/**
 * Pass rules of Suricata (rule format of Suricata 7: "Rules Format", actions; "Ignoring traffic", pass rules): a packet
 * that one fits is not looked at by other rules. Suricata knows no time: only what holds now is written.
 */
function suricata(entries: readonly LedgerEntry[], now: Instant): string {
  const holding = entries.filter(({ from, to }) => from <= now && now < to);
  const rules = holding.map((entry, index) => {
    const protocol = entry.protocol === 'any' ? 'ip' : entry.protocol;
    const targets = entry.targets.length === 1 ? entry.targets[0]! : `[${entry.targets.join(',')}]`;
    const ports =
      entry.protocol === 'any' || entry.ports === '' ? 'any' : `[${entry.ports.replaceAll('-', ':')}]`;
    const text = [`authorised ${entry.id}`, entry.ticket, `until ${formatInstant(entry.to)}`]
      .filter((part) => part !== '')
      .join(', ');
    return `pass ${protocol} ${entry.source} any -> ${targets} ${ports} (msg:"${plain(text)}"; sid:${FIRST_SID + index}; rev:1;)`;
  });
  return `# Authorised scans that hold at ${formatInstant(now)}. Write it anew when they change.\n${rules.map((rule) => `${rule}\n`).join('')}`;
}

/** Letters, digits and a few signs: what msg takes needs no escape, and a reader still knows what is meant. */
function plain(text: string): string {
  return showControls(text).replace(/[^A-Za-z0-9 ._/,-]/g, '_');
}

/**
 * A file for Zeek's input framework (Zeek 6, "Input Framework": ASCII reader, tab-separated, `#fields`), one line for each
 * block, to be read into a `set[subnet, subnet, time, time, string]`.
 */
function zeek(entries: readonly LedgerEntry[]): string {
  const lines = entries.flatMap((entry) =>
    entry.targets.map((target) =>
      [
        block(entry.source),
        block(target),
        seconds(entry.from),
        seconds(entry.to),
        zeekText(entry.id),
        zeekText(entry.owner),
        zeekText(entry.ticket),
      ].join('\t'),
    ),
  );
  return `#fields\tsource\ttarget\tbegins\tends\tid\towner\tticket\n${lines.map((line) => `${line}\n`).join('')}`;
}

function block(text: string): string {
  return text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
}

function seconds(at: Instant): string {
  return (at / 1e6).toFixed(6);
}

/** Zeek's own escapes: `\xHH` for what would end a field or a line, and for a text that would be read as none at all. */
function zeekText(text: string): string {
  if (text === '') return '(empty)';
  const escaped = text.replace(/[\p{Cc}\\,]/gu, (sign) =>
    [...Buffer.from(sign)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  return /^(?:-|#.*|\(empty\))$/.test(escaped)
    ? `\\x${escaped.charCodeAt(0).toString(16)}${escaped.slice(1)}`
    : escaped;
}

function csv(entries: readonly LedgerEntry[]): string {
  return [
    csvRecord(['id', 'owner', 'ticket', 'source', 'target', 'protocol', 'ports', 'from', 'to']),
    ...entries.flatMap((entry) =>
      entry.targets.map((target) =>
        csvRecord([
          entry.id,
          entry.owner,
          entry.ticket,
          entry.source,
          target,
          entry.protocol,
          entry.ports,
          formatInstant(entry.from),
          formatInstant(entry.to),
        ]),
      ),
    ),
  ].join('');
}
