import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seenWorldArb } from '../../../test/generated/scan-runs.ts';
import { at, ip, writtenHost, writtenRun, type WrittenPort } from '../../../test/written/scan-run.ts';
import type { Baseline } from '../model/baseline.ts';
import type { Host } from '../model/host.ts';
import type { RunId, RunInfo, ScanRun } from '../model/scan-run.ts';
import { BaselineLearner, notesOn, type VersionMeta } from './learn.ts';
import { hostsInOrder } from './versions.ts';

const META: VersionMeta = { version: 1, created: at('2026-11-22T00:00:00Z'), by: 'test', note: '' };

function learn(runs: readonly ScanRun[], meta = META): Baseline {
  const learner = new BaselineLearner({ vantage: 'default', privileges: 'raw', profile: 'default' });
  for (const run of runs) {
    learner.add(run.info);
    for (const host of run.hosts) learner.addHost(run.info.id, host);
  }
  return learner.finish(meta);
}

/** Weekly runs of one host; each entry lists what is open, or undefined for a host that is not there. */
function weeks(
  open: readonly (readonly WrittenPort[] | undefined)[],
  more: (week: number) => { readonly run?: Partial<RunInfo>; readonly host?: Partial<Host> } = () => ({}),
): ScanRun[] {
  return open.map((ports, week) =>
    writtenRun(
      week,
      ports === undefined ? [] : [writtenHost('10.0.0.5', ports, more(week).host)],
      more(week).run,
    ),
  );
}

const of = (baseline: Baseline) => baseline.hosts.get(ip('10.0.0.5'));

describe('what is expected', () => {
  const on = ['22/tcp', '8080/tcp'];
  const off = ['22/tcp'];
  test.each([
    {
      why: 'open in every run',
      runs: [on, on, on],
      want: { flapping: false, support: { seen: 3, comparable: 3 } },
    },
    {
      why: 'opened in the middle and stayed',
      runs: [off, on, on],
      want: { flapping: false, support: { seen: 2, comparable: 3 } },
    },
    {
      why: 'one outage',
      runs: [on, on, off, on],
      want: { flapping: false, support: { seen: 3, comparable: 4 } },
    },
    {
      why: 'up, down, up, down',
      runs: [on, off, on, off],
      want: { flapping: true, support: { seen: 2, comparable: 4 } },
    },
    { why: 'gone by the end', runs: [on, on, off, off], want: undefined },
    {
      why: 'missed once, by the newest run',
      runs: [on, on, on, off],
      want: { flapping: true, support: { seen: 3, comparable: 4 } },
    },
    { why: 'a short appearance', runs: [off, on, off, off], want: undefined },
    { why: 'never open', runs: [off, off, off], want: undefined },
    {
      why: 'a run in which the host was missing is not counted',
      runs: [on, undefined, on],
      want: { flapping: false, support: { seen: 2, comparable: 2 } },
    },
  ])('$why', ({ runs, want }) => {
    const port = of(learn(weeks(runs)))?.ports.get('8080/tcp');
    const said = port && { flapping: port.flapping, support: port.support };
    expect(said).toEqual(want);
  });

  test('only runs that covered the port count', () => {
    const runs = [
      ...weeks([on, on]),
      writtenRun(2, [writtenHost('10.0.0.5', ['22/tcp'], {}, '22')], {
        scaninfo: [{ type: 'syn', protocol: 'tcp', services: '22' }],
      }),
    ];
    const host = of(learn(runs));
    expect(host?.ports.get('8080/tcp')?.support).toEqual({ seen: 2, comparable: 2 });
    expect(host?.ports.get('22/tcp')?.support).toEqual({ seen: 3, comparable: 3 });
  });

  test('a host that timed out says nothing of ports it does not list', () => {
    const host = of(learn(weeks([on, on, off], (week) => ({ host: { timedOut: week === 2 } }))));
    expect(host?.ports.get('8080/tcp')?.support).toEqual({ seen: 2, comparable: 2 });
  });

  test('open|filtered is neither open nor closed', () => {
    const silent: WrittenPort = { port: '53/udp', state: 'open|filtered' };
    const host = of(learn(weeks([[silent], ['53/udp'], [silent]])));
    expect(host?.ports.get('53/udp')?.support).toEqual({ seen: 1, comparable: 1 });
  });
});

