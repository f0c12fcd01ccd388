import type { OpeningPacket } from '../../packet/tracked-flow.ts';
import type { RowEncoder } from '../../sql/row-encoder.ts';
import type { Table } from '../../sql/table.ts';
import { OUTCOMES, type Outcome } from '../model/outcome.ts';
import type {
  AppEvent,
  Flow,
  IdsAlert,
  ProcessEvent,
  RecordPointer,
  TelemetryRecord,
} from '../model/telemetry-record.ts';
import { appEventTable, flowTable, idsAlertTable, processEventTable } from './tables.ts';

/** How a kind of record becomes a row: the table, its columns in the order in which `encode` writes them. */
export interface RecordRow<R extends TelemetryRecord> {
  readonly table: Table;
  readonly columns: readonly string[];
  /**
   * Writes the record; `loaded` in seconds since 1970. Throws a RangeError when a column cannot hold a value; the
   * caller drops the row then.
   */
  readonly encode: (encoder: RowEncoder, record: R, pointer: RecordPointer, loaded: number) => void;
}

/** One past the last moment that a record can have: the columns that order records end with 2106-02-07. */
export const END_OF_TIME = 0x1_0000_0000 * 1e6;

function encodeEndpoints(encoder: RowEncoder, record: TelemetryRecord, sensor: string): void {
  if (!(record.time >= 0 && record.time < END_OF_TIME))
    throw new RangeError(`${record.time} µs is not a time between 1970 and 2106`);
  encoder.i64(record.time);
  encoder.word(sensor);
  encoder.ip(record.source);
  encoder.u16(record.sourcePort);
  encoder.ip(record.destination);
  encoder.u16(record.destinationPort);
  encoder.u16(record.protocol);
}

function encodeOrigin(encoder: RowEncoder, pointer: RecordPointer, loaded: number): void {
  encoder.word(pointer.file);
  encoder.u64(pointer.line);
  encoder.u32(loaded);
  encoder.endRow();
}

const written = (table: Table): readonly string[] =>
  table.columns.filter((column) => column.expression === undefined).map((column) => column.name);

const NUMBER_OF = new Map<Outcome, number>(OUTCOMES.map((outcome, index) => [outcome, index]));

/** What stands for a flow whose first packet nobody saw. */
const NO_SYN: OpeningPacket = {
  ttl: 0,
  window: 0,
  ipId: 0,
  sequence: 0,
  acknowledgement: 0,
  flags: 0,
  options: '',
  quirks: '',
  ipOptions: 0,
  payload: 0,
  df: false,
  size: 0,
  fragments: 0,
  tinyFragments: false,
};

/** The columns SYN of tables.ts, in their order. */
function encodeSyn(encoder: RowEncoder, syn: OpeningPacket = NO_SYN): void {
  encoder.u32(syn.size);
  encoder.u8(syn.ttl);
  encoder.u16(syn.window);
  encoder.u16(syn.ipId);
  encoder.u32(syn.sequence);
  encoder.u32(syn.acknowledgement);
  encoder.u8(syn.flags);
  encoder.word(syn.options);
  encoder.word(syn.quirks);
  encoder.u8(syn.ipOptions);
  encoder.u32(syn.payload);
  encoder.bool(syn.df);
  encoder.u16(syn.fragments);
  encoder.bool(syn.tinyFragments);
}

/** Flows. */
export const flowRow: RecordRow<Flow> = {
  table: flowTable,
  columns: written(flowTable),
  encode: (encoder, flow, pointer, loaded) => {
    encodeEndpoints(encoder, flow, pointer.sensor);
    encoder.u64(flow.duration);
    encoder.i8(NUMBER_OF.get(flow.outcome) ?? -1);
    encoder.word(flow.state);
    encoder.word(flow.history);
    encoder.word(flow.service);
    encoder.u64(flow.sourcePackets);
    encoder.u64(flow.destinationPackets);
    encoder.u64(flow.sourceBytes);
    encoder.u64(flow.destinationBytes);
    encoder.u8(flow.sourceFlags);
    encoder.u32(flow.sampling);
    encoder.string(flow.uid);
    encodeSyn(encoder, flow.syn);
    encodeOrigin(encoder, pointer, loaded);
  },
};

/** Application events. */
export const appEventRow: RecordRow<AppEvent> = {
  table: appEventTable,
  columns: written(appEventTable),
  encode: (encoder, event, pointer, loaded) => {
    encodeEndpoints(encoder, event, pointer.sensor);
    encoder.word(event.service);
    encoder.word(event.action);
    encoder.string(event.name);
    encoder.string(event.target);
    encoder.word(event.agent);
    encoder.word(event.status);
    encoder.i8(event.accepted === undefined ? -1 : event.accepted ? 1 : 0);
    encoder.word(event.ja3);
    encoder.word(event.ja4);
    encoder.word(event.hassh);
    encoder.string(event.uid);
    encodeOrigin(encoder, pointer, loaded);
  },
};

/** Alerts. */
export const idsAlertRow: RecordRow<IdsAlert> = {
  table: idsAlertTable,
  columns: written(idsAlertTable),
  encode: (encoder, alert, pointer, loaded) => {
    encodeEndpoints(encoder, alert, pointer.sensor);
    encoder.word(alert.provider);
    encoder.word(alert.signature);
    encoder.u64(alert.signatureId);
    encoder.word(alert.category);
    encoder.u8(alert.severity);
    encoder.string(alert.uid);
    encodeOrigin(encoder, pointer, loaded);
  },
};

/** Process events. */
export const processEventRow: RecordRow<ProcessEvent> = {
  table: processEventTable,
  columns: written(processEventTable),
  encode: (encoder, event, pointer, loaded) => {
    encodeEndpoints(encoder, event, pointer.sensor);
    encoder.i8(event.action === 'connect' ? 1 : 2);
    encoder.word(event.host);
    encoder.word(event.executable);
    encoder.string(event.commandLine);
    encoder.u64(event.pid);
    encoder.word(event.user);
    encoder.word(event.parent);
    encodeOrigin(encoder, pointer, loaded);
  },
};
