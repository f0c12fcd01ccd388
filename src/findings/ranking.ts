import { compareIpAddresses } from '../net/ip-address.ts';
import { comparePorts, parsePortKey } from '../net/port-key.ts';
import type { Finding } from './finding.ts';
import { SEVERITIES } from './severity.ts';

/**
 * What a finding of either half could cost, as one number: 200 for each step of severity (info 0, low 200, medium 400,
 * high 600, critical 800), and its score, 0–100, which never reaches the next step.
 *
 * Severity comes first because it is the one scale that both halves are measured on: how bad it would be. Within it the
 * score decides: of exposure the points of posture, of recon the line of what it came to (`rank`), in which the meeting
 * with our own scans is counted: what touched a new service stands above what touched a known one, above what touched
 * none. Posture points of one rule seldom pass 40, so that of equal severity what somebody does stands before what stands
 * open: it goes on while it is read.
 */
export function consequenceOf({ severity, score }: Pick<Finding, 'severity' | 'score'>): number {
  return 200 * SEVERITIES.indexOf(severity) + Math.min(100, Math.max(0, score));
}

/**
 * Order in which a person should look: consequence, then what we are surer of, then what concerns more hosts, then host
 * and port. Total, so that equal input gives equal output.
 */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    consequenceOf(b) - consequenceOf(a) ||
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
