import { FAMILIES, type Family, type Shape } from '../recon/model/episode.ts';
import { poissonUpperBound } from '../stats/poisson-bound.ts';
import { quantile } from '../stats/quantile.ts';
import type { DataSetResult, LabelResult, ScannerResult } from './data-set-result.ts';
import type { Part } from './truth.ts';

/** Middle and upper end of a measure; undefined when nothing was measured. */
export interface Spread {
  readonly median: number | undefined;
  readonly p90: number | undefined;
}

/** How many of the labelled scans of one kind were found, and called what they are. */
export interface Recall<Kind> {
  readonly kind: Kind;
  readonly labelled: number;
  readonly found: number;
  readonly named: number;
}

/** Of the labelled scans of one tool: how many were found, and for how many the tool, or only another one, was named. */
export interface ToolRecall {
  readonly tool: string;
  readonly labelled: number;
  readonly found: number;
  readonly right: number;
  readonly wrong: number;
}

/** Everything about one part of the data. */
export interface PartTotals {
  readonly part: Part;
  readonly dataSets: number;
  readonly scanners: number;
  readonly scannersFound: number;
  /** Of those found, how many are background for the digest only. */
  readonly digestOnly: number;
  readonly labels: number;
  readonly labelsFound: number;
  readonly targets: Spread;
  readonly seconds: Spread;
  readonly harmless: number;
  readonly falseAlarms: number;
  readonly hostDays: number;
  /** False alarms per 1,000 host-days, and what the true rate is at most (95 %); undefined without host-days. */
  readonly falseAlarmRate: { readonly per1000: number; readonly atMost: number } | undefined;
  readonly unlabelled: number;
  /** Of those, how many are background for the digest only. */
  readonly unlabelledDigestOnly: number;
  readonly families: readonly Recall<Family>[];
  readonly shapes: readonly Recall<Shape>[];
  /** Scanners by how many contacts the data shows of them. */
  readonly sizes: readonly Recall<string>[];
  /** Scans whose tool the truth names, the most frequent first. */
  readonly tools: readonly ToolRecall[];
  readonly groups: {
    readonly groups: number;
    readonly sources: number;
    /** Labelled scanners among the members whose label is known; undefined when none is known. */
    readonly purity: number | undefined;
  };
  readonly peers: readonly PeerTotals[];
  readonly sampled: readonly SampledTotals[];
}

/** One peer on one part. */
export interface PeerTotals {
  readonly name: string;
  readonly found: number;
  readonly falseAlarms: number;
  readonly unlabelled: number;
  readonly medianTargets: number | undefined;
}

/** One sampling rate on one part. */
export interface SampledTotals {
  readonly rate: number;
  readonly found: number;
  readonly falseAlarms: number;
  readonly unlabelled: number;
  readonly peers: readonly { readonly name: string; readonly found: number; readonly falseAlarms: number }[];
}

/** Classes of scanners by contacts, as the published comparison has them. */
const SIZES = [
  { kind: '0', from: 0, to: 0 },
  { kind: '1', from: 1, to: 1 },
  { kind: '2-4', from: 2, to: 4 },
  { kind: '5-9', from: 5, to: 9 },
  { kind: '10-24', from: 10, to: 24 },
  { kind: '25+', from: 25, to: Infinity },
] as const;

const SHAPES: readonly Shape[] = ['vertical', 'horizontal', 'block', 'strobe', 'single'];

