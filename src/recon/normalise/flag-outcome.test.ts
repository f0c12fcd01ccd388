import { describe, expect, test } from 'vitest';
import type { Outcome } from '../model/outcome.ts';
import { flagHistory, flagOutcome, looksLikeAnswer } from './flag-outcome.ts';

describe('TCP by flags', () => {
  test.each<readonly [forward: number, backward: number, packets: string, want: Outcome, history: string]>([
    [0x02, 0x00, '1:0', 'silent', 'S'],
    [0xc2, 0x00, '3:0', 'silent', 'S'],
    [0x02, 0x14, '1:1', 'refused', 'Sr'],
    [0x06, 0x14, '2:1', 'refused', 'SRr'],
    [0x06, 0x12, '2:1', 'half-open', 'ShR'],
    [0x16, 0x12, '2:1', 'half-open', 'ShR'],
    [0x16, 0x12, '3:1', 'answered', 'ShAR'],
    [0x02, 0x12, '1:1', 'half-open', 'Sh'],
    [0xc6, 0x52, '2:1', 'half-open', 'ShR'],
    [0x12, 0x12, '2:1', 'answered', 'ShA'],
    [0x1b, 0x1b, '5:5', 'answered', 'ShADdFf'],
    [0x17, 0x1a, '4:3', 'answered', 'ShAdFR'],
    [0x06, 0x00, '2:0', 'silent', 'SR'],
    [0x1a, 0x00, '5:0', 'unknown', 'SAD'],
    [0x02, 0x10, '1:1', 'unknown', 'S'],
    [0x12, 0x00, '1:0', 'backscatter', 'H'],
    [0x12, 0x04, '1:1', 'backscatter', 'Hr'],
    [0x12, 0x00, '3:0', 'unknown', 'SA'],
    [0x04, 0x00, '1:0', 'backscatter', 'R'],
    [0x14, 0x00, '1:0', 'backscatter', ''],
    [0x01, 0x14, '1:1', 'unknown', 'Fr'],
    [0x29, 0x00, '1:0', 'silent', 'DF'],
    [0x29, 0x14, '1:1', 'refused', 'DFr'],
    [0x29, 0x10, '1:1', 'unknown', 'DF'],
    [0x39, 0x00, '3:0', 'unknown', 'ADF'],
    [0x16, 0x00, '2:0', 'silent', 'SR'],
    [0x16, 0x00, '3:0', 'unknown', 'SAR'],
    [0x1e, 0x00, '2:0', 'unknown', 'SADR'],
    [0x17, 0x00, '2:0', 'unknown', 'SAFR'],
    [0x10, 0x04, '1:1', 'unknown', 'Ar'],
    [0x18, 0x18, '9:9', 'unknown', 'ADd'],
    [0x00, 0x00, '1:1', 'unknown', ''],
  ])('%i and %i, %s packets: %s', (forward, backward, packets, want, history) => {
    const [forwardPackets = 0, backwardPackets = 0] = packets.split(':').map(Number);
    const signs = { forward, backward, forwardPackets, backwardPackets, answerPorts: false };
    expect(flagOutcome(signs)).toBe(want);
    if (history !== '') expect(flagHistory(signs)).toBe(history);
  });

  test('ports tell an answer where the flags do not', () => {
    const signs = { forward: 0x18, backward: 0, forwardPackets: 3, backwardPackets: 0, answerPorts: true };
    expect(flagOutcome(signs)).toBe('backscatter');
    // A SYN is a question wherever it comes from: `nmap -g 53`.
    expect(flagOutcome({ ...signs, forward: 0x02 })).toBe('silent');
  });
});

test.each([
  [80, 50_000, true],
  [53, 1024, true],
  [1023, 1024, true],
  [1024, 50_000, false],
  [3306, 50_000, true],
  [3306, 8080, false],
  [80, 443, false],
  [50_000, 80, false],
  [0, 50_000, false],
])('from port %d to %d looks like an answer: %s', (source, destination, want) => {
  expect(looksLikeAnswer(source, destination)).toBe(want);
});
