import type { IpAddress } from '../net/ip-address.ts';
import type { PortKey } from '../net/port-key.ts';

/** What was planted on purpose: things a person would want to be told. */
export const EVENT_KINDS = [
  /** A database port opened on a host that is no database. */
  'database-exposed',
  'telnet-enabled',
  /** A remote administration port (RDP, VNC, WinRM, container API, …) opened. */
  'admin-port',
  /** A port of no known service opened, high or of ill repute. */
  'backdoor-port',
  /** The same service left one port and appeared on another. */
  'service-moved',
  'version-downgrade',
  'host-appeared',
  'host-disappeared',
  /** Another network card answers at the same address. */
  'mac-swap',
  /** Another product answers on the same port. */
  'server-swapped',
  /** One more port each week; each step by itself looks harmless. One event per step. */
  'slow-drift',
  /** A packet filter in front of a subnet was opened: services that were filtered are open. */
  'firewall-opened',
  'tls-removed',
] as const;

/** What changes in any network and deserves no alarm. */
export const NOISE_KINDS = [
  /** Down, asleep or unreachable during this one scan. */
  'host-down',
  /** A port of a service that comes and goes. */
  'flapping-port',
  /** A dynamic RPC port that moved within its range. */
  'ephemeral-port',
  /** A vendor update reached many hosts. */
  'patch-wave',
  /** A DHCP lease passed to another machine. */
  'dhcp-churn',
  /** An open port that the scanner missed and called filtered. */
  'scan-loss',
  /** Version detection failed or said less than usual. */
  'service-wobble',
  'ptr-change',
  /** Another order or accuracy of the same OS guesses. */
  'os-wobble',
  /** A packet filter was closed: a port went from open to filtered, for the better. */
  'port-filtered',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];
export type NoiseKind = (typeof NOISE_KINDS)[number];

/** One thing that was made to differ from the week before, as it is first visible in week `week`. */
export interface Truth {
  /** 1-based; the scans of that week are the first to show it. */
  readonly week: number;
  readonly host: IpAddress;
  readonly kind: EventKind | NoiseKind;
  /** `event` should be found; `noise` should not raise more than a note. */
  readonly label: 'event' | 'noise';
  readonly port?: PortKey;
  /** One sentence: what was done. */
  readonly detail: string;
}

/** Is told of noise as it is made; a large estate has more of it than should be kept. */
export type NoiseSink = (truth: Truth) => void;
