import { describe, expect, test } from 'vitest';
import { fourRefusals } from '../../test/evaluate/episodes.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { parsePrefix, type Prefix } from '../net/prefix.ts';
import type { Instant } from '../time/instant.ts';
import { closedProbe, constantScan, SCANNER } from './constant-scan.ts';
import { evaluateRecon, fellShort, type EvaluationOptions } from './evaluation.ts';
import type { Recording } from './recording.ts';
import { INTERVALS } from './stretch.ts';

const QUIET = '10.0.0.9' as IpAddress;

const options: EvaluationOptions = {
  networks: [parsePrefix('10.0.0.0/8') as Prefix],
  test: { thetaBenign: 0.92, thetaScan: 0.1, alpha: 1e-4 },
  horizonDays: 30,
  peers: true,
  sampling: false,
  stretch: false,
  seed: 1,
};

const recording = (change: {
  part?: 'development';
  harmlessFailures?: number;
  scan?: boolean;
}): Recording => ({
  kind: 'read',
  dataSet: {
    name: 'a.log',
    files: ['a.log'],
    part: change.part ?? 'held-out',
    scans: [
      {
        source: SCANNER,
        words: 'vertical',
        families: ['fast-fan-out'],
        shapes: ['vertical'],
        start: undefined,
        end: undefined,
      },
    ],
    harmless: [{ source: QUIET, note: 'a router' }],
  },
  file: 'below/a.log',
  format: 'zeek-tsv',
  problems: 0,
  records: [
    ...(change.scan === false ? [] : constantScan('vertical', 60)),
    ...Array.from({ length: change.harmlessFailures ?? 1 }, (_, index) =>
      closedProbe(QUIET, '10.0.0.1' as IpAddress, 80, (index * 1e6) as Instant),
    ),
  ],
});

async function* each(...recordings: Recording[]): AsyncGenerator<Recording> {
  yield* recordings;
}

describe('evaluateRecon', () => {
  test('development and held-out data are summed up apart; a part without data sets is left out', async () => {
    const both = await evaluateRecon(
      each(recording({ part: 'development' }), recording({})),
      fourRefusals,
      options,
    );
    expect(both.parts.map((part) => [part.part, part.scannersFound, part.scanners])).toEqual([
      ['development', 1, 1],
      ['held-out', 1, 1],
    ]);
    const one = await evaluateRecon(each(recording({})), fourRefusals, options);
    expect(one.parts.map((part) => part.part)).toEqual(['held-out']);
  });

  test('targets and seconds to detection, families, sizes', async () => {
    const [totals] = (await evaluateRecon(each(recording({})), fourRefusals, options)).parts;
    expect(totals).toMatchObject({
      targets: { median: 4, p90: 4 },
      seconds: { median: 180, p90: 180 },
      families: [{ kind: 'fast-fan-out', labelled: 1, found: 1, named: 1 }],
      shapes: [{ kind: 'vertical', labelled: 1, found: 1, named: 1 }],
      sizes: [{ kind: '25+', labelled: 1, found: 1 }],
    });
  });

  test('no false alarm in so many host-days bounds the rate by the rule of three', async () => {
    const [totals] = (await evaluateRecon(each(recording({ harmlessFailures: 3 })), fourRefusals, options))
      .parts;
    expect(totals?.falseAlarms).toBe(0);
    expect(totals?.falseAlarmRate?.per1000).toBe(0);
    expect((totals?.falseAlarmRate?.atMost ?? 0) * (totals?.hostDays ?? 0)).toBeCloseTo(2995.7, 0);
  });

  test('peers stand beside it: one probe a minute is too slow for Zeek and not for simple-scan', async () => {
    const [totals] = (await evaluateRecon(each(recording({})), fourRefusals, options)).parts;
    const found = new Map(totals?.peers.map((peer) => [peer.name, peer.found]));
    expect(found.get('zeek scan.zeek')).toBe(0);
    expect(found.get('bro-simple-scan')).toBe(1);
    expect(totals?.peers.find((peer) => peer.name === 'bro-simple-scan')?.medianTargets).toBe(25);
    const without = await evaluateRecon(each(recording({})), fourRefusals, { ...options, peers: false });
    expect(without.parts[0]?.peers).toEqual([]);
  });

  test('what could not be read is neither found nor missed', async () => {
    const { dataSet } = recording({});
    const evaluation = await evaluateRecon(
      each({ kind: 'not-read', dataSet, why: 'no file' }),
      fourRefusals,
      options,
    );
    expect(evaluation.notRead).toEqual([{ name: 'a.log', scanners: 1, why: 'no file' }]);
    expect(evaluation.parts).toEqual([]);
    expect(fellShort(evaluation)).toBe(false);
  });

  test('the truth does not reach the detection', async () => {
    const seen: unknown[] = [];
    await evaluateRecon(
      each(recording({})),
      (...given) => {
        seen.push(...given);
        return Promise.resolve([]);
      },
      { ...options, peers: false },
    );
    const [records, ...rest] = seen;
    expect(rest).toEqual([undefined]);
    expect(records).toEqual(
      recording({}).kind === 'read' ? (recording({}) as { records: unknown }).records : [],
    );
  });
});

describe('fellShort', () => {
  test.each([
    { why: 'all found, nobody else flagged', change: {}, want: false },
    { why: 'a scanner missed', change: { scan: false }, want: true },
    { why: 'a harmless source flagged', change: { harmlessFailures: 4 }, want: true },
  ])('$why: $want', async ({ change, want }) => {
    expect(fellShort(await evaluateRecon(each(recording(change)), fourRefusals, options))).toBe(want);
  });
});

describe('experiments', () => {
  test('sampling: at 1:10 a thousand probes are enough, and nobody else is flagged', async () => {
    const { parts } = await evaluateRecon(each(recording({})), fourRefusals, { ...options, sampling: true });
    expect(parts[0]?.sampled.map((one) => one.rate)).toEqual([10, 100, 1000]);
    expect(parts[0]?.sampled[0]).toMatchObject({ found: 1, falseAlarms: 0 });
    expect(parts[0]?.sampled[2]).toMatchObject({ found: 0, falseAlarms: 0 });
    const trw = parts[0]?.sampled[0]?.peers.find((peer) => peer.name === 'psad DL1');
    expect(trw?.found).toBe(1);
  });

  test('stretch: a test without a clock finds a probe a day; rules with windows do not', async () => {
    const { stretch } = await evaluateRecon(each(), fourRefusals, { ...options, stretch: true });
    const slowest = (detector: string, shape: string) =>
      stretch?.find((one) => one.detector === detector && one.shape === shape);
    expect(slowest('tidemark', 'vertical')).toMatchObject({ slowest: 86_400, holes: [], targets: 4 });
    expect(slowest('zeek scan.zeek', 'vertical')?.slowest).toBe(20);
    expect(slowest('slips', 'horizontal')?.slowest).toBe(300);
    expect(slowest('nemea vportscan', 'block')?.slowest).toBeUndefined();
  });

  test('a detection that looks back three days cannot find four probes a day apart', async () => {
    const { stretch } = await evaluateRecon(each(), fourRefusals, {
      ...options,
      peers: false,
      stretch: true,
      horizonDays: 3,
    });
    expect(stretch?.[0]?.slowest).toBe(64_800);
  });

  test('intervals rise from a second to a day', () => {
    expect(INTERVALS[0]).toBe(1);
    expect(INTERVALS.at(-1)).toBe(86_400);
    expect([...INTERVALS].toSorted((a, b) => a - b)).toEqual([...INTERVALS]);
  });
});
