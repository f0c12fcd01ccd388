import type { Finding } from '../findings/finding.ts';
import type { Episode } from '../recon/model/episode.ts';
import type { ReconSummary } from '../recon/model/recon-summary.ts';
import {
  passingLine,
  episodesInPassing,
  episodesToReview,
  exposedClause,
  extentClause,
  findingsById,
  formatMoment,
  formatNats,
  formatWeight,
  foundClause,
  noiseClause,
  outcomesClause,
  paceClause,
  reconVerdict,
  recordsOf,
  remainderClause,
  shapeClause,
  stepWord,
  sureClause,
  titleIn,
  whenClause,
  whoClauses,
  sendingClauses,
} from './episode-words.ts';
import { painter } from './style.ts';
import { andMore, confidenceWord, formatConfidence, formatScore } from './summary-words.ts';
import { counted, formatCount } from '../text/phrase.ts';
import { renderTable } from './table.ts';
import { printable, TextPage } from './text-page.ts';
import { truncate } from './wrap.ts';

/** How the terminal text is drawn. */
export interface TelemetryTextOptions {
  readonly colour: boolean;
  /** Terminal columns. Default 100. */
  readonly width?: number;
  /** Every episode, every sentence, and all terms of the likelihood. */
  readonly full?: boolean;
  /** The digest of noise line by line. */
  readonly noise?: boolean;
}

/** What fits two screens; the rest is counted, and `full` prints it. */
const LIMITS = {
  episodes: 6,
  sentences: 1,
  unusual: 2,
  actions: 2,
  steps: 6,
  named: 4,
  authorised: 3,
  noise: 1,
  blindSpots: 4,
};
const EVERYTHING: typeof LIMITS = {
  episodes: Infinity,
  sentences: Infinity,
  unusual: Infinity,
  actions: Infinity,
  steps: Infinity,
  named: 50,
  authorised: Infinity,
  noise: Infinity,
  blindSpots: Infinity,
};
/** An episode's lines start under its title, their words after a label. */
const BODY = 14;
const LABEL = 9;

/**
 * Who scans us, for a terminal: the verdict first, then each episode in the order in which a person on call asks (who,
 * when, what, what they found, why it is unusual, how sure it is, what to do), then what asks for nobody's minutes.
 * Every string is escaped, lines fit the width, no colour unless asked for. Ends with a newline.
 */
export function telemetryText(summary: ReconSummary, options: TelemetryTextOptions): string {
  const page = new TextPage(options.width ?? 100, painter(options.colour));
  const limits = options.full === true ? EVERYTHING : LIMITS;
  const review = episodesToReview(summary);
  const findings = findingsById(summary);
  writeVerdict(page, summary);
  const shown = review.slice(0, limits.episodes);
  const advised = new Set<string>();
  for (const [index, episode] of shown.entries()) {
    page.line();
    // What was advised for a worse one above is not said again.
    const fresh = (findings.get(episode.id)?.actions ?? []).filter((action) => !advised.has(action));
    for (const action of fresh) advised.add(action);
    writeEpisode(page, episode, titleIn(findings, episode), fresh, index + 1, limits);
    if (options.full === true) writeLikelihood(page, episode);
  }
  if (review.length > shown.length) {
    page.line();
    page.rest(review.length, shown.length, ': `tidemark detect --full`, or `tidemark findings`');
  }
  writeInPassing(page, summary, limits.authorised);
  writeNoise(page, summary, options.noise === true ? Infinity : limits.noise);
  if (recordsOf(summary) > 0) page.list('Blind spots', summary.blindSpots, limits.blindSpots, '-');
  return page.text();
}

/** One episode as the summary prints it in full, with all terms of its likelihood. For `tidemark findings show`. */
export function episodeText(
  episode: Episode,
  finding: Finding,
  options: Omit<TelemetryTextOptions, 'noise'>,
): string {
  const page = new TextPage(options.width ?? 100, painter(options.colour));
  writeEpisode(
    page,
    episode,
    finding.title,
    finding.actions,
    undefined,
    options.full === true ? EVERYTHING : { ...LIMITS, sentences: 5, unusual: 5, actions: 5 },
  );
  writeLikelihood(page, episode);
  return page.text();
}

function writeVerdict(page: TextPage, summary: ReconSummary): void {
  const { risk, confidence } = summary;
  const quiet = episodesToReview(summary).length === 0;
  const level = page.paint(risk.level, `${risk.level.toUpperCase()} RISK`);
  const sure = `confidence ${formatConfidence(confidence.value)} (${confidenceWord(confidence.value)})`;
  page.line(`${level}  ${page.paint('strong', `${formatScore(risk.score)}/100`)}   ${sure}`);
  const empty = recordsOf(summary) === 0;
  page.paragraph(reconVerdict(summary), 0, '', empty ? 'medium' : quiet ? 'good' : 'strong');
  if (empty) page.paragraph('Give files: `tidemark detect FILE…`.', 0, '', 'quiet');
  else page.paragraph(`Looked at ${extentClause(summary)}.`, 0, '', 'quiet');
  if (confidence.lowered.length > 0 && !empty) {
    const reasons = confidence.lowered.map(
      ({ reason, factor }) => `${reason} (×${formatConfidence(factor)})`,
    );
    page.paragraph(`Confidence is lowered by: ${reasons.join('; ')}.`, 0, '', 'quiet');
  }
}

