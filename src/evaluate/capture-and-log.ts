import { DEPTHS, type Depth, type Family } from '../recon/model/episode.ts';
import type { DataSetResult, LogResult } from './data-set-result.ts';

/** What was made of one recording of some traffic. */
export interface ViewVerdict {
  /** Labelled scanners that were found. */
  readonly found: number;
  /** Labelled scans that were given the family of their label. */
  readonly familyNamed: number;
  readonly families: readonly Family[];
  /** Tools that were named for labelled scans. Foreign: escape. */
  readonly tools: readonly string[];
  /** Deepest of the labelled scans; undefined when none was found. */
  readonly depth: Depth | undefined;
  /** Harmless sources that were flagged. */
  readonly falseAlarms: number;
}

/** What one view of the traffic has, and the other has not. */
export const VIEW_LOSSES = ['scanner', 'family', 'tool', 'depth'] as const;

/** See VIEW_LOSSES. */
export type ViewLoss = (typeof VIEW_LOSSES)[number];

/** A capture beside a log of the same traffic. */
export interface CaptureAndLog {
  readonly name: string;
  /** What the truth says: scanners, labelled scans, tools (foreign: escape), sources that must not be flagged. */
  readonly scanners: number;
  readonly labels: number;
  readonly tools: readonly string[];
  readonly harmless: number;
  readonly capture: ViewVerdict;
  /** Undefined when there is no log of it. */
  readonly log: ViewVerdict | undefined;
  /** What the capture tells and the log does not, and the other way about. Empty without a log. */
  readonly lost: readonly ViewLoss[];
  readonly gained: readonly ViewLoss[];
}

/** The readers' name for captures. */
const CAPTURE = 'pcap';

/** Captures beside the logs of the same traffic. Captures without one are in it, as long as any has one. */
export function capturesAndLogs(results: readonly DataSetResult[]): readonly CaptureAndLog[] {
  const folders = new Set(results.filter(({ log }) => log !== undefined).map(({ name }) => folderOf(name)));
  return results
    .filter(({ name, format }) => format === CAPTURE && folders.has(folderOf(name)))
    .map((result): CaptureAndLog => {
      const capture = verdictOf(result);
      const log = result.log === undefined ? undefined : verdictOf(result.log);
      const wanted = toolsOf(result);
      return {
        name: result.name,
        scanners: result.scanners.length,
        labels: result.labels.length,
        tools: wanted,
        harmless: result.harmless,
        capture,
        log,
        lost: log === undefined ? [] : missingIn(log, capture, wanted),
        gained: log === undefined ? [] : missingIn(capture, log, wanted),
      };
    });
}

function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}

function toolsOf({ labels }: Pick<DataSetResult, 'labels'>): readonly string[] {
  return [...new Set(labels.flatMap(({ tool }) => tool ?? []))].toSorted();
}

function verdictOf({
  scanners,
  labels,
  falseAlarms,
}: Pick<LogResult, 'scanners' | 'labels' | 'falseAlarms'>): ViewVerdict {
  const depths = labels.flatMap(({ depth }) => (depth === undefined ? [] : [DEPTHS.indexOf(depth)]));
  return {
    found: scanners.filter(({ found }) => found !== undefined).length,
    familyNamed: labels.filter(({ familyNamed }) => familyNamed).length,
    families: [...new Set(labels.flatMap(({ families }) => families))],
    tools: [...new Set(labels.flatMap(({ toolsNamed }) => toolsNamed))],
    depth: DEPTHS[Math.max(-1, ...depths)],
    falseAlarms: falseAlarms.length,
  };
}

/** What `there` has and `here` has not. A depth that a scanner was not found for is not counted again. */
function missingIn(here: ViewVerdict, there: ViewVerdict, tools: readonly string[]): readonly ViewLoss[] {
  const depth = (view: ViewVerdict): number => (view.depth === undefined ? -1 : DEPTHS.indexOf(view.depth));
  const missing: Readonly<Record<ViewLoss, boolean>> = {
    scanner: here.found < there.found,
    family: here.familyNamed < there.familyNamed,
    tool: rightTools(here, tools) < rightTools(there, tools),
    depth: here.found >= there.found && depth(here) < depth(there),
  };
  return VIEW_LOSSES.filter((loss) => missing[loss]);
}

/** Tools of the truth that were named. */
export function rightTools({ tools }: ViewVerdict, wanted: readonly string[]): number {
  const named = new Set(tools.map((tool) => tool.toLowerCase()));
  return wanted.filter((tool) => named.has(tool.toLowerCase())).length;
}
