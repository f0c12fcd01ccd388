import { describe, expect, test } from 'vitest';
import { at, ip, writtenHost, writtenRun, type WrittenPort } from '../../../test/written/scan-run.ts';
import type { ExposureSummary } from '../../findings/summary.ts';
import { deviations, deviationsFromRun } from '../baseline/deviations.ts';
import { BaselineLearner } from '../baseline/learn.ts';
import { baselineAsRun } from '../baseline/pseudo-run.ts';
import { approve, expectedAt, type Approval } from '../baseline/versions.ts';
import { diffRuns } from '../diff/diff-runs.ts';
import type { Baseline } from '../model/baseline.ts';
import type { Host } from '../model/host.ts';
import type { RunInfo, ScanRun } from '../model/scan-run.ts';
import { assess, type AssessInput } from './assess.ts';
import { parsePolicy } from './policy-file.ts';

const NOW = at('2026-11-22T04:00:00Z');

function learn(hosts: readonly Host[], runs = 4): Baseline {
  const learner = new BaselineLearner({ vantage: 'default', privileges: 'raw', profile: 'default' });
  for (let week = 0; week < runs; week += 1) {
    const run = writtenRun(week, hosts);
    learner.add(run.info);
    for (const host of run.hosts) learner.addHost(run.info.id, host);
  }
  return learner.finish({ version: 7, created: at('2026-10-10T00:00:00Z'), by: 'alice', note: '' });
}

function against(pinned: Baseline, run: ScanRun, more: Partial<AssessInput> = {}): ExposureSummary {
  const baseline = expectedAt(pinned, NOW);
  const changes = diffRuns(baselineAsRun(baseline), run);
  return assess({
    run: run.info,
    hosts: run.hosts,
    baseline,
    against: { kind: 'baseline', version: baseline.version, runs: baseline.runs.length },
    comparability: changes.comparability,
    deviations: deviations(changes, baseline),
    now: NOW,
    ...more,
  });
}

const alone = (run: ScanRun, more: Partial<AssessInput> = {}): ExposureSummary =>
  assess({
    run: run.info,
    hosts: run.hosts,
    against: { kind: 'nothing', why: 'first run' },
    now: NOW,
    ...more,
  });

const lines = (summary: ExposureSummary) =>
  summary.findings.map((finding) =>
    `${finding.severity} ${finding.score} ${finding.rule} ${finding.subject.host ?? finding.subject.hosts?.join(',') ?? ''} ${finding.subject.port ?? ''}`.trim(),
  );

const ssh: WrittenPort = { port: '22/tcp', service: { name: 'ssh', product: 'OpenSSH', version: '9.2p1' } };
const web: WrittenPort = {
  port: '443/tcp',
  service: { name: 'http', tunnel: 'ssl', product: 'nginx', version: '1.24.0' },
};
const mysql: WrittenPort = {
  port: '3306/tcp',
  service: { name: 'mysql', product: 'MySQL', version: '8.0.36' },
};
const redis: WrittenPort = {
  port: '6379/tcp',
  service: { name: 'redis', product: 'Redis key-value store', version: '7.0.15' },
};
const network = [
  writtenHost('10.0.0.5', [ssh, web]),
  writtenHost('10.0.0.6', [ssh, mysql]),
  writtenHost('10.0.0.7', [ssh, web]),
];

describe('a quiet week', () => {
  const summary = against(learn([network[0]!, network[2]!]), writtenRun(9, [network[0]!, network[2]!]));

  test('has nothing above info, risk nothing, confidence whole', () => {
    expect(lines(summary)).toEqual(['info 0 administrative.ssh 10.0.0.5,10.0.0.7 22/tcp']);
    expect(summary.risk).toEqual({ level: 'low', score: 0, parts: [] });
    expect(summary.confidence).toEqual({ value: 1, lowered: [] });
    expect(summary.changes).toEqual([]);
    expect(summary.impact).toEqual([]);
    expect(summary.actions).toEqual([]);
  });
});

