import { describe, expect, test } from 'vitest';
import { contact, facts, said, times } from '../../../../test/recon/made-activity.ts';
import { judgeApplicationFingerprint } from './judge.ts';

const of = (...app: ReturnType<typeof said>[]) => facts([contact(0, '10.2.0.1', 443)], { app });

describe('application fingerprint', () => {
  test.each([
    ['one JA4 at many hosts', times(9, (n) => said(`10.2.0.${n + 1}`, 443, 'tls', { ja4: ['t13i'], ja3: [`${n}`] })), 'one JA4 t13i at 9 hosts'],
    ['one client at many hosts', times(8, (n) => said(`10.2.0.${n + 1}`, 22, 'ssh', { agents: ['SSH-2.0-x'] })), 'one client SSH-2.0-x at 8 hosts'],
    ['many hellos to one port', [said('10.2.0.1', 443, 'tls', { ja4: times(31, (n) => `t${n}`) })], '31 different TLS ClientHellos to 10.2.0.1 port 443'],
  ])('%s', (_, app, text) => {
    expect(judgeApplicationFingerprint(of(...app))?.text).toBe(text);
  }); // prettier-ignore

  test.each([
    ['seven hosts', times(7, (n) => said(`10.2.0.${n + 1}`, 443, 'tls', { ja4: ['t13i'] }))],
    [
      'as many fingerprints as hosts',
      times(20, (n) => said(`10.2.0.${n + 1}`, 443, 'tls', { ja4: [`t${n}`] })),
    ],
    ['nothing above the transport', []],
  ])('silent: %s', (_, app) => {
    expect(judgeApplicationFingerprint(of(...app))).toBeUndefined();
  });
});
