import type { ProcessEvent, TelemetryRecord } from './telemetry-record.ts';

/** The record itself as text: two records with the same one are the same record. */
export function contentKey(record: TelemetryRecord, sensor: string): string {
  const { source, sourcePort, destination, destinationPort, protocol, time } = record;
  const head = [sensor, time, source, sourcePort, destination, destinationPort, protocol];
  switch (record.kind) {
    case 'flow':
      // The contact it is kept under knows source, destination, port and protocol.
      return JSON.stringify([
        sensor,
        time,
        sourcePort,
        record.duration,
        record.outcome,
        record.state,
        record.history,
        record.service,
        record.sourcePackets,
        record.destinationPackets,
        record.sourceBytes,
        record.destinationBytes,
        record.sourceFlags,
        record.sampling,
        record.uid,
        record.syn === undefined ? null : Object.values(record.syn),
      ]);
    case 'app':
      return JSON.stringify([
        ...head,
        record.service,
        record.action,
        record.name,
        record.target,
        record.agent,
        record.status,
        record.accepted ?? null,
        record.ja3,
        record.ja4,
        record.hassh,
        record.uid,
      ]);
    case 'alert':
      return JSON.stringify([
        ...head,
        record.provider,
        record.signature,
        record.signatureId,
        record.category,
        record.severity,
        record.uid,
      ]);
    case 'process':
      return JSON.stringify([
        ...head,
        record.action,
        record.host,
        record.executable,
        record.commandLine,
        record.pid,
        record.user,
        record.parent,
      ]);
    default:
      return record satisfies never;
  }
}

/** Which process it was: host, executable and number. */
export function processKey({ host, executable, pid }: ProcessEvent): string {
  return JSON.stringify([host, executable, pid]);
}
