import { PortSet } from '../../net/port-set.ts';
import { TRANSPORT_PROTOCOLS, type TransportProtocol } from '../../net/port-key.ts';
import { fromMillis, type Instant } from '../../time/instant.ts';
import { mergeHosts } from '../model/merge-hosts.ts';
import type { Host } from '../model/host.ts';
import type { RunFooter, RunHeader, ScanInfo } from '../model/scan-run.ts';
import { readHostLine } from './grepable-host.ts';
import { LineReader, MAX_LINE_BYTES } from './line-reader.ts';
import type { Line } from './lines.ts';
import { headerOf } from './run-writer.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Sun Nov 22 04:46:11 2026`, read as UTC; undefined when it is anything else. */
function parseCtime(text: string): Instant | undefined {
  const match = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/.exec(
    text.trim(),
  );
  const month = MONTHS.indexOf(match?.[1] ?? '');
  if (match === null || month < 0) return undefined;
  const [day, hour, minute, second, year] = match.slice(2).map(Number);
  return fromMillis(Date.UTC(year!, month, day, hour, minute, second));
}

/** The scan type that the command line names; Nmap's default depends on privileges, which nothing here tells. */
function scanType(protocol: TransportProtocol, args: string, scanner: string): string {
  if (protocol === 'udp') return 'udp';
  if (protocol === 'ip') return 'ipproto';
  if (protocol === 'sctp') return / -sZ/.test(args) ? 'sctpcookieecho' : 'sctpinit';
  if (scanner === 'masscan') return 'syn';
  const letter = / -s([STAWMNFX])\b/.exec(args)?.[1] ?? '';
  const types: Record<string, string> = {
    S: 'syn',
    T: 'connect',
    A: 'ack',
    W: 'window',
    M: 'maimon',
    N: 'null',
    F: 'fin',
    X: 'xmas',
  };
  return types[letter] ?? 'unknown';
}

/** `# Ports scanned: TCP(2;22,80) UDP(0;) SCTP(0;) PROTOCOLS(0;)`. */
function parsePortsScanned(text: string, args: string, scanner: string): ScanInfo[] {
  const scans: ScanInfo[] = [];
  for (const [index, label] of ['TCP', 'UDP', 'SCTP', 'PROTOCOLS'].entries()) {
    const start = text.indexOf(`${label}(`);
    const end = start < 0 ? -1 : text.indexOf(')', start);
    if (end < 0) continue;
    const [count = '', list = ''] = text.slice(start + label.length + 1, end).split(';', 2);
    if (list === '') continue;
    const protocol = TRANSPORT_PROTOCOLS[index]!;
    const ports = PortSet.parse(scanner === 'masscan' ? masscanList(list) : list);
    scans.push({
      type: scanType(protocol, args, scanner),
      protocol,
      ...(ports === undefined ? undefined : { services: ports.toString() }),
      ...(/^\d{1,5}$/.test(count) ? { numservices: Number(count) } : undefined),
    });
  }
  return scans;
}

/** masscan counts UDP ports from 65536 and SCTP ports from 131072, and ends its lists with a comma. */
function masscanList(list: string): string {
  return list.replace(/,$/, '').replace(/\d{1,7}/g, (port) => String(Number(port) % 65_536));
}

/** What the comment lines of a run have said so far. */
interface OpenHeader {
  readonly scanner: string;
  readonly version: string;
  readonly args: string;
  readonly start: Instant | undefined;
  scaninfo: ScanInfo[];
}

/**
 * Reads `-oG` of Nmap and masscan. Nmap writes a host in one to three lines, of which those that follow
 * each other are joined; masscan writes one line per port, each a piece of a host. A run is complete
 * when the line with "done" was reached, truncated when the last line has no end, interrupted else.
 * Nmap's times are local to the scanner and name no zone: they are read as UTC, with a problem.
 */
export class GrepableReader extends LineReader {
  #header: OpenHeader | undefined;
  #pending: Host | undefined;
  #cut = false;

