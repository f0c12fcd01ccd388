import type { IpAddress } from '../../net/ip-address.ts';
import type { TransportProtocol } from '../../net/port-key.ts';
import type { Instant } from '../../time/instant.ts';

/** Port states as Nmap names them; masscan's `other` and unknown words are kept as they came. */
export type PortState =
  | 'open'
  | 'closed'
  | 'filtered'
  | 'unfiltered'
  | 'open|filtered'
  | 'closed|filtered'
  | (string & Record<never, never>);

/** `port/service` of Nmap's XML. All strings are written by the scanned host: hostile. */
export interface Service {
  readonly name: string;
  readonly product?: string;
  readonly version?: string;
  readonly extrainfo?: string;
  /** `ssl` when the service was found behind TLS. */
  readonly tunnel?: string;
  /** `probed` or `table` (a guess from the port number). */
  readonly method?: string;
  /** 0–10. */
  readonly conf?: number;
  readonly ostype?: string;
  readonly devicetype?: string;
  readonly hostname?: string;
  readonly servicefp?: string;
  readonly cpe?: readonly string[];
}

/** A structured script result: `<table>` and `<elem>` of Nmap's XML. Keys may repeat and may be absent. */
export interface ScriptTable {
  readonly key?: string;
  readonly items: readonly (ScriptTable | ScriptElement)[];
}

/** `<elem key="…">value</elem>`. */
export interface ScriptElement {
  readonly key?: string;
  readonly value: string;
}

/** `<script id="…" output="…">`. Hostile text. */
export interface Script {
  readonly id: string;
  readonly output: string;
  readonly items?: readonly (ScriptTable | ScriptElement)[];
}

/** One listed port. */
export interface Port {
  readonly protocol: TransportProtocol;
  /** 0–65535; an IP protocol number when protocol is `ip`. */
  readonly portid: number;
  readonly state: PortState;
  /** `syn-ack`, `reset`, `no-response`, …; absent in old files. */
  readonly reason?: string;
  readonly reasonTtl?: number;
  readonly reasonIp?: string;
  readonly owner?: string;
  readonly service?: Service;
  readonly scripts: readonly Script[];
}

/** `<extrareasons>`; `ports` (Nmap 7.9x) lists the folded ports in port-list syntax. */
export interface ExtraReason {
  readonly reason: string;
  readonly count: number;
  readonly protocol?: TransportProtocol;
  readonly ports?: string;
}

/** Ports that share a state and are not listed one by one. */
export interface Extraports {
  readonly state: PortState;
  readonly count: number;
  readonly reasons: readonly ExtraReason[];
}

/** `<hostname>`: `PTR` from reverse lookup, `user` as typed on the command line. Hostile text. */
export interface Hostname {
  readonly name: string;
  readonly type: string;
}

/** `<osclass>`. */
export interface OsClass {
  readonly type?: string;
  readonly vendor?: string;
  readonly family?: string;
  readonly generation?: string;
  readonly accuracy?: number;
  readonly cpe?: readonly string[];
}

/** `<osmatch>`, best first. */
export interface OsMatch {
  readonly name: string;
  /** Percent. */
  readonly accuracy: number;
  readonly classes: readonly OsClass[];
}

/** `<hop>` of a traceroute. */
export interface Hop {
  readonly ttl: number;
  readonly address?: string;
  /** Milliseconds; absent when Nmap printed `--`. */
  readonly rtt?: number;
  readonly name?: string;
}

/** `up`, `down`, `skipped`; `unknown` where the scanner says nothing (masscan, very old Nmap). */
export type HostState = 'up' | 'down' | 'skipped' | 'unknown';

/**
 * One host of one run: what the scanner said, nothing inferred. Duplicate `<host>` elements for an
 * address are already merged, ports are in comparePorts order and unique by key.
 */
export interface Host {
  readonly address: IpAddress;
  /** Further IP addresses of the same `<host>` element. */
  readonly otherAddresses: readonly IpAddress[];
  /** Upper-case colon-separated MAC and its vendor. */
  readonly mac?: { readonly address: string; readonly vendor?: string };
  readonly status: { readonly state: HostState; readonly reason?: string; readonly reasonTtl?: number };
  readonly hostnames: readonly Hostname[];
  readonly ports: readonly Port[];
  readonly extraports: readonly Extraports[];
  readonly os: readonly OsMatch[];
  readonly scripts: readonly Script[];
  readonly trace?: { readonly protocol?: string; readonly port?: number; readonly hops: readonly Hop[] };
  /** Hops to the host. */
  readonly distance?: number;
  readonly uptime?: { readonly seconds: number; readonly lastboot?: string };
  /** True when Nmap gave up on the host (--host-timeout): its port list is not complete. */
  readonly timedOut: boolean;
  readonly start?: Instant;
  readonly end?: Instant;
}
