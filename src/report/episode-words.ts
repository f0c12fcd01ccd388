import type { Finding } from '../findings/finding.ts';
import type { Episode, Shape, Technique } from '../recon/model/episode.ts';
import { standingOf } from '../recon/model/standing.ts';
import { touchedName } from '../recon/model/ip-protocol.ts';
import { OUTCOMES, type Outcome } from '../recon/model/outcome.ts';
import { counted, formatCount, formatSpan } from '../text/phrase.ts';
import type { NoiseLine, ReconSummary } from '../recon/model/recon-summary.ts';
import { formatMinute, type Instant } from '../time/instant.ts';
import { andMore, formatConfidence, confidenceWord } from './summary-words.ts';

/**
 * The sentences that every rendering of an episode shares, so that text, Markdown and HTML say the same. They quote
 * attacker-written strings: the caller escapes them for its output.
 */

const SECOND = 1e6;
const MINUTE = 60 * SECOND;

/** `2026-11-21 03:12 UTC, for 30 s`, or from when to when for longer ones. */
export function whenClause({ first, last }: Pick<Episode, 'first' | 'last'>): string {
  const span = last - first;
  if (span < MINUTE) return `${formatMinute(first)}${span === 0 ? '' : `, for ${formatSpan(span)}`}`;
  const end = formatMinute(last);
  // The day is said once when it is the same.
  const until = end.slice(0, 10) === formatMinute(first).slice(0, 10) ? end.slice(11) : end;
  return `${formatMinute(first).replace(/ UTC$/, '')} to ${until}, ${formatSpan(span)}`;
}

/** `33 contacts a second, ports in random order`, or `one contact every 3.8 h`. */
export function paceClause({ pace, order, targets }: Episode): string {
  const { perSecond, medianGapSeconds } = pace;
  const fast =
    perSecond >= 1
      ? `${counted(Math.round(perSecond), 'contact')} a second`
      : `one contact every ${formatSpan(medianGapSeconds * SECOND)}`;
  return [targets.contacts > 1 ? fast : '', order].filter((part) => part !== '').join(', ');
}

const TECHNIQUES: Readonly<Record<Technique, string>> = {
  arp: 'ARP',
  'icmp-echo': 'ping',
  'icmp-other': 'ICMP',
  'tcp-syn': 'TCP SYN',
  'tcp-connect': 'TCP connect',
  'tcp-fin': 'TCP FIN',
  'tcp-null': 'TCP NULL',
  'tcp-xmas': 'TCP Xmas',
  'tcp-ack': 'TCP ACK',
  'tcp-window-or-maimon': 'TCP window or Maimon',
  udp: 'UDP',
  sctp: 'SCTP',
  'ip-protocol': 'IP protocol',
  application: 'application requests',
};

const SHAPES: Readonly<Record<Shape, string>> = {
  vertical: 'many ports of few hosts',
  horizontal: 'one port of many hosts',
  block: 'every combination of hosts and ports',
  strobe: 'a few ports of many hosts',
  single: 'one target',
};

/** `many ports of few hosts, by TCP SYN`: shape and technique. */
export function shapeClause({ shape, techniques }: Episode): string {
  const how = techniques.map((each) => TECHNIQUES[each]).join(', ');
  return `${SHAPES[shape]}${how === '' ? '' : `, by ${how}`}`;
}

/** `995 refused, 3 half-open, 2 silent`, most first. */
export function outcomesClause({ outcomes }: Episode): string {
  return OUTCOMES.map((outcome) => [outcome, outcomes[outcome] ?? 0] as const)
    .filter(([, amount]) => amount > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([outcome, amount]) => `${formatCount(amount)} ${outcome}`)
    .join(', ');
}

/** What the outcomes mean, for legends: a word is all that the picture has room for. */
export const OUTCOME_MEANINGS: Readonly<Record<Outcome, string>> = {
  answered: 'open: it answered',
  'half-open': 'open: the source left before the handshake was done',
  refused: 'closed: refused',
  unreachable: 'an ICMP error came back',
  silent: 'nothing came back',
  unknown: 'the record cannot tell',
  backscatter: 'an answer to somebody else',
};

