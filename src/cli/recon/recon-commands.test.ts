import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import {
  authorised,
  busyWeek,
  fastVertical,
  noise,
  noTelemetry,
  quietWeek,
  slowScan,
  transition,
} from '../../../test/fixtures/episodes.ts';
import { at } from '../../../test/fixtures/summaries.ts';
import { harmOnTerminal, HOSTILE_STRINGS } from '../../../test/hostile-strings.ts';
import { answering, recordedCall } from '../../../test/written/recon-workspace.ts';
import type {
  EvidenceRow,
  ImportedTelemetry,
  ListedRole,
  TelemetryFile,
  WatchEvent,
  WatchMetrics,
} from '../../assembly/recon-workspace.ts';
import type { ListedFinding } from '../../assembly/stored-findings.ts';
import { Fault } from '../../fault/fault.ts';
import type { Judgement } from '../../findings/judgement.ts';
import { lifecycleOf } from '../../findings/lifecycle.ts';
import { toFinding } from '../../recon/flow/summarise-episodes.ts';
import { parseSummary } from '../../report/summary-json.ts';
import { detect } from './detect.ts';
import { add, list as listExpected } from './expected.ts';
import { show } from './findings.ts';
import { approve, list as listRoles, reject } from './roles.ts';
import { list as listTelemetry, problems } from './telemetry.ts';
import { metricsLine, watch } from './watch.ts';

const nothing = Readable.from([]);

function file(name: string, more: Partial<TelemetryFile> = {}): TelemetryFile {
  return {
    name,
    sensor: 'edge',
    format: 'zeek-tsv',
    imported: at('2026-11-22T03:00:00Z'),
    bytes: 1_000,
    lines: 20,
    records: { flow: 12, app: 3, alert: 0, process: 0 },
    problems: 2,
    skipped: 5,
    skippedBy: [{ what: 'header', count: 5 }],
    from: at('2026-11-20T00:00:00Z'),
    to: at('2026-11-21T00:00:00Z'),
    ...more,
  };
}