  constructor(maxLineBytes: number = MAX_LINE_BYTES) {
    super(maxLineBytes);
  }

  line(line: Line): void {
    this.#cut = !line.ended;
    if (line.text.startsWith('#')) this.#comment(line);
    else if (line.text.startsWith('Host: ') || line.text.startsWith('Timestamp: ')) this.#host(line);
    else if (line.text.trim() !== '') {
      const message = 'a line begins neither with "Host:" nor with "#"';
      this.log.problem('parse/malformed', message, line.offset, undefined, line.number);
    }
  }

  #comment(line: Line): void {
    const { text } = line;
    const begun = /^# (nmap|masscan) (\S{1,40}) scan initiated (.{1,40}?)(?: as: (.*))?$/i.exec(text);
    if (begun !== null) {
      this.finish();
      const scanner = begun[1]!.toLowerCase();
      this.#header = {
        scanner,
        version: begun[2]!,
        args: begun[4]?.trim() ?? '',
        start: this.#time(begun[3]!, scanner, line),
        scaninfo: [],
      };
      return;
    }
    if (text.startsWith('# Ports scanned: ') && this.#header !== undefined && !this.run.isOpen) {
      this.#header.scaninfo = parsePortsScanned(text, this.#header.args, this.#header.scanner);
      return;
    }
    const done = /^# (nmap|masscan) (?:done|run completed) at (.{1,40}?)(?: -- (.*))?$/i.exec(text);
    if (done !== null) this.#done(done[2]!, done[3] ?? '', line);
  }

  #time(text: string, scanner: string, line: Line): Instant | undefined {
    const time = parseCtime(text);
    if (time !== undefined && scanner === 'nmap') {
      const message = "the time names no zone and was read as UTC; Nmap's XML would tell it exactly";
      this.log.problem('parse/no-time-zone', message, line.offset, 'start', line.number);
    }
    return time;
  }

  #done(time: string, rest: string, line: Line): void {
    this.#begin();
    this.#flush();
    const counts = /^(\d{1,10}) IP address(?:es)? \((\d{1,10}) hosts? up\)/.exec(rest);
    const end = parseCtime(time);
    const footer: { -readonly [K in keyof RunFooter]?: RunFooter[K] } = {};
    if (counts !== null) {
      const total = Number(counts[1]);
      const up = Number(counts[2]);
      if (up <= total) footer.hosts = { up, down: total - up, total };
      else
        this.log.problem(
          'parse/out-of-range',
          'more hosts up than scanned',
          line.offset,
          'hosts',
          line.number,
        );
    }
    if (end !== undefined) footer.end = end;
    this.run.end({ ...footer, status: 'complete' });
    this.#header = undefined;
  }

  #host(line: Line): void {
    const piece = readHostLine(line.text, (field, message) =>
      this.log.problem('parse/out-of-range', message, line.offset, field, line.number),
    );
    if (piece === undefined) return;
    this.#begin();
    const pending = this.#pending;
    // Only the status line is held back for what follows it: a host of many lines must not grow here.
    if (pending?.address === piece.address && pending.ports.length === 0) {
      this.#pending = mergeHosts(pending, piece);
    } else {
      this.#flush();
      this.#pending = piece;
    }
  }

  #begin(): void {
    if (this.run.isOpen) return;
    const { scanner = 'nmap', version = '', args = '', start, scaninfo = [] } = this.#header ?? {};
    const format: RunHeader['format'] = scanner === 'masscan' ? 'masscan-grepable' : 'nmap-grepable';
    this.run.begin(
      headerOf(format, scanner, {
        version,
        args,
        scaninfo,
        ...(start === undefined ? undefined : { start }),
      }),
    );
  }

  #flush(): void {
    if (this.#pending !== undefined) this.run.host(this.#pending);
    this.#pending = undefined;
  }

  protected override finish(): void {
    if (this.#header !== undefined) this.#begin();
    this.#flush();
    this.run.end({ status: this.#cut ? 'truncated' : 'interrupted' });
    this.#header = undefined;
  }
}
