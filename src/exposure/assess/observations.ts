import type { Evidence, Observation } from '../../findings/finding.ts';
import { compareSeverity } from '../../findings/severity.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { portKey, type PortKey } from '../../net/port-key.ts';
import { formatMinute } from '../../time/instant.ts';
import type { ExpectedPort, Provenance } from '../model/baseline.ts';
import type { Change } from '../model/change.ts';
import type { Deviation } from '../model/deviation.ts';
import type { Host, Port } from '../model/host.ts';
import type { AssessContext } from './assess-context.ts';
import { afterOf, deviationWords, portsWords, serviceWords } from './change-words.ts';
import { isGuessed } from './facts.ts';
import { count } from './reliability.ts';
import type { Rule } from './rule.ts';
import type { Standing } from './standing.ts';
import type { Zone } from './zone.ts';

/** How the thing that a run was held against is named in a sentence. */
export function againstWords(context: Pick<AssessContext, 'against'>): string {
  switch (context.against.kind) {
    case 'baseline':
      return `baseline v${context.against.version}`;
    case 'run':
      return 'the earlier run';
    case 'nothing':
      return 'anything earlier';
    default:
      return context.against satisfies never;
  }
}

/** The raw fact of a port as the scanner gave it: `open (syn-ack) ssh OpenSSH 9.2p1`. */
export function portFact(port: Port): string {
  const reason = port.reason === undefined ? undefined : `(${port.reason})`;
  return [port.state, reason, serviceWords(port.service)]
    .filter((word) => word !== undefined && word !== '')
    .join(' ');
}

/** What is so of a port, since when, and how unusual that is here. */
export function observePort(context: AssessContext, host: IpAddress, port: Port): Observation {
  const key = portKey(port.portid, port.protocol);
  const history = context.history?.(host, key);
  const unusual = unusualWords(context, key, history);
  return {
    text: portSentence(key, port),
    ...(history?.firstSeen === undefined ? {} : { since: history.firstSeen }),
    ...(unusual === '' ? {} : { unusual }),
    evidence: [scanEvidence(context, host, key, portFact(port))],
  };
}

function portSentence(key: PortKey, port: Port): string {
  const words = serviceWords(port.service);
  if (words === '') return `${key} is ${port.state}; what answers there is not known`;
  if (isGuessed(port.service)) return `${key} is ${port.state}; by its number it would be ${words}`;
  return `${key} is ${port.state} and answers as ${words}`;
}

function unusualWords(
  context: AssessContext,
  key: PortKey,
  history: { readonly seen: number; readonly comparable: number } | undefined,
): string {
  const parts: string[] = [];
  const { prevalence } = context;
  if (prevalence !== undefined && prevalence.hostsUp > 1) {
    parts.push(`open on ${prevalence.openOn(key)} of ${prevalence.hostsUp} hosts`);
  }
  if (history !== undefined) {
    parts.push(
      history.comparable === 0
        ? 'no earlier scan covered it'
        : `open in ${history.seen} of ${history.comparable} earlier ${history.comparable === 1 ? 'scan' : 'scans'} that covered it`,
    );
  }
  return parts.join('; ');
}

/** Why a rule thinks that it matters. */
export function observeRule(rule: Rule): Observation {
  return { text: rule.why, evidence: [{ kind: 'rule', rule: rule.id, fact: rule.match }] };
}

/** That the zone of the host sets the severity; undefined where the rule weighs the same everywhere. */
export function observeZone(rule: Rule, zone: Zone): Observation | undefined {
  const severity = rule.severityIn?.[zone];
  if (severity === undefined || severity === rule.severity) return undefined;
  return {
    text: `${ZONE_WORDS[zone]}, so this weighs ${compareSeverity(severity, rule.severity) < 0 ? 'more' : 'less'} than elsewhere`,
    evidence: [{ kind: 'rule', rule: rule.id, fact: `${severity} in ${zone}, otherwise ${rule.severity}` }],
  };
}

const ZONE_WORDS: Readonly<Record<Zone, string>> = {
  'internet-facing': 'The host can be reached from the internet',
  dmz: 'The host stands between the internet and the inside (DMZ)',
  inside: 'The host is reached from inside only',
  management: 'The host is in the management network, which only administrators reach',
};

