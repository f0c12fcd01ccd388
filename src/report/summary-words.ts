import { counted, formatCount } from '../text/phrase.ts';
import type { Finding, Observation, Subject } from '../findings/finding.ts';
import type { RiskLevel } from '../findings/severity.ts';
import type {
  ChangeLine,
  ExposureSummary,
  HostSummary,
  Risk,
  SubnetFinding,
  SubnetSummary,
} from '../findings/summary.ts';
import { compareIpAddresses, type IpAddress } from '../net/ip-address.ts';
import type { PortKey } from '../net/port-key.ts';
import { formatMinute, type Instant } from '../time/instant.ts';

/**
 * The sentences that every rendering of a summary shares, so that text, Markdown and HTML say the same. They quote
 * scanned strings: the caller escapes them for its output.
 */

/** `2026-11-22 03:00 UTC`, or that the run does not say. */
export function minuteOrUnknown(instant: Instant | undefined): string {
  return instant === undefined ? 'unknown time' : formatMinute(instant);
}

/** Findings that ask for somebody's minutes; `info` is for completeness. */
export function findingsToReview(summary: { readonly findings: readonly Finding[] }): readonly Finding[] {
  return summary.findings.filter((finding) => finding.severity !== 'info');
}

/** The hosts of a subject, however many: none for a finding about a network. */
export function hostsOf(subject: Subject): readonly IpAddress[] {
  if (subject.hosts !== undefined) return subject.hosts;
  return subject.host === undefined ? [] : [subject.host];
}

/**
 * The observations that say what was seen, apart from those that only explain the rule: where room is short, the
 * reader needs the facts. All of them when a finding has nothing else.
 */
export function factsOf(finding: Finding): readonly Observation[] {
  const facts = finding.observations.filter(({ evidence }) => evidence.some((each) => each.kind !== 'rule'));
  return facts.length === 0 ? finding.observations : facts;
}

/** The port of a finding, unless its title names it already. */
export function portBesideTitle({ title, subject }: Finding): PortKey | undefined {
  return subject.port === undefined || title.includes(subject.port) ? undefined : subject.port;
}

/** The one sentence somebody reads who reads one. */
export function verdictSentence(summary: ExposureSummary): string {
  const review = findingsToReview(summary);
  if (review.length === 0) return 'Nothing to review.';
  const hosts = new Set(review.flatMap((finding) => hostsOf(finding.subject)));
  const on =
    hosts.size === 0 ? '' : ` on ${formatCount(hosts.size)} of ${counted(summary.run.hostsUp, 'host')} up`;
  return `${counted(review.length, 'finding')} to review${on}.`;
}

/** What the run was held against, as a sentence. */
export function againstSentence(summary: ExposureSummary): string {
  const { against } = summary;
  switch (against.kind) {
    case 'baseline':
      return `Compared with baseline ${against.version}: what was normal in ${counted(against.runs, 'earlier scan')}.`;
    case 'run':
      return `Compared with the scan of ${minuteOrUnknown(against.start)} (run ${against.id}).`;
    case 'nothing':
      return `Compared with nothing. ${against.why}`;
    default:
      return against satisfies never;
  }
}

/** What was changed since; the title of the list of changes. */
export function changesTitle(summary: ExposureSummary): string {
  const { against } = summary;
  switch (against.kind) {
    case 'baseline':
      return `What changed since baseline ${against.version}`;
    case 'run':
      return `What changed since ${minuteOrUnknown(against.start)}`;
    case 'nothing':
      return 'What changed';
    default:
      return against satisfies never;
  }
}

/** Why the list of changes is empty. */
export function noChangesSentence(summary: ExposureSummary): string {
  return summary.against.kind === 'nothing'
    ? 'There is nothing to compare with yet.'
    : 'Nothing changed that this run could see.';
}

/** What an unfinished run means for the reader, or undefined for a complete one. */
export function unfinishedSentence(summary: ExposureSummary): string | undefined {
  switch (summary.run.status) {
    case 'complete':
      return undefined;
    case 'interrupted':
      return 'The scan was interrupted. What it did not reach is unknown, not gone.';
    case 'truncated':
      return 'The scan file ends early. What is missing from it is unknown, not gone.';
    default:
      return summary.run.status satisfies never;
  }
}

