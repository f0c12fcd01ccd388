import { beforeAll, describe, expect, test } from 'vitest';
import { fourRefusals } from '../../test/evaluate/episodes.ts';
import { closedProbe, constantScan, SCANNER } from '../evaluate/constant-scan.ts';
import { evaluateRecon, type ReconEvaluation } from '../evaluate/evaluation.ts';
import type { Recording } from '../evaluate/recording.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Instant } from '../time/instant.ts';
import { evaluationJson } from './evaluation-json.ts';
import { decimals, duration } from './evaluation-numbers.ts';
import { evaluationText } from './evaluation-text.ts';

const HARMLESS = '10.0.0.9' as IpAddress;
const MISSED = '198.51.100.99' as IpAddress;
const hostile = 'a\u001B[31m\u202E.log';

const probe = (source: IpAddress, second: number) =>
  closedProbe(source, '10.0.0.1' as IpAddress, 80 + second, (second * 1e6) as Instant);

async function* recordings(): AsyncGenerator<Recording> {
  const scan = {
    families: ['fast-fan-out'],
    shapes: ['vertical'],
    start: undefined,
    end: undefined,
  } as const;
  yield {
    kind: 'read',
    dataSet: {
      name: hostile,
      files: [hostile],
      part: 'held-out',
      scans: [
        { ...scan, source: SCANNER, words: 'vertical' },
        { ...scan, source: MISSED, words: `slow ${hostile}` },
      ],
      harmless: [{ source: HARMLESS, note: `router ${hostile}` }],
    },
    file: hostile,
    format: 'zeek-tsv',
    problems: 0,
    records: [
      ...constantScan('vertical', 1),
      ...[0, 1, 2, 3].map((second) => probe(HARMLESS, second)),
      ...[0, 1].map((second) => probe(MISSED, second)),
      ...[0, 1, 2, 3].map((second) => probe('198.51.100.50' as IpAddress, second)),
    ],
  };
  yield {
    kind: 'not-read',
    dataSet: { name: 'b.pcap', files: [], part: 'held-out', scans: [], harmless: [] },
    why: 'no file',
  };
}

let evaluation: ReconEvaluation;
beforeAll(async () => {
  evaluation = await evaluateRecon(recordings(), fourRefusals, {
    networks: [],
    test: { thetaBenign: 0.92, thetaScan: 0.1, alpha: 1e-4 },
    horizonDays: 30,
    peers: true,
    sampling: true,
    stretch: true,
    seed: 1,
  });
});

describe('evaluationText', () => {
  const text = (full = false) => evaluationText(evaluation, { colour: false, width: 100, full });

  test('says what was found, missed and flagged in error, and why', () => {
    const got = text();
    expect(got).toContain('Scanners found: 1 of 2 (50 %)');
    expect(got).toContain(`${MISSED} in `);
    expect(got).toMatch(/2 contacts \(2 refused\); the\s+plain sequential test reaches 4\.84 nats/);
    expect(got).toContain('Flagged, and must not be');
    expect(got).toContain('4 × refused (+9.68)');
    expect(got).toContain('Flagged, without a label');
    expect(got).toMatch(/slips +1\/2/);
    expect(got).toMatch(/tidemark +86400 s +86400 s +86400 s/);
    expect(got).toContain('no file: b.pcap');
  });

  test('what files say is escaped', () => {
    // eslint-disable-next-line no-control-regex -- control characters are what this looks for
    expect(text(true)).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u202E]/);
  });

  test('no line is wider than asked for', () => {
    for (const line of evaluationText(evaluation, { colour: false, width: 80, full: true }).split('\n'))
      expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('captures beside logs', () => {
  const view = {
    found: 1,
    familyNamed: 1,
    families: [],
    tools: ['Nmap'],
    depth: 'touched',
    falseAlarms: 0,
  } as const;
  const row = {
    name: `lab/${hostile}`,
    scanners: 1,
    labels: 1,
    tools: ['nmap'],
    harmless: 0,
    capture: view,
    log: { ...view, tools: [] },
    lost: ['tool'],
    gained: [],
  } as const;
  const harmless = {
    ...row,
    name: 'lab/quiet',
    scanners: 0,
    labels: 0,
    tools: [],
    harmless: 1,
    lost: [],
  } as const;
  const silent = { ...view, found: 0, familyNamed: 0, tools: [], depth: undefined } as const;
  const captures = [row, { ...row, name: 'lab/b', log: undefined, lost: [] }, { ...harmless, capture: silent, log: { ...silent, falseAlarms: 1 } }]; // prettier-ignore
  const got = () => evaluationText({ ...evaluation, captures }, { colour: false, width: 110, full: false });

  test('say what is lost for lack of packets', () => {
    expect(got()).toMatch(/found, family, tool, touched +found, family, touched +tool/);
    expect(got()).toMatch(/b +nmap +found, family, tool, touched +no log/);
    expect(got()).toMatch(/quiet +silent, as it must be +1 flagged in error/);
    expect(got().replaceAll(/\s+/g, ' ')).toContain('All 3 captures: 2 of 2 scanners found, 2 of 2 scans given their family, 2 of 2 tools named, 0 of 1 flagged in error.'); // prettier-ignore
    expect(got().replaceAll(/\s+/g, ' ')).toContain('in captures: scanner 0, family 0, tool 1, depth 0');
    expect(got()).not.toContain('\u202E');
  });

  test('are in the document', () => {
    expect(JSON.parse(evaluationJson({ ...evaluation, captures }))).toMatchObject({
      captures: [{ lost: ['tool'], log: { tools: [] } }, { log: null }, { capture: { depth: null } }],
    });
  });
});

describe('evaluationJson', () => {
  test('has the same figures, under the name of its schema, and null for what is not known', () => {
    const text = evaluationJson(evaluation);
    expect(text).not.toContain('\u202E');
    const document = JSON.parse(text) as Record<string, never>;
    expect(document).toMatchObject({
      schema: 'tidemark/evaluation-recon/1',
      parts: [{ part: 'held-out', scanners: 2, scannersFound: 1, falseAlarms: 1, unlabelled: 1 }],
      dataSets: [
        {
          name: hostile,
          scanners: [
            { source: SCANNER, found: { at: '2026-01-01T00:00:03Z', targets: 4, seconds: 3 } },
            { source: MISSED, contacts: 2, found: null },
          ],
        },
      ],
      notRead: [{ name: 'b.pcap', why: 'no file' }],
    });
  });

  test('without experiments their place is null, not absent', () => {
    const text = evaluationJson({ ...evaluation, stretch: undefined });
    expect((JSON.parse(text) as { stretch: unknown }).stretch).toBeNull();
  });
});

describe('numbers for people', () => {
  test.each([
    [undefined, '-'],
    [0, '0'],
    [4, '4'],
    [4.5, '4.5'],
    [4.555, '4.55'],
    [12.34, '12.3'],
    [1426.4, '1,426'],
    [1_234_567, '1,234,567'],
  ])('%s is %s', (value, want) => {
    expect(decimals(value)).toBe(want);
  });

  test.each([
    [undefined, '-'],
    [0.02, '0.02 s'],
    [90, '90 s'],
    [600, '10 min'],
    [32_994, '9.16 h'],
    [300_000, '3.47 days'],
  ])('%s seconds are %s', (value, want) => {
    expect(duration(value)).toBe(want);
  });
});
