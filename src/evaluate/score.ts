import type { IpAddress } from '../net/ip-address.ts';
import { toolsNamed } from '../recon/flow/name-tools.ts';
import { DEPTHS, type Episode } from '../recon/model/episode.ts';
import type { TestParameters } from '../recon/model/site.ts';
import type { Flow } from '../recon/model/telemetry-record.ts';
import type { Instant } from '../time/instant.ts';
import type {
  DataSetResult,
  Found,
  GroupResult,
  LabelResult,
  OtherFlagged,
  PeerResult,
  ScannerResult,
} from './data-set-result.ts';
import type { Flagged } from './peers/peer.ts';
import { outcomesOf, plainStatistic, seenSources, type SeenSource } from './seen-source.ts';
import { scannersOf, type DataSet, type LabelledScan } from './truth.ts';

/** Seconds by which a label and the records may disagree on when a scan began or ended. */
const SLACK = 2e6;

/** What of a data set's result comes from episodes and truth alone. */
export type Score = Pick<
  DataSetResult,
  'scanners' | 'labels' | 'harmless' | 'hostDays' | 'falseAlarms' | 'unlabelled' | 'groups' | 'seconds'
>;

/** Flows of a data set beside its truth: what verdicts are held against. */
export class Benchmark {
  readonly #dataSet: DataSet;
  readonly #scanners: ReadonlySet<IpAddress>;
  readonly #harmless: ReadonlyMap<IpAddress, string>;
  readonly #seen: ReadonlyMap<IpAddress, SeenSource>;
  readonly #seconds: number;

  constructor(dataSet: DataSet, flows: readonly Flow[]) {
    this.#dataSet = dataSet;
    this.#scanners = new Set(scannersOf(dataSet));
    this.#harmless = new Map(dataSet.harmless.map(({ source, note }) => [source, note]));
    this.#seen = seenSources(flows, new Set([...this.#scanners, ...this.#harmless.keys()]));
    let first = Infinity;
    let last = -Infinity;
    for (const { time } of flows) {
      first = Math.min(first, time);
      last = Math.max(last, time);
    }
    this.#seconds = flows.length === 0 ? 0 : (last - first) / 1e6;
  }

