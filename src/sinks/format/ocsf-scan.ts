import { scanWords, type OutgoingScan, type ToldScan } from '../../findings/outgoing.ts';
import type { Sender } from '../sink.ts';
import { metadataOf, millis } from './ocsf-metadata.ts';

/** Category Application Activity, class Scan Activity. */
const CATEGORY = 6;
const CLASS = 6007;
/** Activities of a scan: Completed, Error, and Other, whose name is the product's own. */
const COMPLETED = 2;
const ERROR = 6;
const OTHER = 99;

/**
 * A scan as OCSF 1.3's Scan Activity (class 6007): one event for the whole of it. Its items are hosts, its detections the
 * findings of its assessment, its policy the grants that allowed a scan of ours. What the class has no attribute for is
 * under `unmapped`.
 */
export function toScanActivity(
  { key, scan, at }: OutgoingScan,
  sender: Sender,
): Readonly<Record<string, unknown>> {
  const { start, end, own, schedule, hostsTotal, findings } = scan;
  const [activity, name] = activityOf(scan);
  const took = start === undefined || end === undefined ? undefined : millis(end) - millis(start);
  return {
    activity_id: activity,
    activity_name: name,
    category_uid: CATEGORY,
    class_uid: CLASS,
    type_uid: CLASS * 100 + activity,
    severity_id: 1,
    severity: 'Informational',
    time: millis(end ?? start ?? at),
    message: scanWords(scan),
    metadata: metadataOf(key, sender),
    status_id: activity === COMPLETED ? 1 : 2,
    status: activity === COMPLETED ? 'Success' : 'Failure',
    ...(scan.exit === '' ? {} : { status_detail: scan.exit }),
    scan: {
      uid: scan.run,
      ...(scan.profile === '' ? {} : { name: scan.profile }),
      ...typeOf(scan),
    },
    ...(start === undefined ? {} : { start_time: millis(start) }),
    ...(end === undefined ? {} : { end_time: millis(end) }),
    // The clock of the scanner may have been set back meanwhile.
    ...(took === undefined || took < 0 ? {} : { duration: took }),
    total: hostsTotal,
    num_network_items: hostsTotal,
    ...(findings === undefined ? {} : { num_detections: findings }),
    ...(own === undefined ? {} : { command_uid: own.id }),
    ...(own === undefined || own.grants.length === 0 ? {} : { policy: { name: own.grants.join(', ') } }),
    ...(schedule === undefined ? {} : { schedule_uid: schedule }),
    unmapped: {
      scanner: scan.scanner,
      scanner_version: scan.version,
      command_line: scan.args,
      vantage: scan.vantage,
      hosts_up: scan.hostsUp,
      open_ports: scan.openPorts,
    },
  };
}

/** What the file says of its end. That it says nothing is neither an error nor that somebody cancelled it. */
function activityOf({ status, exit }: ToldScan): readonly [id: number, name: string] {
  if (status === 'complete') return [COMPLETED, 'Completed'];
  if (status === 'interrupted' && exit !== '') return [ERROR, 'Error'];
  return [OTHER, status === 'truncated' ? 'Truncated' : 'Interrupted'];
}

/** Who made it begin: `type` repeats the caption of `type_id`. */
function typeOf({ own, schedule }: ToldScan): { readonly type_id: number; readonly type: string } {
  if (schedule !== undefined) return { type_id: 2, type: 'Scheduled' };
  return own === undefined ? { type_id: 0, type: 'Unknown' } : { type_id: 1, type: 'Manual' };
}
