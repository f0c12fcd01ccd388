import { stripVTControlCharacters } from 'node:util';
import { anomalyFigures, anomalySentence, anomalySum, reasonsOf, unusualHosts } from './anomaly-words.ts';
import type { Finding } from '../findings/finding.ts';
import type { ExposureSummary, HostSummary, Risk } from '../findings/summary.ts';
import { formatMinute } from '../time/instant.ts';
import { clip } from '../text/acting-characters.ts';
import { groupChanges } from './change-groups.ts';
import { termsIn } from './glossary.ts';
import { painter } from './style.ts';
import {
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
  worstTenthSentence,
} from './summary-words.ts';
import { counted, formatCount } from '../text/phrase.ts';
import { renderTable } from './table.ts';
import { printable, TextPage } from './text-page.ts';
import { truncate } from './wrap.ts';

/** How the terminal summary is drawn. */
export interface SummaryTextOptions {
  readonly colour: boolean;
  /** Terminal columns. Default 100. */
  readonly width?: number;
  /** Prints every entry of every list. Default: the first few of each, about one screen. */
  readonly full?: boolean;
}

/** What fits one screen of about 50 lines together; the rest is counted, and `full` prints it. */
const LIMITS = {
  observations: 5,
  changes: 8,
  impact: 3,
  actions: 6,
  hosts: 5,
  unusual: 3,
  subnets: 4,
  concentrated: 1,
  blindSpots: 4,
  hostsNamed: 4,
  perFinding: 2,
};
/** The line of an observation starts under its title. */
const BODY = 14;

/**
 * The summary for a terminal: verdict first, then what a person on call needs in the order they need it. Every
 * string is escaped, lines fit the width, no colour unless asked for. Ends with a newline.
 */
export function summaryText(summary: ExposureSummary, options: SummaryTextOptions): string {
  const page = new TextPage(options.width ?? 100, painter(options.colour));
  const limits = options.full === true ? EVERYTHING : LIMITS;
  writeVerdict(page, summary);
  const review = findingsToReview(summary);
  if (review.length > 0) writeObservations(page, summary, review, limits);
  if (summary.changes.length > 0) writeChanges(page, summary, limits.changes, limits.hostsNamed);
  page.list('Potential impact', summary.impact, limits.impact, '-');
  page.list('Recommended actions', summary.actions, limits.actions, '1');
  writeUnusual(page, summary, limits, options.full === true);
  writeSubnets(page, summary, limits);
  writeHosts(page, summary, limits.hosts);
  if (options.full === true) writeScores(page, summary);
  if (review.length > 0) page.list('Blind spots', summary.blindSpots, limits.blindSpots, '-');
  if (options.full === true) {
    const words = termsIn(stripVTControlCharacters(page.text())).map(
      ({ term, meaning }) => `${term}: ${meaning}`,
    );
    page.list('Words', words, Infinity, '-');
  }
  return page.text();
}

const EVERYTHING: typeof LIMITS = {
  observations: Infinity,
  changes: Infinity,
  impact: Infinity,
  actions: Infinity,
  hosts: Infinity,
  unusual: Infinity,
  subnets: Infinity,
  concentrated: Infinity,
  blindSpots: Infinity,
  hostsNamed: Infinity,
  perFinding: Infinity,
};

function writeVerdict(page: TextPage, summary: ExposureSummary): void {
  const { risk, confidence, run } = summary;
  const level = page.paint(risk.level, `${risk.level.toUpperCase()} RISK`);
  const sure = `confidence ${formatConfidence(confidence.value)} (${confidenceWord(confidence.value)})`;
  page.line(`${level}  ${page.paint('strong', `${formatScore(risk.score)}/100`)}   ${sure}`);

  const quiet = findingsToReview(summary).length === 0;
  const extent = `${formatCount(run.hostsUp)} of ${counted(run.hostsTotal, 'host')} up, ${counted(summary.figures.openPorts, 'open port')}`;
  page.paragraph(
    `${verdictSentence(summary)} ${quiet ? `${extent}. ${summary.changes.length === 0 ? noChangesSentence(summary) : ''}` : ''}`,
    0,
    '',
    quiet ? 'good' : 'strong',
  );
  const unfinished = unfinishedSentence(summary);
  if (unfinished !== undefined) page.paragraph(unfinished, 0, '', 'medium');
  page.paragraph(
    `Run ${run.id} of ${minuteOrUnknown(run.start)}: ${run.scanner}, profile ${run.profile}, from ${run.vantage}${quiet ? '' : `; ${extent}`}.`,
    0,
    '',
    'quiet',
  );
  page.paragraph(againstSentence(summary), 0, '', 'quiet');
  if (confidence.lowered.length > 0) {
    const reasons = confidence.lowered.map(
      ({ reason, factor }) => `${reason} (×${formatConfidence(factor)})`,
    );
    page.paragraph(`Confidence is lowered by: ${reasons.join('; ')}.`, 0, '', 'quiet');
  }
  if (quiet && summary.blindSpots.length > 0)
    page.paragraph(`Not seen: ${summary.blindSpots.join(' ')}`, 0, '', 'quiet');
}

