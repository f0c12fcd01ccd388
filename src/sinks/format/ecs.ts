import { SEVERITIES, type Severity } from '../../findings/severity.ts';
import { formatInstant } from '../../time/instant.ts';
import { asFinding, type Outgoing } from '../../findings/outgoing.ts';
import type { Sender } from '../sink.ts';
import { happeningOf } from './happening.ts';
import { endpointsOf } from './subject.ts';

/** The version of the Elastic Common Schema that the fields are taken from. */
const ECS_VERSION = '8.17.0';

/** Kibana's risk scores of the default severities (low 21, medium 47, high 73, critical 99), for rules that compare them. */
const KIBANA_RISK: Readonly<Record<Severity, number>> = {
  info: 0,
  low: 21,
  medium: 47,
  high: 73,
  critical: 99,
};

/**
 * A finding as a document of the Elastic Common Schema (field reference of ECS 8.17): an alert, whose category is
 * `configuration` for exposure and `intrusion_detection` for scanning. What ECS has no field for is under `tidemark`.
 */
export function toEcs(outgoing: Outgoing, sender: Sender): Readonly<Record<string, unknown>> {
  const { key, revision, finding, state, lifecycle, at } = asFinding(outgoing);
  const digest = 'digest' in outgoing;
  const { hosts, source, destination, port } = endpointsOf(finding);
  const recon = finding.half === 'recon';
  return {
    '@timestamp': formatInstant(at),
    ecs: { version: ECS_VERSION },
    message: finding.title,
    event: {
      // A digest says again what was said, or not worth an alert: no rule on alerts should fire.
      kind: digest ? 'event' : 'alert',
      category: recon ? ['intrusion_detection', 'network'] : ['configuration'],
      type: ['info'],
      action: `${digest ? 'digest' : 'finding'}-${happeningOf(outgoing)}`,
      id: key,
      module: 'tidemark',
      dataset: `tidemark.${finding.half}`,
      provider: 'tidemark',
      severity: SEVERITIES.indexOf(finding.severity),
      risk_score: finding.score,
      risk_score_norm: KIBANA_RISK[finding.severity],
      reason: finding.observations[0]?.text ?? finding.title,
      start: formatInstant(finding.firstSeen),
      end: formatInstant(finding.lastSeen),
      created: formatInstant(at),
    },
    rule: {
      id: finding.rule,
      name: finding.rule,
      category: finding.half,
      description: finding.impact,
      ...(finding.references[0] === undefined ? {} : { reference: finding.references[0] }),
    },
    observer: { vendor: 'Tidemark', product: 'Tidemark', version: sender.version, hostname: sender.hostname },
    ...(hosts.length === 0 ? {} : { related: { ip: hosts } }),
    // Who scans from outside is no host of ours: ECS' host is the one that the event happened on.
    ...(destination === undefined ? {} : { host: { ip: hosts } }),
    ...(source === undefined ? {} : { source: { ip: source, address: source } }),
    ...(destination === undefined
      ? {}
      : {
          destination: {
            ip: destination,
            address: destination,
            ...(port === undefined || port.protocol === 'ip' ? {} : { port: port.portid }),
          },
        }),
    ...(port === undefined ? {} : { network: { transport: port.protocol } }),
    tags: ['tidemark', finding.severity],
    tidemark: {
      finding: {
        id: finding.id,
        revision,
        severity: finding.severity,
        confidence: finding.confidence.value,
        actions: finding.actions,
        observations: finding.observations.map(({ text }) => text),
        ...(finding.subject.network === undefined ? {} : { network: finding.subject.network }),
        ...(state === undefined ? {} : { state }),
        ...(lifecycle === undefined
          ? {}
          : {
              state_since: formatInstant(lifecycle.since),
              state_reason: lifecycle.why,
              reopened: lifecycle.reopened,
            }),
      },
    },
  };
}
