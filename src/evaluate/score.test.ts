import { describe, expect, test } from 'vitest';
import { episodeOf } from '../../test/evaluate/episodes.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Flow } from '../recon/model/telemetry-record.ts';
import type { ToolMatch } from '../fingerprint/tool-match.ts';
import type { Instant } from '../time/instant.ts';
import { closedProbe } from './constant-scan.ts';
import type { DataSetResult } from './data-set-result.ts';
import { Benchmark } from './score.ts';
import { totalsOf } from './totals.ts';
import type { DataSet, LabelledScan } from './truth.ts';

const TEST = { thetaBenign: 0.92, thetaScan: 0.1, alpha: 1e-4 };
const SCANNER = '198.51.100.7' as IpAddress;
const OTHER = '198.51.100.8' as IpAddress;
const QUIET = '10.0.0.9' as IpAddress;
const at = (seconds: number): Instant => (seconds * 1e6) as Instant;

const probes = (source: IpAddress, count: number, from = 0, gap = 1): Flow[] =>
  Array.from({ length: count }, (_, index) =>
    closedProbe(source, '10.0.0.1' as IpAddress, index + 1, at(from + index * gap)),
  );

const scan = (change: Partial<LabelledScan> = {}): LabelledScan => ({
  source: SCANNER,
  words: 'vertical',
  families: ['fast-fan-out'],
  shapes: ['vertical'],
  start: undefined,
  end: undefined,
  ...change,
});

const dataSet = (change: Partial<DataSet> = {}): DataSet => ({
  name: 'a.log',
  files: ['a.log'],
  part: 'held-out',
  scans: [scan()],
  harmless: [{ source: QUIET, note: 'router' }],
  ...change,
});

describe('a labelled scanner', () => {
  test('found: contacts and seconds from its first flow to the alarm', () => {
    const benchmark = new Benchmark(dataSet(), probes(SCANNER, 40, 100, 2));
    const { scanners } = benchmark.score([episodeOf(SCANNER, { alarm: at(106) })], TEST);
    expect(scanners[0]?.found).toEqual({ at: at(106), targets: 4, seconds: 6, digestOnly: false });
  });

  test('a contact that is repeated is one target', () => {
    const flows = [...probes(SCANNER, 3), ...probes(SCANNER, 3, 10), ...probes(SCANNER, 10, 20)];
    const { scanners } = new Benchmark(dataSet(), flows).score([episodeOf(SCANNER, { alarm: at(23) })], TEST);
    expect(scanners[0]?.found).toMatchObject({ targets: 4, seconds: 23 });
  });

  test('what it did before the labelled scan does not count', () => {
    const flows = [...probes(SCANNER, 5, 0), ...probes(SCANNER, 40, 1000)].map((flow, index) => ({
      ...flow,
      destinationPort: index,
    }));
    const labelled = dataSet({ scans: [scan({ start: at(1000), end: at(1040) })] });
    const { scanners } = new Benchmark(labelled, flows).score(
      [episodeOf(SCANNER, { alarm: at(1003) })],
      TEST,
    );
    expect(scanners[0]?.found).toMatchObject({ targets: 4, seconds: 3 });
  });

  test('label times that do not fit the records are not believed', () => {
    const labelled = dataSet({ scans: [scan({ start: at(9e8), end: at(9e8 + 60) })] });
    const { scanners, labels } = new Benchmark(labelled, probes(SCANNER, 40)).score(
      [episodeOf(SCANNER, { alarm: at(3) })],
      TEST,
    );
    expect(scanners[0]?.found).toMatchObject({ targets: 4, seconds: 3 });
    expect(labels[0]?.found).toBe(true);
  });

  test('an alarm before the scan began has no delay', () => {
    const benchmark = new Benchmark(dataSet(), probes(SCANNER, 40, 100));
    const { scanners } = benchmark.score([episodeOf(SCANNER, { alarm: at(5) })], TEST);
    expect(scanners[0]?.found).toMatchObject({ targets: undefined, seconds: undefined });
  });

  test('missed: what the flows show of it', () => {
    const flows = probes(SCANNER, 3).map((flow, index): Flow =>
      index === 2 ? { ...flow, outcome: 'answered' } : flow,
    );
    const { scanners } = new Benchmark(dataSet(), flows).score([], TEST);
    expect(scanners[0]).toMatchObject({
      found: undefined,
      contacts: 3,
      outcomes: { refused: 2, answered: 1 },
    });
    // Two failures of ln(.9/.08) each.
    expect(scanners[0]?.statistic).toBeCloseTo(2 * Math.log(0.9 / 0.08), 9);
  });

  test('in the digest only', () => {
    const benchmark = new Benchmark(dataSet(), probes(SCANNER, 40));
    const { scanners } = benchmark.score([episodeOf(SCANNER, { noise: true })], TEST);
    expect(scanners[0]?.found?.digestOnly).toBe(true);
  });
});