/** How a port stands to the baseline, where there is something to say. */
export function observeStanding(
  context: AssessContext,
  key: PortKey,
  standing: Standing,
  expected: ExpectedPort | undefined,
): Observation | undefined {
  const { against } = context;
  if (against.kind !== 'baseline') return undefined;
  const evidence = (fact: string): Evidence[] => [{ kind: 'baseline', version: against.version, fact }];
  switch (standing) {
    case 'new':
      return {
        text: `Baseline v${against.version} does not expect this on ${key}`,
        evidence: evidence(expected === undefined ? `${key} not expected open` : expectedFact(expected)),
      };
    case 'expected':
    case 'approved':
      return expected === undefined
        ? undefined
        : {
            text: `Baseline v${against.version} expects it: ${provenanceWords(expected.provenance, expected)}`,
            evidence: evidence(expectedFact(expected)),
          };
    case 'unknown':
      return undefined;
    default:
      return standing satisfies never;
  }
}

function expectedFact(expected: ExpectedPort): string {
  return [expected.port, expected.state, serviceWords(expected.service)]
    .filter((word) => word !== '')
    .join(' ');
}

function provenanceWords(provenance: Provenance, expected: ExpectedPort): string {
  if (provenance.kind === 'learned') {
    return `open in ${expected.support.seen} of ${count(expected.support.comparable, 'comparable run')}`;
  }
  const until = provenance.until === undefined ? '' : `, until ${formatMinute(provenance.until)}`;
  const note = provenance.note === '' ? '' : ` (${provenance.note})`;
  return `approved by ${provenance.by} on ${formatMinute(provenance.at)}${until}${note}`;
}

/** A host as a whole: how many ports it has open, and which first. */
export function observeHost(context: AssessContext, host: Host): Observation {
  const open = host.ports.filter((port) => port.state === 'open');
  const keys = open.map((port) => portKey(port.portid, port.protocol));
  const os = host.os[0];
  const system = os === undefined ? '' : `; it looks like ${os.name} (${os.accuracy} %)`;
  return {
    text:
      keys.length === 0
        ? `The host is up with no open port seen${system}`
        : `The host has ${count(keys.length, 'open port')}: ${portsWords(keys)}${system}`,
    evidence: [
      scanEvidence(
        context,
        host.address,
        undefined,
        `${host.status.state}, ${count(keys.length, 'open port')}`,
      ),
    ],
  };
}

/** The raw fact behind a change: of a port all that the scanner said of it, not only what turned. */
function changeFact(change: Change): string {
  switch (change.kind) {
    case 'port-opened':
    case 'port-closed':
    case 'port-filtered':
    case 'port-state-changed':
      return change.after.listed ? portFact(change.after.port) : `${change.after.state} (not listed)`;
    case 'service-changed':
    case 'product-changed':
    case 'version-changed':
    case 'extrainfo-changed':
      return portFact(change.after);
    default:
      return afterOf(change);
  }
}

/** A departure, with the scan's fact and the baseline's. */
export function observeDeviation(context: AssessContext, deviation: Deviation): Observation {
  const { against } = context;
  const [change] = deviation.changes;
  const port = deviation.ports[0];
  const evidence: Evidence[] = [
    {
      kind: 'scan',
      run: context.run.id,
      ...(deviation.host === undefined ? {} : { host: deviation.host }),
      ...(port === undefined ? {} : { port }),
      fact: changeFact(change) || 'not there',
    },
  ];
  if (against.kind === 'baseline') {
    const fact =
      deviation.expected === undefined
        ? `${port ?? 'host'} not expected`
        : `${expectedFact(deviation.expected)}: ${provenanceWords(deviation.expected.provenance, deviation.expected)}`;
    evidence.push({ kind: 'baseline', version: against.version, fact });
  }
  const history =
    port === undefined || deviation.host === undefined ? undefined : context.history?.(deviation.host, port);
  const unusual = port === undefined ? '' : unusualWords(context, port, history);
  return {
    text: deviationWords(deviation, againstWords(context)),
    ...(unusual === '' ? {} : { unusual }),
    evidence,
  };
}

function scanEvidence(
  context: AssessContext,
  host: IpAddress,
  port: PortKey | undefined,
  fact: string,
): Evidence {
  return { kind: 'scan', run: context.run.id, host, ...(port === undefined ? {} : { port }), fact };
}