describe('detect', () => {
  test.each([
    { why: 'findings', summary: busyWeek(), status: 1 },
    { why: 'nothing to review', summary: quietWeek(), status: 0 },
    { why: 'no telemetry', summary: noTelemetry(), status: 0 },
  ])('exits $status for $why', async ({ summary, status }) => {
    expect(await detect(recordedCall(), answering({ summary }), [], {}, nothing)).toBe(status);
  });

  test('imports first, says what became of each file, and judges the time they speak of', async () => {
    const call = recordedCall();
    const imported: ImportedTelemetry[] = [
      { name: 'conn.log', outcome: 'imported', file: file('conn.log'), problems: [] },
      { name: 'old.log', outcome: 'known', file: file('old.log', { from: at('2026-11-18T00:00:00Z') }) },
      { name: 'notes.txt', outcome: 'skipped', why: 'no telemetry in it' },
      {
        name: 'bad.pcap',
        outcome: 'refused',
        fault: new Fault('recon/unknown-format', 'no format fits', 'Name a log.'),
      },
    ];
    const recon = answering({ imported, summary: quietWeek() });
    const options = { sensor: 'dmz', sampling: 100, utcOffset: 120 };
    expect(await detect(call, recon, ['*.log'], options, nothing)).toBe(2);
    expect(recon.asked).toStrictEqual([
      ['importTelemetry', ['*.log'], { sensor: 'dmz', sampling: 100, utcOffsetMinutes: 120 }],
      [
        'detect',
        {
          from: undefined,
          to: undefined,
          cover: { from: at('2026-11-18T00:00:00Z'), to: at('2026-11-21T00:00:00.000001Z') },
        },
      ],
    ]);
    expect(call.err()).toBe(
      [
        'imported  conn.log: zeek-tsv, 15 records, 2 set aside',
        'known     old.log: zeek-tsv, 15 records, 2 set aside',
        'skipped   notes.txt: no telemetry in it',
        'refused   bad.pcap: no format fits',
        '          fix: Name a log.',
        '',
      ].join('\n'),
    );
    expect(call.out()).toContain('Nobody scans us besides');
  });

  test('of a file in which every line is skipped it says why, escaped', async () => {
    const call = recordedCall();
    const skippedBy = [
      { what: 'suricata stats', count: 1_204 },
      ...HOSTILE_STRINGS.slice(0, 9).map(({ text }) => ({ what: text, count: 1 })),
    ];
    const records = { flow: 0, app: 0, alert: 0, process: 0 };
    const nothingIn = file('stats.json', { records, problems: 0, skipped: 1_213, skippedBy });
    const imported: ImportedTelemetry[] = [
      { name: 'stats.json', outcome: 'imported', file: nothingIn, problems: [] },
    ];
    await detect(call, answering({ imported, summary: noTelemetry() }), ['stats.json'], {}, nothing);
    const said = call.err().split('\n');
    expect(said.slice(0, 2)).toEqual([
      'imported  stats.json: zeek-tsv, 0 records',
      '          1,204 skipped: suricata stats',
    ]);
    expect(said[9]).toBe('          2 skipped for other reasons');
    expect(harmOnTerminal(call.err())).toEqual([]);
  });

  test('draws progress on a terminal and takes it away', async () => {
    const call = recordedCall({ terminal: true });
    const imported: ImportedTelemetry[] = [{ name: 'x', outcome: 'known', file: file('x') }];
    await detect(call, answering({ imported, summary: quietWeek() }), ['x'], {}, nothing);
    expect(call.err()).toContain('50%');
    expect(call.err()).toContain('\r\u001B[2Kknown     x: ');
  });

  test('as JSON it is the summary and nothing else', async () => {
    const call = recordedCall({ json: true });
    const summary = busyWeek();
    await detect(call, answering({ summary }), [], {}, nothing);
    expect(parseSummary(call.out())).toStrictEqual(summary);
  });

  test('Markdown, the page with pictures, everything', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'tidemark-detect-'));
    try {
      const recon = answering({ summary: busyWeek() });
      const ticket = recordedCall({ cwd });
      await detect(ticket, recon, [], { markdown: true, html: 'scans.html' }, nothing);
      expect(ticket.out()).toMatch(/^## Critical risk/);
      expect(readFileSync(join(cwd, 'scans.html'), 'utf8')).toContain('class="pictures"');
      const whole = recordedCall();
      await detect(whole, recon, [], { full: true, all: true }, nothing);
      expect(whole.out()).toContain('Speaks for a scan');
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});

describe('watch', () => {
  const metrics = (seconds: number): WatchMetrics => ({
    at: at(`2026-11-22T00:00:${String(seconds).padStart(2, '0')}Z`),
    files: 2,
    records: 12_345,
    problems: 1,
    perSecond: 812.4,
    lagSeconds: 3,
    behindBytes: 4_096,
    sources: 77,
    episodes: 1,
  });
  const events: readonly WatchEvent[] = [
    { kind: 'metrics', metrics: metrics(0) },
    { kind: 'episode', change: 'new', episode: slowScan() },
    { kind: 'metrics', metrics: metrics(5) },
    { kind: 'episode', change: 'changed', episode: transition() },
    { kind: 'episode', change: 'new', episode: authorised() },
    {
      kind: 'problem',
      problem: { code: 'recon/line', message: 'no such column', where: { file: 'conn.log', line: 7 } },
    },
    { kind: 'metrics', metrics: metrics(10) },
  ];

  test('one line for each new or changed episode; figures every ten seconds where nobody sees the status', async () => {
    const call = recordedCall();
    expect(await watch(call, answering({ events }), ['eve.json'], { once: true }, nothing)).toBe(1);
    expect(call.out().split('\n')).toStrictEqual([
      '2026-11-21 07:15 UTC  new      MEDIUM    203.0.113.66 scanned 58 hosts for 445/tcp over 9 days and found 5 open; open: 445/tcp (smb) and 4 more  5e0cf7bd1d',
      expect.stringMatching(/^2026-11-22 00:09 UTC {2}changed {2}CRITICAL {2}198\.51\.100\.200 scanned /),
      '',
    ]);
    expect(call.err().match(/12,345 records \(812\/s\), 3 s behind, 4\.1 kB to read/g)).toHaveLength(2);
    expect(call.err()).toContain('set aside: no such column (conn.log:7)');
  });

  test('more evidence that changes no word of a line is printed as JSON only', async () => {
    const again: readonly WatchEvent[] = [
      { kind: 'episode', change: 'new', episode: slowScan() },
      { kind: 'episode', change: 'changed', episode: slowScan() },
      { kind: 'episode', change: 'changed', episode: { ...slowScan(), severity: 'high' } },
      { kind: 'episode', change: 'changed', episode: slowScan() },
      { kind: 'episode', change: 'new', episode: slowScan() },
    ];
    const terminal = recordedCall();
    await watch(terminal, answering({ events: again }), ['x'], {}, nothing);
    expect(terminal.out().match(/(?:new|changed) +[A-Z]+/g)).toStrictEqual([
      'new      MEDIUM',
      'changed  HIGH',
      'changed  MEDIUM',
      'new      MEDIUM',
    ]);
    const program = recordedCall({ json: true });
    await watch(program, answering({ events: again }), ['x'], {}, nothing);
    expect(program.out().trimEnd().split('\n')).toHaveLength(5);
  });

  test('with --all it prints authorised scans too, and says that they are', async () => {
    const call = recordedCall();
    await watch(call, answering({ events }), ['eve.json'], { all: true }, nothing);
    expect(call.out()).toContain('(authorised)');
  });

  test('old logs are days behind, not hours', () => {
    expect(metricsLine({ ...metrics(0), lagSeconds: 94_507_860 })).toContain('1,094 days behind');
    expect(metricsLine({ ...metrics(0), lagSeconds: undefined, behindBytes: 0, problems: 0 })).toBe(
      '2 files, 12,345 records (812/s); 77 sources, 1 episode to review',
    );
  });

  test('without --once its status is 0: it was stopped', async () => {
    expect(await watch(recordedCall(), answering({ events }), ['x'], {}, nothing)).toBe(0);
  });

  test('on a terminal the figures are a line that is written over', async () => {
    const call = recordedCall({ terminal: true });
    await watch(call, answering({ events }), ['x'], {}, nothing);
    expect(call.err().split('\r\u001B[2K2 files')).toHaveLength(4);
    expect(call.err().endsWith('\r\u001B[2K')).toBe(true);
  });

  test('as JSON it is an object a line', async () => {
    const call = recordedCall({ json: true });
    await watch(call, answering({ events }), ['x'], {}, nothing);
    const lines = call
      .out()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, Record<string, unknown>>);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({
      schema: 'tidemark/watch/1',
      change: 'changed',
      standing: 'review',
      finding: { half: 'recon', severity: 'critical' },
      episode: { id: transition().id, first: '2026-11-21T23:50:00Z' },
    });
    expect(lines[1]?.['episode']).not.toHaveProperty('points');
    expect(JSON.parse(call.err().split('\n')[0] ?? '')).toMatchObject({
      schema: 'tidemark/watch-metrics/1',
      records: 12_345,
    });
  });
});

