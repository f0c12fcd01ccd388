import { describe, expect, test } from 'vitest';
import { Fault } from '../../fault/fault.ts';
import { at, ip, writtenHost, writtenPort, writtenRun } from '../../../test/written/scan-run.ts';
import type { Baseline } from '../model/baseline.ts';
import type { Change } from '../model/change.ts';
import { decodeExpectedHost, encodeExpectedHost } from './expected-host-codec.ts';
import { diffBaselines } from './difference.ts';
import { BaselineLearner } from './learn.ts';
import { approve, expectedAt, nextEnd, rollBack, type Approval, type ApprovalMeta } from './versions.ts';

const HOST = ip('10.0.0.5');

function learned(): Baseline {
  const learner = new BaselineLearner({ vantage: 'default', privileges: 'raw', profile: 'default' });
  for (const week of [0, 1, 2]) {
    const run = writtenRun(week, [
      writtenHost('10.0.0.5', ['22/tcp', '80/tcp'], { mac: { address: '00:00:00:00:00:01' } }, '1-1024'),
    ]);
    learner.add(run.info);
    for (const host of run.hosts) learner.addHost(run.info.id, host);
  }
  return learner.finish({ version: 1, created: at('2026-11-01T00:00:00Z'), by: 'schedule', note: '' });
}

const meta = (more: Partial<ApprovalMeta> = {}): ApprovalMeta => ({
  version: 2,
  at: at('2026-11-22T12:00:00Z'),
  by: 'alice',
  note: 'CHG-1042',
  ...more,
});
const until = at('2026-12-01T00:00:00Z');

const opened: Change = {
  kind: 'port-opened',
  host: HOST,
  port: '8443/tcp',
  before: { listed: false, state: 'closed' },
  after: {
    listed: true,
    port: writtenPort({ port: '8443/tcp', service: { name: 'https', product: 'nginx' } }),
  },
};

describe('approve', () => {
  test.each<{ why: string; approvals: Approval[]; want: readonly string[] }>([
    {
      why: 'a port that opened',
      approvals: [{ what: 'change', change: opened }],
      want: ['host-changed coverage', 'port-added 10.0.0.5 8443/tcp open https'],
    },
    {
      why: 'a port that may be closed',
      approvals: [{ what: 'port', host: HOST, port: '80/tcp', state: 'closed' }],
      want: [
        'port-changed state open>closed',
        'port-changed service http>',
        'port-changed provenance learned>approved by alice: CHG-1042',
      ],
    },
    {
      why: 'a host with all that is open on it',
      approvals: [
        { what: 'host', host: writtenHost('10.0.0.9', ['22/tcp', { port: '81/tcp', state: 'closed' }]) },
      ],
      want: ['host-added 10.0.0.9 22/tcp'],
    },
    {
      why: 'a deployment: two ports on two hosts',
      approvals: [{ what: 'deployment', hosts: [HOST, ip('10.0.0.6')], ports: ['443/tcp', '22/tcp'] }],
      want: [
        'port-changed provenance learned>approved by alice: CHG-1042',
        'port-added 10.0.0.5 443/tcp open ',
        'host-added 10.0.0.6 22/tcp 443/tcp',
      ],
    },
    {
      why: 'another MAC address',
      approvals: [
        {
          what: 'change',
          change: {
            kind: 'mac-changed',
            host: HOST,
            before: undefined,
            after: { address: '00:00:00:00:00:09' },
          },
        },
      ],
      want: ['host-changed mac'],
    },
    {
      why: 'a host that is gone',
      approvals: [
        {
          what: 'change',
          change: { kind: 'host-disappeared', host: HOST, before: writtenHost('10.0.0.5', []) },
        },
      ],
      want: ['host-changed presence'],
    },
    {
      why: 'a service that moved',
      approvals: [
        {
          what: 'change',
          change: { kind: 'service-moved', host: HOST, from: '80/tcp', to: '81/tcp', service: 'http' },
        },
      ],
      want: [
        'port-changed state open>closed',
        'port-changed service http>',
        'port-changed provenance learned>approved by alice: CHG-1042',
        'port-added 10.0.0.5 81/tcp open ',
      ],
    },
    { why: 'nothing', approvals: [], want: [] },
  ])('$why', ({ approvals, want }) => {
    const before = learned();
    const after = approve(before, approvals, meta());
    expect(after).toMatchObject({ version: 2, parent: 1, how: 'approved', by: 'alice', note: 'CHG-1042' });
    const said = diffBaselines(before, after).map((difference) => {
      switch (difference.kind) {
        case 'host-added':
          return ['host-added', difference.host, ...difference.after.ports.keys()].join(' ');
        case 'port-added':
          return `port-added ${difference.host} ${difference.port} ${difference.after.state} ${difference.after.service?.name ?? ''}`;
        case 'port-changed':
          return `port-changed ${difference.attribute} ${difference.before}>${difference.after}`;
        case 'host-changed':
          return `host-changed ${difference.attribute}`;
        case 'host-removed':
        case 'port-removed':
          return difference.kind;
        default:
          return difference satisfies never;
      }
    });
    expect(said).toEqual(want);
    // Nothing is edited in place.
    expect(diffBaselines(before, learned())).toEqual([]);
  });

  test('a script result cannot be approved, and says what can', () => {
    const change: Change = {
      kind: 'script-changed',
      id: 'http-title',
      place: { at: 'port', host: HOST, port: '80/tcp' },
      before: undefined,
      after: undefined,
    };
    expect(() => approve(learned(), [{ what: 'change', change }], meta())).toThrow(Fault);
  });

  test('an approval that ends before it begins is refused', () => {
    expect(() => approve(learned(), [], meta({ until: at('2026-11-01T00:00:00Z') }))).toThrow(
      'the approval would have ended before it was made',
    );
  });
});

