import type { LineReader, RecordSink, TelemetryFormat } from '../model/reader.ts';
import type { TelemetryRecord } from '../model/telemetry-record.ts';

/** What came of a line: a record, several, nothing that concerns us, or what was wrong with it. */
export type LineVerdict =
  | { readonly records: readonly TelemetryRecord[] }
  | { readonly skip: string }
  | { readonly problem: string };

/** A line without its CR; the last line of a Windows file has one too. */
export function withoutCarriageReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

/** A reader for formats in which a line stands for itself. */
export function lineByLine(
  format: TelemetryFormat,
  judge: (text: string) => LineVerdict,
  prime: (text: string) => void = () => undefined,
): LineReader {
  return {
    format,
    heldFrom: undefined,
    prime: (text) => prime(withoutCarriageReturn(text)),
    read: (raw, line, sink) => {
      const text = withoutCarriageReturn(raw);
      if (text.trim() === '') sink.skip('empty line', line);
      else deliver(judge(text), line, sink);
    },
    end: () => undefined,
  };
}

/** Hands a verdict on. */
export function deliver(verdict: LineVerdict, line: number, sink: RecordSink): void {
  if ('problem' in verdict) sink.problem(verdict.problem, line);
  else if ('skip' in verdict) sink.skip(verdict.skip, line);
  else for (const record of verdict.records) sink.record(record, line);
}
