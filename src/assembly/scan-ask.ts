import type { Actor } from '../audit/record.ts';
import type { Config } from '../config/config.ts';
import type { ScannedRun, ScanProgress } from '../exposure/flow/run-nmap.ts';
import type { PortSet } from '../net/port-set.ts';
import type { Decision, Resolver } from '../scope/decide.ts';
import type { Store } from '../store/store.ts';
import type { Clock, Instant } from '../time/instant.ts';

/** What somebody asks to be scanned. */
export interface ScanAsk {
  readonly targets: readonly string[];
  /** A file with further targets, one a line. */
  readonly targetsFile?: string;
  /** Profiles, scanned one after the other. */
  readonly profiles: readonly string[];
  /** A plan instead of the profiles. */
  readonly plan?: string;
  /** Instead of the profiles' own ports; a text is as somebody typed it. */
  readonly ports?: PortSet | string;
  /** Whether raw packets may be used where they are to be had; false asks for full connections. */
  readonly raw: boolean;
  /** Why, for the audit log. */
  readonly note: string;
  readonly actor: Actor;
  /** `scan`, or `verify` for the ports of one finding: its runs are a series of their own. */
  readonly purpose: 'scan' | 'verify';
}

/** What happens while scans are made. */
export type ScanEvent =
  | { readonly kind: 'allowed'; readonly decision: Allowed; readonly profile: string }
  | { readonly kind: 'started'; readonly argv: readonly string[]; readonly until: Instant }
  | { readonly kind: 'progress'; readonly progress: ScanProgress }
  | { readonly kind: 'scanned'; readonly scanned: ScannedRun };

/** A decision of the scope that allows. */
export type Allowed = Extract<Decision, { allowed: true }>;

/** What scanning needs from outside. */
export interface ScanSetting {
  readonly store: Store;
  readonly config: Config;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: the resolver of this machine. */
  readonly resolve?: Resolver;
  /** Milliseconds of silence after which Nmap is taken for dead. Default two minutes; Nmap is told to speak every second. */
  readonly stallAfter?: number;
  readonly onEvent?: (event: ScanEvent) => void;
}
