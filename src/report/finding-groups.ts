import type { Finding } from '../findings/finding.ts';
import { compareSeverity } from '../findings/severity.ts';
import { compareIpAddresses, type IpAddress } from '../net/ip-address.ts';

/** Findings that say the same of several hosts, so that a reader sees one statement with a list. */
export interface FindingGroup {
  /** The one that ranks first; its words stand for all. */
  readonly lead: Finding;
  /** All of them, in the order they came. */
  readonly findings: readonly Finding[];
  /** The hosts they are about, numerically, each once; empty for findings about a network. */
  readonly hosts: readonly IpAddress[];
  /** True when all of them say the same; else the words of the lead are its own, and are to be shown as such. */
  readonly sameWords: boolean;
}

/**
 * Groups by rule, port and network, keeping the rank: a group stands where its first finding stood.
 * `findings` are ranked already, as a Summary has them.
 */
export function groupFindings(findings: readonly Finding[]): readonly FindingGroup[] {
  const byKey = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.rule, finding.subject.port, finding.subject.network]);
    const group = byKey.get(key);
    if (group === undefined) byKey.set(key, [finding]);
    else group.push(finding);
  }
  return Array.from(byKey.values(), (group) => {
    const hosts = new Set<IpAddress>();
    for (const { subject } of group) if (subject.host !== undefined) hosts.add(subject.host);
    const [first] = group;
    if (first === undefined) throw new TypeError('a group is made with its first finding');
    const lead = group.reduce(
      (worst, each) => (compareSeverity(worst.severity, each.severity) > 0 ? each : worst),
      first,
    );
    const words = wordsOf(lead);
    return {
      lead,
      findings: group,
      hosts: Array.from(hosts).toSorted(compareIpAddresses),
      sameWords: group.every((each) => wordsOf(each) === words),
    };
  });
}

function wordsOf(finding: Finding): string {
  return JSON.stringify([finding.title, finding.observations.map((observation) => observation.text)]);
}