describe('nextEnd', () => {
  const sooner = at('2026-11-25T00:00:00Z');
  const port = (key: '80/tcp' | '8443/tcp'): Approval => ({ what: 'port', host: HOST, port: key });
  const gone: Approval = {
    what: 'change',
    change: { kind: 'mac-changed', host: HOST, before: undefined, after: undefined },
  };
  test.each<{ why: string; steps: readonly (readonly [Approval, Partial<ApprovalMeta>])[]; want: unknown }>([
    { why: 'nothing was approved', steps: [], want: undefined },
    { why: 'the approval has no end', steps: [[port('80/tcp'), {}]], want: undefined },
    { why: 'a port', steps: [[port('80/tcp'), { until }]], want: until },
    { why: 'a host', steps: [[gone, { until }]], want: until },
    {
      why: 'the earlier of two',
      steps: [
        [port('80/tcp'), { until }],
        [port('8443/tcp'), { until: sooner }],
      ],
      want: sooner,
    },
  ])('$why', ({ steps, want }) => {
    const version = steps.reduce((one, [what, more]) => approve(one, [what], meta(more)), learned());
    expect(nextEnd(version)).toBe(want);
    if (typeof want === 'number') expect(nextEnd(expectedAt(version, until))).toBeUndefined();
  });
});