function writeObservations(
  page: TextPage,
  summary: ExposureSummary,
  findings: readonly Finding[],
  limits: typeof LIMITS,
): void {
  const shown = findings.slice(0, limits.observations);
  page.heading('Key observations');
  const names = namesOf(
    summary,
    shown.flatMap((finding) => hostsOf(finding.subject).slice(0, 1)),
  );
  for (const [index, finding] of shown.entries()) {
    const rank = `${String(index + 1).padStart(2)}. `;
    const word = finding.severity.toUpperCase();
    const first =
      rank + page.paint(finding.severity, word) + ' '.repeat(Math.max(1, BODY - rank.length - word.length));
    page.paragraph(`${finding.title}${subjectOf(finding, names, limits.hostsNamed)}`, BODY, first, 'strong');
    const facts = factsOf(finding);
    for (const observation of facts.slice(0, limits.perFinding)) {
      const since = observation.since === undefined ? '' : `, since ${formatMinute(observation.since)}`;
      page.paragraph(`${withoutStop(observation.text)}${since}.`, BODY);
      if (observation.unusual !== undefined) page.paragraph(observation.unusual, BODY, undefined, 'quiet');
    }
    if (facts.length > limits.perFinding)
      page.paragraph(`…${andMore(facts.length, limits.perFinding)}`, BODY, undefined, 'quiet');
    page.line(
      ' '.repeat(BODY) + page.paint('quiet', truncate(printable(evidenceOf(finding)), page.width - BODY)),
    );
  }
  page.rest(findings.length, shown.length);
}

/** Names of just these hosts: a summary may have 65,536 of them. */
function namesOf(summary: ExposureSummary, addresses: readonly string[]): ReadonlyMap<string, string> {
  const wanted = new Set(addresses);
  const names = new Map<string, string>();
  for (const host of summary.hosts) {
    const [name] = host.names;
    if (name !== undefined && wanted.has(host.host)) names.set(host.host, name);
  }
  return names;
}

/** ` – 10.0.0.5 (db1), 27017/tcp`, or ` – 10.0.0.5, 10.0.0.6 and 4 more, 23/tcp`: a line has no room for many names. */
function subjectOf(finding: Finding, names: ReadonlyMap<string, string>, limit: number): string {
  const hosts = hostsOf(finding.subject);
  const name = hosts.length === 1 ? names.get(hosts[0] ?? '') : undefined;
  const listed = hosts.slice(0, limit).join(', ') + andMore(hosts.length, limit);
  const where =
    hosts.length === 0
      ? finding.subject.network
      : listed + (name === undefined ? '' : ` (${clip(name, 60)})`);
  const parts = [where, portBesideTitle(finding)].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` – ${parts.join(', ')}`;
}

/** Where to look: the finding, and the raw fact that comes first. */
function evidenceOf(finding: Finding): string {
  const evidence = finding.observations.flatMap((observation) => observation.evidence);
  const scan = evidence.find((each) => each.kind === 'scan');
  const fact = scan === undefined ? evidence[0]?.fact : `run ${scan.run}: ${scan.fact}`;
  return `finding ${finding.id}${fact === undefined ? '' : `, ${fact}`}`;
}

function writeChanges(page: TextPage, summary: ExposureSummary, limit: number, hostsNamed: number): void {
  page.heading(changesTitle(summary));
  const groups = groupChanges(summary.changes);
  const shown = groups.slice(0, limit);
  for (const { change, hosts } of shown) {
    const named = hosts.slice(0, hostsNamed);
    const on = named.length === 0 ? '' : `${named.join(', ')}${andMore(hosts.length, named.length)}: `;
    const caveat = change.comparable ? '' : ' (not comparable)';
    page.paragraph(`${on}${change.text}${caveat}`, 4, `  ${changeMark(change)} `);
  }
  page.rest(groups.length, shown.length);
}