  /** Holds episodes against the truth. */
  score(episodes: readonly Episode[], test: TestParameters): Score {
    const bySource = new Map<IpAddress, Episode[]>();
    const raised = episodes.filter((episode) => !isAuthorised(episode));
    for (const episode of raised)
      for (const source of episode.sources) {
        const known = bySource.get(source);
        if (known === undefined) bySource.set(source, [episode]);
        else known.push(episode);
      }
    const others = [...bySource].filter(([source]) => !this.#scanners.has(source));
    return {
      seconds: this.#seconds,
      scanners: [...this.#scanners].map((source) => this.#scanner(source, bySource.get(source) ?? [], test)),
      labels: this.#dataSet.scans.map((scan) => this.#label(scan, bySource.get(scan.source) ?? [])),
      harmless: this.#harmless.size,
      hostDays: this.#hostDays(),
      falseAlarms: others.filter(([source]) => this.#harmless.has(source)).map(this.#other),
      unlabelled: others.filter(([source]) => !this.#harmless.has(source)).map(this.#other),
      groups: raised.filter((episode) => episode.sources.length > 1).map((episode) => this.#group(episode)),
    };
  }

  /** Holds what a peer flagged against the truth. */
  scorePeer(name: string, flagged: readonly Flagged[]): PeerResult {
    const at = new Map(flagged.map((flag) => [flag.source, flag.at]));
    const found = [...this.#scanners].flatMap((source) => {
      const time = at.get(source);
      return time === undefined ? [] : [{ source, targets: this.#delay(source, time)?.targets }];
    });
    const falseAlarms = [...this.#harmless.keys()].filter((source) => at.has(source));
    return { name, found, falseAlarms, unlabelled: at.size - found.length - falseAlarms.length };
  }

  #scanner(source: IpAddress, episodes: readonly Episode[], test: TestParameters): ScannerResult {
    const contacts = this.#seen.get(source)?.contacts ?? [];
    return {
      source,
      words: this.#scansOf(source)
        .map((scan) => scan.words)
        .join('; '),
      contacts: contacts.length,
      outcomes: outcomesOf(contacts),
      statistic: plainStatistic(contacts, test),
      found: this.#found(source, episodes),
    };
  }

  #found(source: IpAddress, episodes: readonly Episode[]): Found | undefined {
    const [earliest] = episodes.toSorted((a, b) => a.alarm - b.alarm);
    if (earliest === undefined) return undefined;
    const delay = this.#delay(source, earliest.alarm);
    return {
      at: earliest.alarm,
      targets: delay?.targets,
      seconds: delay?.seconds,
      digestOnly: episodes.every((episode) => episode.noise),
    };
  }

  /** From the onset of what is labelled to a moment; undefined when that lies before the onset, or nothing was seen. */
  #delay(source: IpAddress, at: Instant): { targets: number; seconds: number } | undefined {
    const seen = this.#seen.get(source);
    if (seen === undefined) return undefined;
    const starts = this.#scansOf(source).flatMap((scan) => this.#timeOf(scan)?.from ?? []);
    const onset = starts.length === 0 ? seen.first : Math.min(...starts);
    const before = seen.contacts.filter((contact) => contact.at >= onset && contact.at <= at);
    // Seconds run from what the source did first, not from what a clock elsewhere says.
    const [first] = before;
    return first === undefined ? undefined : { targets: before.length, seconds: (at - first.at) / 1e6 };
  }

  #label(scan: LabelledScan, episodes: readonly Episode[]): LabelResult {
    const time = this.#timeOf(scan);
    const covering = episodes.filter(
      (episode) => time === undefined || (episode.first <= time.to && episode.last >= time.from),
    );
    const depths = covering.map(({ depth }) => DEPTHS.indexOf(depth));
    return {
      source: scan.source,
      words: scan.words,
      family: scan.families[0],
      shape: scan.shapes[0],
      found: covering.length > 0,
      familyNamed: covering.some((episode) =>
        episode.families.some((match) => scan.families.includes(match.family)),
      ),
      shapeNamed: covering.some((episode) => scan.shapes.includes(episode.shape)),
      tool: scan.tool,
      toolsNamed: [...new Set(covering.flatMap(toolsNamed))],
      families: [...new Set(covering.flatMap((episode) => episode.families.map(({ family }) => family)))],
      depth: DEPTHS[Math.max(-1, ...depths)],
    };
  }

  /** When a labelled scan ran, where its times fit what the records show of the source. */
  #timeOf(scan: LabelledScan): { from: number; to: number } | undefined {
    const seen = this.#seen.get(scan.source);
    if (seen === undefined || scan.start === undefined || scan.end === undefined) return undefined;
    const from = scan.start - SLACK;
    const to = scan.end + SLACK;
    return from <= seen.last && to >= seen.first ? { from, to } : undefined;
  }

  #scansOf(source: IpAddress): readonly LabelledScan[] {
    return this.#dataSet.scans.filter((scan) => scan.source === source);
  }

  readonly #other = ([source, episodes]: readonly [IpAddress, readonly Episode[]]): OtherFlagged => {
    const [earliest] = episodes.toSorted((a, b) => a.alarm - b.alarm);
    if (earliest === undefined) throw new RangeError('a flagged source has an episode');
    return {
      source,
      note: this.#harmless.get(source) ?? '',
      at: earliest.alarm,
      families: [...new Set(episodes.flatMap((episode) => episode.families.map((match) => match.family)))],
      shape: earliest.shape,
      contacts: Math.max(...episodes.map((episode) => episode.targets.contacts)),
      terms: earliest.likelihood.terms.toSorted((a, b) => b.total - a.total),
      digestOnly: episodes.every((episode) => episode.noise),
    };
  };

  #group(episode: Episode): GroupResult {
    const scanners = episode.sources.filter((source) => this.#scanners.has(source)).length;
    const harmless = episode.sources.filter((source) => this.#harmless.has(source)).length;
    return {
      joinedBy: episode.joinedBy ?? '',
      sources: episode.sources.length,
      scanners,
      harmless,
      unlabelled: episode.sources.length - scanners - harmless,
    };
  }

  #hostDays(): number {
    let days = 0;
    for (const source of this.#harmless.keys()) {
      const seen = this.#seen.get(source);
      if (seen !== undefined) days += (seen.last - seen.first) / 86_400e6;
    }
    return days;
  }
}

/** Whether all of it is what somebody was allowed to do: kept as evidence, and no alarm. */
function isAuthorised(episode: Episode): boolean {
  return episode.authorised !== undefined && episode.authorised.remainderContacts === 0;
}
