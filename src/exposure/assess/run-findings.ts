import type { Finding, Observation } from '../../findings/finding.ts';
import { findingId } from '../../findings/identity.ts';
import { compareFindings } from '../../findings/ranking.ts';
import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import { comparePorts, parsePortKey, type PortKey } from '../../net/port-key.ts';
import { portsWords } from './change-words.ts';
import type { MadeFinding } from './host-findings.ts';
import { count } from './reliability.ts';

/** Findings kept whole as examples of a group; the others are in the list of hosts. */
const EXAMPLES = 3;
/** Ports that a group's sentence can name; past this many it counts. */
const PORTS_KEPT = 64;

interface Group {
  readonly hosts: IpAddress[];
  readonly ports: Set<PortKey>;
  readonly examples: Finding[];
  worst: Finding;
  score: number;
  first: Finding['firstSeen'];
  last: Finding['lastSeen'];
  findings: number;
}

/**
 * Gathers findings of hosts into findings of the run: the same rule at the same severity (new and expected differ in it) is said once
 * with its hosts, so that 500 hosts with ssh are one line. Deviations are gathered by port too: 4444/tcp that opened on
 * twelve hosts is one story, and 4444 and 8080 are two. Memory grows with the groups and one address per finding.
 */
export class RunFindings {
  readonly #groups = new Map<string, Group>();

  /** Takes in the findings of one host. */
  add(made: readonly MadeFinding[]): void {
    for (const { finding, on } of made) {
      const place = on === 'change' ? finding.title : '';
      const key = JSON.stringify([finding.rule, finding.severity, place]);
      const group = this.#groups.get(key);
      if (group === undefined) this.#groups.set(key, start(finding));
      else extend(group, finding);
    }
  }

  /** The findings of the run, ranked. */
  ranked(): Finding[] {
    return Array.from(this.#groups, ([key, group]) => finish(key, group)).toSorted(compareFindings);
  }
}

function start(finding: Finding): Group {
  const group: Group = {
    hosts: [],
    ports: new Set(),
    examples: [],
    worst: finding,
    score: 0,
    first: finding.firstSeen,
    last: finding.lastSeen,
    findings: 0,
  };
  extend(group, finding);
  return group;
}

function extend(group: Group, finding: Finding): void {
  const { host, port } = finding.subject;
  if (host !== undefined && group.hosts.at(-1) !== host) group.hosts.push(host);
  if (port !== undefined && group.ports.size < PORTS_KEPT) group.ports.add(port);
  if (group.examples.length < EXAMPLES) group.examples.push(finding);
  // The group is believed as far as its least certain member.
  if (finding.confidence.value < group.worst.confidence.value) group.worst = finding;
  group.score = Math.max(group.score, finding.score);
  group.first = finding.firstSeen < group.first ? finding.firstSeen : group.first;
  group.last = finding.lastSeen > group.last ? finding.lastSeen : group.last;
  group.findings += 1;
}

function finish(key: string, group: Group): Finding {
  const [sample] = group.examples;
  if (sample === undefined || group.findings === 1) return group.worst;
  const hosts = [...new Set(group.hosts)].toSorted(compareIpAddresses);
  const ports = [...group.ports].toSorted((a, b) => comparePorts(parsePortKey(a)!, parsePortKey(b)!));
  const only = ports.length === 1 ? ports[0] : undefined;
  const [single] = hosts;
  const subject = {
    ...(hosts.length === 1 && single !== undefined ? { host: single } : { hosts }),
    ...(only === undefined ? {} : { port: only }),
  };
  return {
    ...sample,
    id: findingId('exposure', sample.rule, only === undefined ? {} : { port: only }, key),
    score: group.score,
    confidence: group.worst.confidence,
    subject,
    observations: observe(group, hosts, ports),
    firstSeen: group.first,
    lastSeen: group.last,
  };
}

function observe(group: Group, hosts: readonly IpAddress[], ports: readonly PortKey[]): Observation[] {
  const [sample] = group.examples;
  const evidence = group.examples.flatMap((finding) => finding.observations[0]?.evidence ?? []);
  const where = ports.length === 0 ? '' : ` (${portsWords(ports)})`;
  const rest = hosts.length > EXAMPLES ? ` and ${count(hosts.length - EXAMPLES, 'more host')}` : '';
  const named = hosts.slice(0, EXAMPLES).join(', ');
  const unusual = ports.length === 1 ? sample?.observations[0]?.unusual : undefined;
  return [
    {
      text:
        hosts.length === 1
          ? `On ${count(ports.length, 'port')} of ${named}${where}`
          : `On ${count(hosts.length, 'host')}${where}: ${named}${rest}`,
      // Only the count over hosts holds for the whole group; what the history says differs from host to host.
      ...(unusual === undefined || !unusual.startsWith('open on')
        ? {}
        : { unusual: unusual.split(';', 1)[0] ?? '' }),
      ...(group.findings > 0 && sample?.observations[0]?.since !== undefined ? { since: group.first } : {}),
      evidence,
    },
    // Why the rule minds, and where the zone makes it mind more or less: these hold for all of them.
    ...(sample?.observations.filter((one) => one.evidence.every(({ kind }) => kind === 'rule')) ?? []),
  ];
}
