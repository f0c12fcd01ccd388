import { describe, expect, test } from 'vitest';
import { pairSurprise } from './combination.ts';
import { stratumOffset } from './feedback.ts';
import { geometricTailSurprise } from './host-surprise.ts';
import { missingPortSurprise, openRate } from './missing-port.ts';
import { groupRate, hostRate, missRate, networkRate, newPortSurprise, peerRate } from './new-port.ts';
import { osSurprise } from './operating-system.ts';
import { ScanWindow } from './scan-window.ts';
import { compareVersions, hazard } from './version-change.ts';

describe('how common a token is (formula 1)', () => {
  test.each([
    { why: 'nobody has it and nobody was asked', k0: 0, n0: 0, kg: 0, ng: 0, network: 0.02, peers: 0.02 },
    { why: 'a tenth of 99 hosts', k0: 9.98, n0: 99, kg: 0, ng: 0, network: 0.1, peers: 0.1 },
    { why: '46 peers without it', k0: 0, n0: 99, kg: 0, ng: 46, network: 0.0002, peers: 0.0006 / 49 },
    { why: 'all of 7 peers', k0: 49.98, n0: 99, kg: 7, ng: 7, network: 0.5, peers: 8.5 / 10 },
  ])('$why', ({ k0, n0, kg, ng, network, peers }) => {
    expect(networkRate(k0, n0)).toBeCloseTo(network, 12);
    expect(peerRate(kg, ng, network)).toBeCloseTo(peers, 12);
  });
});

describe('a new port (formula 2)', () => {
  const facts = { peers: 0.5, missRate: 0.01, misses: 0, rate: 0.001, tail: 0.1, gap: 1 };
  test.each([
    { why: 'first look, half of the peers have it', more: {}, expected: -Math.log(0.5 + 0.0001) },
    { why: 'all peers have it', more: { peers: 1 }, expected: 0 },
    {
      why: 'once not seen: 0.5·0.01/(0.5·0.01+0.5) = 1/101',
      more: { misses: 1 },
      expected: -Math.log(1 / 101 + 0.0001),
    },
    {
      why: 'never among peers: what is left is the rate',
      more: { peers: 0, misses: 9 },
      expected: -Math.log(0.0001),
    },
    {
      why: 'asked for once a week: seven days to appear in',
      more: { peers: 0, misses: 9, gap: 7 },
      expected: -Math.log(0.0007),
    },
    {
      why: '14 scans are as many as count',
      more: { misses: 200, rate: 0 },
      expected: -Math.log(1e-28 / (1 + 1e-28)),
    },
  ])('$why', ({ more, expected }) => {
    expect(newPortSurprise({ ...facts, ...more })).toBeCloseTo(expected, 9);
  });

  test('rates are shrunk towards the next wider ones', () => {
    expect(missRate(0, 0)).toBeCloseTo(0.01, 12);
    expect(missRate(2.9, 20)).toBeCloseTo(0.1, 12);
    expect(groupRate(0, 200, 0.01)).toBeCloseTo(0.005, 12);
    expect(hostRate(3, 60, 0.05)).toBeCloseTo(0.05, 12);
  });
});

describe('a missing port (formula 4)', () => {
  test.each([
    { why: 'steady, gone once', open: 0.99, run: 1, loss: 0, expected: -Math.log(0.002 + 0.998 * 0.01) },
    {
      why: 'twice is a hundred times less likely by chance',
      open: 0.99,
      run: 2,
      loss: 0,
      expected: -Math.log(0.002 + 0.998 * 0.0001),
    },
    {
      why: 'the scan lost half of the subnet',
      open: 0.99,
      run: 1,
      loss: 0.5,
      expected: -Math.log(0.002 + 0.998 * 0.5),
    },
    {
      why: 'loss excuses the first absence only',
      open: 0.99,
      run: 2,
      loss: 0.5,
      expected: -Math.log(0.002 + 0.998 * 0.0001),
    },
    { why: 'a port that is never there is never missed', open: 0, run: 3, loss: 0, expected: 0 },
  ])('$why', ({ open, run, loss, expected }) => {
    expect(missingPortSurprise(open, run, loss, 0.002)).toBeCloseTo(expected, 12);
  });

  test('how often it is seen is shrunk towards its peers by eight scans', () => {
    expect(openRate({ seen: 2, tries: 2 }, { seen: 38.1, tries: 78 })).toBeCloseTo((2 + 8 * 0.5) / 10, 12);
  });
});

test('a change that others show today is a wave', () => {
  const none = new ScanWindow();
  expect(hazard('product', 'reseen', 0.001, undefined, none, 0)).toBeCloseTo(0.001, 12);
  // Three others: at least half.
  expect(hazard('product', 'reseen', 0.001, undefined, none, 3)).toBeCloseTo(0.001 + 0.999 * 0.5, 12);
});

test('another OS family weighs more with every scan, and less where the guess is poor', () => {
  const none = new ScanWindow();
  const of = (run: number, accuracy = 100): number =>
    osSurprise({ run, accuracy, scans: 1e9 }, undefined, none);
  expect(of(1)).toBeCloseTo(-Math.log(0.001 + 0.999 * 0.01), 6);
  expect(of(2)).toBeCloseTo(-Math.log(0.001 + 0.999 * 0.0001), 6);
  expect(of(1, 50)).toBeCloseTo(of(1) / 2, 6);
});

test.each([
  { why: 'as often together as chance has it', together: 25, a: 50, b: 50, hosts: 100, expected: 0 },
  { why: 'never together, expected 25 times', together: 0, a: 50, b: 50, hosts: 100, expected: Math.log(51) },
  { why: 'nothing expected, nothing seen', together: 0, a: 0, b: 50, hosts: 100, expected: 0 },
  { why: 'no hosts', together: 0, a: 0, b: 0, hosts: 0, expected: 0 },
])('two ports on one host: $why', ({ together, a, b, hosts, expected }) => {
  expect(pairSurprise(together, a, b, hosts)).toBeCloseTo(expected, 12);
});

test('a count with an exponential rate has a geometric tail', () => {
  // Mean 1: P(X ≥ k) = 2⁻ᵏ.
  expect(geometricTailSurprise(3, 1)).toBeCloseTo(3 * Math.LN2, 12);
});

describe('verdicts on a stratum', () => {
  test.each([
    { why: 'none', confirmed: 0, dismissed: 0, usual: 0.5, expected: 0 },
    {
      why: 'eight dismissed: 4/16 against a half',
      confirmed: 0,
      dismissed: 8,
      usual: 0.5,
      expected: -Math.log(3),
    },
    {
      why: 'one dismissed: 4/9 against a half',
      confirmed: 0,
      dismissed: 1,
      usual: 0.5,
      expected: Math.log(4 / 5),
    },
    { why: 'confirmed ones lift it by one at most', confirmed: 99, dismissed: 0, usual: 0.5, expected: 1 },
    {
      why: 'dismissed ones sink it by three at most',
      confirmed: 0,
      dismissed: 1e6,
      usual: 0.5,
      expected: -3,
    },
  ])('$why', ({ confirmed, dismissed, usual, expected }) => {
    expect(stratumOffset(confirmed, dismissed, usual)).toBeCloseTo(expected, 12);
  });
});

test.each([
  ['1.9', '1.10', -1],
  ['8.4.5', '8.4.5', 0],
  ['9.2p1', '9.2', 1],
  ['2.4.57', '2.4.6', 1],
  ['1.0a', '1.0b', -1],
  ['', '1', -1],
])('version %s against %s', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});