describe('expectedAt', () => {
  const tomorrow = at('2026-11-23T00:00:00Z');
  const later = at('2026-12-02T00:00:00Z');

  test('an approved port is expected until its end, and then not', () => {
    const version = approve(learned(), [{ what: 'change', change: opened }], meta({ until }));
    expect(expectedAt(version, tomorrow)).toBe(version);
    expect([...expectedAt(version, later).hosts.get(HOST)!.ports.keys()]).toEqual(['22/tcp', '80/tcp']);
    // The port stays covered: open after the end, it is a deviation and not a blind spot.
    expect(expectedAt(version, later).hosts.get(HOST)!.coverage['tcp']).toBe('1-1024,8443');
  });

  test('what an approval replaced stands again after its end', () => {
    const closed = approve(
      learned(),
      [{ what: 'port', host: HOST, port: '80/tcp', state: 'closed' }],
      meta({ until }),
    );
    expect(expectedAt(closed, tomorrow).hosts.get(HOST)!.ports.get('80/tcp')!.state).toBe('closed');
    expect(expectedAt(closed, later).hosts.get(HOST)!.ports.get('80/tcp')).toEqual(
      learned().hosts.get(HOST)!.ports.get('80/tcp'),
    );
  });

  test('approvals on approvals end one by one', () => {
    const first = approve(
      learned(),
      [{ what: 'port', host: HOST, port: '80/tcp', state: 'closed' }],
      meta({ until: later }),
    );
    const second = approve(
      first,
      [{ what: 'port', host: HOST, port: '80/tcp', state: 'filtered' }],
      meta({ version: 3, until }),
    );
    const stateAt = (instant: typeof until) =>
      expectedAt(second, instant).hosts.get(HOST)!.ports.get('80/tcp')!.state;
    expect([stateAt(tomorrow), stateAt(until), stateAt(later)]).toEqual(['filtered', 'closed', 'open']);
  });

  test('a host approved for a time is unknown after it, a host approved as gone is expected again', () => {
    const guest = approve(
      learned(),
      [{ what: 'host', host: writtenHost('10.0.0.9', ['22/tcp']) }],
      meta({ until }),
    );
    expect(expectedAt(guest, later).hosts.has(ip('10.0.0.9'))).toBe(false);
    const gone = approve(
      learned(),
      [
        {
          what: 'change',
          change: { kind: 'host-disappeared', host: HOST, before: writtenHost('10.0.0.5', []) },
        },
      ],
      meta({ until }),
    );
    expect(expectedAt(gone, tomorrow).hosts.get(HOST)!.presence).toBe('gone');
    expect(expectedAt(gone, later).hosts.get(HOST)).toEqual(learned().hosts.get(HOST));
  });
});

test('rolling back makes a new version with the old content', () => {
  const first = learned();
  const second = approve(first, [{ what: 'change', change: opened }], meta());
  const back = rollBack(first, second, {
    version: 3,
    at: at('2026-11-23T00:00:00Z'),
    by: 'bob',
    note: 'wrong host',
  });
  expect(back).toMatchObject({ version: 3, parent: 2, how: 'rolled-back', by: 'bob', note: 'wrong host' });
  expect(diffBaselines(first, back)).toEqual([]);
  expect(diffBaselines(second, back).map((difference) => difference.kind)).toEqual([
    'host-changed',
    'port-removed',
  ]);
});

describe('the codec', () => {
  const hostile = approve(
    learned(),
    [
      { what: 'port', host: HOST, port: '80/tcp', state: 'closed' },
      {
        what: 'port',
        host: HOST,
        port: '81/tcp',
        service: { name: '\u001b[31m', product: '"\n</script>', version: '\u202e\ud800', cpe: ['cpe:/a:x'] },
      },
      {
        what: 'change',
        change: { kind: 'host-disappeared', host: HOST, before: writtenHost('10.0.0.5', []) },
      },
    ],
    meta({ until, note: '\u0000' }),
  );

  test.each([
    { why: 'learned', baseline: learned() },
    { why: 'approved, with ends, and hostile text', baseline: hostile },
  ])('gives back what it was given: $why', ({ baseline }) => {
    const { asked } = baseline;
    const hosts = [...baseline.hosts.values()];
    expect(hosts.map((host) => decodeExpectedHost(encodeExpectedHost(host, asked), asked))).toEqual(hosts);
  });

  test.each([
    { why: 'no JSON', text: '{', field: 'host' },
    { why: 'no address', text: JSON.stringify({ ...stored(), host: '10.0.0.300' }), field: 'host.host' },
    {
      why: 'another shape',
      text: JSON.stringify({ ...stored(), ports: [{ port: '99999/tcp' }] }),
      field: 'host.ports.0.port',
    },
  ])('refuses with the field: $why', ({ text, field }) => {
    expect(() => decodeExpectedHost(text, learned().asked)).toThrow(
      expect.objectContaining({ code: 'baseline/not-readable', where: { field } }),
    );
  });

  function stored(): object {
    return JSON.parse(encodeExpectedHost(learned().hosts.get(HOST)!, { scaninfo: [] })) as object;
  }
});
