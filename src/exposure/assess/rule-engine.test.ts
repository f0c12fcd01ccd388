import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writtenPort } from '../../../test/written/scan-run.ts';
import type { Port } from '../model/host.ts';
import { completeFacts } from './policy-tests.ts';
import { RuleEngine } from './rule-engine.ts';

const NOBODY = completeFacts({});
const ask = (engine: RuleEngine, port: Port) => engine.matchPort(port, NOBODY).map(({ rule }) => rule.id);

describe('rules on ports', () => {
  test.each<{ why: string; port: Parameters<typeof writtenPort>[0]; want: readonly string[] }>([
    { why: 'ssh on its port', port: '22/tcp', want: ['administrative.ssh'] },
    {
      why: 'ssh that was probed on port 23',
      port: { port: '23/tcp', service: { name: 'ssh' } },
      want: ['administrative.ssh'],
    },
    {
      why: 'telnet by number',
      port: { port: '23/tcp', service: { name: 'telnet', method: 'table' } },
      want: ['legacy.telnet'],
    },
    { why: 'a closed port', port: { port: '23/tcp', state: 'closed' }, want: [] },
    { why: 'open|filtered is not open', port: { port: '161/udp', state: 'open|filtered' }, want: [] },
    { why: 'SNMP over UDP', port: { port: '161/udp', service: { name: 'snmp' } }, want: ['unsafe.snmp'] },
    { why: 'port 161 over TCP', port: { port: '161/tcp' }, want: [] },
    { why: 'a web server', port: { port: '443/tcp', service: { name: 'http', product: 'nginx' } }, want: [] },
    { why: 'a port that nothing is known of', port: '4444/tcp', want: [] },
    {
      why: 'a database that answered a script: the stronger rule alone',
      port: {
        port: '6379/tcp',
        service: { name: 'redis' },
        scripts: [{ id: 'redis-info', output: 'Version: 7' }],
      },
      want: ['database.no-login'],
    },
    {
      why: 'an old product on a database port: two things to say',
      port: { port: '3306/tcp', service: { name: 'mysql', product: 'MySQL', version: '5.7.44' } },
      want: ['legacy.mysql-5', 'database.mysql'],
    },
  ])('$why', ({ port, want }) => {
    expect(ask(new RuleEngine(), writtenPort(port)).toSorted()).toEqual(want.toSorted());
  });
});

test('what is remembered is what would be answered afresh, whatever was asked before', () => {
  const word = fc.constantFrom(
    '',
    'ssh',
    'mysql',
    'redis',
    'http',
    'MySQL',
    'Webmin',
    '5.7.44',
    '","',
    'ssl',
  );
  const portArb = fc
    .record({
      portid: fc.constantFrom(22, 23, 161, 3306, 6379, 10_000),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      state: fc.constantFrom('open', 'closed'),
      name: word,
      product: word,
      version: word,
      extrainfo: word,
      tunnel: word,
      method: fc.constantFrom('probed', 'table'),
      script: fc.constantFrom(undefined, 'redis-info', 'ftp-anon'),
    })
    .map(({ portid, protocol, state, script, ...service }): Port => ({
      portid,
      protocol,
      state,
      service,
      scripts: script === undefined ? [] : [{ id: script, output: 'Version: 7' }],
    }));
  fc.assert(
    fc.property(fc.array(portArb, { minLength: 1, maxLength: 30 }), (ports) => {
      const seasoned = new RuleEngine();
      const answers = ports.map((port) => ask(seasoned, port));
      expect(ports.map((port) => ask(seasoned, port))).toEqual(answers);
      expect(ask(new RuleEngine(), ports.at(-1)!)).toEqual(answers.at(-1));
    }),
    { numRuns: 60 },
  );
});
