import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { seenWorldArb } from '../../../test/generated/scan-runs.ts';
import { at, ip, writtenHost, writtenRun, type WrittenPort } from '../../../test/written/scan-run.ts';
import { diffRuns } from '../diff/diff-runs.ts';
import type { Baseline } from '../model/baseline.ts';
import type { Host } from '../model/host.ts';
import type { ScanRun } from '../model/scan-run.ts';
import { deviations, deviationsFromRun } from './deviations.ts';
import { BaselineLearner } from './learn.ts';
import { baselineAsRun } from './pseudo-run.ts';
import { approve, expectedAt } from './versions.ts';

function learn(runs: readonly ScanRun[]): Baseline {
  const learner = new BaselineLearner({ vantage: 'default', privileges: 'raw', profile: 'default' });
  for (const run of runs) {
    learner.add(run.info);
    for (const host of run.hosts) learner.addHost(run.info.id, host);
  }
  return learner.finish({ version: 7, created: at('2026-11-22T00:00:00Z'), by: 'test', note: '' });
}

function against(baseline: Baseline, run: ScanRun) {
  return deviations(diffRuns(baselineAsRun(baseline), run), baseline);
}

const words = (list: ReturnType<typeof against>) =>
  list.map((one) => [one.pattern, one.changes[0].kind, one.host, ...one.ports].join(' '));

const server = (ports: readonly WrittenPort[], more: Partial<Host> = {}) =>
  writtenHost('10.0.0.5', ports, more);
const calm = (amount: number, ports: readonly WrittenPort[], more: Partial<Host> = {}) =>
  learn(Array.from({ length: amount }, (_, week) => writtenRun(week, [server(ports, more)])));

describe('deviations from the baseline', () => {
  const steady: readonly WrittenPort[] = [
    '22/tcp',
    { port: '80/tcp', service: { name: 'http', product: 'nginx', version: '1.24.0' } },
  ];
  const baseline = calm(4, steady, {
    mac: { address: '00:00:00:00:00:01' },
    hostnames: [{ name: 'web1.example', type: 'PTR' }],
    os: [
      { name: 'Linux 5.4', accuracy: 96, classes: [{ vendor: 'Linux', family: 'Linux', generation: '5.X' }] },
    ],
  });
  const same = baselineHost();

  function baselineHost(): Partial<Host> {
    return {
      mac: { address: '00:00:00:00:00:01' },
      hostnames: [{ name: 'web1.example', type: 'PTR' }],
      os: [
        {
          name: 'Linux 5.0 - 5.14',
          accuracy: 98,
          classes: [{ vendor: 'Linux', family: 'Linux', generation: '5.X' }],
        },
      ],
    };
  }

  test.each<{ why: string; run: ScanRun; want: readonly string[] }>([
    { why: 'nothing changed', run: writtenRun(9, [server(steady, same)]), want: [] },
    {
      why: 'a port opened',
      run: writtenRun(9, [server([...steady, '4444/tcp'], same)]),
      want: ['change port-opened 10.0.0.5 4444/tcp'],
    },
    {
      why: 'a port opened outside what the baseline covers',
      run: writtenRun(9, [writtenHost('10.0.0.5', [...steady, '2000/tcp'], same, '1-65535')], {
        scaninfo: [{ type: 'syn', protocol: 'tcp', services: '1-65535' }],
      }),
      want: [],
    },
    {
      why: 'an expected port closed',
      run: writtenRun(9, [server(['22/tcp'], same)]),
      want: ['change port-closed 10.0.0.5 80/tcp'],
    },
    {
      why: 'an expected port is filtered',
      run: writtenRun(9, [server(['22/tcp', { port: '80/tcp', state: 'filtered' }], same)]),
      want: ['change port-filtered 10.0.0.5 80/tcp'],
    },
    {
      why: 'a closed port is filtered: the baseline does not choose between them',
      run: writtenRun(9, [server([...steady, { port: '81/tcp', state: 'filtered' }], same)]),
      want: [],
    },
    {
      why: 'an expected port was not scanned',
      run: writtenRun(9, [writtenHost('10.0.0.5', ['22/tcp'], same, '22')], {
        scaninfo: [{ type: 'syn', protocol: 'tcp', services: '22' }],
      }),
      want: [],
    },
    {
      why: 'another service answers',
      run: writtenRun(9, [server(['22/tcp', { port: '80/tcp', service: { name: 'mysql' } }], same)]),
      want: ['change service-changed 10.0.0.5 80/tcp'],
    },
    {
      why: 'a version went down',
      run: writtenRun(9, [
        server(
          ['22/tcp', { port: '80/tcp', service: { name: 'http', product: 'nginx', version: '1.18.0' } }],
          same,
        ),
      ]),
      want: ['change version-changed 10.0.0.5 80/tcp'],
    },
    {
      why: 'a run without version detection says nothing of versions',
      run: writtenRun(
        9,
        [server(['22/tcp', { port: '80/tcp', service: { name: 'http', method: 'table' } }], same)],
        {
          args: 'nmap 10.0.0.0/24',
        },
      ),
      want: [],
    },
    {
      why: 'a host appeared',
      run: writtenRun(9, [server(steady, same), writtenHost('10.0.0.66', ['80/tcp'])]),
      want: ['change host-appeared 10.0.0.66'],
    },
    {
      why: 'a host outside the targets',
      run: writtenRun(9, [server(steady, same), writtenHost('10.9.0.66', ['80/tcp'])], {
        args: 'nmap -sV 10.0.0.0/8',
      }),
      want: [],
    },
    { why: 'the host disappeared', run: writtenRun(9, []), want: ['change host-disappeared 10.0.0.5'] },
    {
      why: 'the run was interrupted before the host',
      run: writtenRun(9, [], { status: 'interrupted' }),
      want: [],
    },
    {
      why: 'the MAC address changed',
      run: writtenRun(9, [server(steady, { ...same, mac: { address: '00:00:00:00:00:99' } })]),
      want: ['change mac-changed 10.0.0.5'],
    },
    {
      why: 'the MAC address was not seen',
      run: writtenRun(9, [server(steady, { hostnames: same.hostnames ?? [], os: same.os ?? [] })]),
      want: [],
    },
    {
      why: 'the operating system changed',
      run: writtenRun(9, [
        server(steady, {
          ...same,
          os: [
            {
              name: 'Windows 10',
              accuracy: 97,
              classes: [{ vendor: 'Microsoft', family: 'Windows', generation: '10' }],
            },
          ],
        }),
      ]),
      want: ['change os-changed 10.0.0.5'],
    },
    {
      why: 'the name changed',
      run: writtenRun(9, [server(steady, { ...same, hostnames: [{ name: 'other.example', type: 'PTR' }] })]),
      want: ['change hostnames-changed 10.0.0.5'],
    },
    {
      why: 'a service moved: one statement for move, opening and closing',
      run: writtenRun(9, [
        server(
          [
            '22/tcp',
            {
              port: '8080/tcp',
              service: { name: 'http', product: 'nginx', version: '1.24.0', servicefp: 'x' },
            },
          ],
          same,
        ),
      ]),
      want: ['change service-moved 10.0.0.5 8080/tcp 80/tcp'],
    },
  ])('$why', ({ run, want }) => {
    expect(words(against(baseline, run))).toEqual(want);
  });

  test('another vantage yields nothing, and the change set says why', () => {
    const set = diffRuns(baselineAsRun(baseline), writtenRun(9, [], { vantage: 'dmz' }));
    expect(set.comparability.comparable).toBe(false);
    expect(deviations(set, baseline)).toEqual([]);
  });
});

