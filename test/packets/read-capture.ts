import { fromSeconds } from '../../src/time/instant.ts';
import type { BytesReader } from '../../src/recon/model/reader.ts';
import type { AppEvent, Flow } from '../../src/recon/model/telemetry-record.ts';
import { bytesReaderOf } from '../../src/recon/normalise/readers.ts';
import { RecordingSink } from '../recording-sink.ts';

/** What came of a capture. */
export interface CaptureContents {
  readonly flows: readonly Flow[];
  readonly events: readonly AppEvent[];
  readonly sink: RecordingSink;
  readonly reader: BytesReader;
}

/** Reads a whole capture that comes in these chunks. */
export function readCapture(...chunks: readonly Uint8Array[]): CaptureContents {
  const reader = bytesReaderOf('pcap', {
    sampling: 1,
    utcOffsetMinutes: 0,
    notAfter: fromSeconds(1_795_392_000),
  });
  if (reader === undefined) throw new RangeError('pcap comes in octets');
  const sink = new RecordingSink();
  for (const chunk of chunks) reader.push(chunk, sink);
  reader.end(sink);
  const flows = sink.records.filter((record) => record.kind === 'flow');
  const events = sink.records.filter((record) => record.kind === 'app');
  return { flows, events, sink, reader };
}

/** How often each outcome came up, by protocol: `6 refused`. */
export function countOutcomes(flows: readonly Flow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { protocol, outcome } of flows) {
    const key = `${protocol} ${outcome}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
