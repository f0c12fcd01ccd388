import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIpAddress, type IpAddress } from '../net/ip-address.ts';
import { fromSeconds } from '../time/instant.ts';
import { confidenceOf, lowerFurther } from './confidence.ts';
import type { Finding } from './finding.ts';
import { findingId } from './identity.ts';
import { compareFindings, consequenceOf } from './ranking.ts';
import { levelOf, riskOf, RunRisk, type Scored } from './risk.ts';
import { SEVERITIES, type Severity } from './severity.ts';
import type { RiskPart } from './summary.ts';

const ip = (text: string): IpAddress => parseIpAddress(text)!;
const sumOf = (parts: readonly RiskPart[]) => parts.reduce((sum, { points }) => sum + points, 0);
const scored = (category: string, severity: Severity, score: number): Scored => ({
  category,
  severity,
  score,
});

describe('posture of a host', () => {
  test.each([
    { why: 'nothing found', findings: [], want: { level: 'low', score: 0 } },
    {
      why: 'info never raises a risk',
      findings: [scored('administrative', 'info', 90)],
      want: { level: 'low', score: 0 },
    },
    {
      why: 'the seed: deprecated alone stays low',
      findings: [scored('legacy', 'low', 30)],
      want: { level: 'low', score: 30 },
    },
    {
      why: 'the seed: deprecated and administrative are medium',
      findings: [scored('legacy', 'low', 30), scored('administrative', 'low', 20)],
      want: { level: 'medium', score: 50 },
    },
    {
      why: 'the seed: everything is high, which its own weights kept out of reach',
      findings: [
        scored('legacy', 'low', 30),
        scored('administrative', 'low', 20),
        scored('database', 'low', 25),
        scored('surface', 'low', 15),
      ],
      want: { level: 'critical', score: 90 },
    },
    {
      why: 'a category counts once',
      findings: [scored('legacy', 'low', 30), scored('legacy', 'low', 30), scored('legacy', 'low', 15)],
      want: { level: 'low', score: 30 },
    },
    {
      why: 'a medium finding lifts a host to medium',
      findings: [scored('database', 'medium', 25)],
      want: { level: 'medium', score: 47 },
    },
    {
      why: 'a high one to high',
      findings: [scored('database', 'high', 25)],
      want: { level: 'high', score: 75 },
    },
    {
      why: 'a critical one to critical',
      findings: [scored('database', 'critical', 40)],
      want: { level: 'critical', score: 94 },
    },
  ])('$why', ({ findings, want }) => {
    expect(riskOf(findings)).toMatchObject(want);
  });

  const findingArb = fc.record({
    category: fc.constantFrom('legacy', 'database', 'drift', 'policy'),
    severity: fc.constantFrom(...SEVERITIES),
    score: fc.integer({ min: 0, max: 100 }),
  });

  test('one more finding never makes a host look safer, and the score stays within 0–100', () => {
    fc.assert(
      fc.property(fc.array(findingArb, { maxLength: 8 }), findingArb, (findings, more) => {
        const before = riskOf(findings);
        const after = riskOf([...findings, more]);
        expect(after.score).toBeGreaterThanOrEqual(before.score);
        expect(after.score).toBeLessThanOrEqual(100);
        expect(after.level).toBe(levelOf(after.score));
      }),
    );
  });

  test('the parts sum to the score, whatever was found', () => {
    fc.assert(
      fc.property(fc.array(findingArb, { maxLength: 8 }), (findings) => {
        const { score, parts } = riskOf(findings);
        expect(sumOf(parts)).toBe(score);
        expect(parts.every(({ points }) => Number.isInteger(points) && points !== 0)).toBe(true);
      }),
    );
  });

  test('and say where each point comes from', () => {
    const said = (...findings: Scored[]) =>
      riskOf(findings).parts.map(({ points, text }) => `${points} ${text}`);
    expect(said(scored('database', 'high', 25), scored('drift', 'low', 5))).toEqual([
      '25 databases',
      '5 unexpected changes',
      '46 lifted to 76 because the worst finding is high (high begins at 70)',
    ]);
    expect(said(scored('database', 'low', 70), scored('policy', 'low', 60))).toEqual([
      '70 databases',
      '60 your own policy',
      '-30 no score is above 100',
    ]);
  });
});