describe('one week with a story', () => {
  const pinned = learn(network);
  const run = writtenRun(9, [
    writtenHost('10.0.0.5', [ssh, web, redis, '4444/tcp']),
    writtenHost('10.0.0.6', [
      { port: '22/tcp', service: { name: 'ssh', product: 'OpenSSH', version: '8.4p1' } },
      mysql,
    ]),
    writtenHost('10.0.0.66', [ssh, '23/tcp']),
  ]);
  const summary = against(pinned, run, {
    history: (host, port) =>
      host === ip('10.0.0.6') && port === '3306/tcp'
        ? {
            firstSeen: at('2026-06-01T00:00:00Z'),
            lastSeen: at('2026-11-15T00:00:00Z'),
            seen: 14,
            comparable: 14,
          }
        : { seen: 0, comparable: 31 },
  });

  test('ranks what is new above what has always been so', () => {
    expect(lines(summary)).toEqual([
      'high 30 legacy.telnet 10.0.0.66 23/tcp',
      'high 25 database.redis 10.0.0.5 6379/tcp',
      'medium 20 drift.port-opened 10.0.0.5 4444/tcp',
      'medium 20 drift.version-downgrade 10.0.0.6 22/tcp',
      'medium 20 drift.host-appeared 10.0.0.66',
      'medium 20 administrative.ssh 10.0.0.66 22/tcp',
      'low 13 database.mysql 10.0.0.6 3306/tcp',
      'low 5 drift.host-disappeared 10.0.0.7',
      'info 0 administrative.ssh 10.0.0.5,10.0.0.6 22/tcp',
    ]);
    expect(summary.risk).toEqual({
      level: 'high',
      score: 84,
      parts: [
        { kind: 'worst', points: 83, text: 'the worst host, 10.0.0.66' },
        { kind: 'breadth', points: 1, text: '2 hosts are at high risk' },
      ],
    });
    expect(summary.hosts[0]?.risk.parts.map(({ points, text }) => `${points} ${text}`)).toEqual([
      '30 outdated services and software',
      '20 remote administration',
      '20 unexpected changes',
      '13 lifted to 83 because the worst finding is high (high begins at 70)',
    ]);
    expect(summary.figures.hostsByRisk).toEqual({ low: 1, medium: 1, high: 2, critical: 0 });
  });

  test('says of each what it is, since when, how unusual, and on what it rests', () => {
    const [, first] = summary.findings;
    expect(first?.observations).toEqual([
      {
        text: '6379/tcp is open and answers as redis Redis key-value store 7.0.15',
        unusual: 'open on 1 of 3 hosts; open in 0 of 31 earlier scans that covered it',
        evidence: [
          {
            kind: 'scan',
            run: run.info.id,
            host: '10.0.0.5',
            port: '6379/tcp',
            fact: 'open (syn-ack) redis Redis key-value store 7.0.15',
          },
        ],
      },
      {
        text: 'Baseline v7 does not expect this on 6379/tcp',
        evidence: [{ kind: 'baseline', version: 7, fact: '6379/tcp not expected open' }],
      },
      {
        text: 'A fresh Redis asks for no password, and it is easy to leave it so.',
        evidence: [
          {
            kind: 'rule',
            rule: 'database.redis',
            fact: expect.stringContaining('service.name in ["redis"]'),
          },
        ],
      },
    ]);
    const mysqlFinding = summary.findings.find((finding) => finding.rule === 'database.mysql');
    expect(mysqlFinding?.firstSeen).toBe(at('2026-06-01T00:00:00Z'));
    expect(mysqlFinding?.observations.map((one) => one.text)).toEqual([
      '3306/tcp is open and answers as mysql MySQL 8.0.36',
      'Baseline v7 expects it: open in 4 of 4 comparable runs',
      'MySQL or MariaDB should be spoken to by its own applications and nobody else.',
    ]);
    for (const finding of summary.findings) {
      for (const observation of finding.observations) expect(observation.evidence.length).toBeGreaterThan(0);
    }
  });

  test('sums up the subnet', () => {
    expect(summary.subnets.map((each) => [each.network, each.hosts, each.risk.score])).toEqual([
      ['10.0.0.0/24', 4, 84],
    ]);
  });

  test('lists what changed', () => {
    expect(summary.changes.map((line) => `${line.host} ${line.text}`)).toEqual([
      '10.0.0.5 4444/tcp opened; it was not open',
      '10.0.0.5 6379/tcp opened (redis Redis key-value store 7.0.15); it was not open',
      '10.0.0.6 22/tcp runs ssh OpenSSH 8.4p1; it was ssh OpenSSH 9.2p1',
      '10.0.0.7 The host was in baseline v7 and does not answer now',
      '10.0.0.66 The host is up and was not in baseline v7',
    ]);
  });

  test('and what it could not see', () => {
    expect(summary.blindSpots).toEqual([
      '17,416 of 65,535 TCP ports were scanned. What listens on the others is not known.',
      'UDP was not scanned. DNS, SNMP and other UDP services are not known.',
      '253 addresses did not answer. A host that only drops packets looks the same.',
      'All of it was seen from one place (default). Other places may reach more, or less.',
    ]);
  });

  test('the same input gives the same output', () => {
    expect(against(pinned, run)).toEqual(against(pinned, run));
  });
});

