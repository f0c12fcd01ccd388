import { describe, expect, test } from 'vitest';
import { at, contact, facts, paced, said, times } from '../../../../test/recon/made-activity.ts';
import { serviceKey } from '../../model/contact.ts';
import { outcomeBit } from '../../model/outcome.ts';
import type { Observation, TermName } from '../observation.ts';
import { judgeServiceEnumeration } from './judge.ts';

const both = outcomeBit('half-open') | outcomeBit('answered');
const observed = (term: TermName): Observation => ({
  at: at(0), until: at(1), weight: 9, terms: [{ term, weight: 9 }], contact: undefined, counts: true, prelude: false,
}); // prettier-ignore
const open = times(3, (n) => contact(n, '10.2.0.1', 20 + n, { outcome: 'half-open', outcomes: both }));
const paces = (records: number) =>
  new Map(open.map((one) => [serviceKey(one.destination, one.port, one.protocol), paced(one, records, 60)]));

describe('service enumeration', () => {
  test('ports that were found open and then spoken to', () => {
    expect(judgeServiceEnumeration(facts(open, { paces: paces(3) }))?.text).toBe('3 ports found open and then spoken to');
  }); // prettier-ignore

  test.each([
    ['paths that are not there', '202 paths asked for on 1 web server'],
    ['names that are not there', 'names tried at 1 server'],
    ['zone transfer', 'a zone transfer asked for'],
    ['many protocols', 'several protocols tried on one port'],
    ['many clients', 'several client programs at one port'],
    ['many hellos', 'TLS versions and ciphers tried one by one'],
  ] as const)('%s', (term, text) => {
    const app = [said('10.2.0.1', 80, 'http', { distinctTargets: 202 })];
    expect(judgeServiceEnumeration(facts(open, { observations: [observed(term)], app }))?.text).toBe(text);
  });

  test.each([
    ['open ports that nobody came back to', facts(open)],
    ['one that somebody came back to: a client that raced', facts(open.slice(0, 1), { paces: paces(3) })],
    ['closed ports', facts(times(50, (n) => contact(n, '10.2.0.1', 1 + n)))],
  ])('silent: %s', (_, of) => {
    expect(judgeServiceEnumeration(of)).toBeUndefined();
  });
});
