import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IpAddress } from '../../net/ip-address.ts';
import { comparePorts } from '../../net/port-key.ts';
import type { Instant } from '../../time/instant.ts';
import { collectRun } from './collect-run.ts';
import type { Host, Port, PortState } from './host.ts';
import { mergeHosts, orderPorts } from './merge-hosts.ts';
import type { ScanEvent } from './scan-event.ts';
import type { RunFooter, RunHeader, RunId } from './scan-run.ts';

const ADDRESS = '192.0.2.1' as IpAddress;
const host = (facts: Partial<Host> = {}): Host => ({
  address: ADDRESS,
  otherAddresses: [],
  status: { state: 'up' },
  hostnames: [],
  ports: [],
  extraports: [],
  os: [],
  scripts: [],
  timedOut: false,
  ...facts,
});
const port = (portid: number, state: PortState = 'open', facts: Partial<Port> = {}): Port => ({
  protocol: 'tcp',
  portid,
  state,
  scripts: [],
  ...facts,
});

const portName = (entry: Port): string => `${entry.portid}/${entry.protocol}`;

interface Row {
  readonly why: string;
  readonly a: Partial<Host>;
  readonly b: Partial<Host>;
  readonly want: Partial<Host>;
}

describe('mergeHosts', () => {
  test.each<Row>([
    { why: 'ports of both, in order', a: { ports: [port(80)] }, b: { ports: [port(22)] }, want: { ports: [port(22), port(80)] } },
    { why: 'an open port is not hidden by a later closed one', a: { ports: [port(80)] }, b: { ports: [port(80, 'closed')] }, want: { ports: [port(80)] } },
    { why: 'an answer is stronger than silence', a: { ports: [port(80, 'filtered')] }, b: { ports: [port(80, 'closed')] }, want: { ports: [port(80, 'closed')] } },
    { why: 'of equals the later', a: { ports: [port(80, 'open', { reason: 'a' })] }, b: { ports: [port(80, 'open', { reason: 'b' })] }, want: { ports: [port(80, 'open', { reason: 'b' })] } },
    { why: 'of equal states the one with a reason', a: { ports: [port(80, 'open', { reason: 'syn-ack', reasonTtl: 64 })] }, b: { ports: [port(80)] }, want: { ports: [port(80, 'open', { reason: 'syn-ack', reasonTtl: 64 })] } },
    { why: 'a probed service beats a guess, whichever is later', a: { ports: [port(80, 'open', { service: { name: 'http', method: 'probed', conf: 10 } })] }, b: { ports: [port(80, 'open', { service: { name: 'www', method: 'table', conf: 3 } })] }, want: { ports: [port(80, 'open', { service: { name: 'http', method: 'probed', conf: 10 } })] } },
    { why: 'scripts of both, of one id the later', a: { scripts: [{ id: 'a', output: '1' }, { id: 'b', output: '1' }] }, b: { scripts: [{ id: 'b', output: '2' }, { id: 'c', output: '2' }] }, want: { scripts: [{ id: 'a', output: '1' }, { id: 'b', output: '2' }, { id: 'c', output: '2' }] } },
    { why: 'up if either saw it up', a: { status: { state: 'up', reason: 'x' } }, b: { status: { state: 'unknown' } }, want: { status: { state: 'up', reason: 'x' } } },
    { why: 'timed out if either did', a: { timedOut: true }, b: {}, want: { timedOut: true } },
    { why: 'counts of folded ports do not add up', a: { extraports: [{ state: 'closed', count: 90, reasons: [] }] }, b: { extraports: [{ state: 'closed', count: 95, reasons: [] }, { state: 'filtered', count: 1, reasons: [] }] }, want: { extraports: [{ state: 'closed', count: 95, reasons: [] }, { state: 'filtered', count: 1, reasons: [] }] } },
    { why: 'the better OS guess', a: { os: [{ name: 'a', accuracy: 98, classes: [] }] }, b: { os: [{ name: 'b', accuracy: 90, classes: [] }] }, want: { os: [{ name: 'a', accuracy: 98, classes: [] }] } },
    { why: 'from the first to the last moment', a: { start: 5 as Instant, end: 9 as Instant }, b: { start: 3 as Instant, end: 7 as Instant }, want: { start: 3 as Instant, end: 9 as Instant } },
    { why: 'names once each', a: { hostnames: [{ name: 'x', type: 'PTR' }] }, b: { hostnames: [{ name: 'x', type: 'PTR' }, { name: 'x', type: 'user' }] }, want: { hostnames: [{ name: 'x', type: 'PTR' }, { name: 'x', type: 'user' }] } },
    { why: 'nothing changes when there is nothing to add', a: { ports: [port(1)] }, b: {}, want: { ports: [port(1)] } },
  ])('$why', ({ a, b, want }) => {
    expect(mergeHosts(host(a), host(b))).toEqual(host(want));
  }); // prettier-ignore

  const anyPort = fc.record({
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    portid: fc.nat(4),
    state: fc.constantFrom('open', 'closed', 'filtered', 'open|filtered', 'odd'),
    reason: fc.constantFrom('a', 'b'),
    service: fc.record({
      name: fc.constantFrom('x', 'y'),
      method: fc.constantFrom('table', 'probed'),
      conf: fc.nat(10),
    }),
    scripts: fc.array(fc.record({ id: fc.constantFrom('s', 't'), output: fc.constantFrom('1', '2') }), {
      maxLength: 2,
    }),
  });
  const anyHost = fc
    .record({
      ports: fc.array(anyPort, { maxLength: 5 }),
      status: fc.record({
        state: fc.constantFrom('up' as const, 'down' as const, 'unknown' as const),
        reason: fc.constantFrom('a', 'b'),
      }),
      timedOut: fc.boolean(),
      extraports: fc.uniqueArray(
        fc.record({
          state: fc.constantFrom('closed', 'filtered'),
          count: fc.nat(3),
          reasons: fc.constant([]),
        }),
        { selector: (extra) => extra.state },
      ),
      os: fc.array(
        fc.record({ name: fc.constantFrom('L', 'W'), accuracy: fc.nat(2), classes: fc.constant([]) }),
        { maxLength: 2 },
      ),
      hostnames: fc.array(fc.record({ name: fc.constantFrom('a', 'b'), type: fc.constant('PTR') }), {
        maxLength: 2,
      }),
      distance: fc.nat(3),
    })
    .map((facts) => host({ ...facts, ports: orderPorts(facts.ports) }));

  test('is associative: pieces may be joined in any grouping', () => {
    fc.assert(
      fc.property(anyHost, anyHost, anyHost, (a, b, c) => {
        expect(mergeHosts(mergeHosts(a, b), c)).toEqual(mergeHosts(a, mergeHosts(b, c)));
      }),
      { numRuns: 500 },
    );
  });

  test('keeps ports in order and one per key', () => {
    fc.assert(
      fc.property(anyHost, anyHost, (a, b) => {
        const { ports } = mergeHosts(a, b);
        expect(ports.every((entry, index) => index === 0 || comparePorts(ports[index - 1]!, entry) < 0)).toBe(
          true,
        );
        expect(new Set(ports.map(portName))).toEqual(new Set([...a.ports, ...b.ports].map(portName)));
      }),
    );
  });
});

