import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IpAddress } from '../net/ip-address.ts';
import type { Flow } from '../recon/model/telemetry-record.ts';
import type { Instant } from '../time/instant.ts';
import { closedProbe, constantScan } from './constant-scan.ts';
import { samplePackets } from './sampling.ts';

const base = closedProbe('198.51.100.7' as IpAddress, '10.0.0.1' as IpAddress, 445, 0 as Instant);
const many = (count: number, change: Partial<Flow>): Flow[] =>
  Array.from({ length: count }, () => ({ ...base, ...change }));
const sample = (flows: Flow[], rate: number, seed = 1) => [...samplePackets(flows, rate, seed)];

describe('samplePackets', () => {
  test('1:1 keeps every packet', () => {
    const [flow] = sample(many(1, { sourcePackets: 7, destinationPackets: 5 }), 1);
    expect(flow).toMatchObject({ sourcePackets: 7, destinationPackets: 5, outcome: 'refused', sampling: 1 });
  });

  test('the same seed keeps the same packets, another one others', () => {
    const flows = [...constantScan('vertical', 1)];
    expect(sample(flows, 10, 7)).toEqual(sample(flows, 10, 7));
    expect(sample(flows, 10, 7)).not.toEqual(sample(flows, 10, 8));
  });

  test('about one packet of ten is kept, in short flows and long ones', () => {
    const short = sample(many(10_000, { outcome: 'silent', destinationPackets: 0 }), 10);
    expect(short.length).toBeGreaterThan(900);
    expect(short.length).toBeLessThan(1100);
    const [long] = sample(many(1, { sourcePackets: 100_000 }), 10);
    expect(long?.sourcePackets).toBeGreaterThan(9500);
    expect(long?.sourcePackets).toBeLessThan(10_500);
  });

  test('silence says nothing any more', () => {
    for (const flow of sample(many(1000, { outcome: 'silent', destinationPackets: 0 }), 10))
      expect(flow.outcome).toBe('unknown');
  });

  test('a refusal is known only where its RST was kept as well', () => {
    const flows = sample(many(10_000, {}), 10);
    expect(new Set(flows.map((flow) => flow.outcome))).toEqual(
      new Set(['refused', 'unknown', 'backscatter']),
    );
    for (const flow of flows.filter((one) => one.outcome === 'refused'))
      expect(flow.destinationPackets).toBeGreaterThan(0);
  });

  test('where only the answer was kept, the victim is seen to answer: no attempt of anybody', () => {
    const answers = sample(many(10_000, {}), 10).filter((flow) => flow.source === base.destination);
    expect(answers.length).toBeGreaterThan(500);
    for (const flow of answers)
      expect(flow).toMatchObject({ destination: base.source, outcome: 'backscatter', sampling: 10 });
  });

  test('nothing is invented: no more packets than there were, and rates multiply', () => {
    fc.assert(
      fc.property(
        fc.nat(500),
        fc.nat(500),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer(),
        (sent, received, rate, seed) => {
          const [flow] = sample(
            many(1, { sourcePackets: sent, destinationPackets: received, sampling: 4, outcome: 'answered' }),
            rate,
            seed,
          );
          if (flow === undefined) return rate > 1;
          const total = flow.sourcePackets + flow.destinationPackets;
          return (
            total > 0 &&
            total <= Math.max(1, sent) + Math.max(1, received) &&
            flow.sampling === 4 * rate &&
            flow.service === ''
          );
        },
      ),
    );
  });
});
