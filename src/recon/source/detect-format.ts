import { Buffer } from 'node:buffer';
import { Fault } from '../../fault/fault.ts';
import { TELEMETRY_FORMATS, type TelemetryFormat } from '../model/reader.ts';
import { formatOfObject } from './json-format.ts';
import { decodeText } from './text-encoding.ts';

/** Bytes of a file that its format is seen from. */
export const HEAD_BYTES = 64 * 1024;

/** Lines of the head that are looked at: enough for a firewall's lines among a system's other messages. */
const MAX_LINES = 1_000;

/** What the head of a file says. */
export type Detection =
  | { readonly kind: 'format'; readonly format: TelemetryFormat }
  /** No text yet, or (of a file that may still grow) no whole line. */
  | { readonly kind: 'empty' }
  /** None of the known formats. `seen` says what it looks like; it may quote the file: escape. */
  | { readonly kind: 'unknown'; readonly seen: string };

/** First bytes of captures: libpcap in both byte orders, with micro- and nanoseconds, Kuznetzov's form, and the pcapng section header. */
const PCAP_MAGICS = new Set([
  'd4c3b2a1',
  'a1b2c3d4',
  '4d3cb2a1',
  'a1b23c4d',
  '34cdb2a1',
  'a1b2cd34',
  '0a0d0d0a',
]);

/** First bytes of what nfcapd writes: magic 0xA50C in the byte order of its machine (nfdump, nffile.h). */
const NFCAPD_MAGICS = ['0ca5', 'a50c'];

/** Things that are none of ours, by their first bytes, and what to do. */
const FOREIGN_MAGICS: readonly (readonly [magic: string, what: string])[] = [
  ['fd377a58', 'xz-compressed data: decompress it first'],
  ['425a68', 'bzip2-compressed data: decompress it first'],
  ['504b0304', 'a zip archive: unpack it first'],
  ['456c6646', 'a Windows event log (evtx): export Sysmon’s events as JSON first'],
  ['50415231', 'a Parquet file: export it as JSON lines first'],
  ['53514c69', 'an SQLite database'],
];

/**
 * The format of a file by the first bytes of its content, decompressed; HEAD_BYTES suffice. The name is a weak hint: it
 * only decides for system logs in which no line of a firewall has come yet. `whole` says that the file ends here.
 */
export function detectFormat(head: Uint8Array, name: string, whole: boolean): Detection {
  const hex = Buffer.from(head.subarray(0, 4)).toString('hex');
  if (PCAP_MAGICS.has(hex)) return { kind: 'format', format: 'pcap' };
  if (NFCAPD_MAGICS.some((magic) => hex.startsWith(magic))) return { kind: 'format', format: 'nfcapd' };
  const foreign = FOREIGN_MAGICS.find(([magic]) => hex.startsWith(magic));
  if (foreign !== undefined) return { kind: 'unknown', seen: foreign[1] };
  const text = decodeText(head);
  const end = whole && head.length < HEAD_BYTES ? text.length : text.lastIndexOf('\n') + 1;
  const lines = text
    .slice(0, end === 0 && head.length >= HEAD_BYTES ? text.length : end)
    .split('\n', MAX_LINES);
  return detectLines(
    lines.map((line) => line.trim()).filter((line) => line !== ''),
    name,
  );
}

function detectLines(lines: readonly string[], name: string): Detection {
  const first = lines[0];
  if (first === undefined) return { kind: 'empty' };
  const votes = new Map<TelemetryFormat, number>();
  for (const line of lines) {
    const header = formatOfHeader(line);
    if (header !== undefined) return { kind: 'format', format: header };
    const format = formatOfLine(line, 0);
    if (format !== undefined) votes.set(format, (votes.get(format) ?? 0) + 1);
  }
  const [elected] = [...votes].toSorted((a, b) => b[1] - a[1]);
  if (elected !== undefined) return { kind: 'format', format: elected[0] };
  const printed = formatOfPrettyJson(lines);
  if (printed !== undefined) return { kind: 'format', format: printed };
  const hinted = SYSLOG.test(first) ? hintOfName(name) : undefined;
  if (hinted !== undefined) return { kind: 'format', format: hinted };
  return { kind: 'unknown', seen: whatIsSeen(lines) };
}