describe('orderPorts', () => {
  test('leaves an ordered list as it is', () => {
    const ports = [port(1), port(2)];
    expect(orderPorts(ports)).toBe(ports);
  });

  test('sorts, and joins repeats in the order of the file', () => {
    const ports = [port(2), port(1, 'open', { owner: 'a' }), port(1, 'open', { owner: 'b' })];
    expect(orderPorts(ports)).toEqual([port(1, 'open', { owner: 'b' }), port(2)]);
  });
});

describe('collectRun', () => {
  const header: RunHeader = {
    scanner: 'nmap',
    version: '7.95',
    args: '',
    scaninfo: [],
    verbose: 0,
    debugging: 0,
    preScripts: [],
    format: 'nmap-xml',
  };
  const footer: RunFooter = { status: 'complete', postScripts: [] };
  const context = { id: 'abc' as RunId, vantage: 'lab', profile: 'all', privileges: 'raw' } as const;
  const at = (address: string, facts: Partial<Host> = {}): ScanEvent => ({
    kind: 'host',
    host: host({ address: address as IpAddress, ...facts }),
  });
  const run: ScanEvent = { kind: 'run', header };
  const end: ScanEvent = { kind: 'end', footer };

  test('hosts come in numeric order, one per address', () => {
    const [only] = collectRun(
      [
        run,
        at('10.0.0.10', { ports: [port(2)] }),
        at('2001:db8::1'),
        at('10.0.0.9'),
        at('10.0.0.10', { ports: [port(1)] }),
        end,
      ],
      context,
    );
    expect(only?.hosts.map((entry) => entry.address)).toEqual(['10.0.0.9', '10.0.0.10', '2001:db8::1']);
    expect(only?.hosts[1]?.ports.map((entry) => entry.portid)).toEqual([1, 2]);
    expect(only?.info).toEqual({ ...header, ...footer, ...context });
  });

  test('several runs are kept apart and numbered', () => {
    const runs = collectRun([run, at('10.0.0.1'), end, run, at('10.0.0.2'), end], context);
    expect(runs.map((entry) => [entry.info.id, entry.hosts.map((one) => one.address)])).toEqual([
      ['abc', ['10.0.0.1']],
      ['abc-2', ['10.0.0.2']],
    ]);
  });

  test('problems and nothing else make no run', () => {
    expect(
      collectRun([{ kind: 'problem', problem: { code: 'parse/x', message: '', where: {} } }], context),
    ).toEqual([]);
  });

  test('65,535 pieces of one host, each a port, are joined in reasonable work', () => {
    const pieces = Array.from({ length: 65_535 }, (_, index) =>
      at('10.0.0.1', { ports: [port(65_535 - index)] }),
    );
    const [only] = collectRun([run, ...pieces, end], context);
    expect(only?.hosts[0]?.ports).toHaveLength(65_535);
  });
});
