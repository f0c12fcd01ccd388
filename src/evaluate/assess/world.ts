import type { Census } from '../../exposure/model/census.ts';
import type { PortKey } from '../../net/port-key.ts';

/** One planted event: what a person would want to be told. */
export interface WorldEvent {
  readonly id: number;
  readonly kind: string;
  /** Ports it is about; none for a host as a whole. */
  readonly ports: readonly PortKey[];
  /** It comes in steps over weeks: each step is news. */
  readonly drift: boolean;
  /** The scan from which on it is over; undefined: it lasts. */
  readonly ended: number | undefined;
  /** Where a scan holds evidence of it: number of the scan, number of the host. */
  readonly rows: readonly (readonly [scan: number, host: number])[];
}

/** One scan of a world. The numbers are truth: no detector is given them. */
export interface WorldScan {
  readonly census: Census;
  /** The truth's number of each host of the census. */
  readonly numbers: readonly number[];
}

/** A history of scans whose truth is known. */
export interface World {
  readonly name: string;
  /** Where it is from: `made-up` worlds are of our own generator. */
  readonly part: 'given' | 'made-up';
  /** By time; a scan's position is its number. */
  readonly scans: readonly WorldScan[];
  readonly events: readonly WorldEvent[];
}
