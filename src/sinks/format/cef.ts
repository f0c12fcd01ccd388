import type { Severity } from '../../findings/severity.ts';
import { isIpv6, type IpAddress } from '../../net/ip-address.ts';
import { asFinding, type Outgoing } from '../../findings/outgoing.ts';
import type { Sender } from '../sink.ts';
import { atMost, oneLine } from './one-line.ts';
import { endpointsOf } from './subject.ts';

/** CEF's severity, 0–10: Low is 0–3, Medium 4–6, High 7–8, Very-High 9–10 (ArcSight's guide). */
const CEF_SEVERITY: Readonly<Record<Severity, number>> = {
  info: 0,
  low: 3,
  medium: 5,
  high: 8,
  critical: 10,
};
/** Longest name and values, in characters, by ArcSight's dictionary of CEF 0.1: name 512, msg 1023, cs1 4000. */
const LONGEST = { name: 512, message: 1023, text: 4000 } as const;

/**
 * A finding as one line of ArcSight's Common Event Format, version 0: in the header `\` and `|` are escaped, in the
 * extension `\` and `=`; a line break is `\n` in a value and cannot stand in the header.
 */
export function toCef(outgoing: Outgoing, sender: Sender): string {
  const { key, revision, finding, state, lifecycle, at } = asFinding(outgoing);
  const { hosts, source, destination, port } = endpointsOf(finding);
  const header = ['CEF:0', 'Tidemark', 'Tidemark', sender.version, finding.rule, finding.title]
    .map((field, index) => (index === 0 ? field : headerField(field)))
    .join('|');
  const extension: readonly (readonly [string, string] | undefined)[] = [
    ['rt', String(Math.floor(at / 1e3))],
    ['start', String(Math.floor(finding.firstSeen / 1e3))],
    ['end', String(Math.floor(finding.lastSeen / 1e3))],
    ['externalId', key],
    ['cat', finding.half],
    ['dvchost', sender.hostname],
    ...address('src', 'c6a2', 'Source IPv6 Address', source),
    ...address('dst', 'c6a3', 'Destination IPv6 Address', destination),
    port === undefined || port.protocol === 'ip' ? undefined : ['dpt', String(port.portid)],
    port === undefined ? undefined : ['proto', port.protocol.toUpperCase()],
    state === undefined ? undefined : ['outcome', state],
    lifecycle === undefined ? undefined : ['reason', atMost(lifecycle.why, LONGEST.message)],
    ...labelled('cn1', 'Score', String(Math.round(finding.score))),
    ...labelled('cn2', 'Revision', String(revision)),
    ...labelled('cs1', 'Finding', finding.id),
    ...labelled('cs2', 'Hosts', atMost(hosts.join(' '), LONGEST.text)),
    ...labelled('cs3', 'Actions', atMost(finding.actions.join('\n'), LONGEST.text)),
    ['msg', atMost(finding.observations.map(({ text }) => text).join('\n'), LONGEST.message)],
  ];
  const pairs = extension.flatMap((pair) =>
    pair === undefined || pair[1] === '' ? [] : [`${pair[0]}=${extensionValue(pair[1])}`],
  );
  return `${header}|${CEF_SEVERITY[finding.severity]}|${pairs.join(' ')}`;
}

function headerField(text: string): string {
  return oneLine(atMost(text, LONGEST.name)).replace(/[\\|]/g, String.raw`\$&`);
}

function extensionValue(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => oneLine(line).replace(/[\\=]/g, String.raw`\$&`))
    .join(String.raw`\n`);
}

/** `src` and `dst` hold IPv4 only in CEF 0; IPv6 has fields of its own, with labels. */
function address(
  v4: string,
  v6: string,
  label: string,
  ip: IpAddress | undefined,
): readonly (readonly [string, string])[] {
  if (ip === undefined) return [];
  return isIpv6(ip) ? labelled(v6, label, ip) : [[v4, ip]];
}

/** A custom field and the label that says what it is; neither without a value. */
function labelled(name: string, label: string, value: string): readonly (readonly [string, string])[] {
  if (value === '') return [];
  return [
    [`${name}Label`, label],
    [name, value],
  ];
}
