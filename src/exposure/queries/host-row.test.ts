import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IpAddress } from '../../net/ip-address.ts';
import type { TransportProtocol } from '../../net/port-key.ts';
import { comparePorts } from '../../net/port-key.ts';
import { coverageOf } from '../model/coverage.ts';
import type { Host, Port } from '../model/host.ts';
import { unfoldLists } from './folded-ports.ts';
import { decodeHost, encodeHost, formatCoverage, parseCoverage } from './host-row.ts';

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
const optional = <T>(key: string, value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.oneof(
    fc.constant({}),
    value.map((present) => ({ [key]: present })),
  );
const merged = (...parts: fc.Arbitrary<object>[]): fc.Arbitrary<object> =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as object);

const script = merged(
  fc.record({ id: text, output: text }),
  optional(
    'items',
    fc.array(
      fc.oneof(
        fc.record({ value: text }),
        fc.record({ key: text, items: fc.array(fc.record({ key: text, value: text })) }),
      ),
    ),
  ),
);
const service = merged(
  fc.record({ name: text }),
  ...['product', 'version', 'extrainfo', 'tunnel', 'method', 'ostype', 'hostname', 'servicefp'].map((key) =>
    optional(key, text),
  ),
  optional('conf', fc.integer({ min: 0, max: 10 })),
  optional('cpe', fc.array(text, { minLength: 1 })),
);
const port = merged(
  fc.record({
    protocol: fc.constantFrom<TransportProtocol>('tcp', 'udp', 'sctp', 'ip'),
    portid: fc.integer({ min: 0, max: 65_535 }),
    state: text,
    scripts: fc.array(script),
  }),
  optional('reason', text),
  optional('reasonTtl', fc.integer({ min: 0, max: 255 })),
  optional('owner', text),
  optional('service', service),
) as fc.Arbitrary<Port>;
const host = merged(
  fc.record({
    address: fc.constantFrom('10.0.0.1', '2001:db8::1') as fc.Arbitrary<IpAddress>,
    otherAddresses: fc.array(fc.constantFrom('10.9.9.9', 'fe80::1') as fc.Arbitrary<IpAddress>),
    status: merged(
      fc.record({ state: fc.constantFrom('up', 'down', 'unknown') }),
      optional('reason', text),
      optional('reasonTtl', fc.nat(255)),
    ),
    hostnames: fc.array(fc.record({ name: text, type: text })),
    ports: fc
      .uniqueArray(port, { selector: (one) => `${one.portid}/${one.protocol}` })
      .map((list) => list.toSorted(comparePorts)),
    extraports: fc.array(
      fc.record({
        state: text,
        count: fc.nat(),
        reasons: fc.array(fc.record({ reason: text, count: fc.nat() })),
      }),
    ),
    os: fc.array(
      fc.record({
        name: text,
        accuracy: fc.integer({ min: 0, max: 100 }),
        classes: fc.array(fc.record({ family: text })),
      }),
    ),
    scripts: fc.array(script),
    timedOut: fc.boolean(),
  }),
  optional('mac', merged(fc.record({ address: fc.constant('00:11:22:33:44:55') }), optional('vendor', text))),
  optional('distance', fc.nat(64)),
  optional(
    'trace',
    fc.record({
      hops: fc.array(
        fc.record({
          ttl: fc.nat(64),
          rtt: fc
            .float({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1000 })
            .filter((rtt) => !Object.is(rtt, -0)),
        }),
      ),
    }),
  ),
) as fc.Arbitrary<Host>;

/** What the engine gives back: dotted columns under the names that HOST_COLUMNS gives them. */
function asRead(row: Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(
    JSON.stringify(
      Object.fromEntries(Object.entries(row).map(([key, value]) => [key.replace('.', '_'), value])),
    ),
  );
}

test('unfold(decode(encode(host))) = host', () => {
  const scaninfo = [{ type: 'syn', protocol: 'tcp' as const, services: '1-1000' }];
  fc.assert(
    fc.property(host, (one) => {
      const stored = asRead(encodeHost('load', 0, { scaninfo }, one));
      expect(unfoldLists({ scaninfo }, decodeHost(stored))).toEqual(JSON.parse(JSON.stringify(one)));
    }),
    { numRuns: 500 },
  );
});

test('the list of all other ports, which Nmap repeats on every host, is kept as a mark', () => {
  const scaninfo = [{ type: 'syn', protocol: 'tcp' as const, services: '1-1000' }];
  const [one] = fc.sample(host, { seed: 1, numRuns: 1 });
  const reasons = (ports: string) => [{ reason: 'reset', count: 998, protocol: 'tcp' as const, ports }];
  const ports = [22, 80].map((portid) => ({ protocol: 'tcp' as const, portid, state: 'open', scripts: [] }));
  for (const { list, marked } of [
    { list: '1-21,23-79,81-1000', marked: true },
    { list: '1-21,23-79,81-999', marked: false },
  ]) {
    const sample = { ...one!, ports, extraports: [{ state: 'closed', count: 998, reasons: reasons(list) }] };
    const row = encodeHost('load', 0, { scaninfo }, sample);
    expect(JSON.stringify(row).includes(list)).toBe(!marked);
    expect(row['coverage']).toBe('');
    expect(unfoldLists({ scaninfo }, decodeHost(asRead(row))).extraports).toEqual(sample.extraports);
  }
});

test('coverage survives its text', () => {
  fc.assert(
    fc.property(host, fc.constantFrom('1-1000', '22,80', undefined), (one, services) => {
      const source = {
        scaninfo: [
          { type: 'syn', protocol: 'tcp' as const, ...(services === undefined ? {} : { services }) },
        ],
      };
      const written = formatCoverage(coverageOf(source, one));
      expect(formatCoverage(parseCoverage(written))).toBe(written);
    }),
  );
});

test('text that is not a coverage is refused', () => {
  expect(() => parseCoverage('tcp:1-70000')).toThrow(RangeError);
  expect(() => parseCoverage('icmp:1')).toThrow(RangeError);
});