/** `outside`, `inside; workstation (learned: …)`, sources of a campaign: who it is, beyond the address. */
export function whoClauses(episode: Episode, namedSources: number): readonly string[] {
  const { sources, internal, role, process, joinedBy, trueSource } = episode;
  const where = internal ? 'inside our networks' : 'outside our networks';
  return [
    ...(sources.length > 1
      ? [
          `${sources.slice(0, namedSources).join(', ')}${andMore(sources.length, namedSources)}; ${where}${joinedBy === undefined ? '' : `, joined by: ${joinedBy}`}`,
        ]
      : [where]),
    ...(trueSource === undefined || sources.length === 1
      ? []
      : [`${trueSource} came back with a connection; the other sources are forged`]),
    ...(role === undefined ? [] : [`role ${role.role} (${role.how}: ${role.why})`]),
    ...(process === undefined
      ? []
      : [
          `process ${orUnknown(process.executable)}, user ${orUnknown(process.user)}, on ${orUnknown(process.host)}`,
        ]),
  ];
}

function orUnknown(text: string): string {
  return text === '' ? 'unknown' : text;
}

/** `22/tcp (ssh), 80/tcp (http) and 3 more on 10.20.0.5`, hosts named when there are several; empty for none. */
export function foundClause({ openPorts, openPortsLeftOut }: Episode, named: number): string {
  if (openPorts.length === 0) return '';
  const hosts = new Set(openPorts.map(({ destination }) => destination));
  const total = openPorts.length + openPortsLeftOut;
  const shown = openPorts.slice(0, named).map((each) => {
    const service = each.service === '' ? '' : ` (${each.service})`;
    const port = `${touchedName(each.protocol, each.port)}${service}`;
    return hosts.size === 1 ? port : `${port} on ${each.destination}`;
  });
  const [only] = hosts;
  return `${shown.join(', ')}${andMore(total, shown.length)}${hosts.size === 1 && openPortsLeftOut === 0 ? ` on ${only ?? ''}` : ''}`;
}

