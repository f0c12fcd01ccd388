import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import type { Extraports, Host, Hostname, OsMatch, Port, PortState, Script } from './host.ts';
import type { RunInfo } from './scan-run.ts';

/** Whether two runs may be held against each other, and if not, why not, in sentences. */
export type Comparability =
  | {
      readonly comparable: true;
      /** Limits that still hold: "B has no version detection". */ readonly limits: readonly string[];
    }
  | { readonly comparable: false; readonly why: readonly string[] };

/** What every change of a host carries. */
interface OnHost {
  readonly host: IpAddress;
}

/** What every change of a port carries. */
interface OnPort extends OnHost {
  readonly port: PortKey;
}

/** A value that was and the value that is; undefined where there was or is none. */
interface Turned<T> {
  readonly before: T;
  readonly after: T;
}

/** Where a script result hangs: on a port, on its host, or on the run. */
export type ScriptPlace =
  | { readonly at: 'port'; readonly host: IpAddress; readonly port: PortKey }
  | { readonly at: 'host'; readonly host: IpAddress }
  | { readonly at: 'prerule' }
  | { readonly at: 'postrule' };

/**
 * What can differ between two runs, or a baseline and a run. A fact, not a judgement.
 * Adding a kind breaks every switch that forgot it.
 */
export type Change =
  | ({ readonly kind: 'host-appeared'; readonly after: Host } & OnHost)
  | ({ readonly kind: 'host-disappeared'; readonly before: Host } & OnHost)
  | ({ readonly kind: 'host-went-down' } & Turned<Host> & OnHost)
  | ({ readonly kind: 'host-came-up' } & Turned<Host> & OnHost)
  | ({ readonly kind: 'addresses-changed' } & Turned<readonly IpAddress[]> & OnHost)
  | ({ readonly kind: 'hostnames-changed' } & Turned<readonly Hostname[]> & OnHost)
  | ({ readonly kind: 'mac-changed' } & Turned<Host['mac'] | undefined> & OnHost)
  | ({ readonly kind: 'os-changed' } & Turned<readonly OsMatch[]> & OnHost)
  | ({ readonly kind: 'extraports-changed' } & Turned<readonly Extraports[]> & OnHost)
  /** open now, and known not to have been */
  | ({ readonly kind: 'port-opened' } & Turned<PortFacts> & OnPort)
  /** was open, and is known to be closed now */
  | ({ readonly kind: 'port-closed' } & Turned<PortFacts> & OnPort)
  /** was open or closed, and is filtered now */
  | ({ readonly kind: 'port-filtered' } & Turned<PortFacts> & OnPort)
  /** any other change of state */
  | ({ readonly kind: 'port-state-changed' } & Turned<PortFacts> & OnPort)
  | ({ readonly kind: 'service-changed' } & Turned<Port> & OnPort)
  | ({ readonly kind: 'product-changed' } & Turned<Port> & OnPort)
  | ({ readonly kind: 'version-changed' } & Turned<Port> & OnPort)
  | ({ readonly kind: 'extrainfo-changed' } & Turned<Port> & OnPort)
  | ({ readonly kind: 'script-changed'; readonly id: string; readonly place: ScriptPlace } & Turned<
      Script | undefined
    >)
  /** The same service with the same fingerprint left one port and appeared on another; said besides the two facts it joins. */
  | ({
      readonly kind: 'service-moved';
      readonly from: PortKey;
      readonly to: PortKey;
      readonly service: string;
    } & OnHost)
  /** Ports that one run covered and the other did not: nothing is known about their change. */
  | ({
      readonly kind: 'coverage-changed';
      readonly protocol: string;
      readonly onlyBefore: string;
      readonly onlyAfter: string;
    } & { readonly host: IpAddress | undefined });

/** A port's side of a state change: listed with all its facts, or folded with only a state. */
export type PortFacts =
  | { readonly listed: true; readonly port: Port }
  | { readonly listed: false; readonly state: PortState };

/** All that differs between two runs, sorted: by host numerically, then port, then protocol, then kind. */
export interface ChangeSet {
  readonly a: RunInfo;
  readonly b: RunInfo;
  readonly comparability: Comparability;
  readonly changes: readonly Change[];
}

/** The state of one side of a port change. */
export function stateOf(facts: PortFacts): PortState {
  return facts.listed ? facts.port.state : facts.state;
}