function writeSubnets(page: TextPage, summary: ExposureSummary, limits: typeof LIMITS): void {
  const risky = subnetsToReview(summary);
  if (risky.length === 0) return;
  page.heading('Subnets most at risk');
  const shown = risky.slice(0, limits.subnets);
  page.block(
    renderTable(
      [
        { title: 'Subnet', min: 15 },
        { title: 'Risk', min: 8 },
        { title: 'Score' },
        { title: 'Hosts' },
        { title: 'Hosts by risk', min: 8 },
        { title: 'First finding', min: 8 },
      ],
      shown.map((subnet) => [
        subnet.network,
        { text: subnet.risk.level, tone: subnet.risk.level },
        subnet.risk.score,
        subnet.hosts,
        hostsByRiskWords(subnet),
        subnet.findings[0]?.title,
      ]),
      { width: page.width, paint: page.paint, indent: 2 },
    ),
  );
  for (const subnet of shown) {
    const said = subnet.concentrated.slice(0, limits.concentrated).map(concentratedSentence);
    const spread = limits.subnets === Infinity ? worstTenthSentence(subnet) : undefined;
    if (spread !== undefined) said.push(spread);
    if (said.length > 0) page.paragraph(`${subnet.network}: ${said.join('; ')}.`, 4, '  ', 'quiet');
  }
  const besides =
    summary.subnetsLeftOut > 0
      ? `; ${counted(summary.subnetsLeftOut, 'subnet')} at no higher risk are left out`
      : '';
  page.rest(risky.length, shown.length, besides);
}

/** What the anomaly model has to say; in full, each score as a sum. */
function writeUnusual(page: TextPage, summary: ExposureSummary, limits: typeof LIMITS, full: boolean): void {
  const { anomaly } = summary;
  if (anomaly === undefined) return;
  const hosts = full ? anomaly.hosts : unusualHosts(anomaly);
  if (hosts.length === 0) {
    page.paragraph(`Unusual: ${anomalySentence(anomaly)}`, 0, '', 'quiet');
    return;
  }
  page.heading('Most unusual');
  page.paragraph(anomalySentence(anomaly), 2);
  for (const host of hosts.slice(0, limits.unusual)) {
    const said = full ? anomalySum(host) : reasonsOf(host, 2).join('. ');
    page.paragraph(`${host.host} (${anomalyFigures(host)}): ${said}`, 4, '  - ');
  }
  page.rest(hosts.length, Math.min(hosts.length, limits.unusual));
  for (const note of anomaly.notes) page.paragraph(note, 2, undefined, 'quiet');
}

/** How each score comes about. */
function writeScores(page: TextPage, summary: ExposureSummary): void {
  const rows: (readonly [name: string, risk: Risk])[] = [
    ['all', summary.risk],
    ...subnetsToReview(summary).map(({ network, risk }) => [network, risk] as const),
    ...hostsByRisk(summary).map(({ host, risk }) => [host, risk] as const),
  ];
  const said = rows.flatMap(([name, risk]) => {
    const sentence = scoreSentence(risk);
    return sentence === undefined ? [] : [`${name}: ${sentence}`];
  });
  page.list('How the scores add up', said, Infinity, '-');
}

function writeHosts(page: TextPage, summary: ExposureSummary, limit: number): void {
  const risky = hostsByRisk(summary).filter((host) => findingsToReview(host).length > 0);
  if (risky.length === 0) return;
  page.heading('Hosts most at risk');
  const shown = risky.slice(0, limit);
  page.block(
    renderTable(
      [
        { title: 'Host', min: 15 },
        { title: 'Name', max: 40 },
        { title: 'Risk', min: 8 },
        { title: 'Score' },
        { title: 'Open' },
        { title: 'Findings', min: 8 },
        { title: 'First of them', min: 8 },
      ],
      shown.map((host) => hostRow(host)),
      { width: page.width, paint: page.paint, indent: 2 },
    ),
  );
  const leftOut = counted(summary.hostsLeftOut, 'host');
  const besides = summary.hostsLeftOut > 0 ? `; ${leftOut} at no higher risk are left out` : '';
  page.rest(risky.length, shown.length, besides);
}

function hostRow(host: HostSummary) {
  const review = findingsToReview(host);
  return [
    host.host,
    host.names[0],
    { text: host.risk.level, tone: host.risk.level },
    Math.round(host.risk.score),
    host.openPorts,
    review.length,
    review[0]?.title,
  ] as const;
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
