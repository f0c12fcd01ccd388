import { anomalyFigures, anomalySentence, reasonsOf, unusualHosts } from './anomaly-words.ts';
import type { Finding } from '../findings/finding.ts';
import type { ExposureSummary } from '../findings/summary.ts';
import { formatMinute } from '../time/instant.ts';
import { groupChanges } from './change-groups.ts';
import { clip } from '../text/acting-characters.ts';
import { escapeMarkdown, markdownCode } from './escape-markdown.ts';
import {
  capital,
  againstSentence,
  andMore,
  changeMark,
  changesTitle,
  concentratedSentence,
  confidenceWord,
  factsOf,
  findingsToReview,
  formatConfidence,
  formatScore,
  hostsByRisk,
  hostsByRiskWords,
  hostsOf,
  minuteOrUnknown,
  noChangesSentence,
  portBesideTitle,
  scoreSentence,
  subnetsToReview,
  unfinishedSentence,
  verdictSentence,
} from './summary-words.ts';
import { counted, formatCount } from '../text/phrase.ts';

/** Chats and trackers fold or refuse long posts; these keep an ordinary run well under 10,000 characters. */
const LIMITS = {
  findings: 10,
  observations: 3,
  changes: 15,
  entries: 12,
  hosts: 10,
  unusual: 10,
  subnets: 8,
  hostsNamed: 8,
};
const LONGEST_TEXT = 500;

/**
 * The summary as GitHub-flavoured Markdown for tickets and chats. Scanned strings are escaped and defanged: they
 * never become links, mentions, images, HTML or headings. Ends with a newline.
 */