describe('expected, approved, new, unknown', () => {
  const run = writtenRun(9, [network[1]!]);
  const severity = (summary: ExposureSummary) =>
    summary.findings.find((finding) => finding.rule === 'database.mysql')?.severity;
  const approvals: Approval[] = [{ what: 'port', host: ip('10.0.0.6'), port: '3306/tcp' }];
  const meta = { version: 8, at: at('2026-11-01T00:00:00Z'), by: 'alice', note: 'CHG-7' };
  const before = learn([writtenHost('10.0.0.6', [ssh])]);

  test.each([
    { why: 'without a baseline', summary: () => alone(run), want: 'medium' },
    { why: 'learned', summary: () => against(learn([network[1]!]), run), want: 'low' },
    { why: 'new', summary: () => against(before, run), want: 'high' },
    { why: 'approved', summary: () => against(approve(before, approvals, meta), run), want: 'info' },
    {
      why: 'approved, and the approval has ended',
      summary: () => against(approve(before, approvals, { ...meta, until: at('2026-11-20T00:00:00Z') }), run),
      want: 'high',
    },
    {
      why: 'another vantage: the baseline expects nothing of it',
      summary: () => against(learn([network[1]!]), writtenRun(9, [network[1]!], { vantage: 'dmz' })),
      want: 'medium',
    },
    {
      why: 'a port that the baseline never covered',
      summary: () => against(learn([writtenHost('10.0.0.6', [ssh], {}, '1-1024')]), run),
      want: 'medium',
    },
    {
      why: 'another service on an expected port',
      summary: () =>
        against(learn([writtenHost('10.0.0.6', [{ port: '3306/tcp', service: { name: 'http' } }])]), run),
      want: 'high',
    },
  ])('$why: $want', ({ summary, want }) => {
    expect(severity(summary())).toBe(want);
  });

  test('against an earlier run, what opened since is new', () => {
    const earlier = writtenRun(8, [writtenHost('10.0.0.6', [ssh])]);
    const changes = diffRuns(earlier, run);
    const summary = alone(run, {
      against: { kind: 'run', id: earlier.info.id, start: earlier.info.start },
      comparability: changes.comparability,
      deviations: deviationsFromRun(changes),
    });
    expect(lines(summary)).toEqual([
      'high 25 database.mysql 10.0.0.6 3306/tcp',
      'low 20 administrative.ssh 10.0.0.6 22/tcp',
    ]);
    expect(summary.confidence.lowered.map((one) => one.reason)).toEqual([
      'held against a single earlier run',
    ]);
  });
});

