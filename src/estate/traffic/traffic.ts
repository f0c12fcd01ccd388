import type { IpAddress } from '../../net/ip-address.ts';
import type { Family, Shape } from '../../recon/model/episode.ts';
import type { AuthorisedScan } from '../../recon/model/site.ts';
import type { TelemetryRecord } from '../../recon/model/telemetry-record.ts';
import type { Instant } from '../../time/instant.ts';
import { Dice } from '../dice.ts';
import { Tape } from './tape.ts';

/** What traffic is made for. The same options give the same records. */
export interface TrafficOptions {
  readonly seed: number;
  /** Midnight UTC of the first day. */
  readonly start: Instant;
  readonly days: number;
  /** How many hosts take part, roughly: clients, servers, pods or peers, as the kind has them. At most 200. */
  readonly hosts: number;
}

/** Reconnaissance that was put into the traffic and has to be found. */
export interface PlantedScan {
  /** Who probes; with decoys and distributed scans, all of them. */
  readonly sources: readonly IpAddress[];
  /** The one among decoys that is real. */
  readonly trueSource: IpAddress | undefined;
  /** Families of which at least one has to be named; empty when none of the eight fits. */
  readonly families: readonly Family[];
  /** Shapes of which the one that is named has to be one. */
  readonly shapes: readonly Shape[];
  readonly first: Instant;
  readonly last: Instant;
  /** Distinct destinations, and distinct (destination, port, protocol), that were probed. */
  readonly destinations: number;
  readonly contacts: number;
  /** A way in follows: the destination that was entered. */
  readonly entered: IpAddress | undefined;
}

/** What is true of made-up traffic. */
export interface TrafficTruth {
  /** Empty for benign traffic: then nothing may be raised. */
  readonly scans: readonly PlantedScan[];
  /** Scans that somebody was allowed to run, as the ledger has them. */
  readonly ledger: readonly AuthorisedScan[];
}

/** Records in order of time, and what is true of them. */
export interface Traffic {
  readonly records: readonly TelemetryRecord[];
  readonly truth: TrafficTruth;
}

/** What a generator is given to write with. */
export interface Scene extends TrafficOptions {
  readonly dice: Dice;
  readonly tape: Tape;
}

/** A scene whose chance depends on the seed and on a number that names the purpose. */
export function sceneOf(options: TrafficOptions, purpose: number): Scene {
  const dice = new Dice(options.seed, purpose);
  return { ...options, dice, tape: new Tape(new Dice(options.seed, purpose, 1)) };
}
