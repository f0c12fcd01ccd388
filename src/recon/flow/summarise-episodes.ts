import { FULL_CONFIDENCE, lowerFurther, type Lowering } from '../../findings/confidence.ts';
import { riskOf, RunRisk } from '../../findings/risk.ts';
import { compareSeverity } from '../../findings/severity.ts';
import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import { segmentOf } from '../../net/prefix.ts';
import type { Instant } from '../../time/instant.ts';
import { standingOf, type Standing } from '../model/standing.ts';
import type { Episode } from '../model/episode.ts';
import type { NoiseLine, ReconSummary, TelemetryFacts } from '../model/recon-summary.ts';
import { toFinding } from '../correlate/to-finding.ts';

/** The finding of an episode, for whoever shows one alone. */
export { toFinding };

/** What the summary is made of. */
export interface SummaryInput {
  readonly now: Instant;
  readonly window: ReconSummary['window'];
  readonly telemetry: TelemetryFacts;
  /** All episodes of the window, noise and authorised ones too, in any order. */
  readonly episodes: readonly Episode[];
  /** `AS64500 Example`, or undefined: background is rolled up by it where it is known. */
  readonly asOf?: (address: IpAddress) => string | undefined;
  /** Blind spots that only the caller knows, such as contacts that were left out. Said first. */
  readonly blindSpots?: readonly string[];
}

/** Sentences of impact and action at the top of a summary; each finding has its own besides. */
const TOP_IMPACTS = 8;
const TOP_ACTIONS = 12;
/** Lines of the digest, networks, ports: what a person reads. */
const DIGEST_LINES = 20;
const FIGURE_ENTRIES = 20;
/** Days drawn: two months of them fit a phone. */
const DAYS = 60;
const DAY = 86_400e6;
/** Ports named on a line of the digest. */
const DIGEST_PORTS = 5;

/**
 * Share of lines set aside above which telemetry is called thin, and by how much that and sampling lower the
 * confidence. Judgements, not measurements: with one packet of a hundred, one source of ten is still seen
 * (measured for sequential tests on sampled flows; see docs).
 */
const THIN_TELEMETRY = { share: 0.01, factor: 0.9 };
const SAMPLED = 0.8;
const NO_TELEMETRY = 0.05;

/** The summary of a window: pure, the same for the same episodes in any order. */
export function summariseEpisodes(input: SummaryInput): ReconSummary {
  const standing = new Map<Episode, Standing>(input.episodes.map((each) => [each, standingOf(each)]));
  const ranked = input.episodes.toSorted(compareEpisodes);
  const of = (...wanted: readonly Standing[]) =>
    ranked.filter((each) => wanted.includes(standing.get(each) ?? 'review'));
  const review = of('review');
  const others = of('authorised', 'note');
  const noise = of('noise');
  const risk = new RunRisk('episode');
  for (const { severity, score } of review) risk.add(riskOf([{ category: 'recon', severity, score }]));
  const findings = [...review, ...others].map(toFinding);
  const told = findings.slice(0, review.length);
  const digest = digestOf(noise, input.asOf ?? (() => undefined));
  return {
    schema: 'tidemark/summary/1',
    half: 'recon',
    generated: input.now,
    risk: risk.risk,
    confidence: lowerFurther(review[0]?.confidence ?? FULL_CONFIDENCE, loweredBy(input.telemetry)),
    findings,
    impact: onceEach(
      told.map(({ impact }) => impact),
      TOP_IMPACTS,
    ),
    actions: onceEach(
      told.flatMap(({ actions }) => actions),
      TOP_ACTIONS,
    ),
    blindSpots: [...(input.blindSpots ?? []), ...blindSpotsOf(input.telemetry)],
    window: input.window,
    telemetry: input.telemetry,
    episodes: [...review, ...others],
    digest: digest.slice(0, DIGEST_LINES),
    digestLeftOut: Math.max(0, digest.length - DIGEST_LINES),
    figures: {
      days: daysOf(input.episodes, standing),
      sources: {
        toReview: distinctSources(review),
        authorised: distinctSources(of('authorised')),
        noise: distinctSources(noise),
      },
      ports: mostCommon(review.flatMap(({ targets }) => targets.topPorts.map(({ port }) => port))).map(
        ([port, episodes]) => ({ port, episodes }),
      ),
      networks: mostCommon(review.flatMap(({ targets }) => targets.networks)).map(([network, episodes]) => ({
        network,
        episodes,
      })),
    },
  };
}