describe('findings', () => {
  const episodes = [transition(), fastVertical(), authorised(), ...noise(3)];

  const evidence: readonly EvidenceRow[] = [
    {
      kind: 'flow',
      at: at('2026-11-21T03:12:04.5Z'),
      sensor: 'edge',
      file: 'conn.log',
      line: 118_204,
      fields: { source: '198.51.100.23', destination: '10.20.0.5', destinationPort: 443, state: 'REJ' },
    },
  ];

  /** How an episode stands: said to be noise for a time, with what was done. */
  const stand = async (id: string): Promise<ListedFinding> => {
    const episode = episodes.find((one) => one.id === id)!;
    const finding = toFinding(episode);
    const judgement: Judgement = {
      id: '7c0f',
      at: at('2026-11-21T12:00:00Z'),
      by: 'ana',
      note: 'CHG-7',
      half: 'recon',
      finding: finding.id,
      rule: finding.rule,
      severity: 'critical',
      state: 'noise',
      scope: { kind: 'host', value: episode.sources[0]! },
      until: at('2026-12-01T00:00:00Z'),
      effects: ['kept as a label of the episode: noise'],
    };
    const lifecycle = lifecycleOf(
      [
        { kind: 'seen', at: episode.first, severity: finding.severity, where: 'telemetry' },
        { kind: 'judged', at: judgement.at, own: true, judgement },
      ],
      at('2026-11-22T00:00:00Z'),
    )!;
    return {
      finding,
      lifecycle,
      place: { hosts: episode.sources, port: undefined, role: undefined },
      judgements: [judgement],
      run: undefined,
      episode,
    };
  };

  test('shows one, with the records behind it', async () => {
    const call = recordedCall();
    const recon = answering({ episodes, evidence });
    await show(call, recon, fastVertical().id.slice(0, 6), { evidence: true, limit: 100 }, stand);
    expect(call.out()).toContain('198.51.100.23 scanned 1,000 ports of 10.20.0.5');
    expect(call.out()).toContain(
      `noise: noise for host 198.51.100.23, said by ana: CHG-7
holds for what the same rule finds of host 198.51.100.23
until 2026-12-01 00:00 UTC, and is open again then if it is still there
- kept as a label of the episode: noise
`,
    );
    expect(call.out()).toContain(
      '2026-11-21T03:12:04.500Z  flow  sensor edge\n    conn.log:118204\n    source=198.51.100.23 destination=10.20.0.5 destinationPort=443 state=REJ\n',
    );
    const json = recordedCall({ json: true });
    await show(json, recon, fastVertical().id, { evidence: true, limit: 100 }, stand);
    expect(JSON.parse(json.out())).toMatchObject({
      schema: 'tidemark/finding/1',
      standing: 'review',
      state: 'noise',
      until: '2026-12-01T00:00:00Z',
      judgements: [{ by: 'ana', effects: ['kept as a label of the episode: noise'] }],
      evidence: [{ kind: 'flow', at: '2026-11-21T03:12:04.500Z', fields: { state: 'REJ' } }],
    });
  });

  test('an episode that was kept as JSON is printed whole', async () => {
    const kept = JSON.parse(
      JSON.stringify({
        ...transition(),
        exposed: [{ ...transition().exposed[0], openSince: undefined, severity: undefined }],
      }),
    ) as ReturnType<typeof transition>;
    const printed = async (episode: typeof kept): Promise<unknown> => {
      const call = recordedCall({ json: true });
      await show(call, answering({ episodes: [episode] }), episode.id, { limit: 1 }, stand);
      return JSON.parse(call.out());
    };
    expect(await printed(kept)).toMatchObject({
      episode: { joinedBy: null, role: null, exposed: [{ openSince: null, severity: null }] },
    });
  });

  test('records that are no longer there are said to be gone', async () => {
    const call = recordedCall();
    await show(call, answering({ episodes }), transition().id, { evidence: true, limit: 100 }, stand);
    expect(call.err()).toContain('recon.retention');
  });

  test.each(HOSTILE_STRINGS)('$name in a record does no harm', async ({ text }) => {
    const call = recordedCall();
    const hostile = evidence.map((row) => ({ ...row, sensor: text, file: text, fields: { agent: text } }));
    await show(
      call,
      answering({ episodes, evidence: hostile }),
      transition().id,
      { evidence: true, limit: 100 },
      async (id) => {
        const { judgements, ...listed } = await stand(id);
        return {
          ...listed,
          judgements: judgements.map((said) => ({ ...said, effects: [text], note: text })),
        };
      },
    );
    expect(harmOnTerminal(call.out())).toStrictEqual([]);
    const widths = call
      .out()
      .split('\n')
      .map((line) => stringWidth(line));
    expect(Math.max(...widths)).toBeLessThanOrEqual(100);
  });
});

