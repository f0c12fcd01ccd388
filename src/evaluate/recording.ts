import type { TelemetryRecord } from '../recon/model/telemetry-record.ts';
import type { Surroundings } from './detector.ts';
import type { DataSet } from './truth.ts';

/** Records, and where they are from. */
export interface ReadFile {
  /** The file that was read, as the user would name it. Escape. */
  readonly file: string;
  readonly format: string;
  readonly records: readonly TelemetryRecord[];
  /** Lines that should have been records and were not. */
  readonly problems: number;
}

/** A data set with its records, or why there are none. */
export type Recording =
  | (ReadFile & {
      readonly kind: 'read';
      readonly dataSet: DataSet;
      /** The same traffic as another sensor logged it, where both are there. */
      readonly log?: ReadFile;
      readonly surroundings?: Surroundings;
    })
  | {
      readonly kind: 'not-read';
      readonly dataSet: DataSet;
      /** One clause: `no file`, `pcap is not read yet`. May quote names: escape. */
      readonly why: string;
    };
