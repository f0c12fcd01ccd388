import type { Evidence, Observation } from '../../findings/finding.ts';
import { formatMinute } from '../../time/instant.ts';
import { OUTCOMES, type Outcome } from '../model/outcome.ts';
import type { Episode, ExposedTarget, LikelihoodTerm, Technique } from '../model/episode.ts';
import { touchedName } from '../model/ip-protocol.ts';
import { counted, formatCount, formatSpan, listed } from '../../text/phrase.ts';
import { isFullyAuthorised } from './apply-ledger.ts';
import { attemptOnExposed, isGrave, isNew, scanEvidence } from './meeting.ts';
import { whatOf, whoOf } from './title.ts';

/** Parts of a list that a sentence names before it counts the rest. */
const NAMED = 8;

/** What is so, in plain sentences, the most telling first. Attacker-written parts are raw: escape. */
export function observationsOf(episode: Episode): Observation[] {
  const records = episode.records.map(({ sensor, file, line, at, text }): Evidence => ({
    kind: 'record',
    sensor,
    file,
    line,
    at,
    fact: text,
  }));
  /** The records at a moment, or all of them where none is: a sentence always leads somewhere. */
  const recordsAt = (at: number): readonly Evidence[] => {
    const there = records.filter((record) => record.kind === 'record' && record.at === at);
    return there.length > 0 ? there : records;
  };
  const sentence = (text: string): Observation => ({ text, evidence: records });
  return [
    ...episode.transition.map(({ text, at }): Observation => ({ text, since: at, evidence: recordsAt(at) })),
    { ...sentence(`${whoOf(episode)} ${whatOf(episode)}: ${scopeOf(episode)}`), since: episode.first },
    ...authorisedOf(episode).map(sentence),
    ...exposedOf(episode, records),
    ...foundOf(episode).map(sentence),
    sentence(`What came back: ${outcomesOf(episode)}`),
    ...episode.families.map(({ text }) => sentence(text)),
    sentence(paceOf(episode)),
    {
      text: likelihoodOf(episode),
      unusual: episode.unusual.map(withoutStop).join('; '),
      evidence: [
        {
          kind: 'rule' as const,
          rule: 'recon.sequential-test',
          fact: `log-likelihood ratio ${episode.likelihood.score.toFixed(1)}, threshold ${episode.likelihood.threshold.toFixed(1)}`,
        },
        ...recordsAt(episode.alarm),
      ],
    },
    ...whoItIs(episode).map(sentence),
    ...episode.traits.map((trait) => sentence(withEvasions(trait, episode))),
    ...episode.sending.map(({ text }) => sentence(text)),
  ].map(tidied);
}

/** Of a tool how far its sign is to be believed, and what avoids it. */
function withEvasions(trait: string, { tools }: Episode): string {
  const tool = tools.find(({ text }) => text === trait);
  return tool === undefined
    ? trait
    : `${withoutStop(trait)}; confidence ${tool.confidence}, avoided by ${tool.evasions}`;
}

/** Sentences of a finding end without a full stop; those that others wrote may have one. */
function tidied({ text, unusual, ...rest }: Observation): Observation {
  const plain = { ...rest, text: withoutStop(text) };
  return unusual === undefined || unusual === '' ? plain : { ...plain, unusual };
}

function withoutStop(text: string): string {
  return text.endsWith('.') && !text.endsWith('..') ? text.slice(0, -1) : text;
}

function scopeOf({ targets }: Episode): string {
  const ports =
    targets.ports === 1
      ? (targets.topPorts[0]?.port ?? '1 port')
      : `${counted(targets.ports, 'port')}${targets.portRanges === '' ? '' : ` (${targets.portRanges})`}`;
  return `${counted(targets.hosts, 'host')}, ${ports}, ${counted(targets.contacts, 'first contact')}${targets.networks.length === 0 ? '' : `, in ${listed(targets.networks.map(bare), NAMED)}`}`;
}

/** A prefix that holds one address, as that address. */
function bare(network: string): string {
  return network.replace(network.includes(':') ? /\/128$/ : /\/32$/, '');
}

function authorisedOf({ authorised }: Episode): string[] {
  if (authorised === undefined) return [];
  const { entry, contacts, remainder, remainderContacts } = authorised;
  const covered = `The ledger's entry ${entry} covers ${formatCount(contacts)} of ${counted(contacts + remainderContacts, 'contact')}`;
  return isFullyAuthorised({ authorised })
    ? [`${covered}: all of them`]
    : [covered, ...remainder.map((reason) => `Not covered: ${reason}`)];
}

/** What our own scans know of the touched ports, with the scans that saw them open before the records that touched them. */
function exposedOf(episode: Episode, records: readonly Evidence[]): Observation[] {
  const describe = (target: ExposedTarget): string =>
    [
      `${target.destination} ${touchedName(target.protocol, target.port)}${target.service === '' ? '' : ` (${target.service})`}`,
      ...(target.openSince === undefined ? [] : [`open since ${formatMinute(target.openSince)}`]),
      ...(target.closedUntil === undefined || !isNew(target, episode)
        ? []
        : [`not open at ${formatMinute(target.closedUntil)}`]),
      ...(isGrave(target) ? [`a finding about it is ${target.severity}`] : []),
    ].join(', ');
  const said = (what: string, targets: readonly ExposedTarget[]): Observation[] =>
    targets.length === 0
      ? []
      : [
          {
            text: `${what}: ${listed(targets.map(describe), NAMED)}`,
            evidence: [...targets.slice(0, NAMED).flatMap(scanEvidence), ...records],
          },
        ];
  const { exposed } = episode;
  const beyond = exposed.filter((target) => target.newSinceBaseline);
  const lately = exposed.filter((target) => !target.newSinceBaseline && isNew(target, episode));
  const known = exposed.filter((target) => !isNew(target, episode));
  return [
    ...said('Touched, open in our own scans and not in the baseline', beyond),
    ...said('Touched, and opened lately by our own scans', lately),
    ...said('Touched and open in our own scans', known),
    ...attemptedOf(episode),
  ];
}

