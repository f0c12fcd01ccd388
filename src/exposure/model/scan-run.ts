import type { TransportProtocol } from '../../net/port-key.ts';
import type { Instant } from '../../time/instant.ts';
import type { Host, Script } from './host.ts';

/** First 16 hex digits of the SHA-256 of the raw file, `-2` and on for further runs in the same file. */
export type RunId = string & { readonly __brand: 'RunId' };

/** `<scaninfo>`: what was asked of the scanner for one protocol. */
export interface ScanInfo {
  /** `syn`, `connect`, `udp`, `ack`, `xmas`, `ipproto`, … */
  readonly type: string;
  readonly protocol: TransportProtocol;
  /** Port list in Nmap's syntax, as it came; absent when the scanner did not say (masscan). */
  readonly services?: string;
  readonly numservices?: number;
}

/** complete; interrupted (no `<runstats>`, or `exit` other than `success`); truncated (the bytes end early). */
export type RunStatus = 'complete' | 'interrupted' | 'truncated';

/** What is known when a run begins, before its first host. */
export interface RunHeader {
  /** `nmap`, `masscan`. */
  readonly scanner: string;
  readonly version: string;
  readonly xmlOutputVersion?: string;
  /** The command line as recorded; empty when the format has none. */
  readonly args: string;
  readonly start?: Instant;
  readonly scaninfo: readonly ScanInfo[];
  readonly verbose: number;
  readonly debugging: number;
  readonly preScripts: readonly Script[];
  /** The format it was read from. */
  readonly format:
    | 'nmap-xml'
    | 'nmap-grepable'
    | 'masscan-xml'
    | 'masscan-json'
    | 'masscan-list'
    | 'masscan-grepable';
}

/** What is known when a run has ended, however it did. */
export interface RunFooter {
  readonly status: RunStatus;
  readonly end?: Instant;
  /** `finished/@exit` and `@errormsg`, where given. */
  readonly exit?: string;
  readonly errormsg?: string;
  readonly postScripts: readonly Script[];
  /** `<runstats><hosts>`: what the scanner counted; absent when it did not get there. */
  readonly hosts?: { readonly up: number; readonly down: number; readonly total: number };
}

/** Raw packets or full connections: SYN and connect scans see different things, so runs of one are not held against runs of the other. */
export type Privileges = 'raw' | 'connect' | 'unknown';

/** What we know of a run beyond what its file says. */
export interface RunContext {
  readonly id: RunId;
  /** Where the scanner stood: a name that the user gave, `default` when none. */
  readonly vantage: string;
  /** Name of the scan profile or series; runs of one series are compared with each other. */
  readonly profile: string;
  readonly privileges: Privileges;
}

/** One scan as a whole, hosts apart. */
export type RunInfo = RunHeader & RunFooter & RunContext;

/** One scan with its hosts in memory: for diffs, small runs and tests. */
export interface ScanRun {
  readonly info: RunInfo;
  /** In compareIpAddresses order, one per address. */
  readonly hosts: readonly Host[];
}

/** What the scan methods of a run need: `connect` where Nmap used full connections for TCP. */
export function privilegesOf(header: Pick<RunHeader, 'scaninfo' | 'scanner'>): Privileges {
  if (header.scaninfo.some((info) => info.type === 'connect')) return 'connect';
  // masscan always sends raw packets; so does every other Nmap method but the bounce and list scans.
  if (header.scanner === 'masscan' || header.scaninfo.some((info) => info.type !== 'bounce')) return 'raw';
  return 'unknown';
}

/**
 * Name of a series when the user gave none: what was asked, so that scans repeated with the same
 * options fall together and others do not: `syn/tcp 1000 ports, versions, os`.
 */
export function seriesOf(header: Pick<RunHeader, 'scaninfo' | 'args' | 'scanner'>): string {
  const words = header.args.split(/\s+/);
  const methods = header.scaninfo.map((info) =>
    info.numservices === undefined
      ? `${info.type}/${info.protocol}`
      : `${info.type}/${info.protocol} ${info.numservices} ports`,
  );
  const aggressive = words.includes('-A');
  const extras = [
    aggressive || words.some((word) => /^-s[a-zA-Z]*V/.test(word)) ? 'versions' : undefined,
    aggressive || words.includes('-O') ? 'os' : undefined,
    aggressive || words.some((word) => /^-s[a-zA-Z]*C/.test(word) || word.startsWith('--script'))
      ? 'scripts'
      : undefined,
  ].filter((extra) => extra !== undefined);
  const discovery = words.includes('-sn') || words.includes('-sP') ? 'host discovery' : 'ports not said';
  const what =
    methods.length > 0 ? methods.join(' + ') : header.scanner === 'masscan' ? 'masscan' : discovery;
  return [what, ...extras].join(', ');
}