describe('what lowers confidence is named', () => {
  test.each<{ why: string; run: Partial<RunInfo>; want: readonly string[] }>([
    { why: 'a first complete run', run: {}, want: ['this is the first run of its kind'] },
    {
      why: 'interrupted',
      run: { status: 'interrupted' },
      want: ['the scan was interrupted', 'this is the first run of its kind'],
    },
    {
      why: 'truncated',
      run: { status: 'truncated' },
      want: ['the scan file ends early', 'this is the first run of its kind'],
    },
    {
      why: 'no version detection',
      run: { args: 'nmap 10.0.0.0/24' },
      want: ['no version detection', 'this is the first run of its kind'],
    },
    {
      why: 'thin coverage',
      run: { scaninfo: [{ type: 'syn', protocol: 'tcp', services: '22,80' }] },
      want: ['only 2 TCP ports covered', 'this is the first run of its kind'],
    },
    {
      why: 'unknown coverage',
      run: { scaninfo: [] },
      want: ['the scan does not say which ports it covered', 'this is the first run of its kind'],
    },
    {
      why: 'a sweep for hosts, which is no scan of unknown coverage, nor one that missed the versions',
      run: { scaninfo: [], args: 'nmap -sn 10.0.0.0/24' },
      want: ['no ports were scanned', 'this is the first run of its kind'],
    },
  ])('$why', ({ run, want }) => {
    const { confidence } = alone(writtenRun(1, [network[0]!], run));
    expect(confidence.lowered.map((one) => one.reason)).toEqual(want);
    expect(confidence.value).toBeCloseTo(
      confidence.lowered.reduce((product, one) => product * one.factor, 1),
      2,
    );
  });

  test('a service guessed from its port number lowers its own finding', () => {
    const guessed = writtenHost('10.0.0.5', [
      { port: '23/tcp', service: { name: 'telnet', method: 'table' } },
    ]);
    const [finding] = alone(writtenRun(1, [guessed])).findings;
    expect(finding?.confidence.lowered).toEqual([
      { reason: 'the service is named by its port number', factor: 0.7 },
    ]);
    expect(finding?.observations[0]?.text).toBe('23/tcp is open; by its number it would be telnet');
  });

  test('a host that timed out is said, for itself and in proportion for the run', () => {
    const summary = alone(writtenRun(1, [writtenHost('10.0.0.5', [ssh], { timedOut: true }), network[1]!]));
    expect(summary.hosts.find((host) => host.host === '10.0.0.5')?.confidence.value).toBe(0.56);
    expect(summary.confidence.lowered.at(-1)).toEqual({
      reason: 'the scanner gave up on 1 host',
      factor: 0.85,
    });
    expect(summary.blindSpots.join(' ')).toContain('gave up on 1 host before it was through');
  });
});

describe('what is said once', () => {
  const many = Array.from({ length: 500 }, (_, index) =>
    writtenHost(`10.0.${index >> 8}.${index & 255}`, [ssh]),
  );

  test('500 hosts with ssh are one finding of the run, and each host keeps its own', () => {
    const summary = alone(writtenRun(1, many), { keepHosts: 20 });
    expect(summary.findings).toHaveLength(1);
    expect(summary.findings[0]?.subject.hosts).toHaveLength(500);
    expect(summary.findings[0]?.observations[0]).toMatchObject({
      text: 'On 500 hosts (22/tcp): 10.0.0.0, 10.0.0.1, 10.0.0.2 and 497 more hosts',
      unusual: 'open on 500 of 500 hosts',
    });
    expect(summary.hosts).toHaveLength(20);
    expect(summary.hostsLeftOut).toBe(480);
    expect(summary.hosts[0]?.findings).toHaveLength(1);
  });

  test('the same port that opened on several hosts is one story, another port is another', () => {
    const run = writtenRun(
      9,
      many
        .slice(0, 6)
        .map((host, index) =>
          writtenHost(host.address, [ssh, ...(index < 4 ? ['4444/tcp'] : index === 4 ? ['8080/tcp'] : [])]),
        ),
    );
    const drift = lines(against(learn(many.slice(0, 6)), run)).filter((line) => line.includes('drift'));
    expect(drift).toEqual([
      'medium 20 drift.port-opened 10.0.0.0,10.0.0.1,10.0.0.2,10.0.0.3 4444/tcp',
      'medium 20 drift.port-opened 10.0.0.4 8080/tcp',
    ]);
  });

  test('the worst hosts are kept, whatever the order', () => {
    const bad = writtenHost('10.0.1.250', ['23/tcp']);
    for (const hosts of [
      [bad, ...many],
      [...many, bad],
    ]) {
      const run = writtenRun(1, hosts);
      const kept = assess({
        run: run.info,
        hosts,
        against: { kind: 'nothing', why: '' },
        now: NOW,
        keepHosts: 5,
      });
      expect(kept.hosts[0]?.host).toBe('10.0.1.250');
    }
  });

  test('every host is handed out as it is assessed', () => {
    const seen: string[] = [];
    alone(writtenRun(1, many), { keepHosts: 1, onHost: (host) => seen.push(host.host) });
    expect(seen).toHaveLength(500);
  });
});

