import type { LineReader, ReaderOptions, RecordSink } from '../../model/reader.ts';
import { AddressCache } from '../address-cache.ts';
import { readJsonLine, type JsonLine } from '../json-line.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import { eveAlert } from './alerts.ts';
import { eveAppEvents, isAppEvent } from './app-events.ts';
import { EveFields, part } from './eve-fields.ts';
import { FlowStitcher } from '../stitch.ts';
import { eveFlow, eveOneWay } from './flow.ts';

/** Keys under which Filebeat's module puts a record. */
const WRAPPERS: ReadonlySet<string> = new Set(['suricata', 'eve']);

function isEvent(object: JsonObject): boolean {
  return typeof object['event_type'] === 'string';
}

/** The record with what Filebeat's module moved to ECS's places put back. */
function restored({ object, envelope }: JsonLine): JsonObject {
  if (envelope === undefined || object['src_ip'] !== undefined) return object;
  const source = part(envelope, 'source');
  const destination = part(envelope, 'destination');
  return {
    timestamp: envelope['@timestamp'],
    src_ip: source['ip'] ?? source['address'],
    src_port: source['port'],
    dest_ip: destination['ip'] ?? destination['address'],
    dest_port: destination['port'],
    proto: part(envelope, 'network')['transport'],
    ...object,
  };
}

class EveReader implements LineReader {
  readonly format = 'suricata-eve';
  readonly #sampling: number;
  readonly #fields: EveFields;
  readonly #stitcher = new FlowStitcher();

  constructor(options: ReaderOptions) {
    this.#sampling = options.sampling;
    this.#fields = new EveFields(new AddressCache(), options.utcOffsetMinutes);
  }

  get heldFrom(): number | undefined {
    return this.#stitcher.heldFrom;
  }

  prime(): void {
    // A line of JSON says everything itself.
  }

  read(text: string, line: number, sink: RecordSink): void {
    if (text.length < 2 && text.trim() === '') {
      sink.skip('empty line', line);
      return;
    }
    const found = readJsonLine(text, isEvent, WRAPPERS);
    if (typeof found === 'string') {
      sink.problem(found, line);
      return;
    }
    const record = restored(found);
    const type = record['event_type'];
    if (typeof type !== 'string') {
      sink.problem('event_type is missing', line);
      return;
    }
    const fields = this.#fields;
    fields.begin();
    if (type === 'flow') {
      const flow = eveFlow(record, fields, this.#sampling);
      if (flow !== undefined) return sink.record(flow, line);
    } else if (type === 'netflow') {
      const flow = eveOneWay(record, fields, this.#sampling);
      if (flow !== undefined) return this.#stitcher.add(flow, line, sink);
    } else if (type === 'alert' || type === 'anomaly') {
      if (type === 'anomaly' && !isJsonObject(record['anomaly']))
        return sink.problem('anomaly is missing', line);
      if (record['src_ip'] === undefined) return sink.skip('suricata packet without an address', line);
      const alert = eveAlert(record, fields);
      if (alert !== undefined) return sink.record(alert, line);
    } else if (isAppEvent(type)) {
      const events = eveAppEvents(record, type, fields);
      if (events !== undefined && events.length > 0) {
        for (const event of events) sink.record(event, line);
        return;
      }
    } else {
      // The name comes from the file: only a plain one is repeated.
      sink.skip(
        /^[a-z][a-z0-9_-]{0,39}$/.test(type) ? `suricata ${type}` : 'suricata event that is not known',
        line,
      );
      return;
    }
    sink.problem(fields.fault ?? `${type} says nothing`, line);
  }

  end(sink: RecordSink): void {
    this.#stitcher.end(sink);
  }
}

/** Reads Suricata's EVE log, bare or in the wrapping of the usual shippers. */
export function suricataEveReader(options: ReaderOptions): LineReader {
  return new EveReader(options);
}