describe('gaps in detection', () => {
  test.each([
    { why: 'the product was not recognised this time', was: { product: 'nginx' }, is: {} },
    { why: 'the product was not recognised before', was: {}, is: { product: 'nginx' } },
    {
      why: 'the name comes from the port number',
      was: { name: 'vmware-auth' },
      is: { name: 'http', method: 'table' },
    },
    {
      why: 'the name came from the port number',
      was: { name: 'http-proxy', method: 'table' },
      is: { name: 'http' },
    },
    { why: 'the version was not', was: { product: 'nginx', version: '1.2' }, is: { product: 'nginx' } },
  ])('are no change: $why', ({ was, is }) => {
    const port = (service: object): WrittenPort => ({
      port: '80/tcp',
      service: { name: 'http', ...service },
    });
    expect(against(calm(3, [port(was)]), writtenRun(9, [server([port(is)])]))).toEqual([]);
  });
});

test('a service that answers what Nmap does not recognise is another service', () => {
  const known: WrittenPort = { port: '80/tcp', service: { name: 'http', product: 'nginx' } };
  const strange: WrittenPort = {
    port: '80/tcp',
    service: { name: 'http', method: 'table', servicefp: 'SF-Port80' },
  };
  expect(words(against(calm(3, [known]), writtenRun(9, [server([strange])])))).toEqual([
    'change product-changed 10.0.0.5 80/tcp',
  ]);
});

describe('habits', () => {
  const on = server(['22/tcp', '8080/tcp']);
  const off = server(['22/tcp']);
  const flapping = learn([on, off, on, off, on].map((host, week) => writtenRun(week, [host])));

  test('a flapping port that is closed is one statement with its rate', () => {
    const [one, ...rest] = against(flapping, writtenRun(9, [off]));
    expect(rest).toEqual([]);
    expect(one).toMatchObject({ pattern: 'flapping', ports: ['8080/tcp'], weak: [] });
    expect(one?.expected?.support).toEqual({ seen: 3, comparable: 5 });
  });

  test('and nothing when it is open', () => {
    expect(against(flapping, writtenRun(9, [on]))).toEqual([]);
  });

  test('a laptop that is away is a habit', () => {
    const laptop = [[off], [], [off], [], [off]].map((hosts, week) => writtenRun(week, hosts));
    expect(words(against(learn(laptop), writtenRun(9, [])))).toEqual(['flapping host-disappeared 10.0.0.5']);
  });

  test('two runs are a hint, and the deviation says so', () => {
    const [one] = against(calm(2, ['22/tcp', '80/tcp']), writtenRun(9, [server(['22/tcp'])]));
    expect(one?.weak).toEqual(['the baseline rests on 2 comparable runs here: a hint, not a norm']);
  });

  test('a port that opened in the last learned run is expected, but weakly', () => {
    const young = learn([off, off, off, off, on].map((host, week) => writtenRun(week, [host])));
    const [one] = against(young, writtenRun(9, [off]));
    expect(one?.weak).toEqual(['it was there in only 1 of 5 comparable runs']);
  });
});

