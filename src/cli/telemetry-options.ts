import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { TelemetryOptions } from '../assembly/recon-workspace.ts';
import { utcOffset, wholeNumber } from './arguments.ts';

/** What commands that read telemetry take about it. */
export interface TelemetryFlags {
  readonly sensor?: string;
  readonly sampling?: number;
  readonly utcOffset?: number;
}

/** Adds the options of TelemetryFlags. */
export function addTelemetryOptions(command: CommandUnknownOpts): void {
  command
    .option('--sensor <name>', 'the sensor that the records come from (default: recon.sensor)')
    .option(
      '--sampling <rate>',
      'one of how many packets the sensor looks at (default: recon.sampling)',
      wholeNumber,
    )
    .option('--utc-offset <offset>', 'zone of times without one, as +02:00 (default: UTC)', utcOffset);
}

/** The options as the workspace takes them. */
export function telemetryOptions({
  sensor,
  sampling,
  utcOffset: utcOffsetMinutes,
}: TelemetryFlags): Pick<TelemetryOptions, 'sensor' | 'sampling' | 'utcOffsetMinutes'> {
  return { sensor, sampling, utcOffsetMinutes };
}
