import type { Severity } from '../../findings/severity.ts';
import { asFinding, type Outgoing } from '../../findings/outgoing.ts';
import type { Sender } from '../sink.ts';
import { happeningOf } from './happening.ts';
import { metadataOf, millis } from './ocsf-metadata.ts';
import { toScanActivity } from './ocsf-scan.ts';
import { endpointsOf } from './subject.ts';

/** Category Findings, class Detection Finding. */
const CATEGORY = 2;
const CLASS = 2004;
const SEVERITY_ID: Readonly<Record<Severity, number>> = { info: 1, low: 2, medium: 3, high: 4, critical: 5 };
const SEVERITY_WORD: Readonly<Record<Severity, string>> = {
  info: 'Informational',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
};
/** Activities of a finding: Create, Update, Close. */
const ACTIVITY = { new: 1, changed: 2, closed: 3 } as const;
/** Statuses of a finding with their captions, which `status` has to repeat. */
const STATUS: Readonly<Record<string, readonly [id: number, caption: string]>> = {
  open: [1, 'New'],
  acknowledged: [2, 'In Progress'],
  confirmed: [2, 'In Progress'],
  expected: [3, 'Suppressed'],
  noise: [3, 'Suppressed'],
  resolved: [4, 'Resolved'],
};
/** Other, whose caption is the product's own word. */
const OTHER_STATUS = 99;
/** Below it a confidence is Low, from the second on High. OCSF leaves the bounds to the product. */
const CONFIDENCE_FROM = { medium: 0.5, high: 0.8 } as const;

/**
 * A finding as OCSF's Detection Finding (class 2004), a scan as its Scan Activity (class 6007), with every attribute that
 * the class requires.
 */
export function toOcsf(outgoing: Outgoing, sender: Sender): Readonly<Record<string, unknown>> {
  if ('scan' in outgoing) return toScanActivity(outgoing, sender);
  const { key, finding, state, lifecycle, at } = asFinding(outgoing);
  const { hosts, port } = endpointsOf(finding);
  const activity = ACTIVITY[happeningOf(outgoing)];
  const confidence = finding.confidence.value;
  const [status, caption] = STATUS[state ?? 'open'] ?? [OTHER_STATUS, state ?? 'open'];
  const side = finding.half === 'recon' ? 'src_endpoint' : 'dst_endpoint';
  const open = port === undefined || port.protocol === 'ip' ? {} : { port: port.portid };
  const endpoints = hosts.map((ip) => ({ [side]: { ip, ...(side === 'dst_endpoint' ? open : {}) } }));
  return {
    activity_id: activity,
    category_uid: CATEGORY,
    class_uid: CLASS,
    type_uid: CLASS * 100 + activity,
    severity_id: SEVERITY_ID[finding.severity],
    severity: SEVERITY_WORD[finding.severity],
    time: millis(at),
    message: finding.title,
    metadata: metadataOf(key, sender),
    finding_info: {
      uid: finding.id,
      title: finding.title,
      // `impact` of the class is a level (High), not a sentence.
      desc: [...finding.observations.map(({ text }) => text), finding.impact]
        .filter((line) => line !== '')
        .join('\n'),
      first_seen_time: millis(finding.firstSeen),
      last_seen_time: millis(finding.lastSeen),
      types: [finding.half],
      analytic: { type_id: 1, type: 'Rule', name: finding.rule, uid: finding.rule },
    },
    status_id: status,
    status: caption,
    ...(lifecycle === undefined || lifecycle.why === '' ? {} : { status_detail: lifecycle.why }),
    confidence_score: Math.round(confidence * 100),
    confidence_id: confidence >= CONFIDENCE_FROM.high ? 3 : confidence >= CONFIDENCE_FROM.medium ? 2 : 1,
    risk_score: Math.round(finding.score),
    ...(endpoints.length === 0 ? {} : { evidences: endpoints }),
    ...(hosts.length === 0
      ? {}
      : {
          observables: hosts.map((ip) => ({
            name: `evidences[].${side}.ip`,
            type_id: 2,
            type: 'IP Address',
            value: ip,
          })),
        }),
    ...(finding.actions.length === 0 && finding.references.length === 0
      ? {}
      : { remediation: { desc: finding.actions.join('\n'), references: finding.references } }),
  };
}
