import { describe, expect, test } from 'vitest';
import type { PortKey } from '../../net/port-key.ts';
import { portSeverity } from './port-severity.ts';

describe('how bad a new port is', () => {
  const severity = portSeverity();
  const of = (key: string, service = '', product = ''): number =>
    severity({ key: key as PortKey, service, product });

  test.each([
    { why: 'what nobody wonders about', of: of('443/tcp', 'https'), expected: 0.2 },
    {
      why: 'the same service where it does not belong',
      of: of('4200/tcp', 'http', 'Express'),
      expected: 0.5,
    },
    { why: 'something that could not be made out', of: of('31337/tcp', 'tcpwrapped'), expected: 0.6 },
    { why: 'nothing said of it', of: of('31337/tcp'), expected: 0.6 },
    { why: 'a key that is none', of: of('x'), expected: 0.5 },
  ])('$why', ({ of: answer, expected }) => {
    expect(answer).toBe(expected);
  });

  test('the rules speak for what they know, by service or by port', () => {
    expect(of('23/tcp', 'telnet')).toBeGreaterThanOrEqual(0.85);
    expect(of('2323/tcp', 'telnet', 'Linux telnetd')).toBe(of('23/tcp', 'telnet'));
    expect(of('6379/tcp', 'redis', 'Redis')).toBeGreaterThan(of('22/tcp', 'ssh', 'OpenSSH'));
  });
});
