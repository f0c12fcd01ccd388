import { expect, test } from 'vitest';
import { exposed as found } from '../../../test/sinks/sample.ts';
import { at, episode, exposed, ip } from '../../../test/written/source-activity.ts';
import { findingId } from '../../findings/identity.ts';
import type { Finding } from '../../findings/finding.ts';
import type { Episode } from '../model/episode.ts';
import { contactedSince } from './contacted.ts';

const finding = (port: '443/tcp' | '22/tcp' = '443/tcp'): Finding => {
  const subject = { host: ip('10.0.0.9'), port };
  return found({ id: findingId('exposure', 'drift.port-opened', subject), subject });
};
const [target] = [...exposed(['10.0.0.9', 443, 'new']).exposed.values()];
const scan = (id: string, more: Partial<Episode> = {}): Episode =>
  episode({
    id,
    sources: [ip('198.51.100.7')],
    internal: false,
    severity: 'high',
    exposed: [target!],
    records: [{ sensor: 'edge', file: 'conn.log', line: 7, at: at(0), text: 'a flow' }],
    ...more,
  });

test('says who, when first, and which records show it', () => {
  const later = scan('bbbbbbbbbbbbbbbb', { first: at(3600), last: at(3660), sources: [ip('203.0.113.9')] });
  expect(contactedSince(finding(), [later, scan('aaaaaaaaaaaaaaaa')])).toMatchObject({
    text: expect.stringMatching(
      /^Since it is open 2 sources that no authorised scan explains turned to it: 198\.51\.100\.7 in a scan that began at .* \(finding aaaaaaaaaa\) and 203\.0\.113\.9 in a scan .*\(finding bbbbbbbbbb\)$/,
    ) as string,
    since: at(0),
    evidence: [
      { kind: 'record', file: 'conn.log', line: 7 },
      { kind: 'record', file: 'conn.log', line: 7 },
    ],
  });
});

test.each<{ why: string; of?: Finding; by: Partial<Episode> }>([
  {
    why: 'all of it is authorised',
    by: { authorised: { entry: 'x', contacts: 9, remainder: [], remainderContacts: 0 } },
  },
  { why: 'another port was touched', of: finding('22/tcp'), by: {} },
  { why: 'the finding is one of telemetry', of: { ...finding(), half: 'recon' }, by: {} },
  { why: 'it was over before the port opened', by: { first: at(-90_000), last: at(-89_000) } },
])('nothing where $why', ({ of = finding(), by }) => {
  expect(contactedSince(of, [scan('aaaaaaaaaaaaaaaa', by)])).toBeUndefined();
});