describe('ephemeral RPC ports', () => {
  const rpc = (port: number): WrittenPort => ({
    port: `${port}/tcp`,
    service: { name: 'msrpc', product: 'Microsoft Windows RPC' },
  });
  const baseline = calm(4, [rpc(49_664), rpc(49_665), rpc(49_670)]);

  test('ports that moved are one statement', () => {
    const found = against(baseline, writtenRun(9, [server([rpc(49_664), rpc(49_667), rpc(49_701)])]));
    expect(found.map((one) => one.pattern)).toEqual(['ephemeral']);
    expect(found[0]?.ports).toEqual(['49665/tcp', '49667/tcp', '49670/tcp', '49701/tcp']);
  });

  test('behind a firewall that filters what is closed, too', () => {
    const filtered = { port: '49670/tcp', state: 'filtered' };
    const found = against(
      baseline,
      writtenRun(9, [server([rpc(49_664), rpc(49_665), rpc(49_700), filtered])]),
    );
    expect(found.map((one) => one.pattern)).toEqual(['ephemeral']);
  });

  test('another service in the same range stays loud', () => {
    const found = against(
      baseline,
      writtenRun(9, [
        server([rpc(49_664), rpc(49_665), rpc(49_670), { port: '50000/tcp', service: { name: 'unknown' } }]),
      ]),
    );
    expect(words(found)).toEqual(['change port-opened 10.0.0.5 50000/tcp']);
  });

  test('the first RPC ports of a host are one plain change, not a habit', () => {
    const found = against(calm(4, ['22/tcp']), writtenRun(9, [server(['22/tcp', rpc(49_664), rpc(49_665)])]));
    expect(words(found)).toEqual(['change port-opened 10.0.0.5 49664/tcp 49665/tcp']);
  });
});

describe('time', () => {
  const baseline = calm(4, ['22/tcp']);

  test('slow drift, one port a week, is seen as a whole against the pinned version', () => {
    const weekly = ['8080/tcp', '8443/tcp', '5432/tcp', '6379/tcp', '4444/tcp'];
    const found = weekly.map((_, week) =>
      words(against(baseline, writtenRun(10 + week, [server(['22/tcp', ...weekly.slice(0, week + 1)])]))),
    );
    expect(found.map((list) => list.length)).toEqual([1, 2, 3, 4, 5]);
    expect(found.at(-1)).toEqual(
      ['4444', '5432', '6379', '8080', '8443'].map((port) => `change port-opened 10.0.0.5 ${port}/tcp`),
    );
  });

  test('an approval excuses until its end', () => {
    const run = writtenRun(9, [server(['22/tcp', '4444/tcp'])]);
    const approved = approve(baseline, [{ what: 'port', host: ip('10.0.0.5'), port: '4444/tcp' }], {
      version: 8,
      at: at('2026-11-22T00:00:00Z'),
      by: 'alice',
      note: '',
      until: at('2026-12-01T00:00:00Z'),
    });
    expect(words(against(expectedAt(approved, at('2026-11-30T00:00:00Z')), run))).toEqual([]);
    expect(words(against(expectedAt(approved, at('2026-12-01T00:00:00Z')), run))).toEqual([
      'change port-opened 10.0.0.5 4444/tcp',
    ]);
  });
});

test.each([
  { id: 'tidemark-baseline', why: 'what our own script says of a host is no change of it', want: [] },
  { id: 'banner', why: 'what another script says is', want: ['change script-changed 10.0.0.5 22/tcp'] },
])('without a baseline $why', ({ id, want }) => {
  const run = (week: number, output: string): ScanRun =>
    writtenRun(week, [server([{ port: '22/tcp', scripts: [{ id, output }] }])]);
  expect(words(deviationsFromRun(diffRuns(run(1, 'a'), run(2, 'b'))))).toEqual(want);
});

describe('laws', () => {
  test('a run does not depart from the baseline learned from it', () => {
    fc.assert(
      fc.property(seenWorldArb, ({ run }) => {
        expect(words(against(learn([run]), run))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('nor from itself as the earlier run', () => {
    fc.assert(
      fc.property(seenWorldArb, ({ run }) => {
        expect(deviationsFromRun(diffRuns(run, run))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