describe('policy', () => {
  const run = writtenRun(9, network);
  const policy = (text: string) => parsePolicy(`version: 1\n${text}`, 'policy.yaml');

  test('a rule of the user, in its scope', () => {
    const summary = alone(run, {
      policy: policy(`roles: { web: [10.0.0.5, 10.0.0.6] }
rules:
  - id: site.no-nginx
    title: nginx answers
    severity: high
    match: service.product == "nginx"
    where: { roles: [web] }
    why: We run something else.
`),
    });
    expect(lines(summary)[0]).toBe('high 20 site.no-nginx 10.0.0.5 443/tcp');
  });

  test('a rule switched off, and one made worse', () => {
    const summary = against(learn(network), run, {
      policy: policy('disable: [administrative.ssh]\nseverity: { database.mysql: critical }\n'),
    });
    expect(lines(summary)).toEqual(['critical 13 database.mysql 10.0.0.6 3306/tcp']);
  });

  describe('by zone', () => {
    const severity = (text: string, vantage = 'office') => {
      const seen = { ...run, info: { ...run.info, vantage } };
      const { findings } = alone(seen, { policy: policy(text) });
      return findings.find((finding) => finding.rule === 'database.mysql');
    };
    const zone = (name: string) => `zones: { ${name}: [10.0.0.0/24] }\n`;
    test.each([
      { why: 'nothing says where it is', text: '', want: 'medium' },
      { why: 'inside', text: zone('inside'), want: 'medium' },
      { why: 'internet-facing', text: zone('internet-facing'), want: 'high' },
      {
        why: 'seen from the internet, whatever is written down',
        text: zone('inside'),
        vantage: 'internet',
        want: 'high',
      },
      {
        why: 'the longest prefix speaks',
        text: 'zones: { internet-facing: [10.0.0.0/8], inside: [10.0.0.0/24] }\n',
        want: 'medium',
      },
      {
        why: 'the policy sets it for the zone',
        text: `${zone('dmz')}severity: { database.mysql: low }\nseverity_in: { database.mysql: { dmz: critical } }\n`,
        want: 'critical',
      },
      {
        why: 'the policy sets it for another zone',
        text: `${zone('inside')}severity_in: { database.mysql: { dmz: critical } }\n`,
        want: 'medium',
      },
    ])('$why: $want', ({ text, vantage, want }) => {
      expect(severity(text, vantage)?.severity).toBe(want);
    });

    test('new and expected follow from what the zone says', () => {
      const expected = against(learn(network), run, { policy: policy(zone('internet-facing')) });
      expect(expected.findings.find(({ rule }) => rule === 'database.mysql')?.severity).toBe('medium');
    });

    test('and the finding says so', () => {
      expect(severity(zone('internet-facing'))?.observations.at(-1)).toEqual({
        text: 'The host can be reached from the internet, so this weighs more than elsewhere',
        evidence: [
          { kind: 'rule', rule: 'database.mysql', fact: 'high in internet-facing, otherwise medium' },
        ],
      });
      expect(severity(zone('inside'))?.observations).toHaveLength(2);
    });

    test('a rule of the user reads the zone, is kept to it, and is graded by it', () => {
      const summary = alone(run, {
        policy: policy(`zones: { dmz: [10.0.0.6], management: [10.0.0.5] }
disable: [administrative.ssh, database.mysql]
rules:
  - { id: site.read, title: Read, severity: low, match: 'host.zone == "dmz" && port.number == 22', why: Read. }
  - { id: site.kept, title: Kept, severity: low, where: { zones: [dmz] }, match: port.number == 22, why: Kept. }
  - id: site.graded
    title: Graded
    severity: low
    when_new: critical
    severity_in: { management: high }
    match: port.number == 22
    why: Graded.
`),
      });
      expect(lines(summary).toSorted()).toEqual([
        'high 20 site.graded 10.0.0.5 22/tcp',
        'low 20 site.graded 10.0.0.6,10.0.0.7 22/tcp',
        'low 20 site.kept 10.0.0.6 22/tcp',
        'low 20 site.read 10.0.0.6 22/tcp',
      ]);
    });
  });

  test('requirements that a rule speaks to are references of its findings', () => {
    const summary = alone(run, {
      policy: policy(`rules:
  - id: site.mapped
    title: Mapped
    severity: critical
    match: port.number == 3306
    why: Mapped.
    compliance: [PCI DSS 4.0 1.4.4, ISO 27001 A.8.20]
`),
    });
    expect(summary.findings[0]?.references).toEqual([
      'PCI DSS 4.0 1.4.4: systems that store card data cannot be reached directly from untrusted networks',
      'ISO 27001 A.8.20',
    ]);
  });

  test('an exception excuses until its end, and the summary says that it does', () => {
    const until = (date: string) =>
      alone(run, {
        policy: policy(`exceptions:
  - { rule: database.mysql, where: { networks: [10.0.0.6] }, reason: CHG-9, until: ${date} }
`),
      });
    expect(lines(until('2026-11-21')).join()).toContain('database.mysql');
    const excused = until('2026-11-22');
    expect(lines(excused).join()).not.toContain('database.mysql');
    expect(excused.blindSpots[0]).toBe('1 finding excused by exceptions of the policy: database.mysql.');
  });

  test('a rule that cannot be asked is said, and the others go on', () => {
    const summary = alone(run, {
      policy: policy(`rules:
  - { id: site.broken, title: Broken, severity: high, match: 'host.open_ports[7] == 1', why: Nobody looked. }
`),
    });
    expect(summary.blindSpots.at(-1)).toMatch(/^Rule site[.]broken could not be asked 6 times: /);
    expect(lines(summary).join()).toContain('database.mysql');
  });

  test('a rule on changes, and one on hosts', () => {
    const summary = against(learn(network), writtenRun(9, [...network, writtenHost('10.0.0.9', [ssh])]), {
      policy: policy(`rules:
  - { id: site.strangers, on: change, title: A stranger, severity: critical, match: 'change.kind == "host-appeared" && host.address.inPrefix("10.0.0.0/24")', why: Nobody may. }
  - { id: site.named, on: host, title: No name, severity: low, match: 'size(host.names) == 0 && !baseline.expected', why: Hosts have names. }
`),
    });
    expect(lines(summary)[0]).toBe('critical 20 site.strangers 10.0.0.9');
    expect(lines(summary)).toContain('low 20 site.named 10.0.0.9');
  });
});

