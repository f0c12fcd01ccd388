import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratch, tidemark } from './tidemark.ts';

type Port = readonly [string, number, string, string, string, string, number];

const port = (number: number, service: string): Port => ['tcp', number, 'open', service, '', '', 3];
const HOSTS = 12;
const ODD = 7;

/** Six quiet days of twelve hosts that are alike; on the fifth one of them opens a port. */
const lines = (): string[] =>
  Array.from({ length: 6 }, (_, day) =>
    JSON.stringify({
      id: day,
      day,
      profile: 'quick',
      hosts: Array.from({ length: HOSTS }, (_host, number) => ({
        _hid: number,
        _secret: 'odd one out',
        ip: `10.0.0.${number + 1}`,
        mac: null,
        vendor: null,
        hostname: number === ODD ? 'evil\u001B[31m' : null,
        os: ['Linux', '5.X', 98],
        ports: [port(22, 'ssh'), ...(number === ODD && day >= 4 ? [port(4444, 'unknown')] : [])],
        extra: ['closed', 999],
      })),
    }),
  );
const truth = (rows: readonly unknown[]): string =>
  JSON.stringify({
    meta: {},
    events: [
      { id: 0, kind: 'backdoor_port\u001B[31m', day: 4, hosts: [ODD], tokens: ['tcp/4444'], end: 99, rows },
    ],
    benign: [],
  });

let cwd: string;

beforeAll(() => {
  cwd = scratch();
  const put = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
  put('by-number.scans.jsonl', `${lines().join('\n')}\n`);
  put(
    'by-number.truth.json',
    truth([
      [4, ODD],
      [5, ODD],
    ]),
  );
  put('alone.scans.jsonl', lines().join('\n'));
  put('out-of-order.scans.jsonl', lines().toReversed().join('\n'));
  put('out-of-order.truth.json', truth([]));
  put('no-json.scans.jsonl', '{"id": 0\n');
  put('no-json.truth.json', truth([]));
  put('odd-port.scans.jsonl', lines().join('\n').replaceAll('4444', '444444'));
  put('odd-port.truth.json', truth([]));
  put('odd-truth.scans.jsonl', lines().join('\n'));
  put('odd-truth.truth.json', '{"events": [{"id": "x"}]}');
});

describe('tidemark evaluate assess', () => {
  test('the world, who took part, and the event found first of all', async () => {
    const { status, stdout } = await tidemark(['evaluate', 'assess', 'by-number.scans.jsonl', '--full'], {
      cwd,
    });
    expect(stdout).toContain('1 world (by-number), 1 planted events, 72 host-scans');
    for (const name of ['surprise', 'no severity', 'seed', 'forest', 'any-change', 'set-novelty'])
      expect(stdout).toMatch(new RegExp(`^ +${name} +`, 'm'));
    // Nothing else changes in this world.
    expect(stdout).toMatch(/events +1 +1/);
    expect(stdout).toMatch(/backdoor_port\S+ +1 /);
    expect(stdout).toMatch(/any-change +1\.000 +1\.000/);
    expect(stdout).toMatch(/named by the first item of its explanation\n.*\n.*backdoor_port\S+ +1 +1\n/);
    expect(stdout).not.toContain('\u001B');
    expect(status).toBe(0);
  });

  test('as JSON', async () => {
    const { status, stdout } = await tidemark(
      ['--json', 'evaluate', 'assess', 'by-number.scans.jsonl', '--no-budgets'],
      { cwd },
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'tidemark/evaluation-assess/1',
      budgetsHeld: true,
      worlds: [{ name: 'by-number', part: 'given', scans: 6, hostScans: 72, events: 1 }],
      summaries: [{ part: 'given', worlds: 1 }],
      contenders: [
        { name: 'surprise', worlds: [{ budgets: [], origins: [{ history: 1 }, { history: 3 }] }] },
        ...Array.from({ length: 5 }, () => ({})),
      ],
    });
    expect(stdout).not.toContain('odd one out');
  });

  test('a made-up world, reproducible', async () => {
    const args = [
      '--json',
      'evaluate',
      'assess',
      '--made-up',
      '1',
      '--hosts',
      '100',
      '--scans',
      '14',
      '--no-budgets',
    ];
    const [once, again] = [await tidemark(args, { cwd }), await tidemark(args, { cwd })];
    expect(once.stdout).toBe(again.stdout);
    expect(JSON.parse(once.stdout)).toMatchObject({
      worlds: [{ name: 'made-up/10001', part: 'made-up', scans: 14 }],
    });
  });

  test.each([
    { why: 'nothing to evaluate on', args: [], says: 'there is nothing to evaluate on' },
    {
      why: 'a world without its truth',
      args: ['alone.scans.jsonl'],
      says: 'holds no world whose truth is known',
    },
    { why: 'no such file', args: ['nowhere'], says: 'nowhere: no such file' },
    {
      why: 'scans out of order',
      args: ['out-of-order.scans.jsonl'],
      says: 'scan 5 stands where scan 0 belongs',
    },
    { why: 'a line that is no JSON', args: ['no-json.scans.jsonl'], says: 'line 1 is no scan of a world' },
    { why: 'a port that is none', args: ['odd-port.scans.jsonl'], says: 'line 5 is no scan of a world' },
    {
      why: 'a truth that is none',
      args: ['odd-truth.scans.jsonl'],
      says: 'odd-truth.truth.json cannot be understood',
    },
    {
      why: 'weights of another version',
      args: ['by-number.scans.jsonl', '--leave-out', 'odd-truth.truth.json'],
      says: 'odd-truth.truth.json does not hold weights of this version of the model',
    },
    {
      why: 'too small a world',
      args: ['--made-up', '1', '--hosts', '50'],
      says: '--hosts 50 is out of range',
    },
  ])('2: $why', async ({ args, says }) => {
    const { status, stdout, stderr } = await tidemark(['evaluate', 'assess', ...args], { cwd });
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
