import { compareIpAddresses } from '../net/ip-address.ts';
import { comparePorts, parsePortKey } from '../net/port-key.ts';
import type { Finding } from './finding.ts';
import { compareSeverity } from './severity.ts';

/**
 * Order in which a person should look: severity, then points, then what we are surer of, then what concerns
 * more hosts, then host and port. Total, so that equal input gives equal output.
 */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    compareSeverity(a.severity, b.severity) ||
    b.score - a.score ||
    b.confidence.value - a.confidence.value ||
    (b.subject.hosts?.length ?? 1) - (a.subject.hosts?.length ?? 1) ||
    compareHosts(a, b) ||
    compareSubjectPorts(a, b) ||
    (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

function compareHosts(a: Finding, b: Finding): number {
  const left = a.subject.host ?? a.subject.hosts?.[0];
  const right = b.subject.host ?? b.subject.hosts?.[0];
  if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? 1 : -1;
  return compareIpAddresses(left, right);
}

function compareSubjectPorts(a: Finding, b: Finding): number {
  const left = a.subject.port === undefined ? undefined : parsePortKey(a.subject.port);
  const right = b.subject.port === undefined ? undefined : parsePortKey(b.subject.port);
  if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? -1 : 1;
  return comparePorts(left, right);
}
