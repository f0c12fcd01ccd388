import type { Finding } from '../findings/finding.ts';
import type { Episode } from '../recon/model/episode.ts';
import type { ReconSummary } from '../recon/model/recon-summary.ts';
import { formatMinute } from '../time/instant.ts';
import { clip } from '../text/acting-characters.ts';
import {
  passingLine,
  episodesInPassing,
  episodesToReview,
  exposedClause,
  extentClause,
  findingsById,
  formatMoment,
  foundClause,
  noiseClause,
  outcomesClause,
  paceClause,
  reconVerdict,
  remainderClause,
  shapeClause,
  stepWord,
  sureClause,
  titleIn,
  whenClause,
  whoClauses,
  sendingClauses,
} from './episode-words.ts';
import { escapeMarkdown, markdownCode } from './escape-markdown.ts';
import { capital, andMore, confidenceWord, formatConfidence, formatScore } from './summary-words.ts';

/** Chats and trackers fold or refuse long posts. */
const LIMITS = { episodes: 10, sentences: 3, steps: 8, actions: 6, records: 2, named: 6, lines: 10 };
const LONGEST_TEXT = 500;

/**
 * Who scans us as GitHub-flavoured Markdown for tickets and chats. Strings from outside are escaped and defanged: they
 * never become links, mentions, images, HTML or headings. Ends with a newline.
 */
export function telemetryMarkdown(summary: ReconSummary): string {
  const review = episodesToReview(summary);
  const findings = findingsById(summary);
  const shown = review.slice(0, LIMITS.episodes);
  const { risk, confidence } = summary;
  const blocks = [
    `## ${capital(risk.level)} risk, ${formatScore(risk.score)}/100`,
    `**${text(reconVerdict(summary))}** ${text(`Confidence ${formatConfidence(confidence.value)} (${confidenceWord(confidence.value)}).`)}`,
    ...(confidence.lowered.length === 0
      ? []
      : [
          text(
            `Confidence is lowered by: ${confidence.lowered.map(({ reason, factor }) => `${reason} (×${formatConfidence(factor)})`).join('; ')}.`,
          ),
        ]),
    ...shown.flatMap((episode, index) => episodeBlocks(episode, findings, index + 1)),
    ...more(review.length, shown.length),
    ...list(
      'Authorised, or for completeness',
      episodesInPassing(summary).map((each) => text(passingLine(each, titleIn(findings, each)))),
    ),
    ...list(
      'Background of the internet',
      summary.digest.map((line) => `${markdownCode(clip(line.from, 80))}: ${text(noiseClause(line))}`),
    ),
    ...list('Blind spots', summary.blindSpots.map(text)),
    `*${text(`Looked at ${extentClause(summary)}. Summary made ${formatMinute(summary.generated)}.`)}*`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

function episodeBlocks(
  episode: Episode,
  findings: ReadonlyMap<string, Finding>,
  rank: number,
): readonly string[] {
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ['Who', [...whoClauses(episode, LIMITS.named), ...episode.traits]],
    ['When', [[whenClause(episode), paceClause(episode)].filter((part) => part !== '').join('; ')]],
    [
      'What',
      [...episode.families.map((each) => each.text), `${shapeClause(episode)}: ${outcomesClause(episode)}`],
    ],
    ['How', sendingClauses(episode)],
    ['Allowed', [remainderClause(episode)].filter((each) => each !== undefined)],
    [
      'Found',
      [
        foundClause(episode, LIMITS.named) === ''
          ? 'nothing open'
          : `open: ${foundClause(episode, LIMITS.named)}`,
      ],
    ],
    ['Exposed', episode.exposed.map(exposedClause)],
    ['Unusual', episode.unusual],
    ['Sure', [sureClause(episode)]],
  ];
  const lines = facts.flatMap(([label, sentences]) =>
    sentences.length === 0
      ? []
      : [
          `- **${label}:** ${text(sentences.slice(0, LIMITS.sentences).join('; ') + andMore(sentences.length, LIMITS.sentences))}`,
        ],
  );
  const steps = episode.transition
    .slice(0, LIMITS.steps)
    .map(
      ({ at, step, source, destination, text: said }, index) =>
        `${index + 1}. ${formatMoment(at, episode.first)} **${stepWord(step)}** ${text(`${source} on ${destination}: ${said}`)}`,
    );
  const actions = (findings.get(episode.id)?.actions ?? [])
    .slice(0, LIMITS.actions)
    .map((action) => `- [ ] ${text(action)}`);
  const records = episode.records
    .slice(0, LIMITS.records)
    .map(
      ({ file, line, text: said }) =>
        `- evidence: ${markdownCode(clip(said, LONGEST_TEXT))} (${markdownCode(clip(file, 120))} line ${line})`,
    );
  return [
    `### ${rank}. ${episode.severity.toUpperCase()} ${text(titleIn(findings, episode))}`,
    [...lines, ...records, `- finding ${markdownCode(episode.id)}`].join('\n'),
    ...(steps.length === 0 ? [] : [`What followed:\n\n${steps.join('\n')}`]),
    ...(actions.length === 0 ? [] : [actions.join('\n')]),
  ];
}

function list(title: string, entries: readonly string[]): readonly string[] {
  if (entries.length === 0) return [];
  const shown = entries.slice(0, LIMITS.lines);
  return [
    `### ${title}`,
    shown.map((entry) => `- ${entry}`).join('\n'),
    ...more(entries.length, shown.length),
  ];
}

function more(total: number, shown: number): readonly string[] {
  return total > shown ? [`…${andMore(total, shown)}.`] : [];
}

function text(value: string): string {
  return escapeMarkdown(clip(value, LONGEST_TEXT));
}