/** A line that names columns, and so settles it. */
function formatOfHeader(line: string): TelemetryFormat | undefined {
  if (line.startsWith('#separator') || line.startsWith('#fields')) return 'zeek-tsv';
  if (line.startsWith('{') || line.startsWith('[')) return undefined;
  const words = new Set(line.replace(/^#\s*/, '').split(/[,\s]+/));
  const has = (...names: readonly string[]): boolean => names.every((name) => words.has(name));
  // nfdump -o csv up to 1.7.2; from 1.7.3; and its long names.
  if (line.includes(',')) {
    if (has('sa', 'da', 'pr') || (has('srcAddr', 'dstAddr') && (has('firstSeen') || has('proto'))))
      return 'nfdump-csv';
    // Argus: ra -L0 with the columns of the CTU captures, or its short names.
    if (has('SrcAddr', 'DstAddr') || (has('saddr', 'daddr') && has('proto'))) return 'argus-binetflow';
  }
  return has('srcaddr', 'dstaddr') && !line.includes('=') ? 'aws-vpc-flow' : undefined;
}

/** Amazon's default record, versions 2 and up, perhaps after the moment that CloudWatch puts before it. */
const VPC_FLOW =
  /^(?:\d{4}-\d\d-\d\dT[\d:.]+Z\s+)?[2-9] (?:\d{12}|unknown|-) (?:eni-[0-9a-f]+|-) \S+ \S+ \S+ \S+ /;

/** Linux' LOG target: the kernel writes IN and OUT first, then addresses, then the protocol. */
const NETFILTER = /\bIN=\S* OUT=\S* .*\bSRC=[0-9a-fA-F.:]+ DST=[0-9a-fA-F.:]+ .*\bPROTO=\S+/;

/** pf's log through filterlog: rule, sub-rule, anchor, tracker, interface, reason, action, direction, IP version. */
const FILTERLOG =
  /\bfilterlog(?:\[\d+\])?(?::| ).*?\d*,\d*,[^,]*,[^,]*,[^,]*,[^,]*,[a-z]+,(?:in|out|in-out),[46],|^\d*,\d*,[^,]*,[0-9a-f]*,[\w.]+,\w+,(?:pass|block|match|reject|unkn\([^)]*\)),(?:in|out),[46],/;

const AUDITD = /(?:^|\s)type=[A-Z_0-9]+ msg=audit\(\d+\.\d+:\d+\):/;

/** How a line of syslog begins: priority, RFC 3164's or RFC 5424's time. */
const SYSLOG = /^(?:<\d{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)/;

function formatOfLine(line: string, depth: number): TelemetryFormat | undefined {
  const text = line.trim();
  const object = jsonObject(text);
  if (object !== undefined) return formatOfObject(object, formatOfLine, depth);
  if (VPC_FLOW.test(text)) return 'aws-vpc-flow';
  if (NETFILTER.test(text)) return 'netfilter-log';
  if (FILTERLOG.test(text)) return 'pfsense-filterlog';
  if (AUDITD.test(text)) return 'auditd-log';
  if (depth > 0 && formatOfHeader(text) === 'zeek-tsv') return 'zeek-tsv';
  const brace = text.indexOf('{');
  if (brace > 0 && SYSLOG.test(text))
    return formatOfObject(jsonObject(text.slice(brace)), formatOfLine, depth + 1);
  return undefined;
}

/** The object of a line; also as an element of an array that is printed one object a line. */
function jsonObject(line: string): unknown {
  const from = line.startsWith('[') ? line.slice(1).trimStart() : line;
  if (!from.startsWith('{')) return undefined;
  for (const text of [from, from.replace(/\s*[,\]]$/, '')]) {
    try {
      return JSON.parse(text);
    } catch {
      // The next way of reading it, or none.
    }
  }
  return undefined;
}

/** nfdump prints its JSON over many lines. */
function formatOfPrettyJson(lines: readonly string[]): TelemetryFormat | undefined {
  if (!/^[[{]/.test(lines[0] ?? '')) return undefined;
  return lines.some((line) => /^"src[46]_addr"\s*:/.test(line)) ? 'nfdump-json' : undefined;
}

function hintOfName(name: string): TelemetryFormat | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1);
  if (/^(?:kern|iptables|nftables|ufw|ulog|firewall|netfilter|messages|syslog)\b/.test(base))
    return 'netfilter-log';
  return /^filter(?:log)?\b/.test(base) ? 'pfsense-filterlog' : undefined;
}

function whatIsSeen(lines: readonly string[]): string {
  const first = lines[0]!;
  const columns = first.split('\t');
  if (columns.length >= 6 && /^\d{1,10}\.\d+$/.test(columns[0]!))
    return 'tab-separated columns that begin with a time, as Zeek writes them, but without the #fields line that names them';
  if (lines.some((line) => line.includes('<nmaprun'))) return 'an Nmap scan: `tidemark import` reads it';
  if (/^<\?xml|^<Events?\b/.test(first)) return 'XML: export the events as JSON, one object a line';
  if (/^\S+ +\[\*\*\] \[\d+:\d+:\d+\]/.test(first))
    return 'Suricata’s fast.log: eve.json holds the same alerts and more';
  const object = jsonObject(first);
  if (object !== undefined) return `JSON with the keys ${keysOf(object)}`;
  if (/^[[{]$/.test(first)) return 'JSON over several lines: print one object a line (jq -c)';
  // eslint-disable-next-line no-control-regex -- what no text contains
  if (/[\u0000-\u0008\u000e-\u001a]/.test(first)) return 'binary data';
  return `text that begins with “${first.slice(0, 80)}”`;
}

function keysOf(object: unknown): string {
  const keys = Object.keys(object as object);
  const named = keys
    .slice(0, 8)
    .map((key) => key.slice(0, 40))
    .join(', ');
  return keys.length > 8 ? `${named}, …` : named;
}

/** What to say of a file in none of the known formats. */
export function unknownFormat(file: string, seen: string): Fault {
  return new Fault(
    'source/unknown-format',
    `${file} is in no known format: it holds ${seen}`,
    `Give a file in one of: ${TELEMETRY_FORMATS.join(', ')}; or name its format if you know better.`,
    { file },
  );
}
