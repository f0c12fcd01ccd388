import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratch, tidemark } from './tidemark.ts';

const SCANNER = '203.0.113.9';
const DESK = '10.1.2.3';

/** One line of a Zeek conn.log: SYN and RST, or a whole session. */
const line = (second: number, source: string, port: number, answered: boolean): string =>
  [
    (1_790_000_000 + second).toFixed(6),
    `C${source}${second}`,
    source,
    40_000 + second,
    answered ? '10.9.9.9' : '10.1.0.1',
    port,
    'tcp',
    answered ? 'SF' : 'REJ',
    answered ? 'ShADadFf' : 'Sr',
    answered ? 6 : 1,
    answered ? 5 : 1,
  ].join('\t');

const conn = (lines: readonly string[]): string =>
  [
    String.raw`#separator \x09`,
    '#set_separator\t,',
    '#empty_field\t(empty)',
    '#unset_field\t-',
    '#path\tconn',
    '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\thistory\torig_pkts\tresp_pkts',
    '#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tstring\tcount\tcount',
    ...lines,
    '',
  ].join('\n');

let cwd: string;

beforeAll(() => {
  cwd = scratch();
  const put = (name: string, text: string): void => {
    const path = join(cwd, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  };
  const desk = Array.from({ length: 30 }, (_, n) => line(n * 60, DESK, 443, true));
  const scan = Array.from({ length: 40 }, (_, n) => line(n, SCANNER, n + 1, false));
  put('good/logs/conn.log', conn([...scan, ...desk]));
  put(
    'good/truth/one.json',
    JSON.stringify({
      file: 'logs/conn.log',
      scanners: [{ src: SCANNER, type: 'vertical' }],
      must_not_flag: [{ src: DESK, note: 'a desk' }],
    }),
  );
  put('missed/logs/conn.log', conn(desk));
  put(
    'missed/truth/one.json',
    JSON.stringify({ files: [{ file: 'logs/conn.log', scanners: [{ src: DESK, type: 'horizontal' }] }] }),
  );
  put('odd/truth/one.json', '{"scanners": []}');
  put(
    'outside/truth/one.json',
    JSON.stringify({ file: '../good/logs/conn.log', scanners: [{ src: SCANNER }] }),
  );
  put('empty/readme.txt', '');
});

describe('tidemark evaluate recon', () => {
  test('0: every labelled scanner found, nobody flagged who must not be', async () => {
    const { status, stdout } = await tidemark(['evaluate', 'recon', 'good'], { cwd });
    expect(stdout).toContain('Scanners found: 1 of 1 (100 %)');
    expect(stdout).toMatch(/zeek scan\.zeek +1\/1 +0\/1/);
    expect(status).toBe(0);
  });

  test('as JSON, without the published detectors', async () => {
    const { status, stdout } = await tidemark(['--json', 'evaluate', 'recon', 'good', '--no-peers'], { cwd });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'tidemark/evaluation-recon/1',
      dataSets: [{ name: 'logs/conn.log', part: 'held-out', flows: 70, falseAlarms: [], peers: [] }],
      parts: [{ scanners: 1, scannersFound: 1, targets: { median: 4 } }],
    });
  });

  test('1: a labelled scanner was missed, and what was seen of it', async () => {
    const { status, stdout } = await tidemark(['evaluate', 'recon', 'missed'], { cwd });
    expect(stdout).toMatch(/10\.1\.2\.3 in logs\/conn\.log \(horizontal\): 1 contacts \(1 answered\)/);
    expect(status).toBe(1);
  });

  test.each([
    { why: 'a file that is no truth', args: ['odd'], says: 'odd/truth/one.json is no truth file' },
    { why: 'no truth at all', args: ['empty'], says: 'there is no truth/*.json below empty' },
    { why: 'no such folder', args: ['nowhere'], says: 'cannot read the folder nowhere' },
    { why: 'neither folder nor made-up traffic', args: [], says: 'there is nothing to evaluate on' },
  ])('2: $why', async ({ args, says }) => {
    const { status, stdout, stderr } = await tidemark(['evaluate', 'recon', ...args], { cwd });
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test('a truth file names its neighbours, not the rest of the disk', async () => {
    const { status, stdout } = await tidemark(['evaluate', 'recon', 'outside'], { cwd });
    expect(stdout).toContain('no file: ../good/logs/conn.log');
    expect(status).toBe(0);
  });
});