export function summaryMarkdown(summary: ExposureSummary): string {
  const review = findingsToReview(summary);
  const blocks = [
    ...verdict(summary),
    ...findings(review),
    ...changes(summary),
    ...list('Potential impact', summary.impact, '-'),
    ...list('Recommended actions', summary.actions, '- [ ]'),
    ...unusual(summary),
    ...subnets(summary),
    ...hosts(summary),
    ...list('Blind spots', summary.blindSpots, '-'),
    `*${text(`Run ${summary.run.id}, ${summary.run.scanner}, summary made ${formatMinute(summary.generated)}.`)}*`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

function text(value: string): string {
  return escapeMarkdown(clip(value, LONGEST_TEXT));
}

function verdict(summary: ExposureSummary): string[] {
  const { risk, confidence, run } = summary;
  const unfinished = unfinishedSentence(summary);
  const score = scoreSentence(risk);
  const sure = `confidence ${formatConfidence(confidence.value)} (${confidenceWord(confidence.value)})`;
  const lowered = confidence.lowered.map(({ reason, factor }) => `${reason} (×${formatConfidence(factor)})`);
  return [
    `## ${capital(risk.level)} risk, ${formatScore(risk.score)}/100`,
    `**${text(verdictSentence(summary))}** ${text(
      `${formatCount(run.hostsUp)} of ${counted(run.hostsTotal, 'host')} up, ${counted(summary.figures.openPorts, 'open port')}; ${sure}.`,
    )}`,
    ...(unfinished === undefined ? [] : [`**${text(unfinished)}**`]),
    [
      `- ${text(`Scanned ${minuteOrUnknown(run.start)}, profile ${run.profile}, from ${run.vantage}.`)}`,
      `- ${text(againstSentence(summary))}`,
      ...(score === undefined ? [] : [`- ${text(`Score: ${score}.`)}`]),
      ...(lowered.length === 0 ? [] : [`- ${text(`Confidence is lowered by: ${lowered.join('; ')}.`)}`]),
    ].join('\n'),
  ];
}

function findings(review: readonly Finding[]): string[] {
  if (review.length === 0) return [];
  const shown = review.slice(0, LIMITS.findings);
  const items = shown.map((finding, index) => {
    const body = factsOf(finding)
      .slice(0, LIMITS.observations)
      .flatMap((observation) => {
        const since = observation.since === undefined ? '' : `, since ${formatMinute(observation.since)}`;
        const evidence = observation.evidence.find((each) => each.kind !== 'rule');
        return [
          `   - ${text(observation.text.replace(/\.$/, ''))}${since}${
            observation.unusual === undefined ? '' : ` (${text(observation.unusual)})`
          }`,
          ...(evidence === undefined
            ? []
            : [`     - evidence: ${markdownCode(clip(evidence.fact, LONGEST_TEXT))}`]),
        ];
      });
    const number = `${index + 1}.`;
    return [
      `${number} **${finding.severity.toUpperCase()}** ${text(finding.title)}${subject(finding)} (finding ${finding.id})`,
      ...body,
    ].join('\n');
  });
  return ['### Key observations', items.join('\n'), ...more(review.length, shown.length)];
}

function subject(finding: Finding): string {
  const { network } = finding.subject;
  const all = hostsOf(finding.subject);
  const named = all.slice(0, LIMITS.hostsNamed).map((host) => markdownCode(host));
  const where = named.length > 0 ? named.join(', ') + andMore(all.length, named.length) : undefined;
  const parts = [
    where ?? (network === undefined ? undefined : markdownCode(network)),
    portBesideTitle(finding),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` – ${parts.join(', ')}`;
}

function changes(summary: ExposureSummary): string[] {
  const groups = groupChanges(summary.changes);
  const title = `### ${changesTitle(summary)}`;
  if (groups.length === 0) return [title, noChangesSentence(summary)];
  const shown = groups.slice(0, LIMITS.changes);
  const rows = shown.map(({ change, hosts: all }) => {
    const named = all.slice(0, LIMITS.hostsNamed).map((host) => markdownCode(host));
    const where = named.length === 0 ? '' : `${named.join(', ')}${andMore(all.length, named.length)}: `;
    return `- ${MARKS[changeMark(change)]} ${where}${text(change.text)}${change.comparable ? '' : ' *(not comparable)*'}`;
  });
  return [title, rows.join('\n'), ...more(groups.length, shown.length)];
}

/** A bare `+` or `-` at the start of an item would open another list. */
const MARKS = { '+': '`+`', '-': '`-`', '~': '`~`' } as const;

function list(title: string, entries: readonly string[], mark: string): string[] {
  if (entries.length === 0) return [];
  const shown = entries.slice(0, LIMITS.entries);
  return [
    `### ${title}`,
    shown.map((entry) => `${mark} ${text(entry)}`).join('\n'),
    ...more(entries.length, shown.length),
  ];
}

function unusual({ anomaly }: ExposureSummary): string[] {
  if (anomaly === undefined) return [];
  const listed = unusualHosts(anomaly);
  const shown = listed.slice(0, LIMITS.unusual);
  return [
    '### Most unusual',
    text(anomalySentence(anomaly)),
    ...(shown.length === 0
      ? []
      : [
          shown
            .map(
              (host) =>
                `- ${markdownCode(host.host)} ${text(anomalyFigures(host))}: ${text(clip(reasonsOf(host, 2).join('. '), 300))}`,
            )
            .join('\n'),
        ]),
    ...more(listed.length, shown.length),
    ...anomaly.notes.map(text),
  ];
}

function subnets(summary: ExposureSummary): string[] {
  const risky = subnetsToReview(summary);
  if (risky.length === 0) return [];
  const shown = risky.slice(0, LIMITS.subnets);
  const rows = shown.map((subnet) => {
    const [first] = subnet.findings;
    const [concentrated] = subnet.concentrated;
    return [
      markdownCode(subnet.network),
      `${subnet.risk.level} (${formatScore(subnet.risk.score)})`,
      `${formatCount(subnet.hosts)}: ${hostsByRiskWords(subnet)}`,
      first === undefined ? '' : text(clip(first.title, 80)),
      concentrated === undefined ? '' : text(clip(concentratedSentence(concentrated), 160)),
    ].join(' | ');
  });
  return [
    '### Subnets most at risk',
    [
      '| Subnet | Risk | Hosts | First finding | Concentrated |',
      '| --- | --- | --- | --- | --- |',
      ...rows.map((row) => `| ${row} |`),
    ].join('\n'),
    ...more(risky.length + summary.subnetsLeftOut, shown.length),
  ];
}

function hosts(summary: ExposureSummary): string[] {
  const risky = hostsByRisk(summary).filter((host) => findingsToReview(host).length > 0);
  if (risky.length === 0) return [];
  const shown = risky.slice(0, LIMITS.hosts);
  const rows = shown.map((host) => {
    const [first] = findingsToReview(host);
    return [
      markdownCode(host.host),
      host.names[0] === undefined ? '' : markdownCode(clip(host.names[0], 80)),
      `${host.risk.level} (${formatScore(host.risk.score)})`,
      String(host.openPorts),
      first === undefined ? '' : text(clip(first.title, 80)),
    ].join(' | ');
  });
  return [
    '### Hosts most at risk',
    [
      '| Host | Name | Risk | Open ports | First finding |',
      '| --- | --- | --- | ---: | --- |',
      ...rows.map((row) => `| ${row} |`),
    ].join('\n'),
    ...more(risky.length, shown.length),
  ];
}

function more(total: number, shown: number): string[] {
  return total > shown ? [`…${andMore(total, shown)}.`] : [];
}