describe('a labelled scan', () => {
  const two = dataSet({
    scans: [
      scan({ start: at(0), end: at(40) }),
      scan({ start: at(5000), end: at(5040), families: ['slow'], shapes: ['horizontal'] }),
    ],
  });
  const flows = [...probes(SCANNER, 40), ...probes(SCANNER, 40, 5000)];

  test('is found by an episode that covers its time', () => {
    const { labels } = new Benchmark(two, flows).score([episodeOf(SCANNER, { last: at(60) })], TEST);
    expect(labels.map((label) => label.found)).toEqual([true, false]);
  });

  test('is called what it is, or not', () => {
    const { labels } = new Benchmark(two, flows).score([episodeOf(SCANNER, { last: at(6000) })], TEST);
    expect(labels.map(({ familyNamed, shapeNamed }) => [familyNamed, shapeNamed])).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});

describe('everybody else', () => {
  test('a harmless source that is flagged is a false alarm; one without a label is neither right nor wrong', () => {
    const flows = [...probes(SCANNER, 4), ...probes(QUIET, 4), ...probes(OTHER, 4)];
    const { falseAlarms, unlabelled } = new Benchmark(dataSet(), flows).score(
      [episodeOf(SCANNER), episodeOf(QUIET), episodeOf(OTHER)],
      TEST,
    );
    expect(falseAlarms.map((other) => [other.source, other.note])).toEqual([[QUIET, 'router']]);
    expect(unlabelled.map((other) => other.source)).toEqual([OTHER]);
  });

  test('host-days: from the first to the last flow of each harmless source', () => {
    const flows = [...probes(QUIET, 2, 0, 43_200), ...probes(SCANNER, 2, 0, 86_400)];
    const { hostDays } = new Benchmark(dataSet(), flows).score([], TEST);
    expect(hostDays).toBe(0.5);
    const absent = dataSet({ harmless: [{ source: OTHER, note: '' }] });
    expect(new Benchmark(absent, flows).score([], TEST).hostDays).toBe(0);
  });

  test('what the ledger covers whole is no alarm; what is left over is', () => {
    const authorised = { entry: 'weekly', contacts: 4, remainder: [], remainderContacts: 0 };
    const benchmark = new Benchmark(dataSet(), probes(QUIET, 4));
    const alarms = (remainderContacts: number) =>
      benchmark.score([episodeOf(QUIET, { authorised: { ...authorised, remainderContacts } })], TEST)
        .falseAlarms.length;
    expect([alarms(0), alarms(1)]).toEqual([0, 1]);
  });

  test('a group: who is in it', () => {
    const sources = [SCANNER, QUIET, OTHER];
    const { groups } = new Benchmark(dataSet(), probes(SCANNER, 4)).score(
      [episodeOf(SCANNER, { sources, joinedBy: '/24' })],
      TEST,
    );
    expect(groups).toEqual([{ joinedBy: '/24', sources: 3, scanners: 1, harmless: 1, unlabelled: 1 }]);
  });
});

test('a peer is held against the same truth', () => {
  const benchmark = new Benchmark(dataSet(), probes(SCANNER, 40));
  const result = benchmark.scorePeer('x', [
    { source: SCANNER, at: at(14) },
    { source: QUIET, at: at(14) },
    { source: OTHER, at: at(14) },
  ]);
  expect(result).toEqual({
    name: 'x',
    found: [{ source: SCANNER, targets: 15 }],
    falseAlarms: [QUIET],
    unlabelled: 1,
  });
});

describe('the tool of a labelled scan', () => {
  test('is what the tools of its episodes say, each once', () => {
    const labelled = dataSet({ scans: [scan({ tool: 'nmap' })] });
    const match = (tool: string, signature: string): ToolMatch => ({
      tool, signature, basis: 'packets', confidence: 'high', held: 4, of: 4, unit: 'SYNs', text: '', evasions: '',
    }); // prettier-ignore
    const tools = [
      match('Nmap', 'nmap/syn'),
      match('Nmap', 'nmap/port-order'),
      match('zgrab', 'zgrab/agent'),
    ];
    const score = new Benchmark(labelled, probes(SCANNER, 40)).score(
      [episodeOf(SCANNER, { tools, traits: ['Called itself "masscan: all of it" at 1 host.'] })],
      TEST,
    );
    expect(score.labels.map(({ tool, toolsNamed }) => ({ tool, toolsNamed }))).toEqual([
      { tool: 'nmap', toolsNamed: ['Nmap', 'zgrab'] },
    ]);
  });

  test('is right, or wrong, or not named', () => {
    const { labels } = new Benchmark(dataSet({ scans: [scan({ tool: 'nmap' })] }), probes(SCANNER, 40)).score(
      [episodeOf(SCANNER)],
      TEST,
    );
    const toolsOf = (...each: readonly (readonly string[])[]) => {
      const result = {
        part: 'held-out', scanners: [], groups: [], falseAlarms: [], unlabelled: [], hostDays: 0, harmless: 0, peers: [], sampled: [],
        labels: each.flatMap((toolsNamed) => labels.map((label) => ({ ...label, toolsNamed }))),
      }; // prettier-ignore
      return totalsOf('held-out', [result as unknown as DataSetResult]).tools;
    };
    expect(toolsOf(['Nmap'], ['hping3', 'Nmap'], ['masscan'], [])).toEqual([
      { tool: 'nmap', labelled: 4, found: 4, right: 2, wrong: 1 },
    ]);
  });
});
