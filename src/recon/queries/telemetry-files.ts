import { z } from 'zod';
import type { Row } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../../time/instant.ts';
import { TELEMETRY_FORMATS, type TelemetryFormat } from '../model/reader.ts';

/** A file that was read to its end. */
export interface TelemetryFile {
  /** SHA-256 of the content, uncompressed, in hex. */
  readonly sha256: string;
  /** When its end was reached. */
  readonly at: Instant;
  /** As the user named it. */
  readonly file: string;
  readonly format: TelemetryFormat;
  readonly sensor: string;
  /** Size of the content, uncompressed. */
  readonly bytes: number;
  /** Lines, or packets of a capture. */
  readonly lines: number;
  readonly records: {
    readonly flow: number;
    readonly app: number;
    readonly alert: number;
    readonly process: number;
  };
  /** Lines that say nothing for us, by what they were. */
  readonly skipped: ReadonlyMap<string, number>;
  /** Lines that should have been a record and were not. */
  readonly problems: number;
  /** Time of its earliest and its latest record. */
  readonly first: Instant | undefined;
  readonly last: Instant | undefined;
}

/** The row of telemetry_file. */
export function encodeTelemetryFile(file: TelemetryFile): Row {
  return {
    sha256: file.sha256,
    at: formatColumnTime(file.at),
    file: file.file,
    format: file.format,
    sensor: file.sensor,
    bytes: file.bytes,
    lines: file.lines,
    flows: file.records.flow,
    app_events: file.records.app,
    ids_alerts: file.records.alert,
    process_events: file.records.process,
    skipped: Object.fromEntries(file.skipped),
    problems: file.problems,
    first: file.first === undefined ? null : formatColumnTime(file.first),
    last: file.last === undefined ? null : formatColumnTime(file.last),
  };
}

const time = z.string().transform(parseColumnTime);
const optionalTime = z
  .string()
  .nullable()
  .transform((text) => (text === null ? undefined : parseColumnTime(text)));
const count = z.coerce.number();

const TelemetryFileRow = z
  .object({
    sha256: z.string(),
    at: time,
    file: z.string(),
    format: z.enum(TELEMETRY_FORMATS),
    sensor: z.string(),
    bytes: count,
    lines: count,
    flows: count,
    app_events: count,
    ids_alerts: count,
    process_events: count,
    skipped: z.record(z.string(), count),
    problems: count,
    first: optionalTime,
    last: optionalTime,
  })
  .transform((row): TelemetryFile => {
    const { flows, app_events, ids_alerts, process_events, skipped, ...rest } = row;
    return {
      ...rest,
      records: { flow: flows, app: app_events, alert: ids_alerts, process: process_events },
      skipped: new Map(Object.entries(skipped)),
    };
  });

/** The first time that this content was read to its end as this format of this sensor. */
export const telemetryFileBySha256 = query(
  'recon.telemetry-files.by-sha256',
  `
SELECT * FROM telemetry_file
WHERE sha256 = {sha256:String} AND sensor = {sensor:String} AND format = {format:String}
ORDER BY at
LIMIT 1`,
  TelemetryFileRow,
);

/** Every file that was read to its end, oldest first. */
export const listTelemetryFiles = query(
  'recon.telemetry-files.list',
  'SELECT * FROM telemetry_file ORDER BY at, file, sha256',
  TelemetryFileRow,
);

/** Lines of a file that were set aside, in their order. */
export const problemsOfTelemetryFile = query(
  'recon.telemetry-files.problems',
  `
SELECT line, message, text FROM telemetry_problem FINAL
WHERE sensor = {sensor:String} AND file = {file:String}
ORDER BY line, message`,
  z.object({ line: count, message: z.string(), text: z.string() }),
);