describe('hosts', () => {
  test.each([
    {
      why: 'there in every run',
      runs: [[], [], []],
      want: { flapping: false, support: { seen: 3, comparable: 3 } },
    },
    {
      why: 'a laptop',
      runs: [[], undefined, [], undefined],
      want: { flapping: true, support: { seen: 2, comparable: 4 } },
    },
    {
      why: 'away at the end',
      runs: [[], [], undefined],
      want: { flapping: true, support: { seen: 2, comparable: 3 } },
    },
    { why: 'gone for three runs', runs: [[], [], undefined, undefined, undefined], want: undefined },
    { why: 'seen once, and not since', runs: [[], undefined, undefined], want: undefined },
  ])('$why', ({ runs, want }) => {
    const host = of(learn(weeks(runs)));
    const said = host && { flapping: host.flapping, support: host.support };
    expect(said).toEqual(want);
  });

  test('an absence in a run over other targets, or a cut-short one, says nothing', () => {
    const elsewhere = weeks([[], undefined, undefined], (week) => ({
      run:
        week === 1 ? { args: 'nmap -sV 10.9.0.0/24' } : week === 2 ? { status: 'interrupted' as const } : {},
    }));
    expect(of(learn(elsewhere))?.support).toEqual({ seen: 1, comparable: 1 });
  });

  test('MAC, OS and names are kept where the runs agree', () => {
    const agree = (week: number) => ({
      host: {
        mac: { address: week === 1 ? '00:00:00:00:00:02' : '00:00:00:00:00:01' },
        hostnames: [
          { name: 'db1.example', type: 'PTR' },
          { name: week === 2 ? 'new.example' : 'old.example', type: 'PTR' },
          { name: 'typed.example', type: 'user' },
        ],
        os: [
          {
            name: 'Linux 5.4',
            accuracy: 96,
            classes: [{ vendor: 'Linux', family: 'Linux', generation: '5.X' }],
          },
        ],
      },
    });
    const host = of(learn(weeks([[], [], []], agree)));
    expect(host?.mac).toBeUndefined();
    expect(host?.hostnames).toEqual(['db1.example']);
    expect(host?.os).toBe('Linux Linux 5.X');
  });

  test('the newest answer with version detection stands, not a later guess by number', () => {
    const probed = { port: '8080/tcp', service: { name: 'http', product: 'nginx', version: '1.24' } };
    const older = { port: '8080/tcp', service: { name: 'http', product: 'nginx', version: '1.22' } };
    const guess = { port: '8080/tcp', service: { name: 'http-proxy', method: 'table' } };
    expect(of(learn(weeks([[older], [probed], [guess]])))?.ports.get('8080/tcp')?.service).toMatchObject({
      product: 'nginx',
      version: '1.24',
    });
  });
});

describe('runs', () => {
  test('another vantage or other privileges are set aside, with the reason', () => {
    const learner = new BaselineLearner({ vantage: 'default', privileges: 'raw', profile: 'default' });
    const [far, plain] = [
      writtenRun(1, [], { vantage: 'dmz' }).info,
      writtenRun(2, [], { privileges: 'connect' }).info,
    ];
    expect([learner.add(far), learner.add(plain), learner.add(writtenRun(3, []).info)]).toEqual([
      false,
      false,
      true,
    ]);
    learner.addHost(far.id, writtenHost('10.0.0.9', []));
    expect(learner.setAside.map((entry) => entry.why)).toEqual([
      'it was taken from vantage dmz, the baseline is for default',
      'its privileges are connect, the baseline is learned from raw scans',
    ]);
    expect(learner.finish(META).hosts.size).toBe(0);
    expect(() => learner.addHost('nobody' as RunId, writtenHost('10.0.0.9', []))).toThrow(RangeError);
  });

  test('one run is a snapshot, two are a hint, three are not remarked upon', () => {
    const note = (amount: number) => notesOn(learn(weeks(Array.from({ length: amount }, () => ['22/tcp']))));
    expect(note(1)).toEqual(['Learned from 1 run: a snapshot, not a norm.']);
    expect(note(2)).toEqual(['Learned from 2 runs: a hint, not a norm.']);
    expect(note(3)).toEqual([]);
  });

  test('targets of all runs are asked about, so that a new host in any of them is noticed', () => {
    const runs = [
      writtenRun(0, [], { args: 'nmap -sV -oX a.xml 10.0.1.0/24' }),
      writtenRun(1, [], { args: 'nmap -sV -oX b.xml 10.0.2.0/24' }),
    ];
    expect(learn(runs).asked.args).toBe('nmap -sV -oX b.xml 10.0.2.0/24 10.0.1.0/24');
  });
});

describe('laws', () => {
  const without = (baseline: Baseline) =>
    [...baseline.hosts.values()].map(({ support: _s, provenance: _p, ports, ...host }) => ({
      ...host,
      ports: [...ports.values()].map(({ support: _s2, provenance: _p2, ...port }) => port),
    }));
  const copy = (run: ScanRun, n: number): ScanRun => ({
    info: { ...run.info, id: `copy${n}` as RunId, start: at(`2026-10-0${n + 1}T00:00:00Z`) },
    hosts: run.hosts,
  });

  test('a baseline of n equal runs is the baseline of one but for support', () => {
    fc.assert(
      fc.property(seenWorldArb, fc.integer({ min: 2, max: 5 }), ({ run }, n) => {
        const many = learn(Array.from({ length: n }, (_, index) => copy(run, index)));
        expect(without(many)).toEqual(without(learn([copy(run, 0)])));
        for (const host of many.hosts.values()) {
          for (const port of host.ports.values()) expect(port.support).toEqual({ seen: n, comparable: n });
        }
      }),
      { numRuns: 200 },
    );
  });

  test('the order in which runs and hosts come does not matter', () => {
    fc.assert(
      fc.property(fc.array(seenWorldArb, { minLength: 2, maxLength: 5 }), fc.integer(), (worlds, seed) => {
        const runs = worlds.map(({ run }, index) => copy(run, index));
        const turned =
          fc.sample(fc.shuffledSubarray(runs, { minLength: runs.length }), { seed, numRuns: 1 })[0] ?? [];
        const learner = new BaselineLearner({ vantage: 'default', privileges: 'raw', profile: 'default' });
        for (const run of turned) learner.add(run.info);
        for (const run of turned)
          for (const host of run.hosts.toReversed()) learner.addHost(run.info.id, host);
        const straight = learn(runs);
        const other = learner.finish(META);
        expect(hostsInOrder(other)).toEqual(hostsInOrder(straight));
        expect(other.runs).toEqual(straight.runs);
        expect(other.asked).toEqual(straight.asked);
      }),
      { numRuns: 200 },
    );
  });
});
