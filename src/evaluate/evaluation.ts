import { contains } from '../net/prefix.ts';
import type { TestParameters } from '../recon/model/site.ts';
import type { Flow, TelemetryRecord } from '../recon/model/telemetry-record.ts';
import { SCAN_SHAPES } from './constant-scan.ts';
import { capturesAndLogs, type CaptureAndLog } from './capture-and-log.ts';
import type { DataSetResult, LogResult, SampledResult } from './data-set-result.ts';
import type { Detect } from './detector.ts';
import type { Flagged, Peer, PeerContext } from './peers/peer.ts';
import { PEERS } from './peers/peers.ts';
import type { ReadFile, Recording } from './recording.ts';
import { SAMPLING_RATES, samplePackets, withoutCare } from './sampling.ts';
import { Benchmark } from './score.ts';
import { stretchDetection, stretchPeer, type StretchResult } from './stretch.ts';
import { missedOf, totalsOf, type PartTotals } from './totals.ts';
import { PARTS, scannersOf } from './truth.ts';

/** How to evaluate. */
export interface EvaluationOptions extends PeerContext {
  /** The sequential test's constants in force. */
  readonly test: TestParameters;
  /** How far the detection looks back. */
  readonly horizonDays: number;
  /** Whether to hold the published detectors beside it. */
  readonly peers: boolean;
  /** Whether to repeat everything with 1:10, 1:100 and 1:1000 of the packets. */
  readonly sampling: boolean;
  /** Whether to look for the slowest scan that is found. */
  readonly stretch: boolean;
  /** Of the sampling. */
  readonly seed: number;
}

/** What was measured. */
export interface ReconEvaluation {
  readonly seed: number;
  readonly test: TestParameters;
  readonly dataSets: readonly DataSetResult[];
  /** Data sets that could not be read: neither found nor missed. */
  readonly notRead: readonly { readonly name: string; readonly scanners: number; readonly why: string }[];
  /** Captures, and logs of the same traffic; empty when no data set has both. */
  readonly captures: readonly CaptureAndLog[];
  /** A part without data sets is left out. */
  readonly parts: readonly PartTotals[];
  /** Rules of the peers, by name; empty when they were left out. */
  readonly peers: readonly { readonly name: string; readonly rule: string }[];
  /** Undefined when it was not asked for. */
  readonly stretch: readonly StretchResult[] | undefined;
}

/**
 * Runs the detection over each recording by itself and holds what it says against the truth. One recording is in memory
 * at a time.
 */
export async function evaluateRecon(
  recordings: AsyncIterable<Recording>,
  detect: Detect,
  options: EvaluationOptions,
): Promise<ReconEvaluation> {
  const dataSets: DataSetResult[] = [];
  const notRead: { name: string; scanners: number; why: string }[] = [];
  const peers = options.peers ? PEERS : [];
  for await (const recording of recordings) {
    if (recording.kind === 'read') dataSets.push(await evaluateOne(recording, detect, peers, options));
    else
      notRead.push({
        name: recording.dataSet.name,
        scanners: scannersOf(recording.dataSet).length,
        why: recording.why,
      });
  }
  return {
    seed: options.seed,
    test: options.test,
    dataSets,
    notRead,
    captures: capturesAndLogs(dataSets),
    parts: PARTS.map((part) => totalsOf(part, dataSets)).filter((totals) => totals.dataSets > 0),
    peers: peers.map(({ name, rule }) => ({ name, rule })),
    stretch: options.stretch ? await stretchAll(detect, peers, options) : undefined,
  };
}

/** Whether a harmless source was flagged or a labelled scanner missed: exit status 1. */
export function fellShort(evaluation: ReconEvaluation): boolean {
  return evaluation.dataSets.some((result) => result.falseAlarms.length > 0 || missedOf(result).length > 0);
}

async function evaluateOne(
  recording: Recording & { kind: 'read' },
  detect: Detect,
  peers: readonly Peer[],
  options: EvaluationOptions,
): Promise<DataSetResult> {
  const { dataSet, records, surroundings } = recording;
  const flows = inTimeOrder(records);
  const benchmark = new Benchmark(dataSet, flows);
  return {
    name: dataSet.name,
    part: dataSet.part,
    file: recording.file,
    format: recording.format,
    records: records.length,
    flows: flows.length,
    problems: recording.problems,
    ...benchmark.score(await detect(records, surroundings), options.test),
    peers: peers.map((peer) => benchmark.scorePeer(peer.name, flaggedBy(peer, flows, recording, options))),
    sampled: options.sampling ? await sampledResults(recording, benchmark, detect, peers, options) : [],
    log:
      recording.log === undefined ? undefined : await evaluateLog(recording.log, recording, detect, options),
  };
}

/** Holds the log of the same traffic against the same truth. */
async function evaluateLog(
  { file, format, records, problems }: ReadFile,
  { dataSet, surroundings }: Recording & { kind: 'read' },
  detect: Detect,
  { test }: EvaluationOptions,
): Promise<LogResult> {
  const flows = inTimeOrder(records);
  const { scanners, labels, falseAlarms } = new Benchmark(dataSet, flows).score(
    await detect(records, surroundings),
    test,
  );
  return {
    file,
    format,
    records: records.length,
    flows: flows.length,
    problems,
    scanners,
    labels,
    falseAlarms,
  };
}

async function sampledResults(
  recording: Recording & { kind: 'read' },
  benchmark: Benchmark,
  detect: Detect,
  peers: readonly Peer[],
  options: EvaluationOptions,
): Promise<SampledResult[]> {
  const results: SampledResult[] = [];
  for (const rate of SAMPLING_RATES) {
    const flows = inTimeOrder([...samplePackets(recording.records, rate, options.seed)]);
    const score = benchmark.score(await detect(flows, recording.surroundings), options.test);
    const careless = flows.map(withoutCare);
    results.push({
      rate,
      flows: flows.length,
      found: score.scanners.filter((scanner) => scanner.found !== undefined).length,
      falseAlarms: score.falseAlarms.map((other) => other.source),
      unlabelled: score.unlabelled.length,
      peers: peers.map((peer) => {
        const { found, falseAlarms } = benchmark.scorePeer(
          peer.name,
          flaggedBy(peer, careless, recording, options),
        );
        return { name: peer.name, found: found.length, falseAlarms: falseAlarms.length };
      }),
    });
  }
  return results;
}

/** What a peer flags; scans of the ledger are on its list of exceptions, which is what such detectors offer. */
function flaggedBy(
  peer: Peer,
  flows: readonly Flow[],
  { surroundings }: Recording & { kind: 'read' },
  options: EvaluationOptions,
): readonly Flagged[] {
  const allowed = (surroundings?.ledger ?? []).flatMap((entry) => entry.sources);
  return peer
    .flag(flows, surroundings ?? options)
    .filter(({ source }) => !allowed.some((prefix) => contains(prefix, source)));
}

async function stretchAll(
  detect: Detect,
  peers: readonly Peer[],
  options: EvaluationOptions,
): Promise<StretchResult[]> {
  const results: StretchResult[] = [];
  for (const shape of SCAN_SHAPES) results.push(await stretchDetection(detect, shape, options.horizonDays));
  for (const peer of peers) for (const shape of SCAN_SHAPES) results.push(stretchPeer(peer, shape, options));
  return results;
}

function inTimeOrder(records: readonly TelemetryRecord[]): Flow[] {
  const flows = records.filter((record) => record.kind === 'flow');
  return flows.toSorted((a, b) => a.time - b.time);
}