/** Sums one part up. */
export function totalsOf(part: Part, all: readonly DataSetResult[]): PartTotals {
  const results = all.filter((result) => result.part === part);
  const scanners = results.flatMap((result) => result.scanners);
  const found = scanners.flatMap((scanner) => scanner.found ?? []);
  const labels = results.flatMap((result) => result.labels);
  const groups = results.flatMap((result) => result.groups);
  const members = { scanners: sum(groups, 'scanners'), harmless: sum(groups, 'harmless') };
  const falseAlarms = results.reduce((count, result) => count + result.falseAlarms.length, 0);
  const unlabelled = results.flatMap((result) => result.unlabelled);
  const hostDays = sum(results, 'hostDays');
  return {
    part,
    dataSets: results.length,
    scanners: scanners.length,
    scannersFound: found.length,
    digestOnly: found.filter((one) => one.digestOnly).length,
    labels: labels.length,
    labelsFound: labels.filter((label) => label.found).length,
    targets: spreadOf(found.flatMap((one) => one.targets ?? [])),
    seconds: spreadOf(found.flatMap((one) => one.seconds ?? [])),
    harmless: sum(results, 'harmless'),
    falseAlarms,
    hostDays,
    falseAlarmRate:
      hostDays === 0
        ? undefined
        : {
            per1000: (1000 * falseAlarms) / hostDays,
            atMost: (1000 * poissonUpperBound(falseAlarms)) / hostDays,
          },
    unlabelled: unlabelled.length,
    unlabelledDigestOnly: unlabelled.filter((other) => other.digestOnly).length,
    families: recall(FAMILIES, labels, (label) => label.family, 'familyNamed'),
    shapes: recall(SHAPES, labels, (label) => label.shape, 'shapeNamed'),
    sizes: SIZES.map(({ kind, from, to }) => {
      const some = scanners.filter((scanner) => scanner.contacts >= from && scanner.contacts <= to);
      const hits = some.filter((scanner) => scanner.found !== undefined).length;
      return { kind, labelled: some.length, found: hits, named: hits };
    }).filter((row) => row.labelled > 0),
    tools: toolRecall(labels),
    groups: {
      groups: groups.length,
      sources: sum(groups, 'sources'),
      purity:
        members.scanners + members.harmless === 0
          ? undefined
          : members.scanners / (members.scanners + members.harmless),
    },
    peers: peerTotals(results),
    sampled: sampledTotals(results),
  };
}

function recall<Kind>(
  kinds: readonly Kind[],
  labels: readonly LabelResult[],
  kindOf: (label: LabelResult) => Kind | undefined,
  named: 'familyNamed' | 'shapeNamed',
): Recall<Kind>[] {
  return kinds
    .map((kind) => {
      const some = labels.filter((label) => kindOf(label) === kind);
      return {
        kind,
        labelled: some.length,
        found: some.filter((label) => label.found).length,
        named: some.filter((label) => label[named]).length,
      };
    })
    .filter((row) => row.labelled > 0);
}

function toolRecall(labels: readonly LabelResult[]): ToolRecall[] {
  const tools = new Set(labels.flatMap(({ tool }) => tool ?? []));
  return [...tools]
    .map((tool) => {
      const some = labels.filter((label) => label.tool === tool);
      const named = some.filter(({ toolsNamed }) => toolsNamed.length > 0);
      const right = named.filter(({ toolsNamed }) =>
        toolsNamed.some((name) => name.toLowerCase() === tool.toLowerCase()),
      ).length;
      const found = some.filter((label) => label.found).length;
      return { tool, labelled: some.length, found, right, wrong: named.length - right };
    })
    .toSorted((a, b) => b.labelled - a.labelled || (a.tool < b.tool ? -1 : 1));
}

function peerTotals(results: readonly DataSetResult[]): PeerTotals[] {
  const names = [...new Set(results.flatMap((result) => result.peers.map((peer) => peer.name)))];
  return names.map((name) => {
    const rows = results.flatMap((result) => result.peers.filter((peer) => peer.name === name));
    const found = rows.flatMap((row) => row.found);
    return {
      name,
      found: found.length,
      falseAlarms: rows.reduce((count, row) => count + row.falseAlarms.length, 0),
      unlabelled: sum(rows, 'unlabelled'),
      medianTargets: quantile(
        found.flatMap((one) => one.targets ?? []),
        0.5,
      ),
    };
  });
}

function sampledTotals(results: readonly DataSetResult[]): SampledTotals[] {
  const rates = [...new Set(results.flatMap((result) => result.sampled.map((one) => one.rate)))];
  return rates.map((rate) => {
    const rows = results.flatMap((result) => result.sampled.filter((one) => one.rate === rate));
    const names = [...new Set(rows.flatMap((row) => row.peers.map((peer) => peer.name)))];
    return {
      rate,
      found: sum(rows, 'found'),
      falseAlarms: rows.reduce((count, row) => count + row.falseAlarms.length, 0),
      unlabelled: sum(rows, 'unlabelled'),
      peers: names.map((name) => {
        const some = rows.flatMap((row) => row.peers.filter((peer) => peer.name === name));
        return { name, found: sum(some, 'found'), falseAlarms: sum(some, 'falseAlarms') };
      }),
    };
  });
}

function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), p90: quantile(values, 0.9) };
}

function sum<K extends string>(rows: readonly Readonly<Record<K, number>>[], key: K): number {
  return rows.reduce((total, row) => total + row[key], 0);
}

/** Labelled scanners that were not found. */
export function missedOf(result: DataSetResult): readonly ScannerResult[] {
  return result.scanners.filter((scanner) => scanner.found === undefined);
}
