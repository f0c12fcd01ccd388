import type { Endpoints, IdsAlert } from '../../model/telemetry-record.ts';
import { looksLikeAnswer } from '../flag-outcome.ts';
import type { JsonObject } from '../json-object.ts';
import { part, serviceOf, textOf, turned, type EveFields } from './eve-fields.ts';

/**
 * The endpoints of an alert, originator first, whichever packet it was about: `direction` (Suricata >= 7) and `flow`
 * say who that was. Where neither does, the ports tell, but only in a session whose protocol was recognised: a scan
 * may come from port 80.
 */
function oriented(record: JsonObject, seen: Endpoints): Endpoints {
  const direction = textOf(record, 'direction');
  if (direction === 'to_client') return turned(seen);
  if (direction === 'to_server') return seen;
  const flow = part(record, 'flow');
  if (flow['src_ip'] !== undefined) {
    const turnedRound =
      flow['src_ip'] === record['dest_ip'] &&
      (flow['src_port'] ?? record['dest_port']) === record['dest_port'];
    const same =
      flow['src_ip'] === record['src_ip'] && (flow['src_port'] ?? record['src_port']) === record['src_port'];
    return turnedRound && !same ? turned(seen) : seen;
  }
  const service = serviceOf(textOf(record, 'app_proto') || textOf(part(record, 'anomaly'), 'app_proto'));
  return service !== '' && looksLikeAnswer(seen.sourcePort, seen.destinationPort) ? turned(seen) : seen;
}

/** An `alert` or `anomaly` event; undefined when a field is wrong, which `fields` knows. */
export function eveAlert(record: JsonObject, fields: EveFields): IdsAlert | undefined {
  const time = fields.time(record, 'timestamp');
  const seen = fields.endpoints(record);
  if (seen === undefined) return undefined;
  const anomaly = textOf(record, 'event_type') === 'anomaly';
  const said = part(record, anomaly ? 'anomaly' : 'alert');
  const { source, sourcePort, destination, destinationPort, protocol } = oriented(record, seen);
  const alert: IdsAlert = {
    kind: 'alert',
    time,
    source,
    sourcePort,
    destination,
    destinationPort,
    protocol,
    provider: anomaly ? 'suricata-anomaly' : 'suricata',
    signature: anomaly ? textOf(said, 'event') || textOf(said, 'type') : textOf(said, 'signature'),
    signatureId: anomaly ? 0 : fields.count(said, 'signature_id'),
    category: anomaly ? textOf(said, 'layer') || textOf(said, 'type') : textOf(said, 'category'),
    severity: anomaly ? 0 : fields.count(said, 'severity'),
    uid: textOf(record, 'flow_id'),
  };
  return fields.fault === undefined ? alert : undefined;
}
