import { Fault } from '../../fault/fault.ts';
import type { LineReader, ReaderOptions, TelemetryFormat } from '../model/reader.ts';
import { suricataEveReader } from './suricata/eve-reader.ts';
import { zeekJsonReader } from './zeek/json-reader.ts';
import { zeekTsvReader } from './zeek/tsv-reader.ts';

/** The reader of a format that comes in lines. Throws Fault `recon/format-not-supported` when there is none. */
export function readerOf(format: TelemetryFormat, options: ReaderOptions): LineReader {
  switch (format) {
    case 'zeek-tsv':
      return zeekTsvReader(options);
    case 'zeek-json':
      return zeekJsonReader(options);
    case 'suricata-eve':
      return suricataEveReader(options);
    default:
      throw new Fault(
        'recon/format-not-supported',
        `telemetry in the format ${format} cannot be read yet`,
        'Convert it to Zeek, Suricata EVE or another format that is supported, or name the right format.',
      );
  }
}