/** A touched port that our own scans know: `8080/tcp on 10.20.0.5 (http-proxy), open since …, new since the baseline`. */
export function exposedClause(each: Episode['exposed'][number]): string {
  return [
    `${touchedName(each.protocol, each.port)} on ${each.destination}${each.service === '' ? '' : ` (${each.service})`}`,
    each.openSince === undefined ? '' : `open since ${formatMinute(each.openSince)}`,
    each.closedUntil === undefined ? '' : `not open at ${formatMinute(each.closedUntil)}`,
    each.newSinceBaseline ? 'new since the baseline' : '',
    each.severity === undefined ? '' : `a finding of severity ${each.severity}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** `0.81 (good): likelihood 52.2 where 9.2 is needed, reached with 4 contacts`. */
export function sureClause({ confidence, likelihood }: Episode): string {
  const lowered = confidence.lowered
    .map(({ reason, factor }) => `${reason} (×${formatConfidence(factor)})`)
    .join('; ');
  return `${formatConfidence(confidence.value)} (${confidenceWord(confidence.value)}); likelihood ${formatNats(likelihood.score)} where ${formatNats(likelihood.threshold)} is needed, reached with ${counted(likelihood.contactsToAlarm, 'contact')}${lowered === '' ? '' : `; lowered by: ${lowered}`}`;
}

/** `52.2`: natural-log units, thousands apart. */
export function formatNats(value: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** `2.42`, with its sign kept plain. */
export function formatWeight(value: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** `03:12:04`, for steps that are minutes apart; with the day when it is another than that of `beside`. */
export function formatMoment(at: Instant, beside: Instant): string {
  const iso = new Date(Math.floor(at / 1e3)).toISOString();
  const sameDay = formatMinute(at).slice(0, 10) === formatMinute(beside).slice(0, 10);
  return `${sameDay ? '' : `${iso.slice(0, 10)} `}${iso.slice(11, 19)}`;
}

/** `discovery`, `exploit attempt`. */
export function stepWord(step: Episode['transition'][number]['step']): string {
  return step.replace('-', ' ');
}

/** One line for a scan that asks nothing of anybody: `Authorised scan …; 25,600 contacts, from 2026-11-14 01:00 UTC`. */
export function passingLine({ targets, first }: Episode, title: string): string {
  return `${title}; ${counted(targets.contacts, 'contact')}, from ${formatMinute(first)}`;
}

/** What the ledger explains of an episode that it does not explain whole; undefined without an entry. */
export function remainderClause({ authorised }: Episode): string | undefined {
  if (authorised === undefined) return undefined;
  return `${authorised.entry} covers ${counted(authorised.contacts, 'contact')}; ${formatCount(authorised.remainderContacts)} ${authorised.remainderContacts === 1 ? 'is' : 'are'} not covered (${authorised.remainder.join('; ')})`;
}

/** One line of the digest: `203.0.113.0/24: 9 sources tried 23/tcp, 22/tcp; 138 contacts, 2026-11-15 to 2026-11-21`. */
export function noiseClause({ sources, ports, contacts, first, last }: NoiseLine): string {
  const days = [formatMinute(first).slice(0, 10), formatMinute(last).slice(0, 10)];
  const when = days[0] === days[1] ? `on ${days[0] ?? ''}` : `${days[0] ?? ''} to ${days[1] ?? ''}`;
  return `${counted(sources, 'source')} tried ${ports.length === 0 ? 'nothing nameable' : ports.join(', ')}; ${counted(contacts, 'contact')}, ${when}`;
}

/** Episodes that ask for somebody's minutes. */
export function episodesToReview(summary: ReconSummary): readonly Episode[] {
  return summary.episodes.filter((each) => standingOf(each) === 'review');
}

/** Episodes that are said in one line each: authorised, and those for completeness. */
export function episodesInPassing(summary: ReconSummary): readonly Episode[] {
  return summary.episodes.filter((each) => standingOf(each) !== 'review');
}

/** The finding of an episode: advice and title come from there. */
export function findingsById(summary: ReconSummary): ReadonlyMap<string, Finding> {
  return new Map(summary.findings.map((finding) => [finding.id, finding]));
}

/** The title of an episode, which its finding has; its sources where somebody kept it without. */
export function titleIn(findings: ReadonlyMap<string, Finding>, episode: Episode): string {
  return findings.get(episode.id)?.title ?? episode.sources.slice(0, 3).join(', ');
}

/** The one sentence somebody reads who reads one. */
export function reconVerdict(summary: ReconSummary): string {
  const review = episodesToReview(summary);
  const [worst] = review;
  if (worst === undefined) {
    if (recordsOf(summary) === 0) return 'There is no telemetry to judge.';
    const { authorised, noise } = summary.figures.sources;
    const besides = [
      ...(authorised > 0 ? [`authorised scans from ${counted(authorised, 'source')}`] : []),
      ...(noise > 0 ? [`the background of the internet (${counted(noise, 'source')})`] : []),
    ];
    return `Nobody scans us${besides.length === 0 ? '' : ` besides ${besides.join(' and ')}`}.`;
  }
  const many = `${counted(summary.figures.sources.toReview, 'source')} ${summary.figures.sources.toReview === 1 ? 'scans' : 'scan'} us, in ${counted(review.length, 'episode')} to review.`;
  return `${many} ${review.length === 1 ? '' : 'Worst: '}${titleIn(findingsById(summary), worst)}.`;
}

/** Records that were judged, of all kinds. */
export function recordsOf({ telemetry }: ReconSummary): number {
  return Object.values(telemetry.records).reduce((sum, amount) => sum + amount, 0);
}

/** `4,884,957 records of 31 files, sensors dmz and edge, 2026-11-12 00:00 UTC to 2026-11-22 03:00 UTC`. */
export function extentClause(summary: ReconSummary): string {
  const { telemetry, window } = summary;
  const sensors =
    telemetry.sensors.length === 0
      ? ''
      : `, ${telemetry.sensors.length === 1 ? 'sensor' : 'sensors'} ${telemetry.sensors.slice(0, 5).join(', ')}${andMore(telemetry.sensors.length, 5)}`;
  const when = window === undefined ? '' : `, ${formatMinute(window.from)} to ${formatMinute(window.to)}`;
  return `${counted(recordsOf(summary), 'record')} of ${counted(telemetry.files, 'file')}${sensors}${when}`;
}

/** Tools with how far each sign is to be believed and how it is avoided, surest first. */
export function toolClauses({ tools }: Episode): readonly string[] {
  return tools.map(
    ({ text, confidence, evasions }) => `${text} Confidence: ${confidence}. Avoided by: ${evasions}.`,
  );
}

/** How its packets are made, repeated, ordered and timed. */
export function sendingClauses({ sending }: Episode): readonly string[] {
  return sending.map(({ text }) => text);
}