/** Order in which a person should look: severity, points, how far it came, how sure, newest. Total. */
function compareEpisodes(a: Episode, b: Episode): number {
  return (
    compareSeverity(a.severity, b.severity) ||
    b.score - a.score ||
    b.transition.length - a.transition.length ||
    b.confidence.value - a.confidence.value ||
    b.last - a.last ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

function loweredBy({ records, problems, skipped, sampling }: TelemetryFacts): readonly Lowering[] {
  const read = Object.values(records).reduce((sum, amount) => sum + amount, 0);
  if (read === 0) return [{ reason: 'there is no telemetry of this time', factor: NO_TELEMETRY }];
  return [
    ...(problems > (read + skipped + problems) * THIN_TELEMETRY.share
      ? [{ reason: 'many lines of the telemetry could not be read', factor: THIN_TELEMETRY.factor }]
      : []),
    ...(sampling > 1
      ? [
          {
            reason: `a sensor looked at one of ${sampling.toLocaleString('en-US')} packets`,
            factor: SAMPLED,
          },
        ]
      : []),
  ];
}

function blindSpotsOf({ records, sensors, problems, sampling }: TelemetryFacts): readonly string[] {
  const amount = (value: number) => value.toLocaleString('en-US');
  return [
    ...(records.flow === 0
      ? ['There are no flow records: scans are seen only where others noticed them.']
      : []),
    ...(sampling > 1
      ? [
          `A sensor looked at one of ${amount(sampling)} packets: silence says nothing there, and small scans are missed.`,
        ]
      : []),
    ...(records.app === 0
      ? ['There are no application logs (HTTP, TLS, DNS, SSH): what was said on open ports is not known.']
      : []),
    ...(records.process === 0
      ? ['There is no endpoint telemetry: which process and user is behind a scan from inside is not known.']
      : []),
    ...(sensors.length === 1
      ? [`All records come from one sensor (${sensors[0] ?? ''}): what does not pass it is not seen.`]
      : []),
    ...(problems > 0
      ? [
          `${amount(problems)} ${problems === 1 ? 'line' : 'lines'} could not be read and ${problems === 1 ? 'was' : 'were'} set aside: tidemark telemetry problems FILE says why.`,
        ]
      : []),
  ];
}

/** Noise by what joined it, else by the autonomous system, else by the /24 or /64 of the source. Most contacts first. */
function digestOf(
  noise: readonly Episode[],
  asOf: (address: IpAddress) => string | undefined,
): readonly NoiseLine[] {
  const groups = new Map<string, Episode[]>();
  for (const episode of noise) {
    const key = placeOf(episode, asOf);
    groups.set(key, [...(groups.get(key) ?? []), episode]);
  }
  return Array.from(groups, ([from, episodes]) => ({
    from,
    sources: distinctSources(episodes),
    episodes: episodes.length,
    contacts: episodes.reduce((sum, { targets }) => sum + targets.contacts, 0),
    ports: mostCommon(episodes.flatMap(({ targets }) => targets.topPorts.map(({ port }) => port)))
      .slice(0, DIGEST_PORTS)
      .map(([port]) => port),
    first: Math.min(...episodes.map(({ first }) => first)) as Instant,
    last: Math.max(...episodes.map(({ last }) => last)) as Instant,
  })).toSorted((a, b) => b.contacts - a.contacts || (a.from < b.from ? -1 : 1));
}

function placeOf({ sources, joinedBy }: Episode, asOf: (address: IpAddress) => string | undefined): string {
  const [first] = sources.toSorted(compareIpAddresses);
  if (first === undefined) return 'unknown';
  if (joinedBy?.startsWith('AS') === true) return joinedBy;
  return asOf(first) ?? segmentOf(first);
}

/** Decoys are forged: however many, they are one source. */
function distinctSources(episodes: readonly Episode[]): number {
  return new Set<IpAddress>(
    episodes.flatMap(({ sources, joinedBy, trueSource }) =>
      joinedBy === 'decoys' && sources[0] !== undefined ? [trueSource ?? sources[0]] : sources,
    ),
  ).size;
}

/** Days from the first to the last episode's beginning, the newest `DAYS` of them. */
function daysOf(
  episodes: readonly Episode[],
  standing: ReadonlyMap<Episode, Standing>,
): ReconSummary['figures']['days'] {
  const dayOf = (instant: Instant) => Math.floor(instant / DAY);
  const counts = new Map<number, { toReview: number; authorised: number; noise: number }>();
  for (const episode of episodes) {
    const day = dayOf(episode.first);
    const count = counts.get(day) ?? { toReview: 0, authorised: 0, noise: 0 };
    counts.set(day, count);
    const kind = standing.get(episode);
    if (kind === 'noise') count.noise += 1;
    else if (kind === 'review') count.toReview += 1;
    else count.authorised += 1;
  }
  if (counts.size === 0) return [];
  const last = Math.max(...counts.keys());
  const first = Math.max(Math.min(...counts.keys()), last - DAYS + 1);
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    day: ((first + index) * DAY) as Instant,
    ...(counts.get(first + index) ?? { toReview: 0, authorised: 0, noise: 0 }),
  }));
}

/** Values by how often they come, most first, equals by name. */
function mostCommon(values: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .slice(0, FIGURE_ENTRIES);
}

function onceEach(sentences: readonly string[], most: number): readonly string[] {
  return [...new Set(sentences.filter((sentence) => sentence !== ''))].slice(0, most);
}
