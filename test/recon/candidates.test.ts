import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { judgeSource } from '../../src/recon/detect/judge-source.ts';
import { ActivityTable } from '../../src/recon/model/activity-table.ts';
import { OUTCOMES } from '../../src/recon/model/outcome.ts';
import type { AppEvent, Flow, IdsAlert } from '../../src/recon/model/telemetry-record.ts';
import type { Instant } from '../../src/time/instant.ts';
import { INSIDE, OUTSIDE, site } from './made-activity.ts';
import { BEGIN, distinctRecords } from './records.ts';

const EVER = { from: 0 as Instant, to: (BEGIN + 1000 * 86_400e6) as Instant };
const SYN = 2;
const XMAS = 0x29;

const made = distinctRecords(400);
const kind = <K extends string, R extends { readonly kind: string }>(records: readonly R[], wanted: K) => {
  const found = records.find((record): record is Extract<R, { readonly kind: K }> => record.kind === wanted);
  if (found === undefined) throw new Error(`no ${wanted} among the records`);
  return found;
};
const plainFlow = kind(made, 'flow');
const plainApp = kind(made, 'app');
const plainAlert = kind(made, 'alert');

const when = fc.nat(3_600_000_000).map((after) => (BEGIN + after) as Instant);
const destination = fc
  .constantFrom('10.0.0.1', '10.0.0.2', '192.0.2.80', '2001:db8::1')
  .map((a) => a as IpAddress);
const port = fc.constantFrom(22, 53, 80, 443, 445, 3389, 8080, 40_000, 8 << 8, 13 << 8);
const bytes = fc.constantFrom(0, 200, 30_000, 1_000_000);

/** Of which kinds what a source does is: few in each run, so that one alone has to do. */
interface Style {
  readonly outcomes: readonly Flow['outcome'][];
  readonly flags: number;
  readonly protocol: number;
  readonly services: readonly string[];
  readonly action: string;
  readonly targets: readonly string[];
  readonly agents: readonly string[];
  readonly ja4: readonly string[];
}

const style: fc.Arbitrary<Style> = fc.record({
  outcomes: fc.subarray([...OUTCOMES], { minLength: 1, maxLength: 2 }),
  flags: fc.constantFrom(0, SYN, 0x1b, XMAS),
  protocol: fc.constantFrom(6, 6, 6, 17, 1, 2054, 132, 200),
  services: fc.subarray(['dns', 'http', 'tls', 'ssl', 'ssh', 'fileinfo', 'rdp'], {
    minLength: 1,
    maxLength: 4,
  }),
  action: fc.constantFrom('AXFR', 'A', '252', 'GET'),
  targets: fc.constantFrom(['/'], ['sip:nm', 'RTSP://x']),
  agents: fc.constantFrom([''], ['a', 'b', 'c', 'd']),
  ja4: fc.constantFrom(
    [''],
    ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15'],
  ),
});

const flows = (source: IpAddress, { outcomes, flags, protocol }: Style): fc.Arbitrary<Flow> =>
  fc
    .record({
      time: when,
      destination,
      destinationPort: port,
      outcome: fc.constantFrom(...outcomes),
      sourceBytes: bytes,
      destinationBytes: bytes,
    })
    .map((rest) => ({ ...plainFlow, ...rest, source, protocol, sourceFlags: flags, sampling: 1 }));

const apps = (source: IpAddress, { services, action, targets, agents, ja4 }: Style): fc.Arbitrary<AppEvent> =>
  fc
    .record({
      time: when,
      destination,
      destinationPort: fc.constantFrom(53, 443),
      service: fc.constantFrom(...services),
      target: fc.constantFrom(...targets),
      agent: fc.constantFrom(...agents),
      ja4: fc.constantFrom(...ja4),
      accepted: fc.constantFrom(true, false, undefined),
    })
    .map((rest) => ({ ...plainApp, ...rest, source, action, protocol: 6 }));

const alerts = (source: IpAddress): fc.Arbitrary<IdsAlert> =>
  fc
    .record({
      time: when,
      destination,
      provider: fc.constantFrom('suricata' as const, 'zeek-notice' as const),
      signature: fc.constantFrom('ET SCAN one', 'a Port Sweep', 'policy', 'GPL RECON two', 'no matter'),
      category: fc.constantFrom('', 'Attempted Information Leak', 'Misc activity'),
      severity: fc.constantFrom(0, 3),
    })
    .map((rest) => ({ ...plainAlert, ...rest, source }));

/** What one source does, never much of it: what is asked is where the judgement begins. */
const deeds = (source: IpAddress): fc.Arbitrary<readonly (Flow | AppEvent | IdsAlert)[]> =>
  style.chain((kinds) =>
    fc
      .record({
        flows: fc.array(flows(source, kinds), { minLength: 1, maxLength: 6 }),
        apps: fc.oneof(fc.constant([]), fc.array(apps(source, kinds), { maxLength: 24, size: '+1' })),
        alerts: fc.oneof(fc.constant([]), fc.array(alerts(source), { maxLength: 4 })),
      })
      .map((each) => [...each.flows, ...each.apps, ...each.alerts]),
  );

test.each([
  ['inside', INSIDE],
  ['outside', OUTSIDE],
] as const)('property: whoever %s the judgement flags is a candidate', async (_, source) => {
  let flagged = 0;
  await fc.assert(
    fc.asyncProperty(deeds(source), async (records) => {
      const table = new ActivityTable();
      for (const [line, record] of records.entries()) table.add(record, { sensor: 's', file: 'f', line });
      const candidates: IpAddress[] = [];
      for await (const batch of table.candidates(EVER)) candidates.push(...batch);
      for await (const activity of table.activities([source], EVER)) {
        if (judgeSource(activity, undefined, site()).length === 0) continue;
        flagged += 1;
        expect(candidates).toEqual([source]);
      }
    }),
    { numRuns: 3000 },
  );
  // Else nothing was asked.
  expect(flagged).toBeGreaterThan(100);
});
