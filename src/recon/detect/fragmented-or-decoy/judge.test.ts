import { describe, expect, test } from 'vitest';
import { at, contact, facts } from '../../../../test/recon/made-activity.ts';
import type { AlertTrait } from '../../model/contact.ts';
import { judgeFragmented } from './judge.ts';

const report = (provider: string, signature: string, events: number): AlertTrait => ({
  destination: contact(0, '10.2.0.1', 0).destination, port: 0, provider, signature, signatureId: 0, category: '', severity: 0,
  first: at(0), last: at(1), events,
}); // prettier-ignore
const of = (...alerts: readonly AlertTrait[]) => facts([contact(0, '10.2.0.1', 22)], { alerts });

describe('fragments', () => {
  test.each([
    ['Zeek', report('zeek-weird', 'excessively_small_fragment', 50)],
    ['Suricata', report('suricata-anomaly', 'decoder.ipv4.frag_overlap', 3)],
  ])('reported by %s', (_, alert) => {
    expect(judgeFragmented(of(alert))?.family).toBe('fragmented-or-decoy');
  });

  test.each([
    ['two of them: a tunnel', of(report('zeek-weird', 'fragment_overlap', 2))],
    ['other oddities', of(report('zeek-weird', 'data_before_established', 90))],
    ['a rule that happens to say so', of(report('suricata', 'ET POLICY fragmented SIP', 90))],
  ])('silent: %s', (_, what) => {
    expect(judgeFragmented(what)).toBeUndefined();
  });
});