/**
 * A word for a confidence, because `0.57` alone says nothing at night. Bands are ours and only words: half or more
 * of the possible doubt gone is `fair`, four fifths `good`.
 */
export function confidenceWord(value: number): 'good' | 'fair' | 'low' {
  if (value >= 0.8) return 'good';
  return value >= 0.5 ? 'fair' : 'low';
}

/** `0.86`. */
export function formatConfidence(value: number): string {
  return value.toFixed(2);
}

/** Scores are shown whole: their decimals mean nothing to a reader. */
export function formatScore(score: number): string {
  return String(Math.round(score));
}

/** How a change is marked at the start of its line: more is reachable, less is reachable, or something else. */
export function changeMark(change: ChangeLine): '+' | '-' | '~' {
  switch (change.kind) {
    case 'port-opened':
    case 'host-appeared':
    case 'host-came-up':
      return '+';
    case 'port-closed':
    case 'port-filtered':
    case 'host-disappeared':
    case 'host-went-down':
      return '-';
    default:
      return '~';
  }
}

/** Highest score first; equals by address, so that the order never wavers. */
export function hostsByRisk(summary: ExposureSummary): readonly HostSummary[] {
  return summary.hosts.toSorted((a, b) => b.risk.score - a.risk.score || compareIpAddresses(a.host, b.host));
}

/** `25 databases, +50 lifted to 75 because the worst finding is high = 75`; undefined where there is nothing to add up. */
export function scoreSentence({ score, parts }: Risk): string | undefined {
  if (parts.length === 0) return undefined;
  const [first, ...rest] = parts.map(({ points, text }, index) =>
    index === 0 ? `${points} ${text}` : `${signed(points)} ${text}`,
  );
  return `${[first, ...rest].join(', ')} = ${formatScore(score)}`;
}

/** `+50`, `-30`. */
export function signed(points: number): string {
  return points < 0 ? String(points) : `+${points}`;
}

/** `3 of 5 hosts with “Telnet answers” are here`. */
export function concentratedSentence({ title, hosts, ofHosts }: SubnetFinding): string {
  return hosts === ofHosts
    ? `all ${counted(hosts, 'host')} with “${title}” are here`
    : `${formatCount(hosts)} of ${counted(ofHosts, 'host')} with “${title}” are here`;
}

/** How the points are spread, where a tenth of the hosts is not simply all there is. */
export function worstTenthSentence({ hosts, worstTenth }: SubnetSummary): string | undefined {
  if (worstTenth.ofPoints === 0 || hosts < 10) return undefined;
  const { points, ofPoints } = worstTenth;
  return `the worst ${formatCount(worstTenth.hosts)} of ${counted(hosts, 'host')} ${worstTenth.hosts === 1 ? 'carries' : 'carry'} ${formatCount(points)} of ${formatCount(ofPoints)} points`;
}

/** Subnets with something to review. One subnet alone says what the run says, so then there are none. */
export function subnetsToReview(summary: ExposureSummary): readonly SubnetSummary[] {
  if (summary.subnets.length + summary.subnetsLeftOut < 2) return [];
  return summary.subnets.filter((subnet) => subnet.findings.length > 0);
}

/** `2 high, 1 medium, 43 low`; levels without a host are left out. */
export function hostsByRiskWords({ hostsByRisk: counts }: Pick<SubnetSummary, 'hostsByRisk'>): string {
  return RISK_LEVELS.filter((level) => counts[level] > 0)
    .map((level) => `${formatCount(counts[level])} ${level}`)
    .join(', ');
}

/** Most severe first: the order of legends and counts. */
export const RISK_LEVELS: readonly RiskLevel[] = ['critical', 'high', 'medium', 'low'];

/** `and 3 more`, or nothing when none is left out. */
export function andMore(total: number, shown: number): string {
  return total > shown ? ` and ${formatCount(total - shown)} more` : '';
}

/** With a capital letter first. */
export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