function writeEpisode(
  page: TextPage,
  episode: Episode,
  title: string,
  actions: readonly string[],
  rank: number | undefined,
  limits: typeof LIMITS,
): void {
  const number = rank === undefined ? '    ' : `${String(rank).padStart(2)}. `;
  const word = episode.severity.toUpperCase();
  const first =
    number + page.paint(episode.severity, word) + ' '.repeat(Math.max(1, BODY - number.length - word.length));
  page.paragraph(title, BODY, first, 'strong');
  const say = (label: string, sentences: readonly string[], tone?: 'quiet' | 'strong') => {
    for (const [index, sentence] of sentences.entries()) {
      const head = page.paint('quiet', index === 0 ? label.padEnd(LABEL) : ' '.repeat(LABEL));
      page.paragraph(sentence, BODY + LABEL, ' '.repeat(BODY) + head, tone);
    }
  };
  // What is left out is counted at the end of the last sentence: a line of its own would be one more to read.
  const some = (sentences: readonly string[], most: number) =>
    sentences
      .slice(0, most)
      .map((sentence, index) =>
        index === most - 1 && sentences.length > most
          ? `${sentence} (${andMore(sentences.length, most).trim()})`
          : sentence,
      );

  say('Who', [...whoClauses(episode, limits.named), ...some(episode.traits, limits.sentences)]);
  say('When', [[whenClause(episode), paceClause(episode)].filter((part) => part !== '').join('; ')]);
  say('What', [
    ...some(
      episode.families.map(({ text }) => text),
      limits.sentences,
    ),
    `${shapeClause(episode)}: ${outcomesClause(episode)}`,
  ]);
  say('How', some(sendingClauses(episode), limits.sentences));
  const remainder = remainderClause(episode);
  if (remainder !== undefined) say('Allowed', [remainder]);
  const found = foundClause(episode, limits.named);
  say('Found', found === '' ? ['nothing open'] : [`open: ${found}`]);
  say('Exposed', some(episode.exposed.map(exposedClause), limits.named), 'strong');
  say(
    'Then',
    some(
      episode.transition.map(
        ({ at, step, source, text }) =>
          `${formatMoment(at, episode.first)} ${stepWord(step)}${episode.sources.includes(source) && episode.sources.length === 1 ? '' : ` by ${source}`}: ${text}`,
      ),
      limits.steps,
    ),
    'strong',
  );
  say('Unusual', some(episode.unusual, limits.unusual));
  say('Sure', [sureClause(episode)]);
  say('Do', some(actions, limits.actions));
  page.line(
    ' '.repeat(BODY) +
      page.paint(
        'quiet',
        truncate(
          printable(`finding ${episode.id}: tidemark findings show ${episode.id.slice(0, 10)} --evidence`),
          page.width - BODY,
        ),
      ),
  );
}

/** All terms of the likelihood, which sum to the score. */
function writeLikelihood(page: TextPage, { likelihood }: Episode): void {
  page.line();
  page.block(
    renderTable(
      [
        { title: 'Speaks for a scan', min: 16, max: 48 },
        { title: 'Contacts', align: 'right' },
        { title: 'Each', align: 'right' },
        { title: 'Together', align: 'right' },
      ],
      [
        ...likelihood.terms.map(({ term, contacts, weight, total }) => [
          term,
          formatCount(contacts),
          formatWeight(weight),
          formatWeight(total),
        ]),
        [
          `likelihood (${formatNats(likelihood.threshold)} is needed)`,
          '',
          '',
          formatWeight(likelihood.score),
        ],
      ],
      { width: page.width, paint: page.paint, indent: BODY },
    ),
  );
}

function writeInPassing(page: TextPage, summary: ReconSummary, limit: number): void {
  const findings = findingsById(summary);
  const passing = episodesInPassing(summary);
  if (passing.length === 0) return;
  page.heading('Authorised, or for completeness');
  for (const episode of passing.slice(0, limit))
    page.paragraph(passingLine(episode, titleIn(findings, episode)), 4, '  - ');
  page.rest(passing.length, Math.min(passing.length, limit));
}

function writeNoise(page: TextPage, summary: ReconSummary, limit: number): void {
  const { digest, digestLeftOut, figures } = summary;
  if (digest.length === 0) return;
  page.heading('Background of the internet');
  const lines = digest.length + digestLeftOut;
  if (limit < lines) {
    const contacts = digest.reduce((sum, line) => sum + line.contacts, 0);
    page.paragraph(
      `${counted(figures.sources.noise, 'source')} of ${counted(lines, 'network')} tried ${portsOf(digest)}; ${counted(contacts, 'contact')}, not about us (--all lists them)`,
      4,
      '  - ',
      'quiet',
    );
    return;
  }
  for (const line of digest) page.paragraph(`${line.from}: ${noiseClause(line)}`, 4, '  - ');
  page.rest(lines, digest.length);
}

/** Ports that most lines name, at most five. */
function portsOf(digest: ReconSummary['digest']): string {
  const lines = new Map<string, number>();
  for (const port of digest.flatMap((line) => line.ports)) lines.set(port, (lines.get(port) ?? 0) + 1);
  return [...lines]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 5)
    .map(([port]) => port)
    .join(', ');
}