/** Where it went from looking to trying at a host with a service that we know to be open. */
function attemptedOf(episode: Episode): Observation[] {
  const attempt = attemptOnExposed(episode);
  if (attempt === undefined) return [];
  const targets = episode.exposed.filter(({ destination }) => destination === attempt.destination);
  return [
    {
      text: `It went from looking to trying at ${attempt.destination}, where our own scans know ${listed(
        targets.map(({ protocol, port }) => touchedName(protocol, port)),
        NAMED,
      )} to be open`,
      since: attempt.at,
      evidence: targets.slice(0, NAMED).flatMap(scanEvidence),
    },
  ];
}

function foundOf({ openPorts, openPortsLeftOut }: Episode): string[] {
  if (openPorts.length === 0) return [];
  const total = openPorts.length + openPortsLeftOut;
  const names = openPorts
    .slice(0, NAMED)
    .map(
      ({ destination, port, protocol, service }) =>
        `${destination} ${touchedName(protocol, port)}${service === '' ? '' : ` (${service})`}`,
    );
  if (total > names.length) names.push(`${formatCount(total - names.length)} more`);
  return [`It found ${counted(total, 'open port')}: ${listed(names)}`];
}

const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  answered: 'answered',
  refused: 'refused',
  silent: 'silent',
  unreachable: 'unreachable',
  'half-open': 'half-open (the port is open, the source left)',
  unknown: 'unknown',
  backscatter: 'backscatter',
};

function outcomesOf({ outcomes }: Episode): string {
  const parts = OUTCOMES.map((outcome) => ({ outcome, times: outcomes[outcome] ?? 0 }))
    .filter(({ times }) => times > 0)
    .toSorted((a, b) => b.times - a.times)
    .map(({ outcome, times }) => `${formatCount(times)} ${OUTCOME_WORDS[outcome]}`);
  return parts.length === 0 ? 'nothing is known' : listed(parts);
}

const TECHNIQUE_WORDS: Readonly<Record<Technique, string>> = {
  arp: 'ARP requests',
  'icmp-echo': 'ICMP echo',
  'icmp-other': 'other ICMP requests',
  'tcp-syn': 'TCP SYN without a connection',
  'tcp-connect': 'full TCP connections',
  'tcp-fin': 'TCP FIN',
  'tcp-null': 'TCP without flags',
  'tcp-xmas': 'TCP FIN, PSH and URG',
  'tcp-ack': 'TCP ACK',
  'tcp-window-or-maimon': 'TCP window or FIN/ACK probes',
  udp: 'UDP',
  sctp: 'SCTP',
  'ip-protocol': 'other IP protocols',
  application: 'application requests',
};

function paceOf({ pace, first, last, order, techniques }: Episode): string {
  const how = techniques.length === 0 ? '' : ` with ${listed(techniques.map((one) => TECHNIQUE_WORDS[one]))}`;
  const rate =
    pace.perSecond >= 1
      ? `${counted(Math.round(pace.perSecond), 'contact')} per second`
      : `one contact every ${formatSpan(pace.medianGapSeconds * 1e6)}`;
  return `From ${formatMinute(first)} for ${formatSpan(last - first)}${how}, ${rate}${order === '' ? '' : `, ${order}`}`;
}

function likelihoodOf({ likelihood }: Episode): string {
  const { score, threshold, terms, contactsToAlarm } = likelihood;
  const parts = terms
    .toSorted((a, b) => Math.abs(b.total) - Math.abs(a.total) || (a.term < b.term ? -1 : 1))
    .map(termWords);
  return `The evidence for a scan stands at ${score.toFixed(1)}, ${threshold.toFixed(1)} was needed${contactsToAlarm > 0 ? ` and reached with ${counted(contactsToAlarm, 'first contact')}` : ''}${parts.length === 0 ? '' : `: ${listed(parts, NAMED)}`}`;
}

function termWords({ term, contacts, total }: LikelihoodTerm): string {
  const sign = total < 0 ? '−' : '+';
  return `${term} ${formatCount(contacts)} times (${sign}${Math.abs(total).toFixed(1)})`;
}

function whoItIs({ role, process, joinedBy, trueSource, sources }: Episode): string[] {
  const sentences: string[] = [];
  if (sources.length > 1)
    sentences.push(
      `The sources, joined by ${joinedBy ?? 'what they did'}: ${listed(sources, NAMED)}${trueSource === undefined ? '' : `; the true one is ${trueSource}`}`,
    );
  if (role !== undefined) sentences.push(`The source is ${article(role.role)} (${role.how}): ${role.why}`);
  if (process !== undefined)
    sentences.push(
      `On ${process.host} the process was ${process.executable}, run by ${process.user === '' ? 'an unknown user' : process.user}`,
    );
  return sentences;
}

const ROLE_WORDS: Partial<Record<string, string>> = {
  'ci-runner': 'CI runner',
  monitoring: 'monitoring poller',
  proxy: 'proxy or NAT',
  'peer-to-peer': 'peer-to-peer node',
  backup: 'backup server',
  'load-balancer': 'load balancer',
  'domain-controller': 'domain controller',
  unknown: 'machine of unknown role',
};

function article(role: string): string {
  return `a ${ROLE_WORDS[role] ?? role}`;
}
