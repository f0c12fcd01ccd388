import type { Severity } from '../../findings/severity.ts';
import { asFinding, type Outgoing } from '../../findings/outgoing.ts';
import type { Sender } from '../sink.ts';
import { atMost, oneLine } from './one-line.ts';
import { endpointsOf } from './subject.ts';

/** LEEF's `sev`, 1 (lowest) to 10. */
const LEEF_SEVERITY: Readonly<Record<Severity, number>> = {
  info: 1,
  low: 3,
  medium: 5,
  high: 8,
  critical: 10,
};
/** QRadar cuts a payload at 4096 bytes by default; our long values leave room for the others. */
const LONGEST = 1000;

/**
 * A finding as one line of IBM's Log Event Extended Format 2.0, attributes separated by tabs (`x09`). LEEF has no escape
 * for its delimiters: a tab or line break in a value, and `|` in the header, become U+FFFD.
 */
export function toLeef(outgoing: Outgoing, sender: Sender): string {
  const { key, revision, finding, state, lifecycle, at } = asFinding(outgoing);
  const { hosts, source, destination, port } = endpointsOf(finding);
  const header = ['Tidemark', 'Tidemark', sender.version, finding.rule].map((field) =>
    oneLine(field).replaceAll('|', '\uFFFD'),
  );
  const attributes: readonly (readonly [string, string | undefined])[] = [
    ['devTime', String(Math.floor(at / 1e3))],
    ['cat', finding.half],
    ['sev', String(LEEF_SEVERITY[finding.severity])],
    ['src', source],
    ['dst', destination],
    ['dstPort', port === undefined || port.protocol === 'ip' ? undefined : String(port.portid)],
    ['proto', port?.protocol.toUpperCase()],
    ['identHostName', sender.hostname],
    ['externalId', key],
    ['findingId', finding.id],
    ['revision', String(revision)],
    ['score', String(Math.round(finding.score))],
    ['state', state],
    ['stateReason', lifecycle === undefined ? undefined : atMost(lifecycle.why, LONGEST)],
    ['title', atMost(finding.title, LONGEST)],
    ['hosts', atMost(hosts.join(' '), LONGEST)],
    ['reason', atMost(finding.observations.map(({ text }) => text).join('; '), LONGEST)],
  ];
  const pairs = attributes.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name}=${oneLine(value)}`],
  );
  return `LEEF:2.0|${header.join('|')}|x09|${pairs.join('\t')}`;
}
