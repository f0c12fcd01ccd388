import { parsePortKey, type PortKey } from '../../net/port-key.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { stateOf, type Change } from '../model/change.ts';
import { portOf } from './sort-changes.ts';

/** How often a port was seen open in the comparable scans of its history, and how often it turned. */
export interface PortRate {
  readonly seen: number;
  readonly comparable: number;
  readonly turns: number;
}

/** What of a diff is left unsaid. */
export interface NoiseRules {
  /**
   * Keep changes of UDP ports between "closed" or "filtered" and `open|filtered`, which is Nmap's word for
   * having heard nothing: packets get lost, and hosts limit how often they say "closed". Default false.
   */
  readonly udpOpenFiltered?: boolean;
  /** The history of a port, where there is one. From FLAPPING_TURNS turns on its coming and going is left out. */
  readonly rateOf?: (host: IpAddress, port: PortKey) => PortRate | undefined;
}

/** What a diff says after the rules, and what they left out. */
export interface Quieted {
  readonly changes: readonly Change[];
  readonly udpOpenFiltered: readonly Change[];
  /** Ports that come and go, each once, with its rate. */
  readonly flapping: readonly { readonly change: Change; readonly rate: PortRate }[];
}

/** One turn is a change, two an outage, three a habit: up, down, up, down. As in the learning of baselines. */
export const FLAPPING_TURNS = 3;

/** Applies the rules to sorted changes. A change to `open` is never left out as an unanswered UDP port. */
export function quieten(changes: readonly Change[], rules: NoiseRules): Quieted {
  const kept: Change[] = [];
  const udpOpenFiltered: Change[] = [];
  const flapping: { change: Change; rate: PortRate }[] = [];
  for (const change of changes) {
    if (rules.udpOpenFiltered !== true && isUnansweredUdp(change)) {
      udpOpenFiltered.push(change);
      continue;
    }
    const rate = isStateChange(change) ? rules.rateOf?.(change.host, change.port) : undefined;
    if (rate !== undefined && rate.turns >= FLAPPING_TURNS) flapping.push({ change, rate });
    else kept.push(change);
  }
  return { changes: kept, udpOpenFiltered, flapping };
}

type StateChange = Extract<
  Change,
  { readonly kind: 'port-opened' | 'port-closed' | 'port-filtered' | 'port-state-changed' }
>;

function isStateChange(change: Change): change is StateChange {
  return (
    change.kind === 'port-opened' ||
    change.kind === 'port-closed' ||
    change.kind === 'port-filtered' ||
    change.kind === 'port-state-changed'
  );
}

function isUnansweredUdp(change: Change): boolean {
  if (!isStateChange(change)) return false;
  if (parsePortKey(portOf(change) ?? '')?.protocol !== 'udp') return false;
  const before = stateOf(change.before);
  const after = stateOf(change.after);
  if (after === 'open' || before === 'open') return false;
  return before === 'open|filtered' || after === 'open|filtered';
}