describe('hostile hosts', () => {
  const HOSTILE = '\u001b[2J<img src=x onerror=alert(1)>\n=cmd|"/c calc"!A1\u202e\ud800\u0000{{x}}';

  test('their text passes through unchanged, for the outputs to escape, and breaks nothing', () => {
    const host = writtenHost(
      '10.0.0.5',
      [
        {
          port: '23/tcp',
          service: { name: HOSTILE, product: HOSTILE, version: HOSTILE, extrainfo: HOSTILE, cpe: [HOSTILE] },
          scripts: [{ id: HOSTILE, output: HOSTILE }],
        },
        { port: '22/tcp', service: { name: 'ssh', product: HOSTILE } },
      ],
      { hostnames: [{ name: HOSTILE, type: 'PTR' }], os: [{ name: HOSTILE, accuracy: 99, classes: [] }] },
    );
    const summary = alone(writtenRun(1, [host]));
    expect(lines(summary)).toEqual(['low 20 administrative.ssh 10.0.0.5 22/tcp']);
    expect(summary.findings[0]?.observations[0]?.text).toBe(`22/tcp is open and answers as ssh ${HOSTILE}`);
    expect(summary.hosts[0]?.names).toEqual([HOSTILE]);
    expect(summary.blindSpots.join()).not.toContain('could not be asked');
  });

  test('a host that answers on everything is said to be unreadable, once', () => {
    const everything = Array.from({ length: 1_024 }, (_, index) => `${index + 1}/tcp`);
    const summary = alone(writtenRun(1, [writtenHost('10.0.0.5', everything)]));
    expect(lines(summary).filter((line) => line.includes('surface'))).toEqual([
      'low 15 surface.everything 10.0.0.5',
    ]);
  });
});

describe('hosts that do not answer', () => {
  test('are not assessed, and are counted', () => {
    const down = writtenHost('10.0.0.9', [], { status: { state: 'down' } });
    const summary = alone(writtenRun(1, [network[0]!, down], { hosts: { up: 1, down: 1, total: 2 } }));
    expect(summary.hosts.map((host) => host.host)).toEqual(['10.0.0.5']);
    expect(summary.run).toMatchObject({ hostsUp: 1, hostsTotal: 2 });
    expect(summary.blindSpots.join(' ')).toContain('1 address did not answer');
  });

  test('a run without hosts is a summary all the same', () => {
    const summary = alone(writtenRun(1, []));
    expect(summary).toMatchObject({ risk: { level: 'low', score: 0 }, findings: [], hosts: [] });
  });
});