describe('telemetry', () => {
  test('lists files and what was set aside', async () => {
    const call = recordedCall();
    await listTelemetry(
      call,
      answering({ files: [file('conn.log'), file('eve.json', { from: undefined, to: undefined })] }),
    );
    expect(call.out()).toContain('conn.log');
    expect(
      Math.max(
        ...call
          .out()
          .split('\n')
          .map((line) => stringWidth(line)),
      ),
    ).toBeLessThanOrEqual(100);
    const json = recordedCall({ json: true });
    await listTelemetry(json, answering({ files: [file('conn.log')] }));
    expect(JSON.parse(json.out())).toMatchObject({
      schema: 'tidemark/telemetry/1',
      files: [{ name: 'conn.log', from: '2026-11-20T00:00:00Z' }],
    });
  });

  test('of files without records says what was skipped in them', async () => {
    const call = recordedCall();
    const records = { flow: 0, app: 0, alert: 0, process: 0 };
    const skippedBy = [{ what: 'zeek weird', count: 40 }];
    await listTelemetry(
      call,
      answering({ files: [file('conn.log'), file('weird.log', { records, skipped: 40, skippedBy })] }),
    );
    expect(call.err()).toBe('weird.log: no records; 40 skipped: zeek weird\n');
  });

  test('prints the lines that were set aside', async () => {
    const call = recordedCall();
    const found = [
      {
        code: 'recon/line' as const,
        message: 'ts: not a time \u001b[2J',
        where: { file: 'conn.log', line: 3 },
      },
    ];
    await problems(call, answering({ problems: found }), 'conn.log');
    expect(call.out()).toBe('conn.log:3  ts: not a time \\x1b[2J\n');
  });
});