describe('risk of a run', () => {
  const risk = (...scores: number[]) => {
    const run = new RunRisk();
    for (const score of scores) run.add({ score, level: levelOf(score) });
    return run.risk;
  };
  test.each([
    { why: 'no hosts', scores: [], want: { level: 'low', score: 0 } },
    {
      why: 'one bad host among a hundred good ones is not averaged away',
      scores: [75, ...Array<number>(100).fill(0)],
      want: { level: 'high', score: 75 },
    },
    {
      why: 'ten bad hosts weigh more than one',
      scores: Array<number>(10).fill(75),
      want: { level: 'high', score: 78 },
    },
    {
      why: 'however many, the word stays what the worst has earned',
      scores: Array<number>(5_000).fill(85),
      want: { level: 'high', score: 89 },
    },
  ])('$why', ({ scores, want }) => {
    const { parts, ...is } = risk(...scores);
    expect(is).toEqual(want);
    expect(sumOf(parts)).toBe(want.score);
  });

  test('it names the worst host, and how many are like it', () => {
    const run = new RunRisk();
    for (const host of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) run.add({ score: 75, level: 'high' }, host);
    expect(run.risk.parts).toEqual([
      { kind: 'worst', points: 75, text: 'the worst host, 10.0.0.1' },
      { kind: 'breadth', points: 1, text: '3 hosts are at high risk' },
    ]);
  });

  test('hosts are counted by level', () => {
    const run = new RunRisk();
    for (const score of [0, 39, 40, 70, 90]) run.add({ score, level: levelOf(score) });
    expect(run.hostsByRisk).toEqual({ low: 2, medium: 1, high: 1, critical: 1 });
  });
});

describe('confidence', () => {
  test('reasons multiply, strongest first, each once', () => {
    const once = { reason: 'interrupted', factor: 0.7 };
    expect(confidenceOf([{ reason: 'thin', factor: 0.8 }, once, once])).toEqual({
      value: 0.56,
      lowered: [once, { reason: 'thin', factor: 0.8 }],
    });
    expect(confidenceOf([])).toEqual({ value: 1, lowered: [] });
    expect(lowerFurther(confidenceOf([once]), []).value).toBe(0.7);
    expect(lowerFurther(confidenceOf([once]), [{ reason: 'thin', factor: 0.5 }]).value).toBe(0.35);
  });

  test('it never reaches nothing', () => {
    expect(
      confidenceOf(Array.from({ length: 20 }, (_, index) => ({ reason: `r${index}`, factor: 0.5 }))).value,
    ).toBe(0.05);
  });
});

describe('identity', () => {
  test('is the same for the same thing and no other', () => {
    const ids = [
      findingId('exposure', 'legacy.ftp', { host: ip('10.0.0.1'), port: '21/tcp' }),
      findingId('exposure', 'legacy.ftp', { host: ip('10.0.0.1'), port: '2121/tcp' }),
      findingId('exposure', 'legacy.ftp', { host: ip('10.0.0.2'), port: '21/tcp' }),
      findingId('exposure', 'legacy.ftp', { port: '21/tcp' }),
      findingId('exposure', 'legacy.ftp', { port: '21/tcp' }, 'new'),
      findingId('recon', 'legacy.ftp', { port: '21/tcp' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
    expect(findingId('exposure', 'legacy.ftp', { port: '21/tcp', host: ip('10.0.0.1') })).toBe(ids[0]);
  });

  test('a group with one host more is the same finding', () => {
    const group = (...hosts: string[]) =>
      findingId('exposure', 'administrative.ssh', { hosts: hosts.map(ip) }, 'expected');
    expect(group('10.0.0.1', '10.0.0.2')).toBe(group('10.0.0.1', '10.0.0.2', '10.0.0.3'));
  });
});

test('ranking: severity, points, confidence, hosts, address', () => {
  const finding = (
    rule: string,
    severity: Severity,
    score: number,
    more: Partial<Finding> = {},
  ): Finding => ({
    id: findingId('exposure', rule, {}),
    half: 'exposure',
    rule,
    title: rule,
    severity,
    score,
    confidence: { value: 1, lowered: [] },
    subject: {},
    observations: [],
    impact: '',
    actions: [],
    references: [],
    firstSeen: fromSeconds(0),
    lastSeen: fromSeconds(0),
    ...more,
  });
  expect([consequenceOf(finding('x', 'medium', 100)), consequenceOf(finding('x', 'high', 0))]).toEqual([
    500, 600,
  ]);
  const ranked = [
    finding('critical', 'critical', 1),
    finding('more points', 'high', 30),
    finding('surer', 'high', 20),
    finding('less sure', 'high', 20, { confidence: { value: 0.7, lowered: [] } }),
    finding('many hosts', 'low', 10, { subject: { hosts: [ip('10.0.0.8'), ip('10.0.0.9')] } }),
    finding('low address', 'low', 10, { subject: { host: ip('10.0.0.9') } }),
    finding('high address', 'low', 10, { subject: { host: ip('10.0.0.10') } }),
    finding('info', 'info', 0),
  ];
  expect(
    ranked
      .toReversed()
      .toSorted(compareFindings)
      .map((one) => one.rule),
  ).toEqual(ranked.map((one) => one.rule));
});
