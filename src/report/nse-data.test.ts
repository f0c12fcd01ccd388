import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { HOSTILE_STRINGS } from '../../test/hostile-strings.ts';
import { at, ip } from '../../test/written/scan-run.ts';
import type { Baseline, ExpectedHost, ExpectedPort } from '../exposure/model/baseline.ts';
import type { PortKey } from '../net/port-key.ts';
import { nseData } from './nse-data.ts';

const support = { seen: 3, comparable: 3 };
const provenance = { kind: 'learned', runs: [] } as const;

function port(key: PortKey, more: Partial<ExpectedPort> = {}): ExpectedPort {
  return { port: key, state: 'open', flapping: false, support, provenance, ...more };
}

function host(
  address: string,
  ports: readonly ExpectedPort[],
  more: Partial<ExpectedHost> = {},
): ExpectedHost {
  return {
    host: ip(address),
    presence: 'up',
    hostnames: [],
    flapping: false,
    support,
    provenance,
    ports: new Map(ports.map((one) => [one.port, one])),
    coverage: { tcp: '1-1024,8080', udp: '53' },
    ...more,
  };
}

function written(hosts: readonly ExpectedHost[]): string {
  const baseline: Baseline = {
    version: 7,
    parent: undefined,
    created: at('2026-11-22T00:00:00Z'),
    by: '',
    note: '',
    how: 'learned',
    runs: [],
    vantage: '',
    privileges: 'raw',
    profile: '',
    asked: { scanner: 'nmap', version: '', args: '', scaninfo: [] },
    hosts: new Map(hosts.map((one) => [one.host, one])),
  };
  const times = { written: at('2026-11-22T00:00:00.9Z'), until: at('2026-12-01T00:00:00.1Z') };
  return [...nseData(baseline, times)].join('');
}

test('a line for each thing, hosts in order, coverage said once', () => {
  const web = port('443/tcp', {
    flapping: true,
    service: { name: 'http', tunnel: 'ssl', method: 'probed', product: 'nginx', version: '1.22.1' },
  });
  const text = written([
    host('10.0.0.10', [web]),
    host('10.0.0.9', [port('53/udp', { state: 'open|filtered' })], {
      presence: 'gone',
      mac: '00:00:00:00:00:01',
    }),
    host('2001:db8::1', [], { coverage: {} }),
  ]);
  expect(text.split('\n').map((line) => line.split('\t').join(' | '))).toEqual([
    'tidemark-baseline | 1',
    'baseline | 7 | 1795305600 | 1796083201',
    'coverage | 1 | tcp | 1-1024,8080',
    'coverage | 2 | udp | 53',
    String.raw`host | 10.0.0.9 | gone | 00\05800\05800\05800\05800\05801 | 1,2`,
    String.raw`port | 53/udp | open\124filtered |  |  |  |  |  | `,
    'host | 10.0.0.10 | up |  | 1,2',
    'port | 443/tcp | open | habit | probed | ssl | http | nginx | 1.22.1',
    'host | 2001:db8::1 | up |  | ',
    'end | 3',
    '',
  ]);
});

test('nothing that others wrote makes another field or line', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...HOSTILE_STRINGS.map((one) => one.text)),
    fc.string({ unit: fc.constantFrom('\t', '\n', '\r', '\\', '0', '9') }),
  );
  fc.assert(
    fc.property(word, word, word, word, (name, product, version, mac) => {
      const service = { name, product, version, tunnel: name, method: version };
      const lines = written([host('10.0.0.9', [port('1/tcp', { state: name, service })], { mac })]).split(
        '\n',
      );
      expect(lines.map((line) => line.split('\t').length)).toEqual([2, 4, 4, 4, 5, 9, 2, 1]);
      expect(lines.join('')).toMatch(/^[\t -~]*$/);
    }),
    { numRuns: 200 },
  );
});