describe('roles and what is expected', () => {
  const role: ListedRole = {
    network: '10.20.9.10/32',
    role: 'scanner',
    how: 'learned',
    why: 'reaches 254 hosts every night',
    by: '',
    since: at('2026-11-20T00:00:00Z'),
    rejected: false,
  };

  test('lists what machines are and how that is known', async () => {
    const call = recordedCall();
    const roles = [role, { ...role, network: '10.20.3.0/24', rejected: true, by: 'mara' }];
    await listRoles(call, answering({ roles }));
    expect(call.out()).toContain('10.20.9.10/32  scanner  learned');
    expect(call.out()).toContain('rejected');
    expect(call.out()).toContain('(mara)');
  });

  test('approves and rejects', async () => {
    const yes = recordedCall();
    await approve(yes, answering({}), '10.20.9.10/32', 'scanner', 'CHG-1142');
    expect(yes.out()).toBe('10.20.9.10/32 is scanner from now on\n');
    const no = recordedCall({ json: true });
    await reject(no, answering({}), '10.20.9.10/32', '');
    expect(JSON.parse(no.out())).toMatchObject({ schema: 'tidemark/role/1', role: { rejected: true } });
  });

  test('an approval of everything is refused', async () => {
    await expect(add(recordedCall(), answering({}), { port: '22/tcp', why: 'x' })).rejects.toMatchObject({
      code: 'cli/usage',
    });
    const call = recordedCall();
    await add(call, answering({}), { role: 'monitoring', port: '161/udp', why: 'poller' });
    expect(call.out()).toBe('expected from now on: role monitoring\n');
    const listed = recordedCall();
    await listExpected(
      listed,
      answering({
        expected: [
          {
            sources: ['10.20.9.4/32'],
            role: undefined,
            targets: [],
            port: '161/udp',
            why: 'poller',
            by: 'mara',
            since: undefined,
          },
        ],
      }),
    );
    expect(listed.out()).toContain('10.20.9.4/32  everything  161/udp');
  });
});
